"""A database in virtual time that several processes hold, as PostgreSQL is held by them.

It has connections, each with its locks, and leases by its own clock. A commit whose connection has
ended before it is there changes nothing (0036). The database runs whatever becomes of a process.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextvars import copy_context
from random import Random
from typing import Any, NamedTuple

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, Seconds
from voltyard.simulation.nodes.storage.tables import Tables

SERVER_LOCK = ""


class ConnectionBroken(Unavailable):
    """A lost connection; nothing of what was to be committed is stored."""


class LostAtCommit(Unavailable):
    """A connection lost at the COMMIT: it may be stored, or not."""


class SimulatedConnection:
    """One connection of a process's writer, as the database sees it."""

    def __init__(self, node: str, holder: str) -> None:
        self.node = node
        self.holder = holder
        """The process, different at each start."""
        self.is_open = True


class Lease(Struct):
    """A row of leases."""

    holder: str
    epoch: int
    connection: SimulatedConnection
    renewed_at: Instant


class GroupedWrite(NamedTuple):
    """One write of a commit: its records, or a function, and a mark that tells it from others."""

    mark: object
    records: Sequence[Any]
    function: Callable[[Tables], Any] | None
    staged_numbers: Sequence[int]


Committed = Callable[[SimulatedConnection, Sequence[Any]], None]
"""Told of the records of each commit, before they are stored."""


class SimulatedDatabase:
    """The database's side: what is stored, who holds it, and when a commit arrives."""

    def __init__(
        self,
        tables: Tables,
        random: Random,
        committing: Committed = lambda connection, records: None,
        doubted: Callable[[Sequence[Any]], None] = lambda records: None,
        *,
        refuses_ended: bool = True,
        commits_s: tuple[Seconds, Seconds] = (0.001, 0.02),
    ) -> None:
        """Without `refuses_ended` it takes what an ended connection still commits, as PostgreSQL
        does not: a simulation has to notice that."""
        self.tables = tables
        self.leases: dict[str, Lease] = {}
        """By the node's name; SERVER_LOCK for the server's."""
        self.locks: dict[str, SimulatedConnection] = {}
        self._random = random
        self._committing = committing
        self.doubted = doubted
        """Told of records that were stored, and whose writer does not know."""
        self.refuses_ended = refuses_ended
        self._commits_s = commits_s
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()
        """Its own, whatever process asks for something."""
        self._epochs = 0
        self._staged_numbers = 0
        self._seen: set[object] = set()
        """Marks of writes that were stored, for those that come again as their COMMIT was lost."""
        self.commits = 0
        self.is_down = False

    @property
    def now(self) -> Instant:
        """The moment by the database's clock."""
        return self._loop.time()

    # --- connections, locks and leases ---------------------------------------------------------

    def try_lock(self, name: str, connection: SimulatedConnection) -> bool:
        """Lock a name for a connection, unless another has it."""
        if self.is_free(name):
            self.locks[name] = connection
        return self.locks[name] is connection

    def is_free(self, name: str) -> bool:
        holder = self.locks.get(name)
        return holder is None or not holder.is_open

    def close(self, connection: SimulatedConnection) -> None:
        """End a connection, and let go of its locks."""
        connection.is_open = False
        for name, holder in list(self.locks.items()):
            if holder is connection:
                del self.locks[name]

    def terminate(self, connection: SimulatedConnection) -> None:
        """Have a connection end soon, as pg_terminate_backend does."""
        self._close_after(self._random.uniform(0.001, 0.05), connection)

    def abandon(self, connection: SimulatedConnection) -> None:
        """Notice some time later that the other end has gone without a word."""
        self._close_after(self._random.uniform(0.0, limits.DATABASE_SILENCE_S), connection)

    def _close_after(self, delay_s: Seconds, connection: SimulatedConnection) -> None:
        self._loop.call_later(delay_s, self.close, connection, context=self._context)

    def restart(self) -> None:
        """End all connections; what is stored stays."""
        for connection in list(self.locks.values()):
            self.close(connection)

    def take_lease(self, connection: SimulatedConnection, epoch: int | None) -> int | None:
        """Take the lease that goes with a lock, or keep it, where it was taken before (`epoch`);
        None: another has had it since."""
        mine = self.leases.get(connection.node)
        if epoch is not None:
            if mine is None or mine.holder != connection.holder:
                return None
            mine.connection, mine.renewed_at = connection, self.now
            return mine.epoch
        self._epochs += 1
        self.leases[connection.node] = Lease(connection.holder, self._epochs, connection, self.now)
        return self._epochs

    def renew(self, node: str, holder: str) -> bool:
        """Renew a lease; False where it is another's, or gone."""
        lease = self.leases.get(node)
        if lease is None or lease.holder != holder:
            return False
        lease.renewed_at = self.now
        return True

    def leave(self, node: str, holder: str) -> None:
        """End a lease: nothing more will be written."""
        lease = self.leases.get(node)
        if lease is not None and lease.holder == holder:
            del self.leases[node]

    # --- commits -------------------------------------------------------------------------------

    def stage(self, records: Sequence[Any], kind: type[Any]) -> list[int]:
        """Numbers for the records of a kind, given before their commit."""
        numbers = []
        for record in records:
            self._staged_numbers += isinstance(record, kind)
            numbers.append(self._staged_numbers)
        return numbers

    def commit(
        self, connection: SimulatedConnection, writes: Sequence[GroupedWrite]
    ) -> "asyncio.Future[list[Any]]":
        """Commit once it has arrived; the results of the functions. LostAtCommit where the
        connection has ended before."""
        committed: asyncio.Future[list[Any]] = self._loop.create_future()
        after_s = self._random.uniform(*self._commits_s)
        if self._random.random() < 0.01:
            after_s += self._random.uniform(0.0, 1.0)
        arrived = self._arrived
        context = self._context
        self._loop.call_later(after_s, arrived, connection, writes, committed, context=context)
        return committed

    def _arrived(
        self,
        connection: SimulatedConnection,
        writes: Sequence[GroupedWrite],
        committed: "asyncio.Future[list[Any]]",
    ) -> None:
        if not connection.is_open and self.refuses_ended:
            if not committed.done():
                committed.set_exception(LostAtCommit("the connection was lost at the commit"))
                committed.exception()  # who waits for it may have been killed
            return
        results: list[Any] = []
        for write in writes:
            if write.mark in self._seen:
                results.append(None)
                continue
            self._seen.add(write.mark)
            self._committing(connection, write.records)
            for record, number in zip(write.records, write.staged_numbers, strict=True):
                self.tables.store(record, number)
            results.append(None if write.function is None else write.function(self.tables))
        self.commits += 1
        if not committed.done():
            committed.set_result(results)
