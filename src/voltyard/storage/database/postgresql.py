"""PostgreSQL: connections to a server, which may be lost and are made anew.

Imported only where such a database is opened, for the driver is an extra.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg.adapt import Dumper
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.database import compiled_statements
from voltyard.storage.database.lock_waits import LockWaits
from voltyard.storage.database.reader_threads import Interruption, ReaderThreads
from voltyard.storage.leases.database_hold import DatabaseHold

_PARAMETERS: Final = {
    "application_name": "voltyard",
    "connect_timeout": limits.DATABASE_CONNECT_S,
    # A server that has vanished without a word is noticed, and does not block a thread for ever.
    "keepalives_idle": limits.DATABASE_SILENCE_S // 2,
    "keepalives_interval": limits.DATABASE_SILENCE_S // 6,
    "keepalives_count": 3,
    "tcp_user_timeout": limits.DATABASE_SILENCE_S * 1000,
}
"""Of each connection, where the URL does not say otherwise."""

_DRIVER: Final = "postgresql+voltyard"


class PostgresqlDialect(PGDialect_psycopg):
    """SQLAlchemy's dialect, equal for all engines of servers of one version that have one way to
    write texts: see compiled_statements."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PostgresqlDialect) and self._server == other._server

    def __hash__(self) -> int:
        return hash(PostgresqlDialect)

    @property
    def _server(self) -> tuple[object, ...]:
        return self.server_version_info, self._backslash_escapes


registry.register(_DRIVER.replace("+", "."), __name__, PostgresqlDialect.__name__)


def writing_engine(url: URL, hold: DatabaseHold | None = None) -> Engine:
    """The engine of the one writer. With a `hold` each of its connections holds the database, and
    can only be made while no other server does."""

    def prepare(connection: psycopg.Connection[Any]) -> None:
        # What is told to be committed is on the disk, whatever this server's habit is.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
        if hold is not None:
            hold.take(connection)
        connection.execute(f"SET lock_timeout = '{limits.DATABASE_LOCK_S}s'")

    engine = _engine(url, 1, prepare)
    LockWaits(engine, limits.DATABASE_LOCK_S, _set_lock_wait)
    return engine


def keeping_engine(url: URL) -> Engine:
    """The engine of one who keeps a lease, or looks at another's."""

    def prepare(connection: psycopg.Connection[Any]) -> None:
        connection.execute(f"SET statement_timeout = '{limits.LEASE_RENEWED_S * 1000:.0f}ms'")

    return _engine(url, 1, prepare)


def lanes(url: URL, reading: Engine) -> tuple[ReaderThreads, ReaderThreads]:
    """The quick readers, and the slow ones, who have that engine."""
    soon = reading_engine(url, limits.READER_THREADS, limits.READ_SOON_S)
    return (
        ReaderThreads("reader", soon, limits.READER_THREADS, _BetweenStatements()),
        ReaderThreads("search", reading, limits.SEARCH_THREADS, _Cancellation()),
    )


class _BetweenStatements(Interruption):
    """Ends a function of many quick statements, none of which PostgreSQL's own limit ends."""

    def end(self, driver: Any) -> None:
        if driver.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
            _cut_off(driver)


class _Cancellation(Interruption):
    spoils = True

    def end(self, driver: Any) -> None:
        cancellation = driver.pgconn.get_cancel()

        def cancel() -> None:
            with suppress(psycopg.Error):
                cancellation.cancel()

        # It takes a connection of its own, and is rare.
        threading.Thread(target=cancel, name="voltyard-cancel", daemon=True).start()
        # One that fetches rows part by part is between two statements as often as not.
        _cut_off(driver)


def _cut_off(driver: Any) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(driver.fileno())) as other:
        other.shutdown(socket.SHUT_RDWR)


def reading_engine(url: URL, size: int = limits.SEARCH_THREADS, limit_s: Seconds = 0) -> Engine:
    """The engine of readers: what they read is of one moment, and they cannot write. `limit_s` is
    of each statement; 0: none."""

    def prepare(connection: psycopg.Connection[Any]) -> None:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        connection.execute(f"SET statement_timeout = '{limit_s * 1000:.0f}ms'")

    return _engine(url, size, prepare)


def _engine(url: URL, size: int, prepare: Callable[[psycopg.Connection[Any]], None]) -> Engine:
    # An error's text has the statement alone: its values are people's, and go to no log.
    url = url.set(drivername=_DRIVER)
    engine = create_engine(url, pool_size=size, max_overflow=0, hide_parameters=True)
    compiled_statements.share(engine)

    def connect(
        _dialect: Any, _record: Any, arguments: Any, parameters: Any
    ) -> psycopg.Connection[Any]:
        try:
            connection = psycopg.connect(*arguments, **{**_PARAMETERS, **parameters})
        except psycopg.ProgrammingError as error:  # an option in the URL that the driver lacks
            raise Invalid(f"the database URL: {_one_line(error)}") from None
        except psycopg.Error as error:
            raise _unreachable(url, error) from None
        try:
            connection.adapters.register_dumper(str, _Text)
            connection.autocommit = True
            prepare(connection)
            connection.autocommit = False
        except psycopg.OperationalError as error:
            connection.close()
            raise _unreachable(url, error) from None
        except BaseException:
            connection.close()
            raise
        return connection

    event.listen(engine, "do_connect", connect)
    return engine


def _set_lock_wait(connection: Connection, wait_s: Seconds) -> None:
    """Until its transaction ends."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{wait_s * 1000:.0f}ms'")


def _unreachable(url: URL, error: psycopg.Error) -> Unavailable:
    return Unavailable(
        f"cannot open the PostgreSQL database {url.database or ''}: {_one_line(error)}",
        hint="does the server of VOLTYARD_DATABASE_URL run, and has it this database (createdb)?",
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


class _Text(Dumper):
    """Text as PostgreSQL can keep it: without NUL, which a peer may well send. As the mark of what
    could not be kept, it becomes U+FFFD."""

    def dump(self, obj: str) -> bytes:
        return obj.replace("\0", "\ufffd").encode()
