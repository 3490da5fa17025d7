"""The pace at which links of chargers are closed as the server ends."""

from random import Random

from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds


class ClosingPace:
    """So many closes a second, each at a moment of its own that is drawn from its share of time.

    pace = ClosingPace(200.0, random)
    if not pace.wait_s(now):    # 0.0: one may be closed
        pace.closed(now)

    Of n closes the last comes no sooner than (n - 1) / rate after the first look. Where none could
    be closed for a while, no more than limits.CLOSES_LATE_S of it is made up for.
    """

    def __init__(self, closes_per_s: float, random: Random) -> None:
        """0: all at once."""
        self._each_s: Seconds = 1.0 / closes_per_s if closes_per_s else 0.0
        self._random = random
        self._share_at: Instant | None = None
        """The beginning of the share of time of the next."""
        self._due_at: Instant = 0.0

    def wait_s(self, now: Instant) -> Seconds:
        """0 where one may be closed; else the time until then."""
        if not self._each_s:
            return 0.0
        if self._share_at is None:
            self._draw(now)
        return max(0.0, self._due_at - now)

    def duration_s(self, closes: int) -> Seconds:
        """The time that so many take."""
        return closes * self._each_s

    def closed(self, now: Instant) -> None:
        """Note that one was closed."""
        if self._share_at is not None:
            self._draw(max(self._share_at + self._each_s, now - limits.CLOSES_LATE_S))

    def _draw(self, share_at: Instant) -> None:
        self._share_at = share_at
        self._due_at = share_at + self._random.random() * self._each_s
