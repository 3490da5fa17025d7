"""Virtual time: an asyncio event loop that never waits. When nothing is ready it leaps to the next
timer, so a day takes as long as its work takes, and the same work always runs in the same order.

Its time is an Instant. There are no threads, sockets or signals in it: what would wait for one of
them would wait for ever, and raises Stalled.
"""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from voltyard.kernel.time import Instant, Seconds

Result = TypeVar("Result")

_TOGETHER_S: Seconds = 1e-6
"""Timers this close are due together: above the rounding of an Instant (0.24 us), below any delay
that means something."""


class Stalled(RuntimeError):
    """A loop in which everything waits and nothing is left to happen."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time, beginning at `start`."""

    def __init__(self, start: Instant) -> None:
        self._now = start
        super().__init__(_Leap(self))
        self._clock_resolution = _TOGETHER_S

    def time(self) -> Instant:
        """The moment it is."""
        return self._now

    def leap(self, seconds: Seconds) -> None:
        """Let time pass."""
        self._now += seconds


def run(main: Coroutine[Any, Any, Result], loop: VirtualLoop) -> Result:
    """Run a coroutine to its end in that loop, cancel what it leaves behind, close the loop."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main)


class _Leap(selectors.BaseSelector):
    """A selector that takes the loop's wish to wait as a command to let time pass."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stalled("every task waits, and no timer is set")
        if timeout > 0.0:
            self._loop.leap(timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        descriptor = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        key = selectors.SelectorKey(fileobj, descriptor, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys
