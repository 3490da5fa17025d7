"""Leases of nodes, as their server sees them: which live, and the end of those that do not.

Whoever ends a node has its lock when its lease goes, so that no connection of it can write then;
one that it makes later finds no lease of its own. The connection is none of the writer's: that one
may be busy for long.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import structlog
from msgspec import Struct
from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.database import postgresql
from voltyard.storage.leases.lease_names import (
    IS_NODE,
    NODE_OF_LEASE,
    NOW,
    holders,
    key_of_node,
    lease_of,
)

log = structlog.get_logger(__name__)

T = TypeVar("T")

_KEY: Final = key_of_node("CAST(:name AS text)")
_RETRY_S: Seconds = 0.05

_LIVE: Final = text(f"""
SELECT {NODE_OF_LEASE} AS name, epoch, {NOW} - renewed_at AS renewed_s FROM leases
    WHERE {IS_NODE} AND renewed_at >= {NOW} - :lease_s ORDER BY name
""")

_SILENT: Final = text(f"""
SELECT {NODE_OF_LEASE} AS name, epoch FROM leases
    WHERE {IS_NODE} AND renewed_at < {NOW} - :lease_s ORDER BY name
""")

_ORPHANED: Final = text(f"""
SELECT DISTINCT node FROM charger_owners WHERE NOT EXISTS
    (SELECT 1 FROM leases WHERE {IS_NODE} AND {NODE_OF_LEASE} = node) ORDER BY node
""")
"""Nodes that own chargers and have no lease: whoever ended them got no further."""

_EPOCH: Final = text("SELECT epoch FROM leases WHERE name = :name")

_IS_FREE: Final = text(f"SELECT pg_try_advisory_xact_lock({_KEY})")

_MAY_END: Final = f"name = :name AND epoch = :epoch AND renewed_at <= {NOW} - :silent_s"

_END_LEASE: Final = text(f"DELETE FROM leases WHERE {_MAY_END}")

_END_HOLDER: Final = text(f"""
SELECT pg_terminate_backend(pg_locks.pid)
    FROM leases JOIN pg_locks ON pg_locks.pid = leases.pid WHERE {_MAY_END} AND {holders(_KEY)}
""")
"""Ends its connection, and undoes what it had begun to write. Only if it is still the one of that
lease: a new process of that name has another."""


class NodeLease(Struct, frozen=True, kw_only=True):
    """The lease of a node that lives."""

    name: str
    epoch: int
    """The number of its process among those of all nodes that there were; none comes again."""
    renewed_s: Seconds
    """Time since it was renewed."""


class NodeLeases:
    """The leases of all nodes, on a connection of its own."""

    def __init__(self, url: URL) -> None:
        self._engine = postgresql.keeping_engine(url)
        self._seeing_since: Seconds | None = None
        """Since when each look has found the database there; None: the last has not."""

    async def live(self) -> list[NodeLease]:
        """The nodes whose leases have not run out. Unavailable where the database is away; so too
        below."""
        return await self._run(self._live)

    async def end_silent(self) -> list[str]:
        """End the nodes whose leases have run out; the names of nodes that can never write again
        and may own chargers still. Those whose connections are not closed yet come with a later
        look, and so do those that somebody ended who got no further."""
        silent, orphaned = await self._run(self._silent)
        ended: list[str] = []
        for name, epoch in silent:
            if await self._run(partial(self._end, name=name, epoch=epoch, silent_s=limits.LEASE_S)):
                log.warning("node_ended", node=name, silent_for_s=limits.LEASE_S)
                ended.append(name)
        for name in orphaned:
            if await self._run(partial(self._end, name=name, epoch=None, silent_s=0.0)):
                ended.append(name)
        return ended

    async def end(self, name: str, epoch: int | None = None) -> bool:
        """End a node at once, whatever its lease; only the process of that epoch, where one is
        given. False where one of that name is there still, or anew."""
        if epoch is None:
            epoch = await self._run(partial(_epoch, name=name))
        until = time.monotonic() + limits.NODE_END_S
        while not (
            has_ended := await self._run(partial(self._end, name=name, epoch=epoch, silent_s=0.0))
        ):
            if time.monotonic() > until:
                break
            await asyncio.sleep(_RETRY_S)
        return has_ended

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    async def _run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._in_transaction, work)

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._engine.begin() as connection:
                result = work(connection)
        except (DBAPIError, Unavailable) as error:
            self._seeing_since = None
            said = str(error.orig if isinstance(error, DBAPIError) else error.message)
            raise Unavailable(
                f"the leases of nodes cannot be looked at: {said.partition(chr(10))[0]}"
            ) from error
        if self._seeing_since is None:
            self._seeing_since = time.monotonic()
        return result

    def _live(self, connection: Connection) -> list[NodeLease]:
        rows = connection.execute(_LIVE, {"lease_s": limits.LEASE_S})
        return [NodeLease(name=row.name, epoch=row.epoch, renewed_s=row.renewed_s) for row in rows]

    def _silent(self, connection: Connection) -> tuple[list[tuple[str, int]], list[str]]:
        """Names and epochs of leases that have run out, and names that have none."""
        silent = [
            (row.name, row.epoch)
            for row in connection.execute(_SILENT, {"lease_s": limits.LEASE_S})
        ]
        orphaned = list(connection.scalars(_ORPHANED))
        since = self._seeing_since
        if since is None or time.monotonic() - since < limits.LEASE_GRACE_S:
            silent = []
        return silent, orphaned

    @staticmethod
    def _end(connection: Connection, name: str, epoch: int | None, silent_s: Seconds) -> bool:
        """True where no process has the name any more, and its lease is gone."""
        lease = {"name": lease_of(name), "epoch": epoch, "silent_s": silent_s}
        if connection.scalar(_IS_FREE, lease):
            connection.execute(_END_LEASE, lease)
            return _epoch(connection, name) is None
        connection.execute(_END_HOLDER, lease)
        return False


def _epoch(connection: Connection, name: str) -> int | None:
    found: int | None = connection.scalar(_EPOCH, {"name": lease_of(name)})
    return found
