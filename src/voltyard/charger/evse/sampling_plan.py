"""The plan of a transaction's meter values, as settings make it."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct


class SamplingPlan(Struct, frozen=True, gc=False):
    """Measurands and intervals of the meter values of transactions."""

    sampled: tuple[str, ...]
    """Measurands of the values that are told while a transaction runs."""
    interval_s: int
    """Between those; 0: there are none."""
    kept: tuple[str, ...]
    """Measurands of the values that are kept for its end."""
    kept_s: int


NO_SAMPLES = SamplingPlan((), 0, (), 0)


@lru_cache(maxsize=1024)
def sampling_plan(
    sampled: tuple[str, ...], interval_s: int, kept: tuple[str, ...], kept_s: int
) -> SamplingPlan:
    """The plan of these settings; chargers that are set alike share one."""
    return SamplingPlan(sampled, interval_s, kept, kept_s)
