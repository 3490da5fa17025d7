"""Open ends of a door or a dialler: their pings, grace periods and closing.

One wheel serves them all, so a connection costs neither a task nor a timer.
"""

import asyncio
from typing import Protocol

from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.wheel import Wheel


class OpenEnd(Protocol):
    """An open end of a link."""

    def __hash__(self) -> int:
        """Ends are told apart by identity."""

    def due(self, now: Instant) -> Instant | None:
        """Do what was due; answer when to be called next."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a close frame."""


class OpenEnds:
    """The open ends of one loop. Moments are those of the loop's own clock."""

    def __init__(self) -> None:
        self._ends: dict[OpenEnd, None] = {}
        self._wheel: Wheel[OpenEnd] = Wheel(_now, self._ring)
        self._emptied: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, end: OpenEnd) -> None:
        """An end is open."""
        self._ends[end] = None

    def remove(self, end: OpenEnd) -> None:
        """An end is gone."""
        self._ends.pop(end, None)
        self._wheel.set(end, None)
        if self._emptied is not None and not self._ends:
            self._emptied.set()

    def call_in(self, end: OpenEnd, delay_s: Seconds) -> None:
        """Have `end.due` called after that delay, in place of any earlier wish."""
        self._wheel.set(end, _now() + delay_s)

    async def close_all(self, code: int, reason: str) -> None:
        """Close every end and wait until the last is gone."""
        if not self._ends:
            return
        self._emptied = asyncio.Event()
        for end in list(self._ends):
            end.close(code, reason)
        if self._ends:
            await self._emptied.wait()
        self._emptied = None

    def _ring(self, end: OpenEnd) -> None:
        self._wheel.set(end, end.due(_now()))


def _now() -> Instant:
    return asyncio.get_running_loop().time()
