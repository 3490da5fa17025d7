"""The data directory, held by one server at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from voltyard.kernel.errors import Unavailable

LOCK_FILE: Final = "lock"


@contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold a data directory, made if need be. Unavailable where another server holds it, or it
    cannot be written to.

    A server keeps much of what it has stored in memory, and runs the chargers stored there: two
    over one directory would contradict each other. The hold ends with the process, however that
    ends, and the file means nothing by being there.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise Unavailable(
            f"cannot use the data directory {data}: {reason}", hint="choose another with --data"
        ) from error
    try:
        _lock(descriptor, data)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, data: Path) -> None:
    if sys.platform == "win32":
        return  # there are no such locks
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Unavailable(
            f"another server uses the data directory {data}",
            hint="stop that one, or choose another directory with --data",
        ) from error
