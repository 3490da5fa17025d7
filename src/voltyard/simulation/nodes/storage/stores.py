"""Ports of the room `nodes`, over the simulated database."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from voltyard.csms.records import Contents
from voltyard.events.event_records import EventStaged
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, Seconds
from voltyard.simulation.nodes.fabric import DATABASE, Fabric
from voltyard.simulation.nodes.process_loop import SimulatedProcess
from voltyard.simulation.nodes.storage.database import SimulatedDatabase
from voltyard.simulation.nodes.storage.tables import SERVERS, Owned, Tables
from voltyard.simulation.nodes.storage.writer import HeldDatabase

T = TypeVar("T")

_RETRY_S: Seconds = 0.05


class SimulatedOwners:
    """The owners on record, as one process sees them: a `nodes.owner_store.OwnerStore`."""

    def __init__(self, held: HeldDatabase) -> None:
        self._held = held
        self._mine = held.node

    async def hand_over(
        self, charger_id: str, organization_id: str, charge_box_id: str, node: str
    ) -> bool:
        owned = Owned(charger_id, organization_id, charge_box_id, node)
        return await self._held.do(lambda tables: _give(tables, self._mine, owned))

    async def find(self, organization_id: str, charge_box_id: str) -> tuple[str | None, str]:
        return await self._held.read(lambda tables: tables.find(organization_id, charge_box_id))

    async def contents(self, charger_ids: Sequence[str]) -> Contents:
        return await self._held.read(lambda tables: tables.contents_of(charger_ids))

    async def elsewhere(self) -> list[Owned]:
        return await self._held.read(lambda tables: list(tables.owners.values()))

    async def give_back(self, node: str) -> None:
        """Have all chargers of a node be the server's."""
        await self._held.do(lambda tables: tables.take_from(node))

    async def take_from(self, node: str) -> list[Owned] | None:
        database = self._held.database

        def take(tables: Tables) -> list[Owned] | None:
            if not database.is_free(node):
                return None
            database.leases.pop(node, None)
            return tables.take_from(node)

        return await self._held.do(take)


class SimulatedNodeLeases:
    """The leases of nodes, on a connection of its own: `nodes.membership.Leases`."""

    def __init__(
        self, database: SimulatedDatabase, fabric: Fabric, process: SimulatedProcess
    ) -> None:
        self._database = database
        self._fabric = fabric
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._seeing_since: Instant | None = None

    async def end_silent(self) -> list[str]:
        silent, orphaned = await self._run(self._silent)
        ended = []
        for name, epoch in silent:
            if await self._end(name, epoch, limits.LEASE_S):
                ended.append(name)
        for name in orphaned:
            if await self._end(name, None, 0.0):
                ended.append(name)
        return ended

    async def end(self, name: str) -> bool:
        lease = await self._run(lambda: self._database.leases.get(name))
        epoch = None if lease is None else lease.epoch
        until = self._loop.time() + limits.NODE_END_S
        while not (has_ended := await self._end(name, epoch, 0.0)):
            if self._loop.time() > until:
                break
            await asyncio.sleep(_RETRY_S)
        return has_ended

    async def _run(self, work: Callable[[], T]) -> T:
        await self._fabric.pass_to_database()
        if self._fabric.is_cut(self._process.name, DATABASE) or self._database.is_down:
            self._seeing_since = None
            await asyncio.sleep(limits.DATABASE_CONNECT_S)
            raise Unavailable("the leases of nodes cannot be looked at")
        if self._seeing_since is None:
            self._seeing_since = self._loop.time()
        result = work()
        await self._fabric.pass_to_database()
        return result

    def _silent(self) -> tuple[list[tuple[str, int]], list[str]]:
        leases, before = self._database.leases, self._database.now - limits.LEASE_S
        silent = [
            (name, lease.epoch)
            for name, lease in leases.items()
            if name != SERVERS and lease.renewed_at < before
        ]
        owners = {owned.node: None for owned in self._database.tables.owners.values()}
        orphaned = [node for node in owners if node not in leases]
        since = self._seeing_since
        if since is None or self._loop.time() - since < limits.LEASE_GRACE_S:
            silent = []
        return silent, orphaned

    async def _end(self, name: str, epoch: int | None, silent_s: Seconds) -> bool:
        def end() -> bool:
            database = self._database
            lease = database.leases.get(name)
            may_end = (
                lease is not None
                and lease.epoch == epoch
                and lease.renewed_at <= database.now - silent_s
            )
            if database.is_free(name):
                if may_end:
                    del database.leases[name]
                return name not in database.leases
            if may_end and lease is not None and database.locks[name] is lease.connection:
                database.terminate(lease.connection)
            return False

        return await self._run(end)


class SimulatedStagedEvents:
    """The staged events of all nodes: a `nodes.staged_events.StagedEventStore`."""

    def __init__(self, held: HeldDatabase) -> None:
        self._held = held

    async def first(self, limit: int) -> list[tuple[int, EventStaged]]:
        return await self._held.read(lambda tables: sorted(tables.staged.items())[:limit])


def _give(tables: Tables, mine: str, owned: Owned) -> bool:
    owner = tables.owner_of(owned.charger_id)
    if owner != mine or owner == owned.node:
        return owner == owned.node
    tables.give(owned)
    return True
