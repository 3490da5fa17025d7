"""Histograms of latencies: fixed logarithmic buckets, as HdrHistogram has them.

A bucket is at most 1/128 wide of what is in it, so a quantile is never told too low and at most
0.8 % too high. All histograms have the same buckets: they take the same memory whatever is put in,
and may be added up.
"""

from __future__ import annotations

from array import array
from math import ceil
from typing import Final

from voltyard.kernel.time import Seconds

_UNIT_S: Final = 1e-6
_EXACT_BITS: Final = 8
_EXACT: Final = 1 << _EXACT_BITS
"""Microseconds below this have a bucket each."""
_HALF: Final = _EXACT // 2
"""Buckets of each doubling above."""
LONGEST_S: Final[Seconds] = 4 * 3_600.0
"""Longer ones count as so long; `max_s` still tells."""
_LONGEST: Final = int(LONGEST_S / _UNIT_S)


def _bucket_of(micros: int) -> int:
    if micros < _EXACT:
        return micros
    shift = micros.bit_length() - _EXACT_BITS
    return _EXACT + (shift - 1) * _HALF + (micros >> shift) - _HALF


def _highest_of(bucket: int) -> int:
    """The largest number of microseconds in a bucket."""
    if bucket < _EXACT:
        return bucket
    shift, place = divmod(bucket - _EXACT, _HALF)
    shift += 1
    return (place + _HALF + 1 << shift) - 1


_BUCKETS: Final = _bucket_of(_LONGEST) + 1


class LatencyHistogram:
    """Counts of latencies."""

    __slots__ = ("_counts", "count", "max_s", "sum_s")

    def __init__(self) -> None:
        self._counts = array("Q", bytes(8 * _BUCKETS))
        self.count = 0
        self.sum_s: Seconds = 0.0
        self.max_s: Seconds = 0.0

    def add(self, latency_s: Seconds) -> None:
        """Count one; less than nothing is nothing."""
        latency_s = max(0.0, latency_s)
        micros = min(round(latency_s / _UNIT_S), _LONGEST)
        self._counts[_bucket_of(micros)] += 1
        self.count += 1
        self.sum_s += latency_s
        if latency_s > self.max_s:
            self.max_s = latency_s

    def merge(self, other: LatencyHistogram) -> None:
        """Count all that another one has counted."""
        counts = self._counts
        for bucket, count in enumerate(other._counts):
            if count:
                counts[bucket] += count
        self.count += other.count
        self.sum_s += other.sum_s
        self.max_s = max(self.max_s, other.max_s)

    @property
    def mean_s(self) -> Seconds:
        """The mean; 0 of none."""
        return self.sum_s / self.count if self.count else 0.0

    def quantile_s(self, share: float) -> Seconds:
        """The latency that so large a share of all did not exceed; 0 of none."""
        rank = max(1, ceil(share * self.count - 1e-9))
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= rank:
                if bucket == _BUCKETS - 1:
                    return self.max_s
                return min(_highest_of(bucket) * _UNIT_S, self.max_s)
        return 0.0
