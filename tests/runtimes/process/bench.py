"""What the tests of the process provider share: a gateway and its workers on a bus in memory."""

import asyncio
from dataclasses import dataclass

from tests.runtimes.bench import HeardListener
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.ports.clock import Clock
from voltyard.ports.runtimes import CommandCompleted
from voltyard.runtimes.control.worker import Worker
from voltyard.runtimes.process.attached_workers import AttachedWorkers
from voltyard.runtimes.process.provider import ProcessProvider

NAME = "voltyard"


def clock() -> float:
    return 1_767_571_200.0 + asyncio.get_running_loop().time()


@dataclass(frozen=True)
class Told:
    """A worker's task, and what it can be told."""

    stopping: asyncio.Event
    hurrying: asyncio.Event
    task: asyncio.Task[bool]


class Place:
    """A gateway on a bus in memory, and its workers there."""

    def __init__(self, listener: HeardListener) -> None:
        self.listener = listener
        self.broker = MemoryBroker()
        self.bus = MemoryBus(self.broker)
        self.buses: dict[str, MemoryBus] = {}
        self.provider = ProcessProvider(listener, self.bus, NAME)
        self._working: dict[str, Told] = {}

    def cut(self, *names: str) -> None:
        """Cut those workers off, else all."""
        for name in names or self.buses:
            self.buses[name].cut()

    def mend(self, *names: str) -> None:
        for name in names or self.buses:
            self.buses[name].mend()

    async def end_without_a_word(self) -> None:
        """The gateway is gone, as if it were killed."""
        await self.bus.close()

    async def another_gateway(self, attendance: AttachedWorkers | None = None) -> None:
        self.bus = MemoryBus(self.broker)
        self.provider = ProcessProvider(self.listener, self.bus, NAME, attendance=attendance)
        await self.provider.open()

    def worker(
        self,
        name: str,
        capacity: int = 9,
        *,
        move_s: float = 0,
        bus: MemoryBus | None = None,
        clock: Clock = clock,
    ) -> Worker:
        bus = self.buses[name] = bus or MemoryBus(self.broker)
        dialler = MemoryDialler(MemoryNetwork())
        worker = Worker(
            name, bus, dialler, clock, bus_name=NAME, capacity=capacity, away_s=60, move_s=move_s
        )
        stopping, hurrying = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(worker.run(stopping, hurrying))
        self._working[name] = Told(stopping, hurrying, running)
        return worker

    def tell_to_end(self, name: str) -> Told:
        told = self._working.pop(name)
        told.stopping.set()
        return told

    async def stop(self, name: str) -> bool:
        return await self.tell_to_end(name).task

    async def came_to(self, worker: str, *deployment_ids: str) -> None:
        """Return once that worker is to run all of them."""
        async with asyncio.timeout(120):
            while any(self.provider.workers.where(one) != worker for one in deployment_ids):
                await self.provider.workers.changed(5)

    async def close(self) -> None:
        for name in list(self._working):
            await self.stop(name)
        await self.provider.close()


async def status(provider: ProcessProvider, deployment_id: str = "dep-1") -> str:
    state = await provider.state(deployment_id)
    assert state is not None
    return str(state["connectors"][0]["status"])


async def plug(provider: ProcessProvider) -> None:
    asked = provider.command("dep-1", "plug", {"evse_id": 1, "connector_id": 1})
    assert isinstance(await asyncio.wait_for(asked, 120), CommandCompleted)
