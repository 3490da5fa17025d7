"""Errors of the database itself, as against those of a statement."""

import sqlite3
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from voltyard.kernel.errors import Unavailable

_HINT: Final = "is its disk full, and may the server write there?"
_MEND: Final = "`voltyard check` says what is wrong, `voltyard restore` takes up a backup"

_FORBIDDEN_HINT: Final = "its user has to own the database: ALTER DATABASE ... OWNER TO ..."

_LOCKED_HINT: Final = "another program holds a lock on it: end that one's transaction"

_SQLITE_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_POSTGRESQL_LOCKED: Final = "55P03"

_POSTGRESQL_ENDED: Final = "57014"

_POSTGRESQL_FORBIDDEN: Final = "42501"

_SQLITE: Final = _SQLITE_LOCKED | frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes; the lower byte of what the driver reports."""

_SQLITE_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})

_POSTGRESQL: Final = (
    "25006",
    _POSTGRESQL_FORBIDDEN,
    "53",
    _POSTGRESQL_LOCKED,
    "58",
    "XX001",
    "XX002",
)
"""Beginnings of SQLSTATEs: read-only, insufficient privilege, insufficient resources (a full disk),
a lock that was waited for too long, system errors (I/O), corrupted data and indexes."""

_POSTGRESQL_DAMAGE: Final = ("XX001", "XX002")


def has_lost(error: Exception) -> bool:
    """True where the connection has gone with it."""
    return isinstance(error, DBAPIError) and error.connection_invalidated


def is_locked(error: Exception) -> bool:
    """True where another program's lock on the database was waited for in vain."""
    if not isinstance(error, DBAPIError):
        return False
    return _number(error) in _SQLITE_LOCKED or _state(error) == _POSTGRESQL_LOCKED


def is_ended(error: Exception) -> bool:
    """True where it was told to leave off: an interruption, or PostgreSQL's statement_timeout."""
    if not isinstance(error, DBAPIError):
        return False
    return _number(error) == sqlite3.SQLITE_INTERRUPT or _state(error) == _POSTGRESQL_ENDED


def explained(error: Exception) -> Exception:
    """Unavailable where the database cannot do its work; else the error as it is."""
    if not isinstance(error, DBAPIError):
        return error
    if _number(error) not in _SQLITE and not _state(error).startswith(_POSTGRESQL):
        return error
    explanation = _explanation(error)
    explanation.__cause__ = error
    return explanation


def _explanation(error: DBAPIError) -> Unavailable:
    said = str(error.orig).partition("\n")[0]
    if _number(error) in _SQLITE_DAMAGE or _state(error) in _POSTGRESQL_DAMAGE:
        return Unavailable(f"the database is damaged: {said}", hint=_MEND)
    return Unavailable(f"the database fails: {said}", hint=_hint(error))


def _hint(error: DBAPIError) -> str:
    if is_locked(error):
        return _LOCKED_HINT
    return _FORBIDDEN_HINT if _state(error) == _POSTGRESQL_FORBIDDEN else _HINT


def _number(error: DBAPIError) -> int | None:
    """SQLite's primary result code."""
    number = getattr(error.orig, "sqlite_errorcode", None)
    return None if number is None else number & 0xFF


def _state(error: DBAPIError) -> str:
    """PostgreSQL's SQLSTATE."""
    return getattr(error.orig, "sqlstate", None) or ""


def has_transaction(connection: Connection) -> bool:
    """True where the transaction that was begun is still there. SQLite may roll all of it back when
    one statement fails for want of disk or memory (lang_transaction.html, section 3)."""
    return bool(getattr(connection.connection.driver_connection, "in_transaction", True))
