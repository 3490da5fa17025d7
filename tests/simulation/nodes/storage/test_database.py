"""The simulated database does as PostgreSQL does: these facts are those of tests/storage/nodes."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from voltyard.csms.records import ChargerSeen, ChargerStored, SettingsStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.simulation.nodes.fabric import DATABASE, Fabric
from voltyard.simulation.nodes.process_loop import ProcessLoop, SimulatedProcess
from voltyard.simulation.nodes.storage.database import SimulatedDatabase
from voltyard.simulation.nodes.storage.stores import SimulatedNodeLeases, SimulatedOwners
from voltyard.simulation.nodes.storage.tables import Tables
from voltyard.simulation.nodes.storage.writer import HeldDatabase, LeaseLost, NameTaken
from voltyard.simulation.virtual_loop import run

ORG = "org_1"
START = 1_767_571_200.0


class Cluster:
    """A server and two nodes on one simulated database."""

    def __init__(self) -> None:
        chargers = [
            ChargerStored(
                id=f"chg_{number}",
                organization_id=ORG,
                charge_box_id=f"CP-{number}",
                registered_at=START,
            )
            for number in (1, 2, 3)
        ]
        self.tables = Tables(SettingsStored(organization_id=ORG), chargers)
        self.database = SimulatedDatabase(self.tables, Random(1))
        self.fabric = Fabric(Random(2))
        self.processes: dict[str, SimulatedProcess] = {}

    async def open(self, node: str, holder: str = "") -> HeldDatabase:
        """Hold the database as a process of that node."""
        process = self.processes[node] = SimulatedProcess(node or "server")
        held = HeldDatabase(self.database, self.fabric, process, node, holder or node)
        await process.start(held.open())
        return held

    async def give(self, held: HeldDatabase, number: int, node: str) -> bool:
        return await SimulatedOwners(held).hand_over(f"chg_{number}", ORG, f"CP-{number}", node)

    @property
    def owned(self) -> dict[str, str]:
        return {id: owned.node for id, owned in self.tables.owners.items()}


def play(story: Callable[[Cluster], Awaitable[None]]) -> None:
    loop = ProcessLoop(START)

    async def played() -> None:
        try:
            await story(Cluster())
        finally:
            await loop.end()

    run(played(), loop)


def test_a_charger_is_given_away_by_its_owner_alone_and_once() -> None:
    async def story(cluster: Cluster) -> None:
        server, n1 = await cluster.open(""), await cluster.open("n1")

        assert await cluster.give(server, 1, "n1")
        assert await cluster.give(server, 1, "n1")
        assert not await cluster.give(server, 1, "n2")
        assert cluster.owned == {"chg_1": "n1"}
        assert await cluster.give(n1, 1, "n2")
        assert not await cluster.give(n1, 1, "")
        assert cluster.owned == {"chg_1": "n2"}

    play(story)


def test_what_was_written_before_is_there_once_a_charger_is_anothers() -> None:
    async def story(cluster: Cluster) -> None:
        server = await cluster.open("")
        server.write((ChargerSeen(charger_id="chg_1", last_seen_at=7.0, last_heartbeat_at=None),))

        await cluster.give(server, 1, "n1")

        assert cluster.tables.chargers["chg_1"].last_seen_at == 7.0

    play(story)


def test_nothing_is_taken_from_a_node_that_is_there() -> None:
    async def story(cluster: Cluster) -> None:
        server, _ = await cluster.open(""), await cluster.open("n1")
        await cluster.give(server, 1, "n1")

        assert await SimulatedOwners(server).take_from("n1") is None
        assert cluster.owned == {"chg_1": "n1"}

    play(story)


def test_a_node_that_was_paused_for_long_can_write_nothing_when_it_wakes() -> None:
    async def story(cluster: Cluster) -> None:
        server, n1 = await cluster.open(""), await cluster.open("n1")
        await cluster.give(server, 1, "n1")
        leases = SimulatedNodeLeases(cluster.database, cluster.fabric, cluster.processes[""])
        await leases.end_silent()
        cluster.processes["n1"].pause()
        await asyncio.sleep(limits.LEASE_S + 1.0)
        assert await leases.end_silent() == []  # its connection is being closed
        await asyncio.sleep(limits.NODE_LOOK_S)
        assert await leases.end_silent() == ["n1"]
        assert await SimulatedOwners(server).take_from("n1") is not None
        writing = cluster.processes["n1"].start(cluster.give(n1, 1, "n2"))

        cluster.processes["n1"].resume()

        with pytest.raises(LeaseLost):
            await writing
        assert cluster.owned == {}
        assert isinstance(n1.lost.exception(), LeaseLost)

    play(story)


def test_a_name_is_one_processs_and_the_next_ones_once_that_has_ended() -> None:
    async def story(cluster: Cluster) -> None:
        first = await cluster.open("n1", "first")

        with pytest.raises(NameTaken):
            await cluster.open("n1", "second")

        await first.close()
        await cluster.open("n1", "third")

    play(story)


def test_a_process_that_is_cut_off_keeps_what_it_is_to_keep_and_refuses_the_rest() -> None:
    async def story(cluster: Cluster) -> None:
        server = await cluster.open("")
        cluster.fabric.cut("server", DATABASE)
        server.write((ChargerSeen(charger_id="chg_1", last_seen_at=7.0, last_heartbeat_at=None),))

        with pytest.raises(Unavailable):
            await cluster.give(server, 1, "n1")
        cluster.fabric.mend("server", DATABASE)
        await asyncio.sleep(limits.DATABASE_SILENCE_S + limits.DATABASE_HOLD_S)

        assert cluster.tables.chargers["chg_1"].last_seen_at == 7.0
        assert cluster.owned == {}

    play(story)
