"""Drifts: values of an EVSE's sensors that stray from what they would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant, Seconds

Sensed: TypeAlias = Literal["temperature", "voltage"]


class Drift(Struct, frozen=True, kw_only=True):
    """A way, at an even pace, from one offset of a value to another."""

    from_offset: float
    to_offset: float
    begun_at: Instant
    duration_s: Seconds
    """0: at once."""

    def offset(self, now: Instant) -> float:
        """The offset of that moment."""
        if not self.is_moving(now):
            return self.to_offset
        share = max(0.0, now - self.begun_at) / self.duration_s
        return self.from_offset + (self.to_offset - self.from_offset) * share

    def is_moving(self, now: Instant) -> bool:
        """True until it has arrived."""
        return now < self.begun_at + self.duration_s


NO_DRIFTS: Final[Mapping[Sensed, Drift]] = {}
