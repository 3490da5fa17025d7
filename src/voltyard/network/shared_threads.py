"""Threads that several parties share: at most so many of one, and turns for those that wait."""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class SharedThreads:
    """Runs work of parties that may take long. A party with much of it waits for its own."""

    def __init__(self, threads: int, each: int, name: str) -> None:
        """`each` is the most threads that one party has at a time."""
        self._threads = ThreadPoolExecutor(threads, name)
        self._free = threads
        self._each = each
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}
        """Of each party that waits, those that wait longest first; the parties in turn."""

    async def run(self, party: str, work: Callable[..., T], *args: Any) -> T:
        """The outcome of the work. Whoever gives it up leaves the thread to it until it is done."""
        await self._turn(party)
        try:
            begun = self._threads.submit(work, *args)
        except RuntimeError:  # they were closed meanwhile
            self._end(party)
            raise
        loop = asyncio.get_running_loop()

        def ended(_: Future[T]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop ended first
                loop.call_soon_threadsafe(self._end, party)

        begun.add_done_callback(ended)
        return await asyncio.wrap_future(begun)

    def close(self) -> None:
        """Begin nothing any more."""
        for waiting in self._waiting.values():
            for turn in waiting:
                turn.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, party: str) -> None:
        if self._free and self._running[party] < self._each:
            self._begin(party)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(party, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._end(party)
            else:
                self._leave(party, turn)
            raise

    def _begin(self, party: str) -> None:
        self._free -= 1
        self._running[party] += 1

    def _end(self, party: str) -> None:
        self._free += 1
        self._running[party] -= 1
        if not self._running[party]:
            del self._running[party]
        while self._free and (following := self._following()) is not None:
            self._admit(following)

    def _following(self) -> str | None:
        """The party that has the least of those that wait and may have more."""
        able = [one for one in self._waiting if self._running[one] < self._each]
        return min(able, key=lambda one: self._running[one], default=None)

    def _admit(self, party: str) -> None:
        waiting = self._waiting.pop(party)
        turn = waiting.popleft()
        if waiting:
            self._waiting[party] = waiting  # behind all others
        if not turn.done():
            self._begin(party)
            turn.set_result(None)

    def _leave(self, party: str, turn: "asyncio.Future[None]") -> None:
        waiting = self._waiting.get(party)
        if waiting is None or turn not in waiting:
            return
        waiting.remove(turn)
        if not waiting:
            del self._waiting[party]
