"""The database: one writer, any number of readers, migrated when it is opened."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage import migrations
from voltyard.storage.database import sqlite
from voltyard.storage.database.database_errors import explained
from voltyard.storage.database.reader_threads import ReaderThreads, ReadOvertime
from voltyard.storage.database.writer import Writer

if TYPE_CHECKING:  # psycopg is an extra
    from voltyard.storage.leases.database_hold import DatabaseHold
    from voltyard.storage.leases.lease_keeper import LeaseKeeper

T = TypeVar("T")

FILE_NAME = "voltyard.db"
"""The SQLite file within a data directory."""

_SQLITE: Final = "sqlite+pysqlite"
_POSTGRESQL: Final = "postgresql+psycopg"
_DRIVERS: Final = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL, "postgres": _POSTGRESQL}
"""The driver by a URL's beginning."""


class Database:
    """An open database.

    `read` runs a function on a connection of its own and sees all that is committed. `write` runs
    one in the single writer and returns once it is committed; a function that raises is undone.
    Both take functions of a plain Connection, so that they do not know which database it is:

        count = await database.read(lambda c: c.scalar(select(func.count()).select_from(chargers)))
        await database.write(lambda c: c.execute(insert(chargers).values(...)))
    """

    def __init__(
        self,
        url: URL,
        writing: Engine,
        quick: ReaderThreads,
        slow: ReaderThreads,
        hold: "DatabaseHold | None",
        keeper: "LeaseKeeper | None",
        lost: "asyncio.Future[None]",
    ) -> None:
        """`quick` and `slow`: see storage.database.reader_threads."""
        self.url = url
        self.writer = Writer(writing)
        self._writing = writing
        self._quick = quick
        self._slow = slow
        self._hold = hold
        self._keeper = keeper
        self.lost = lost
        """Fails with HoldLost once another server has taken over a PostgreSQL database, or the
        server has ended this node's hold: nothing can be written any more."""

    @classmethod
    async def open(cls, where: str | Path, *, alone: bool = False, node: str = "") -> "Database":
        """Open a data directory (made if need be) or a database URL, migrated to the present
        schema. `alone`: hold a PostgreSQL database, as data_directory.held_directory does a
        directory. `node`: hold it as the node of that name, beside the server, which has migrated
        it; the name has no space.

        Invalid where the URL is of an unknown kind, or of one that has no nodes; Unavailable where
        the database cannot be reached, is damaged, is another server's or another node's of that
        name, or has not the schema that a node needs.
        """
        url = url_of(where)
        if node and url.drivername == _SQLITE:
            raise Invalid(
                "SQLite has one server and no nodes", hint="use PostgreSQL: VOLTYARD_DATABASE_URL"
            )
        if not _is_url(where):
            _make_directory(where)
        hold = hold_of(url, node) if alone or node else None
        writing, reading = engines(url, hold)
        lost = asyncio.get_running_loop().create_future()
        # A migration may take longer than a lease lasts.
        keeper = None if hold is None else _keeper(url, hold, lost)
        try:
            if node:
                writing.connect().close()  # a node's hold looks at the schema
            else:
                migrations.migrate(writing)
            if hold is not None:
                hold.complete(writing)
        except Exception as error:
            if keeper is not None:
                await keeper.close()
            writing.dispose()
            raise explained(error) from error.__cause__
        return cls(url, writing, *_lanes(url, reading), hold, keeper, lost)

    @property
    def node(self) -> str:
        """The name of the node that has it open; none: the server, or one who has no hold."""
        return "" if self._hold is None else self._hold.node

    async def read(
        self,
        function: Callable[[Connection], T],
        *,
        share: str = "",
        limit_s: Seconds | None = limits.READ_S,
    ) -> T:
        """Run `function` on a connection for reading; all it reads is of one moment. It may be run
        twice: where it takes more than a moment, or its connection is lost.

        `share` is on whose behalf: none keeps all the readers. Unavailable where it takes longer
        than `limit_s` (None: as long as it takes), where there is no connection to be had, or the
        database fails.
        """
        if limit_s is not None:
            with suppress(ReadOvertime):
                return await self._quick.run(function, share, limits.READ_SOON_S)
        try:
            return await self._slow.run(function, share, limit_s)
        except ReadOvertime as error:
            raise Unavailable(
                f"the reading took longer than {limit_s:g} s, and was ended",
                hint="ask for less: a shorter time, one charger, fewer filters at once",
            ) from error

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in the writer's thread; its result, once it is committed. What it raises
        is raised here, and nothing of it is kept. It may be run twice: where records in its
        group cannot be stored, the group is undone and done again one by one."""
        return await self.writer.write(function)

    async def flush(self) -> None:
        """Wait until all that was handed in so far is committed."""
        await self.writer.flush()

    async def close(self) -> None:
        """Commit what waits and close every connection. A node ends its lease."""
        await self.writer.close()
        if self._keeper is not None:
            await self._keeper.close()
        await self._quick.close()
        await self._slow.close()
        if self._hold is not None:
            await asyncio.to_thread(self._hold.leave, self._writing)
        self._writing.dispose()


def url_of(where: str | Path) -> URL:
    """The SQLAlchemy URL of a data directory, or the one given. Its text hides the password.

    Invalid where it is not a URL, or of an unknown kind of database.
    """
    if not _is_url(where):
        return URL.create(_SQLITE, database=str(Path(where) / FILE_NAME))
    try:
        url = make_url(str(where))
    except (ArgumentError, ValueError):
        url = None
    # A password's own @ would make of its rest a host or a database, which errors show.
    if url is None or "@" in f"{url.host}{url.database}":
        raise Invalid(
            "the database URL cannot be read",
            hint="characters of a password such as @ : / are written as %40 %3A %2F",
        )
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise Invalid(
            f"{kind} is not a database this version can open",
            hint="use a data directory, sqlite:///path/to/file.db or postgresql://host/database",
        )
    return url.set(drivername=_DRIVERS[kind])


def _make_directory(where: str | Path) -> None:
    Path(where).mkdir(parents=True, exist_ok=True)


def _is_url(where: str | Path) -> bool:
    return isinstance(where, str) and "://" in where


def file_of(url: URL) -> Path | None:
    """The file of an SQLite database; None of another, and of one in memory."""
    if url.drivername != _SQLITE or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def engines(url: URL, hold: "DatabaseHold | None" = None) -> tuple[Engine, Engine]:
    """One for the writer and one for the readers, neither connected yet. `hold` is the writer's on
    a PostgreSQL database. Unavailable where the driver is not there."""
    if url.drivername == _SQLITE:
        sqlite.require()
        return sqlite.writing_engine(url), sqlite.reading_engine(url)
    require_postgresql()
    from voltyard.storage.database import postgresql

    return postgresql.writing_engine(url, hold), postgresql.reading_engine(url)


def hold_of(url: URL, node: str = "", *, has_lease: bool = True) -> "DatabaseHold | None":
    """A new hold on a PostgreSQL database, the server's or that node's; None for another, whose
    file is held instead. Unavailable where the driver is not there."""
    if url.drivername == _SQLITE:
        return None
    require_postgresql()
    from voltyard.storage.leases.database_hold import DatabaseHold

    return DatabaseHold(node, has_lease=has_lease)


def require_postgresql() -> None:
    """Unavailable where the driver of PostgreSQL is not installed."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        raise Unavailable(
            "the driver of PostgreSQL is not installed", hint="pip install 'voltyard[postgres]'"
        ) from error


def _keeper(url: URL, hold: "DatabaseHold", lost: "asyncio.Future[None]") -> "LeaseKeeper":
    from voltyard.storage.database import postgresql
    from voltyard.storage.leases.database_hold import HoldLost
    from voltyard.storage.leases.lease_keeper import LeaseKeeper

    loop = asyncio.get_running_loop()
    lost.add_done_callback(asyncio.Future.exception)  # not everybody waits for it

    def fail() -> None:
        loop.call_soon_threadsafe(lost.set_exception, HoldLost(hold.node))

    return LeaseKeeper(postgresql.keeping_engine(url), hold, fail)


def _lanes(url: URL, reading: Engine) -> tuple[ReaderThreads, ReaderThreads]:
    """The quick readers and the slow ones, who have that engine."""
    if url.drivername == _SQLITE:
        return sqlite.lanes(url, reading)
    from voltyard.storage.database import postgresql

    return postgresql.lanes(url, reading)
