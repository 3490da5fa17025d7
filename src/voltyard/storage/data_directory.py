"""The data directory: its files, and the lock by which one server holds it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from voltyard.kernel.errors import Unavailable

LOCK_FILE: Final = "lock"

RESTORING_FILE: Final = "restoring"
"""There while a backup takes the place of what was here, which is half of each then."""


@contextmanager
def held_directory(data: Path, *, to_restore: bool = False) -> Iterator[None]:
    """Hold a data directory, made if need be. Unavailable where another server holds it, it cannot
    be written to, or a restore was begun there and not finished; `to_restore` it may be.

    A server keeps much of what it has stored in memory, and runs the chargers stored there: two
    over one directory would contradict each other. The hold ends with the process, however that
    ends, and the file means nothing by being there.
    """
    with _locked(data / LOCK_FILE, f"the data directory {data}", "--data"):
        if not to_restore and (data / RESTORING_FILE).exists():
            raise Unavailable(
                f"a restore into {data} was begun and not finished",
                hint="run it again: voltyard restore BACKUP --force",
            )
        yield


@contextmanager
def held_database_file(database: Path) -> Iterator[None]:
    """Hold an SQLite file, as `held_directory` does a directory, whichever directories its users
    have."""
    place = database.resolve()  # one file, whatever it is called
    lock = place.with_name(f"{place.name}.{LOCK_FILE}")
    with _locked(lock, f"the database {database}", "VOLTYARD_DATABASE_URL"):
        yield


def workflows_file(database: Path) -> Path:
    """The file of the workflows' notes, beside an SQLite file."""
    place = database.absolute()
    return place.with_name(f"{place.stem}-workflows.db")


@contextmanager
def _locked(lock: Path, what: str, option: str) -> Iterator[None]:
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise Unavailable(
            f"cannot use {what}: {reason}", hint=f"choose another with {option}"
        ) from error
    try:
        _lock(descriptor, what, option)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, what: str, option: str) -> None:
    if sys.platform == "win32":
        return  # there are no such locks
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Unavailable(
            f"another server uses {what}",
            hint=f"stop that one, or choose another with {option}",
        ) from error
