"""Files that their owner alone may read (mode 0600), from the first moment on."""

import os
from pathlib import Path
from typing import Final

_OWNER_ONLY: Final = 0o600


def create_secret_file(path: Path, content: bytes) -> None:
    """Write a new file. FileExistsError, and nothing is changed, where there is one already."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_secret_file(path: Path, content: bytes) -> None:
    """Write a file in place of a former one: whole, or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    create_secret_file(draft, content)
    draft.replace(path)
