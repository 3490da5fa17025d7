"""Mark of an SQLite file in use, by which a copy without its write-ahead log is recognised.

What was committed lately is in FILE-wal, and FILE alone, copied while a server ran, is an older
database or an empty one: SQLite opens it without a word. So a server that starts writes a number of
its own into the file's header (`PRAGMA user_version`), and the same into FILE.in-use beside it; one
that stops takes both away. A file with a number, and without its companion, was copied.

    the file's number   FILE.in-use                      the file is
    0                   whatever it holds                whole: stopped well, backed up or restored
    n                   has n, and the file's inode      at its place, after a kill or in use
    n                   has n, and FILE-wal is there     copied with all that belongs to it: checked
    n                   is not there, but FILE-wal is    copied with its log: checked
    n                   anything else                    copied without its log, and refused
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Final

import structlog

from voltyard.kernel.errors import Unavailable

log = structlog.get_logger(__name__)

MARK: Final = ".in-use"
"""Ending of the companion's name."""

_HEADER_BYTES: Final = 112
_MAGIC: Final = b"SQLite format 3\0"
_BUSY_S: Final = 10.0


class CopiedWithoutLog(Unavailable):
    """An SQLite file without the write-ahead log it had when it was copied."""

    code = "copied_without_log"
    hint = (
        "bring the -wal file that was beside it, or restore what `voltyard backup` made; "
        "`voltyard check --accept` takes the file as it is, without what is missing"
    )


@dataclass(frozen=True, slots=True)
class _Header:
    """Of the file itself, whatever its log has."""

    number: int
    """user_version."""
    is_empty: bool
    """In the mode of a log, and without a table."""


@dataclass(frozen=True, slots=True)
class _Companion:
    """FILE.in-use: an inode, and the numbers the file may have."""

    inode: int
    numbers: tuple[int, ...]


@contextmanager
def in_use(database: Path) -> Iterator[None]:
    """Have a file, made if need be, marked while a server uses it, which holds it already.
    CopiedWithoutLog where it is a copy without its log."""
    place = database.resolve()
    check(place)
    try:
        _mark(place)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(
            f"cannot use the database {database}: {error}",
            hint="is its disk full, and may the server write there?",
        ) from error
    yield
    try:
        _unmark(place)
    except (OSError, sqlite3.Error) as error:  # at its place it will do, as after a kill
        log.warning("database_left_marked", database=str(place), error=str(error))


def check(database: Path) -> None:
    """CopiedWithoutLog where the file is a copy without its log, Unavailable where it is damaged
    or its log is there alone. It may be in use."""
    place = database.resolve()
    wal_bytes = _size(_wal(place))
    if not _size(place):
        if wal_bytes:
            raise Unavailable(
                f"the database {database} is gone, and its log {_wal(database).name} is there",
                hint="bring the file back, or take the log away to begin with nothing",
            )
        return
    # The companion is looked at before the file and after it, for a server may start or stop now.
    before, header, after = _companion(place), _header(place), _companion(place)
    if not header.number:
        if header.is_empty and not wal_bytes and before is None and after is None:
            raise CopiedWithoutLog(f"the database {database} is empty, and its log was left behind")
        return
    beside = [one for one in (before, after) if one is not None]
    if any(header.number in one.numbers for one in beside):
        if any(one.inode == place.stat().st_ino for one in beside) or _reads_whole(place):
            return
    elif not beside and wal_bytes and _reads_whole(place):
        return
    raise CopiedWithoutLog(
        f"the database {database} was copied while a server used it, and without its log: "
        "the latest of what was stored is missing"
    )


def accept(database: Path) -> None:
    """Take a file as it is from now on; what is left of another file's log is put aside. Only
    while no server uses it."""
    place = database.resolve()
    mark = _mark_file(place)
    if (wal := _wal(place)).exists() and not _is_its_own(place):
        wal.replace(wal.with_name(f"{wal.name}.aside"))
        place.with_name(f"{place.name}-shm").unlink(missing_ok=True)
    with closing(_open(place)) as connection:
        connection.execute("PRAGMA user_version = 0")
        connection.execute("PRAGMA journal_mode = DELETE")  # a server begins a new log
    mark.unlink(missing_ok=True)


def forget(database: Path) -> None:
    """Take away the companion of a file that is to be replaced."""
    _mark_file(database.resolve()).unlink(missing_ok=True)


def _is_its_own(place: Path) -> bool:
    """True where the log that is there can be the file's."""
    companion, number = _companion(place), _header(place).number
    return companion is None or number in (0, *companion.numbers)


def _mark(place: Path) -> None:
    if not place.exists():
        os.close(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))
    former = _header(place).number
    number = SystemRandom().randrange(1, 1 << 31)
    inode = place.stat().st_ino
    # A kill may fall between any two of these lines, so both numbers are good until one is there.
    _write(place, _Companion(inode, (former, number) if former else (number,)))
    with closing(_open(place)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA user_version = {number}")
        # Into the file, past the log. Readers of an older moment, a backup say, may be in the way.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    if _header(place).number == number:
        _write(place, _Companion(inode, (number,)))


def _unmark(place: Path) -> None:
    with closing(_open(place)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA user_version = 0")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        if _header(place).is_empty:  # a start that came to nothing
            connection.execute("PRAGMA journal_mode = DELETE")
    if not _header(place).number:
        _mark_file(place).unlink(missing_ok=True)


def _open(place: Path) -> sqlite3.Connection:
    return sqlite3.connect(place, timeout=_BUSY_S, isolation_level=None)


def _header(place: Path) -> _Header:
    """Read past SQLite, which would look into the log first (fileformat2.html, sections 1.3 and
    1.6)."""
    with place.open("rb") as file:
        first = file.read(_HEADER_BYTES)
    if not first.startswith(_MAGIC):
        return _Header(0, is_empty=False)  # SQLite will say what it makes of it
    number = int.from_bytes(first[60:64], "big")
    has_log, is_leaf, cells = first[18:19] == b"\x02", first[100:101] == b"\x0d", first[103:105]
    return _Header(number, has_log and is_leaf and cells == b"\0\0")


def _reads_whole(place: Path) -> bool:
    """True where the log is beside the file. Unavailable where they, copied one after the other, do
    not fit together."""
    if not _wal(place).exists():
        return False
    try:
        with closing(_open(place)) as connection:
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise Unavailable(
            f"the database {place} and its log do not fit together: {found}",
            hint="they were copied one after the other while a server used them; "
            "`voltyard backup` makes a copy that is of one moment",
        )
    return True


def _wal(place: Path) -> Path:
    return place.with_name(f"{place.name}-wal")


def _mark_file(place: Path) -> Path:
    return place.with_name(f"{place.name}{MARK}")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _companion(place: Path) -> _Companion | None:
    try:
        inode, *numbers = map(int, _mark_file(place).read_text().split())
    except (FileNotFoundError, ValueError):
        return None
    return _Companion(inode, tuple(numbers))


def _write(place: Path, companion: _Companion) -> None:
    """At once, and on the disk: half of it would make a copy of the file at its place."""
    mark = _mark_file(place)
    new = mark.with_name(f"{mark.name}.new")
    with new.open("w") as file:
        print(companion.inode, *companion.numbers, file=file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(mark)
