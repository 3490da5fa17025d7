"""The hold of one process on a PostgreSQL database: a lock, and a lease with an epoch.

The lock is an advisory one of the writer's own connection, so whoever has lost it can no longer
write either: the database itself refuses. The lease, a row of the table `leases`, tells others
whether the holder lives, by the database's clock; and it tells a holder that comes back whether
another has been there since: what it remembers is no longer what is stored, and it must not write.

There is one server, and each of its nodes has a lock and a lease by its name. Nodes also share a
lock, so that no backup is restored while there are any.
"""

from contextlib import suppress
from typing import Any, Final

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.storage import migrations
from voltyard.storage.leases.lease_names import KEY, NODES_KEY, NOW, key_of_node, lease_of

_LOCK: Final = f"SELECT pg_advisory_lock({KEY})"

_LOCK_NODE: Final = f"SELECT pg_advisory_lock({key_of_node('%(name)s::text')})"

_BE_A_NODE: Final = f"SELECT pg_advisory_lock_shared({NODES_KEY})"

_KEEP_NODES_OUT: Final = f"SELECT pg_advisory_lock({NODES_KEY})"

_HAS_SCHEMA: Final = "SELECT to_regclass('alembic_version') IS NOT NULL"

_SCHEMA: Final = "SELECT version_num FROM alembic_version"

_HAS_LEASES: Final = "SELECT to_regclass('leases') IS NOT NULL"

_TAKE: Final = f"""
INSERT INTO leases (name, holder, epoch, pid, renewed_at)
    VALUES (%(name)s, %(holder)s, 1, pg_backend_pid(), {NOW})
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1,
        pid = excluded.pid, renewed_at = excluded.renewed_at
    RETURNING epoch
"""

_TAKE_AS_NODE: Final = f"""
WITH numbered AS (
    INSERT INTO number_blocks (name, next) VALUES ('node_epochs', 2)
        ON CONFLICT (name) DO UPDATE SET next = number_blocks.next + 1
        RETURNING next - 1 AS epoch
)
INSERT INTO leases (name, holder, epoch, pid, renewed_at)
    SELECT %(name)s, %(holder)s, epoch, pg_backend_pid(), {NOW} FROM numbered
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch,
        pid = excluded.pid, renewed_at = excluded.renewed_at
    RETURNING epoch
"""
"""Leases of nodes go when they end, and no epoch may come again."""

_KEEP: Final = f"""
UPDATE leases SET pid = pg_backend_pid(), renewed_at = {NOW}
    WHERE name = %(name)s AND holder = %(holder)s RETURNING epoch
"""

_LEAVE: Final = "DELETE FROM leases WHERE name = %(name)s AND holder = %(holder)s"


class HeldByAnother(Unavailable):
    """A database that another server uses, or another node of the same name."""

    hint = "stop that one, choose another with VOLTYARD_DATABASE_URL, or stand by: --standby"


class HoldLost(Unavailable):
    """A database that another server has used since this one did; or whose server has ended this
    node's hold."""

    hint = "start it again: what it remembers is no longer what is stored"

    def __init__(self, node: str = "") -> None:
        super().__init__(
            f"the server has given the chargers of the node {node} to others"
            if node
            else "another server has taken over the database"
        )


