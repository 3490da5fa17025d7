"""The hold of one server on a PostgreSQL database: a lock, and a lease with an epoch.

The lock is an advisory one of the writer's own connection, so whoever has lost it can no longer
write either: the database itself refuses. The lease, a row of the table `leases`, tells others
whether the holder lives, by the database's clock; and it tells a holder that comes back whether
another has been there since: what it remembers is no longer what is stored, and it must not write.
"""

from typing import Any, Final

import psycopg
from sqlalchemy import Engine

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Unavailable

LEASE: Final = "server"
"""The name of the lease of the one server."""

KEY: Final = "hashtextextended('voltyard ' || current_schema(), 0)"
"""The key of the lock: a schema's tables are one server's."""

NOW: Final = "extract(epoch FROM clock_timestamp())"

_LOCK: Final = f"SELECT pg_advisory_lock({KEY})"

_HAS_LEASES: Final = "SELECT to_regclass('leases') IS NOT NULL"

_TAKE: Final = f"""
INSERT INTO leases (name, holder, epoch, pid, renewed_at)
    VALUES (%(name)s, %(holder)s, 1, pg_backend_pid(), {NOW})
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1,
        pid = excluded.pid, renewed_at = excluded.renewed_at
    RETURNING epoch
"""

_KEEP: Final = f"""
UPDATE leases SET pid = pg_backend_pid(), renewed_at = {NOW}
    WHERE name = %(name)s AND holder = %(holder)s RETURNING epoch
"""


class HeldByAnother(Unavailable):
    """A database that another server uses."""

    hint = "stop that one, choose another with VOLTYARD_DATABASE_URL, or stand by: --standby"


class HoldLost(Unavailable):
    """A database that another server has used since this one did."""

    hint = "start it again: what it remembers is no longer what is stored"

    def __init__(self) -> None:
        super().__init__("another server has taken over the database")


class DatabaseHold:
    """One server's hold, on whatever connection its writer has."""

    def __init__(self, *, has_lease: bool = True) -> None:
        """Without a lease it cannot be taken over: a restore is not to be ended half-way."""
        self._has_lease = has_lease
        self.holder = ids.token(ids.SYSTEM, 16)
        """Different at each start."""
        self.is_lost = False
        """Another server has it: this one need not wait for the lock any more."""
        self.epoch: int | None = None
        """The number of this hold among all that there were; None before the first connection to a
        database that has leases."""

    def take(self, connection: psycopg.Connection[Any]) -> None:
        """Hold the database for as long as this connection, which commits each statement, lasts.

        One that was just killed lets go once PostgreSQL has noticed, so there is a moment's wait.
        HeldByAnother where another server has it, HoldLost where one had it since.
        """
        if self.is_lost:
            raise HoldLost
        # PostgreSQL, too, shall notice in time that we have vanished, to let go of what we held.
        connection.execute(f"SET tcp_keepalives_idle = {limits.DATABASE_SILENCE_S // 2}")
        connection.execute(f"SET tcp_keepalives_interval = {limits.DATABASE_SILENCE_S // 6}")
        connection.execute("SET tcp_keepalives_count = 3")
        connection.execute(f"SET lock_timeout = '{limits.DATABASE_HOLD_S}s'")
        try:
            connection.execute(_LOCK)
        except psycopg.errors.LockNotAvailable:
            raise HeldByAnother(
                f"another server uses the database {connection.info.dbname}"
            ) from None
        if self._has_lease and _scalar(connection, _HAS_LEASES):
            self._take_lease(connection)

    def complete(self, writing: Engine) -> None:
        """Take the lease where the database had no table for it before it was migrated."""
        if self.epoch is not None:
            return  # it had
        with writing.begin() as connection:
            self._take_lease(connection.connection.driver_connection)

    def _take_lease(self, connection: Any) -> None:
        mine = {"name": LEASE, "holder": self.holder}
        epoch = _scalar(connection, _TAKE if self.epoch is None else _KEEP, mine)
        if epoch is None:
            self.is_lost = True
            raise HoldLost
        self.epoch = epoch


def _scalar(
    connection: psycopg.Connection[Any], statement: str, values: dict[str, Any] | None = None
) -> Any:
    row = connection.execute(statement, values).fetchone()
    return None if row is None else row[0]
