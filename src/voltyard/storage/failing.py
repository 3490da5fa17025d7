"""What is wrong with the database itself, as against what it was asked."""

import sqlite3
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from voltyard.kernel.errors import Unavailable

_HINT: Final = "has its disk room, and may the server write there?"

_SQLITE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes; the lower byte of what the driver reports."""

_POSTGRESQL: Final = ("25006", "53", "58", "XX001", "XX002")
"""Beginnings of SQLSTATEs: read-only, insufficient resources (a full disk), system errors (I/O),
corrupted data and indexes."""


def has_lost(error: Exception) -> bool:
    """Whether the connection has gone with it."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def explained(error: Exception) -> Exception:
    """Unavailable where the database cannot do its work; else the error as it is."""
    if not isinstance(error, DBAPIError):
        return error
    number = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None)
    is_failing = (number is not None and number & 0xFF in _SQLITE) or (
        state is not None and state.startswith(_POSTGRESQL)
    )
    if not is_failing:
        return error
    explanation = Unavailable(f"the database fails: {error.orig}".splitlines()[0], hint=_HINT)
    explanation.__cause__ = error
    return explanation


def has_transaction(connection: Connection) -> bool:
    """Whether the transaction that was begun is still there. SQLite may roll all of it back when
    one statement fails for want of disk or memory (lang_transaction.html, section 3)."""
    return bool(getattr(connection.connection.driver_connection, "in_transaction", True))
