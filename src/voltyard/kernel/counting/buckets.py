"""Buckets of durations, as Prometheus has histograms: one count raised by each duration."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

from voltyard.kernel.time import Seconds


class Buckets:
    """Counts of durations up to each of some bounds, and their sum."""

    __slots__ = ("_bounds_s", "_counts", "sum_s")

    def __init__(self, bounds_s: Sequence[Seconds]) -> None:
        """`bounds_s` rise."""
        self._bounds_s = tuple(bounds_s)
        self._counts = [0] * (len(self._bounds_s) + 1)
        self.sum_s: Seconds = 0.0

    def add(self, duration_s: Seconds) -> None:
        """Count one; a duration that a clock set back has made negative is none."""
        if duration_s > 0:
            self._counts[bisect_left(self._bounds_s, duration_s)] += 1
            self.sum_s += duration_s
        else:
            self._counts[0] += 1

    def cumulated(self) -> list[tuple[str, float]]:
        """Upper bounds as Prometheus writes them, each with the number of durations up to it."""
        names = (*map(str, self._bounds_s), "+Inf")
        return list(zip(names, map(float, accumulate(self._counts)), strict=True))
