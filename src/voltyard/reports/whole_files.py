"""Files written whole or not at all: beside their place first, then renamed."""

import contextlib
import os
import secrets
from pathlib import Path

from voltyard.kernel.errors import Invalid


def check_writable(path: Path) -> None:
    """Raises Invalid where the file could not be written. Nothing is left behind."""
    try:
        if path.is_dir():
            raise Invalid(f"cannot write {path}: it is a folder")
        if path.exists() and not os.access(path, os.W_OK):
            raise Invalid(f"cannot write {path}: it may not be written")
        if is_regular(path):
            beside = _beside(path.resolve())
            beside.open("xb").close()
            beside.unlink()
    except (OSError, ValueError) as error:
        raise _cannot(path, error) from error


def write_whole(path: Path, content: bytes, *, is_secret: bool = False) -> None:
    """Write the file; a new one that `is_secret` is readable by its owner alone. Raises Invalid,
    and what was there is untouched, where that fails."""
    if not is_regular(path):
        _write_through(path, content)
        return
    place = path.resolve()
    beside = _beside(place)
    try:
        beside.touch(0o600 if is_secret else 0o666, exist_ok=False)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            beside.chmod(place.stat().st_mode & 0o7777)
        beside.replace(place)
    except OSError as error:
        raise _cannot(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def is_regular(path: Path) -> bool:
    """False for a device or a pipe, such as /dev/stdout, which a rename would take away."""
    return path.is_file() or not path.exists()


def _write_through(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _cannot(path, error) from error


def _beside(place: Path) -> Path:
    return place.with_name(f".{place.name[:100]}.{secrets.token_hex(4)}.tmp")


def _cannot(path: Path, error: Exception) -> Invalid:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Invalid(f"cannot write {path}: {reason}", hint="name a file in a folder that exists")
