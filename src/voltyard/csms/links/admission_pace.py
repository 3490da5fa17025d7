"""The pace at which chargers are let in when all of them dial at once."""

from typing import Final

from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds

_WHOLE: Final = 1.0 - 1e-3
"""Room for one, but for rounding."""


class AdmissionPace:
    """So many links a second, and for the others a moment to come back at.

    pace = AdmissionPace(100.0)
    wait_s = pace.wait_s(now)   # 0.0: come in

    What a second has not used is lost: after a quiet hour no more are let in at once than ever.
    Whoever is sent away is told another moment than the one before, so that they come back as fast
    as they can be let in, and not together.
    """

    def __init__(self, links_per_s: float) -> None:
        """0: all at once."""
        self._each_s: Seconds = 1.0 / links_per_s if links_per_s else 0.0
        self._most = max(1.0, links_per_s)
        self._room = self._most
        self._at: Instant | None = None
        self._told: Instant = 0.0
        """The last moment that somebody was told to come back at."""

    def wait_s(self, now: Instant) -> Seconds:
        """0 lets one in; else the time after which it should dial again, within
        limits.ADMISSION_WAIT_S unless the rate is slower than that."""
        each_s = self._each_s
        if not each_s:
            return 0.0
        if self._at is not None:
            # A clock that is set back gives nothing, and takes nothing.
            passed_s = max(0.0, now - self._at)
            self._room = min(self._most, self._room + passed_s / each_s)
        self._at = now
        if self._room >= _WHOLE:
            self._room -= 1.0
            return 0.0
        is_near = now <= self._told <= now + limits.ADMISSION_WAIT_S - each_s
        self._told = (self._told if is_near else now) + each_s
        return self._told - now
