"""Options for device models in files."""

from functools import lru_cache
from pathlib import Path

import msgspec

from voltyard.kernel.errors import Invalid


@lru_cache(maxsize=1)
def read_device_model(file: Path | None) -> str:
    """A file as a specification takes it; none is none. Invalid where it cannot be read."""
    if file is None:
        return ""
    try:
        return msgspec.json.encode(msgspec.json.decode(file.read_bytes())).decode()
    except OSError as error:
        raise Invalid(f"cannot read {file}: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise Invalid(f"{file} is no JSON: {error}") from error
