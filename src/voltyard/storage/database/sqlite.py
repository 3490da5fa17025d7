"""SQLite: a file with one writer and readers beside it (write-ahead log)."""

import sqlite3
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.database import compiled_statements
from voltyard.storage.database.lock_waits import LockWaits
from voltyard.storage.database.reader_threads import Interruption, ReaderThreads

_NEEDED: Final = (3, 35, 0)
"""The first version with RETURNING, which DBOS's notes need; ours need less."""

_DRIVER: Final = "sqlite+voltyard"


class SqliteDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect, equal for all engines: see compiled_statements."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SqliteDialect)

    def __hash__(self) -> int:
        return hash(SqliteDialect)


registry.register(_DRIVER.replace("+", "."), __name__, SqliteDialect.__name__)


def require(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> None:
    """Unavailable where the SQLite that Python was built with is too old."""
    if version < _NEEDED:
        raise Unavailable(
            f"SQLite {_dotted(version)}, which this Python was built with, is too old: "
            f"{_dotted(_NEEDED)} or newer is needed",
            hint="use a Python of python.org or of a newer system, or PostgreSQL by "
            "VOLTYARD_DATABASE_URL",
        )


def _dotted(version: tuple[int, int, int]) -> str:
    return ".".join(map(str, version))


def writing_engine(url: URL) -> Engine:
    """The engine of the one writer."""
    engine = _engine(url, 1)
    event.listen(engine, "connect", _prepare_writing)
    LockWaits(engine, limits.DATABASE_LOCK_S, _set_lock_wait)  # before it begins
    event.listen(engine, "begin", _begin_immediate)
    return engine


def lanes(url: URL, reading: Engine) -> tuple[ReaderThreads, ReaderThreads]:
    """The quick readers, and the slow ones, who have that engine."""
    soon = reading_engine(url, limits.READER_THREADS)
    return (
        ReaderThreads("reader", soon, limits.READER_THREADS, _Ending()),
        ReaderThreads("search", reading, limits.SEARCH_THREADS, _Ending()),
    )


class _Ending(Interruption):
    def end(self, driver: Any) -> None:
        driver.interrupt()


def reading_engine(url: URL, size: int = limits.SEARCH_THREADS) -> Engine:
    """The engine of readers: what they read is of one moment, and they cannot write."""
    engine = _engine(url, size)
    event.listen(engine, "connect", _prepare_reading)
    event.listen(engine, "begin", _begin)
    return engine


def _engine(url: URL, size: int) -> Engine:
    url = url.set(drivername=_DRIVER)
    engine = create_engine(url, pool_size=size, max_overflow=0, hide_parameters=True)
    compiled_statements.share(engine)
    return engine


def _prepare_writing(connection: Any, _record: Any) -> None:
    # The driver's own idea of when to begin would break savepoints: transactions are begun here.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at each commit, so that what was answered survives a power cut as well as
    # a kill; grouping makes it one sync for many. NORMAL would survive the kill only.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(_lock_wait(limits.DATABASE_LOCK_S))
    cursor.close()


def _set_lock_wait(connection: Connection, wait_s: Seconds) -> None:
    connection.exec_driver_sql(_lock_wait(wait_s))


def _lock_wait(wait_s: Seconds) -> str:
    return f"PRAGMA busy_timeout = {wait_s * 1000:.0f}"


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _prepare_reading(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.execute(_lock_wait(limits.DATABASE_LOCK_S))
    cursor.close()
