"""Meter values: the sampled values of one moment, in words that are neither version's."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

ReadingContext: TypeAlias = Literal[
    "Interruption.Begin",
    "Interruption.End",
    "Sample.Periodic",
    "Sample.Clock",
    "Transaction.Begin",
    "Transaction.End",
    "Trigger",
]


class SampledValue(Struct, frozen=True, gc=False):
    """One sampled value."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None


class MeterValue(Struct, frozen=True, gc=False):
    """The sampled values of one moment."""

    at: Instant
    """By the charger's clock."""
    context: ReadingContext
    samples: tuple[SampledValue, ...]
