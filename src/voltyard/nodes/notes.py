"""Notes between a node and its server: what each has to tell the other, and none waits for."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
import structlog

from voltyard.kernel import limits
from voltyard.nodes.messages import Note
from voltyard.ports.bus import Bus, BusGone

log = structlog.get_logger(__name__)

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(list[Note]).decode


class NoteSender:
    """Sends notes in the order they were put, many at once. Without a bus, and beyond
    limits.NODE_NOTES, they are dropped and counted: nothing that must not be lost is a note."""

    def __init__(self, bus: Bus, subject: str) -> None:
        self._bus = bus
        self._subject = subject
        self._waiting: deque[Note] = deque()
        self._sending: asyncio.Task[None] | None = None
        self.dropped = 0

    def put(self, note: Note) -> None:
        """Have it sent."""
        if len(self._waiting) >= limits.NODE_NOTES:
            self.dropped += 1
            return
        self._waiting.append(note)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def close(self) -> None:
        """Return once what was put has been sent."""
        if self._sending is not None:
            await asyncio.wait([self._sending])

    async def _send(self) -> None:
        await asyncio.sleep(0)  # what is put in the same turn goes along
        while self._waiting:
            part = [self._waiting.popleft() for _ in range(min(len(self._waiting), 100))]
            try:
                await self._bus.publish(self._subject, _ENCODE(part))
            except BusGone:
                self.dropped += len(part)


class NoteReader:
    """Hands each note that comes to whoever has to do with its kind."""

    def __init__(self, readers: dict[type[Any], Callable[[Any], None]]) -> None:
        self._readers = readers

    async def heard(self, subject: str, data: bytes) -> None:
        """Notes came."""
        for note in _DECODE(data):
            read = self._readers.get(type(note))
            if read is not None:
                read(note)
