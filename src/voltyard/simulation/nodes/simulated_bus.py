"""The bus as one process of a simulation has it: in memory, behind a network that is bad at times.

Messages of one subscription keep their order, as on the real bus; a late one holds up those behind
it. Only what server and nodes say to each other may come twice: whoever hears the same claim again
has to bear with it. The bus itself hands on each message once at most.
"""

import asyncio

from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import BusGone, Handler, NotAnswered, Subscription
from voltyard.simulation.nodes.fabric import BUS, Fabric
from voltyard.simulation.nodes.process_loop import SimulatedProcess

_SENDER_ENDS = b"\0"


class SimulatedBus:
    """One process's end, a `ports.bus.Bus`."""

    def __init__(
        self, broker: MemoryBroker, fabric: Fabric, process: SimulatedProcess, repeated: str
    ) -> None:
        """Messages of subjects that begin with `repeated` may come twice."""
        self._inner = MemoryBus(broker)
        self._fabric = fabric
        self._process = process
        self._repeated = repeated

    @property
    def problem(self) -> str:
        return self._inner.problem

    @property
    def most_bytes(self) -> int:
        return self._inner.most_bytes

    def look(self) -> None:
        """Be cut off from the bus, or let back in, as the network has it now."""
        if self._process.state == "killed" or self._fabric.is_cut(self._process.name, BUS):
            if self._inner.is_there:
                self._inner.cut()
        else:
            self._inner.mend()

    async def publish(self, subject: str, data: bytes) -> None:
        await self._inner.publish(subject, self._sealed(data))

    async def subscribe(self, subject: str, handler: Handler, *, group: str = "") -> Subscription:
        return await self._inner.subscribe(subject, self._arriving(handler), group=group)

    async def request(self, subject: str, data: bytes, timeout_s: Seconds) -> bytes:
        try:
            async with asyncio.timeout(timeout_s):
                answer = await self._inner.request(subject, self._sealed(data), timeout_s)
                sender, said = _opened(answer)
                fate = self._fabric.fate(sender, self._process.name)
                if fate.is_lost:
                    await asyncio.Event().wait()
                await asyncio.sleep(fate.delay_s)
        except TimeoutError:
            raise NotAnswered(f"{subject} did not answer in {timeout_s:g} s") from None
        return said

    async def keep(self, stream: str, subjects: tuple[str, ...]) -> None:
        await self._inner.keep(stream, subjects)

    async def append(self, subject: str, data: bytes, key: str) -> None:
        await self._inner.append(subject, data, key)

    async def follow(self, stream: str, name: str, handler: Handler) -> Subscription:
        return await self._inner.follow(stream, name, handler)

    async def close(self) -> None:
        await self._inner.close()

    def _sealed(self, data: bytes) -> bytes:
        return self._process.name.encode() + _SENDER_ENDS + data

    def _arriving(self, handler: Handler) -> Handler:
        async def arrived(subject: str, sealed: bytes) -> bytes | None:
            sender, data = _opened(sealed)
            fate = self._fabric.fate(sender, self._process.name)
            if fate.is_lost:
                return None
            await asyncio.sleep(fate.delay_s)
            if fate.again_s is not None and subject.startswith(self._repeated):
                self._process.start(self._again(handler, subject, data, fate.again_s))
            answer = await handler(subject, data)
            return None if answer is None else self._sealed(answer)

        return arrived

    async def _again(self, handler: Handler, subject: str, data: bytes, after_s: Seconds) -> None:
        await asyncio.sleep(after_s)
        try:
            await handler(subject, data)
        except BusGone:
            return  # it answers nobody


def _opened(sealed: bytes) -> tuple[str, bytes]:
    sender, _, data = sealed.partition(_SENDER_ENDS)
    return sender.decode(), data
