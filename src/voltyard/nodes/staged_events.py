"""Staged events: what nodes have written, for the server to number and to tell."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from voltyard.events.event_records import EventStaged
from voltyard.kernel import limits


class StagedEventStore(Protocol):
    """The staged events on record."""

    async def first(self, limit: int) -> Sequence[tuple[int, EventStaged]]:
        """The first ones, with the number of each."""


class StagedEvents:
    """Moves them into the log of events, each exactly once and in the order they were written."""

    def __init__(
        self,
        store: StagedEventStore,
        adopt: Callable[[Sequence[tuple[int, EventStaged]]], Awaitable[None]],
    ) -> None:
        """`adopt` has events in the log, and no more among the staged ones, in one commit."""
        self._store = store
        self._adopt = adopt
        self._due = asyncio.Event()
        self._lock = asyncio.Lock()

    def nudge(self) -> None:
        """There are some."""
        self._due.set()

    async def keep_moving(self) -> None:
        """Move them as they come, until cancelled."""
        while True:
            await self.settle()
            try:
                async with asyncio.timeout(limits.STAGED_LOOK_S):
                    await self._due.wait()
            except TimeoutError:
                continue

    async def settle(self) -> None:
        """Move all there are."""
        async with self._lock:
            self._due.clear()
            while staged := await self._store.first(limits.STAGED_EVENTS):
                await self._adopt(staged)
                if len(staged) < limits.STAGED_EVENTS:
                    return
