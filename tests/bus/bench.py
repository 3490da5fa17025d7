"""The ends of a bus, for tests: in memory, and over a NATS server of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from voltyard.bus.local_server import LocalBusServer
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.bus.nats_bus import NatsBus
from voltyard.ports.bus import Bus

PATIENCE_S = 60.0


class Heard:
    """Hears, and answers with what it was told to."""

    def __init__(self, answer: bytes | None = None, failures: int = 0) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0
        """Messages being handled, before the gate."""
        self._answer = answer
        self._failures = failures

    async def __call__(self, subject: str, data: bytes) -> bytes | None:
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        self.messages.append((subject, data))
        if self._failures:
            self._failures -= 1
            raise RuntimeError("it failed")
        return self._answer

    def data(self) -> list[bytes]:
        return [data for _, data in self.messages]


class BusPlace(Protocol):
    """Where buses are had, and taken away."""

    async def end(self) -> Bus:
        """One more process's end."""

    async def stop(self) -> None:
        """Take the bus away from all of them."""

    async def start(self) -> None:
        """Bring the bus back."""


class InMemory:
    def __init__(self) -> None:
        self.broker = MemoryBroker()
        self.ends: list[MemoryBus] = []

    async def end(self) -> MemoryBus:
        self.ends.append(MemoryBus(self.broker))
        return self.ends[-1]

    async def stop(self) -> None:
        self.broker.is_up = False
        for one in self.ends:
            one.cut()

    async def start(self) -> None:
        self.broker.is_up = True
        for one in self.ends:
            one.mend()


class OverNats:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = LocalBusServer(directory, streams=True)
        self.ends: list[NatsBus] = []
        self._url = ""

    async def end(self) -> NatsBus:
        self.ends.append(await NatsBus.connect(self._url, inbox="_INBOX.gateway"))
        return self.ends[-1]

    async def stop(self) -> None:
        await self.server.close()
        for one in self.ends:
            await until(lambda one=one: bool(one.problem))

    async def start(self) -> None:
        await self.server.start()
        self._url = self.server.url
        for one in self.ends:
            await until(lambda one=one: not one.problem)


@asynccontextmanager
async def bus_place(kind: str, directory: Path) -> AsyncIterator[BusPlace]:
    """`memory` or `nats`."""
    if kind == "memory":
        memory = InMemory()
        yield memory
        for end in memory.ends:
            await end.close()
        return
    place = OverNats(directory)
    await place.start()
    yield place
    for one in place.ends:
        await one.close()
    await place.server.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110  # what is looked at says nothing by itself
            await asyncio.sleep(0.01)
