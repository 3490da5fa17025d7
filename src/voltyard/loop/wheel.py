"""Timer wheel: one timer of the event loop for any number of deadlines."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from voltyard.kernel import limits
from voltyard.kernel.deadlines import Deadlines
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.clock import Clock

Key = TypeVar("Key", bound=Hashable)

WAKES_AT_ONCE = 256
"""Keys woken in one turn of the loop, if that takes no longer than limits.TURN_S; the rest follow
in the next, so that links are served."""

GRAIN_S: Seconds = 0.001
"""Timers of loops are this coarse, and may come early by as much: one that did is not set anew for
less, or it would come again and again until its moment."""


class Wheel(Generic[Key]):
    """Calls `ring` with each key once its moment has come. It is used within a running loop."""

    def __init__(self, clock: Clock, ring: Callable[[Key], None], slack_s: Seconds = 0.0) -> None:
        """Rings are at most `slack_s` late, and those due within so long come together: waking up
        costs more than what there is to do then."""
        self._clock = clock
        self._slack_s = slack_s
        self._ring = ring
        self._deadlines: Deadlines[Key] = Deadlines()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Instant = 0.0
        self._is_ringing = False
        self._is_stopped = False

    def set(self, key: Key, at: Instant | None) -> None:
        """Make `key` due at that moment in place of any earlier wish; None forgets it."""
        self._deadlines.set(key, at)
        if at is None or self._is_ringing:
            return
        # One that goes off early finds nobody due, and is set anew.
        if self._timer is None or at + self._slack_s < self._timer_at:
            self._set_timer(at)

    def next(self) -> Instant | None:
        """The earliest moment at which anyone is due."""
        return self._deadlines.next()

    def tick(self) -> None:
        """Ring who is due by now. The timer does; a test may."""
        self._is_ringing = True
        now = self._clock()
        try:
            for _ in range(WAKES_AT_ONCE):
                key = self._deadlines.pop(now)
                if key is None:
                    break
                self._ring(key)
                if self._clock() - now > limits.TURN_S:
                    break
        finally:
            self._is_ringing = False
            self._cancel()
            at = self._deadlines.next()
            if at is not None:
                self._set_timer(at)

    def stop(self) -> None:
        """Ring no more, whatever is set."""
        self._is_stopped = True
        self._cancel()

    def _set_timer(self, at: Instant) -> None:
        if self._is_stopped:
            return
        self._cancel()
        self._timer_at = at + self._slack_s
        delay_s = self._timer_at - self._clock()
        if 0.0 < delay_s < GRAIN_S:
            delay_s = GRAIN_S
        self._timer = asyncio.get_running_loop().call_later(max(0.0, delay_s), self._go_off)

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_off(self) -> None:
        self._timer = None
        self.tick()
