"""Clock of history: the moment from which ages are counted, which follows a jump slowly."""

from typing import Final

from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant, Seconds

_SOON_S: Final[Seconds] = DAY_S
"""A clock that is ahead by so little is believed at a start, and not spoken of."""


class HistoryClock:
    """Follows the clock, at most limits.RETENTION_CATCH_UP times as fast as time goes by. So a
    clock that is suddenly a month ahead deletes nothing at once, whatever it was: a wrong date, a
    laptop that slept, a server that was down. If it is right, history catches up with it; if it is
    set right, nothing has happened."""

    def __init__(self, counted_to: Instant | None, now: Instant) -> None:
        """`counted_to`: up to when age was counted before, or when the last was stored."""
        is_soon = counted_to is None or now - counted_to <= _SOON_S
        self._counted_to = now if is_soon or counted_to is None else counted_to
        self._ahead_s: Seconds = max(0.0, now - self._counted_to)

    @property
    def counted_to(self) -> Instant:
        """The moment from which ages are counted."""
        return self._counted_to

    @property
    def ahead_s(self) -> Seconds:
        """The time by which the clock was ahead of that when it was last looked at."""
        return self._ahead_s

    @property
    def is_far_ahead(self) -> bool:
        """True where that is worth a word."""
        return self._ahead_s > _SOON_S

    def advance(self, now: Instant, elapsed_s: Seconds) -> Instant:
        """The clock says `now`, and so much time has truly gone by since it was last asked; the
        moment from which ages are counted."""
        furthest = self._counted_to + limits.RETENTION_CATCH_UP * max(0.0, elapsed_s)
        self._counted_to = min(now, furthest)
        self._ahead_s = max(0.0, now - self._counted_to)
        return self._counted_to
