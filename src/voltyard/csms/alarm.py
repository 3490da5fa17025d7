"""One timer of the event loop for any number of deadlines."""

import asyncio
from collections.abc import Callable

from voltyard.kernel.time import Instant
from voltyard.ports import Clock


class Alarm:
    """Calls `ring(now)` once the deadline last set has come."""

    def __init__(self, clock: Clock, ring: Callable[[Instant], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._at: Instant | None = None

    def set(self, deadline: Instant | None) -> None:
        """Ring then, in place of any other moment; None: not at all."""
        if deadline == self._at:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._at = deadline
        if deadline is not None:
            delay_s = max(0.0, deadline - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._due)

    def _due(self) -> None:
        self._timer = None
        self._at = None
        self._ring(self._clock())
