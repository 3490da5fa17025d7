"""The database: one writer, any number of readers, migrated when it is opened."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.storage import migrations
from voltyard.storage.writer import Writer

T = TypeVar("T")

FILE_NAME = "voltyard.db"
"""The SQLite file within a data directory."""


class Database:
    """An open database.

    `read` runs a function on a connection of its own and sees all that is committed. `write` runs
    one in the single writer and returns once it is committed; a function that raises is undone.
    Both take functions of a plain Connection, so that they do not know which database it is:

        count = await database.read(lambda c: c.scalar(select(func.count()).select_from(chargers)))
        await database.write(lambda c: c.execute(insert(chargers).values(...)))
    """

    def __init__(self, url: URL, writing: Engine, reading: Engine) -> None:
        self.url = url
        self.writer = Writer(writing)
        self._writing = writing
        self._reading = reading
        # Whole functions in threads: one change of thread for each reading. An asynchronous driver
        # (aiosqlite) changes it for every statement, which took 3 times as long for one reader
        # and 12 times for many.
        self._readers = ThreadPoolExecutor(limits.READER_THREADS, "voltyard-reader")

    @classmethod
    async def open(cls, where: str | Path) -> "Database":
        """Open a data directory (made if need be) or a database URL, migrated to the present
        schema. Invalid where the URL is of an unknown kind."""
        url = url_of(where)
        writing = create_engine(url, pool_size=1, max_overflow=0)
        event.listen(writing, "connect", _prepare_writing)
        event.listen(writing, "begin", _begin_immediate)
        migrations.migrate(writing)
        reading = create_engine(url, pool_size=limits.READER_THREADS, max_overflow=0)
        event.listen(reading, "connect", _prepare_reading)
        event.listen(reading, "begin", _begin)
        return cls(url, writing, reading)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """Run `function` on a connection for reading; all it reads is of one moment."""

        def reading() -> T:
            with self._reading.connect() as connection:
                return function(connection)

        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in the writer's thread; its result, once it is committed. What it raises
        is raised here, and nothing of it is kept. It may be run twice: where records in its
        group cannot be stored, the group is undone and done again one by one."""
        return await self.writer.write(function)

    async def flush(self) -> None:
        """Wait until all that was handed in so far is committed."""
        await self.writer.flush()

    async def close(self) -> None:
        """Commit what waits and close every connection."""
        await self.writer.close()
        await asyncio.to_thread(self._readers.shutdown)
        self._reading.dispose()
        self._writing.dispose()


def url_of(where: str | Path) -> URL:
    """The SQLAlchemy URL of a data directory, or the one given."""
    if isinstance(where, str) and "://" in where:
        url = make_url(where)
    else:
        directory = Path(where)
        directory.mkdir(parents=True, exist_ok=True)
        url = URL.create("sqlite", database=str(directory / FILE_NAME))
    if url.get_backend_name() != "sqlite":
        raise Invalid(
            f"{url.get_backend_name()} is not a database this version can open",
            hint="use a data directory, or sqlite:///path/to/file.db",
        )
    return url.set(drivername="sqlite+pysqlite")


def _prepare_writing(connection: Any, _record: Any) -> None:
    # The driver's own idea of when to begin would break savepoints: transactions are begun here.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    # FULL syncs the log at each commit, so that what was answered survives a power cut as well as
    # a kill; grouping makes it one sync for many. NORMAL would survive the kill only.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _prepare_reading(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only = ON")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()
