"""A change of power that takes its time: a share of the steady power, linear between two moments.

What is charged over a ramp is what would be charged at full share in the integral of the share. So
a ramp is a matter of time alone, has a closed form, and does not care how time is cut up.
"""

from math import sqrt

from msgspec import Struct

from voltyard.kernel.time import Instant, Seconds

FALL_S: Seconds = 3.0
"""Time that a vehicle takes to come down to a lower offer; IEC 61851-1 allows it 5 s."""


_LEAST_W = 1e-3
"""Less than this is no power at all."""


class Ramp(Struct, frozen=True, gc=False):
    """The share of the steady power that flows: `first` until it begins, 1 from its end on."""

    begins_at: Instant
    ends_at: Instant
    first: float
    """Above 1 where the steady power is less than what flowed before."""

    def share(self, at: Instant) -> float:
        """Of the steady power, at that moment."""
        if at <= self.begins_at:
            return self.first
        if at >= self.ends_at:
            return 1.0
        passed = (at - self.begins_at) / (self.ends_at - self.begins_at)
        return self.first + (1.0 - self.first) * passed

    def steady_s(self, start: Instant, end: Instant) -> Seconds:
        """The time that the steady power would take for the energy between those moments."""
        begins, ends = self.begins_at, self.ends_at
        level_s = max(0.0, min(end, begins) - start) * self.first
        a, b = max(start, begins), min(end, ends)
        slope_s = (self.share(a) + self.share(b)) / 2.0 * (b - a) if b > a else 0.0
        return level_s + slope_s + max(0.0, end - max(start, ends))

    def seconds_until(self, start: Instant, steady_s: Seconds) -> Seconds:
        """The time from `start` for the energy that the steady power gives in `steady_s`."""
        passed_s = 0.0
        if start < self.begins_at:
            level_s = (self.begins_at - start) * self.first
            if steady_s <= level_s and self.first > 0.0:
                return steady_s / self.first
            passed_s = self.begins_at - start
            steady_s -= level_s
            start = self.begins_at
        if start < self.ends_at:
            share = self.share(start)
            slope_s = (share + 1.0) / 2.0 * (self.ends_at - start)
            if steady_s < slope_s:
                rise = (1.0 - self.first) / (self.ends_at - self.begins_at)
                root = sqrt(max(0.0, share * share + 2.0 * rise * steady_s))
                return passed_s + (2.0 * steady_s / (share + root) if steady_s > 0.0 else 0.0)
            passed_s += self.ends_at - start
            steady_s -= slope_s
        return passed_s + steady_s


def ramp_between(
    at: Instant, before_w: float, after_w: float, rise_s: Seconds, wait_s: Seconds = 0.0
) -> Ramp | None:
    """The ramp from one power to the other; None: at once. A stop is at once, for a contactor
    opens; a start from nothing waits first (DC: cable check and pre-charge)."""
    if after_w < _LEAST_W or before_w == after_w or rise_s <= 0.0:
        return None
    if before_w < _LEAST_W:
        return Ramp(at + wait_s, at + wait_s + rise_s, 0.0)
    return Ramp(at, at + (rise_s if after_w > before_w else FALL_S), before_w / after_w)
