"""One timer of the event loop for any number of deadlines."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from voltyard.kernel.deadlines import Deadlines
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports import Clock

Key = TypeVar("Key", bound=Hashable)

WAKES_AT_ONCE = 256
"""Keys woken in one turn of the loop; the rest follow in the next, so that links are served."""

GRAIN_S: Seconds = 0.001
"""Timers of loops are this coarse, and may come early by as much: one that did is not set anew for
less, or it would come again and again until its moment."""


class Wheel(Generic[Key]):
    """Calls `ring` with each key once its moment has come. Must be made inside the running loop."""

    def __init__(self, clock: Clock, ring: Callable[[Key], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._deadlines: Deadlines[Key] = Deadlines()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Instant = 0.0
        self._is_ringing = False

    def set(self, key: Key, at: Instant | None) -> None:
        """Make `key` due at that moment in place of any earlier wish; None forgets it."""
        self._deadlines.set(key, at)
        if at is None or self._is_ringing:
            return
        if self._timer is None or at < self._timer_at:
            self._set_timer(at)

    def stop(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self, at: Instant) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        delay_s = at - self._clock()
        if 0.0 < delay_s < GRAIN_S:
            delay_s = GRAIN_S
        self._timer = self._loop.call_later(max(0.0, delay_s), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._is_ringing = True
        now = self._clock()
        due: list[Key] = []
        while len(due) < WAKES_AT_ONCE and (key := self._deadlines.pop(now)) is not None:
            due.append(key)
        try:
            for key in due:
                self._ring(key)
        finally:
            self._is_ringing = False
            at = self._deadlines.next()
            if at is not None:
                self._set_timer(at)
