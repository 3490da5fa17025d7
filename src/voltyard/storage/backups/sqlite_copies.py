"""Copies of SQLite files of one moment, by SQLite's online backup, while others write to them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection

from voltyard.kernel.errors import Unavailable

_STEP_PAGES: Final = 1_024
"""Pages copied in one go: so often a signal is heard."""

_FINDINGS: Final = 20


def copy(pinned: Connection, target: Path) -> None:
    """Copy what the connection sees into a file of its own, and see that it is whole. Unavailable
    where it is damaged or cannot be written."""
    source: Any = pinned.connection.driver_connection
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as made:
            # The source is read within its own transaction, so that nothing begins anew when a
            # server writes between two steps.
            source.backup(made, pages=_STEP_PAGES, progress=_listen)
            made.execute("PRAGMA journal_mode = DELETE")  # one file, which any SQLite can open
            made.execute(
                "PRAGMA user_version = 0"
            )  # no server uses it, see storage.database.in_use_mark
            wrong = _integrity(made, 1)
    except sqlite3.DatabaseError as error:
        if _is_damage(error):
            wrong = [str(error)]
        else:
            raise Unavailable(
                f"cannot write {target.name}: {error}", hint="has the disk of the backup room?"
            ) from error
    if wrong:
        raise Unavailable(
            f"the database is damaged, and cannot be backed up: {wrong[0]}",
            hint="`voltyard check` says what is wrong, `voltyard restore` takes up a former backup",
        )


def wrong_with(file: Path) -> list[str]:
    """Faults that SQLite finds in a file, which may be in use."""
    try:
        with closing(_open(file)) as connection:
            connection.execute("PRAGMA query_only = ON")
            found = _integrity(connection, _FINDINGS)
            for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchmany(
                _FINDINGS
            ):
                found.append(f"row {row} of {table} belongs to a row of {parent} that is not there")
            return found
    except sqlite3.DatabaseError as error:
        return [str(error)]


def _listen(_status: int, _left: int, _pages: int) -> None:
    """Between two steps: here a signal's handler is run."""


def _open(file: Path) -> sqlite3.Connection:
    """Open a file, which is not made where there is none."""
    return sqlite3.connect(
        f"file:{quote(str(file.absolute()))}?mode=rw", uri=True, timeout=10, isolation_level=None
    )


def _integrity(connection: sqlite3.Connection, most: int) -> list[str]:
    found = [str(line) for (line,) in connection.execute(f"PRAGMA integrity_check({most})")]
    return [] if found == ["ok"] else [part for line in found for part in line.splitlines()]


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
