"""Exclusive directories, and files synced to disk."""

import os
import sys
from pathlib import Path


def claim(directory: Path) -> int | None:
    """Hold a directory until the descriptor is closed or the process ends; None where another
    process does."""
    if sys.platform == "win32":
        return None  # there are no such locks
    import fcntl

    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None  # somebody else's, or gone
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def sync(directory: Path) -> None:
    """See that all in it is on the disk."""
    for path in directory.rglob("*"):
        if path.is_dir():
            sync_directory(path)
            continue
        with path.open("rb") as file:
            os.fsync(file.fileno())
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """See that the names in it are on the disk."""
    if sys.platform == "win32":
        return  # directories cannot be opened there
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
