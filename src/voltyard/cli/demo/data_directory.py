"""The demo's own data directory, emptied at each start."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from voltyard.config.config import ENVIRONMENT_PREFIX
from voltyard.kernel.errors import Unavailable
from voltyard.runtimes.process.local_workers import end_survivors
from voltyard.storage.data_directory import LOCK_FILE, held_directory

DIRECTORY: Final = Path("demo-data")
"""Below the directory in which the demo is started."""

_MARK: Final = "emptied-by-the-demo"
"""The file that makes a directory the demo's own."""

_MARKED: Final = """\
`voltyard up --demo` made this directory, and deletes all that is in it at its next start.
To keep what a demo does, give it another: voltyard up --demo --data DIR
"""
_CHOOSE: Final = "start it elsewhere, or choose a directory with --data; that one is not emptied"


def needs_a_place(environment: Mapping[str, str], data: Path | None) -> bool:
    """True where the user has not said where data shall be: what they name is never emptied."""
    given = (environment.get(f"{ENVIRONMENT_PREFIX}{name}") for name in ("DATA", "DATABASE_URL"))
    return data is None and not any(given)


def emptied(directory: Path = DIRECTORY) -> Path:
    """The demo's directory, with nothing in it.

    Unavailable where something else has that name, or another demo uses it; then all is left as
    it was.
    """
    if directory.is_symlink() or (directory.exists() and not _is_own(directory)):
        raise Unavailable(f"{directory.absolute()} is not the demo's own", hint=_CHOOSE)
    with held_directory(directory):
        (directory / _MARK).write_text(_MARKED)  # first: a start that is cut short can be repeated
        end_survivors(directory / "workers")
        try:
            for entry in directory.iterdir():
                if entry.name not in (_MARK, LOCK_FILE):
                    _delete(entry)
        except OSError as error:
            raise Unavailable(
                f"{directory.absolute()} cannot be emptied: {error.strerror}", hint=_CHOOSE
            ) from error
    return directory


def _is_own(directory: Path) -> bool:
    """True where it has the demo's mark, or nothing that could be lost."""
    return directory.is_dir() and (
        (directory / _MARK).is_file() or all(one.name == LOCK_FILE for one in directory.iterdir())
    )


def _delete(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
