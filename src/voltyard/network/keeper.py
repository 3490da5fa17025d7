"""Who keeps the open ends of a door or a dialler: pings, grace periods, and waiting for the last.

One wheel and one loop timer serve them all, so a connection costs neither a task nor a timer.
"""

import asyncio
from typing import Protocol

from voltyard.kernel.deadlines import Deadlines
from voltyard.kernel.time import Instant, Seconds


class Kept(Protocol):
    """An open end of a link, as its keeper sees it."""

    def __hash__(self) -> int:
        """Ends are told apart by identity."""

    def due(self, now: Instant) -> Instant | None:
        """Do what was due; answer when to be called next."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a close frame."""


class Keeper:
    """Keeps the open ends of one loop. Moments are those of the loop's own clock."""

    def __init__(self) -> None:
        self._ends: dict[Kept, None] = {}
        self._wheel: Deadlines[Kept] = Deadlines()
        self._timer: asyncio.TimerHandle | None = None
        self._emptied: asyncio.Event | None = None

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, end: Kept) -> None:
        """An end is open."""
        self._ends[end] = None

    def remove(self, end: Kept) -> None:
        """An end is gone."""
        self._ends.pop(end, None)
        self._wheel.set(end, None)
        if self._emptied is not None and not self._ends:
            self._emptied.set()

    def call_in(self, end: Kept, delay_s: Seconds) -> None:
        """Have `end.due` called after that delay, in place of any earlier wish."""
        self._wheel.set(end, asyncio.get_running_loop().time() + delay_s)
        self._arm()

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

    def _arm(self) -> None:
        """Let the one timer go off at the earliest moment anyone is due."""
        at = self._wheel.next()
        if self._timer is not None:
            if at is not None and self._timer.when() <= at:
                return  # it goes off early, finds nobody due, and is armed anew
            self._timer.cancel()
            self._timer = None
        if at is not None:
            self._timer = asyncio.get_running_loop().call_at(at, self._go_off)

    def _go_off(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while (end := self._wheel.pop(now)) is not None:
            self._wheel.set(end, end.due(now))
        self._arm()