class DatabaseHold:
    """One process's hold, on whatever connection its writer has."""

    def __init__(self, node: str = "", *, has_lease: bool = True) -> None:
        """A node's of that name, else the server's. Without a lease it cannot be taken over, and
        keeps nodes out as well: a restore is not to be ended half-way."""
        self.node = node
        self.lease = lease_of(node)
        """The name of its lease."""
        self._has_lease = has_lease
        self.holder = ids.token(ids.SYSTEM, 16)
        """Different at each start."""
        self.is_lost = False
        """Another has it: this one need not wait for the lock any more."""
        self.epoch: int | None = None
        """The number of this hold among all that there were, of the server or of any node; None
        before the first connection to a database that has leases."""

    def take(self, connection: psycopg.Connection[Any]) -> None:
        """Hold the database for as long as this connection, which commits each statement, lasts.

        One that was just killed lets go once PostgreSQL has noticed, so there is a moment's wait.
        HeldByAnother where another has it, HoldLost where one had it since. A node makes no tables:
        Unavailable where they are not those of this version.
        """
        if self.is_lost:
            raise HoldLost(self.node)
        # PostgreSQL, too, shall notice in time that we have vanished, to let go of what we held.
        connection.execute(f"SET tcp_keepalives_idle = {limits.DATABASE_SILENCE_S // 2}")
        connection.execute(f"SET tcp_keepalives_interval = {limits.DATABASE_SILENCE_S // 6}")
        connection.execute("SET tcp_keepalives_count = 3")
        connection.execute(f"SET lock_timeout = '{limits.DATABASE_HOLD_S}s'")
        if self.node:
            self._lock_as_node(connection)
        else:
            self._lock(connection)
        if self._has_lease and _scalar(connection, _HAS_LEASES):
            self._take_lease(connection)

    def complete(self, writing: Engine) -> None:
        """Take the lease where the database had no table for it before it was migrated."""
        if self.epoch is not None:
            return  # it had
        with writing.begin() as connection:
            self._take_lease(connection.connection.driver_connection)

    def leave(self, writing: Engine) -> None:
        """End a node's lease, as nothing more will be written: its server need not wait until it
        has run out. Where the database is away, it has to."""
        if not self.node or self.epoch is None or self.is_lost:
            return
        self.is_lost = True  # it makes no new connection, where it may wait for the lock
        mine = {"name": self.lease, "holder": self.holder}
        with suppress(DBAPIError, VoltyardError), writing.begin() as connection:
            connection.exec_driver_sql(_LEAVE, mine)

    def _lock(self, connection: psycopg.Connection[Any]) -> None:
        name = connection.info.dbname
        _wait(connection, _LOCK, HeldByAnother(f"another server uses the database {name}"))
        if not self._has_lease:
            refusal = HeldByAnother(
                f"nodes use the database {name}", hint="stop all nodes of the server first"
            )
            _wait(connection, _KEEP_NODES_OUT, refusal)

    def _lock_as_node(self, connection: psycopg.Connection[Any]) -> None:
        name = connection.info.dbname
        refusal = Unavailable(
            f"a backup is being restored into the database {name}", hint="start it again after that"
        )
        _wait(connection, _BE_A_NODE, refusal)
        refusal = HeldByAnother(
            f"another node of the name {self.node} uses the database {name}",
            hint="choose another name for this node, or stop that one",
        )
        _wait(connection, _LOCK_NODE, refusal, {"name": self.lease})
        has_schema = _scalar(connection, _HAS_SCHEMA)
        migrations.check_present(_scalar(connection, _SCHEMA) if has_schema else None)

    def _take_lease(self, connection: Any) -> None:
        mine = {"name": self.lease, "holder": self.holder}
        take = _TAKE_AS_NODE if self.node else _TAKE
        epoch = _scalar(connection, take if self.epoch is None else _KEEP, mine)
        if epoch is None:
            self.is_lost = True
            raise HoldLost(self.node)
        self.epoch = epoch


def _wait(
    connection: psycopg.Connection[Any],
    statement: str,
    refusal: Unavailable,
    values: dict[str, Any] | None = None,
) -> None:
    """Wait for a lock; the refusal is raised where others keep it."""
    try:
        connection.execute(statement, values)
    except psycopg.errors.LockNotAvailable:
        raise refusal from None


def _scalar(
    connection: psycopg.Connection[Any], statement: str, values: dict[str, Any] | None = None
) -> Any:
    row = connection.execute(statement, values).fetchone()
    return None if row is None else row[0]
