"""The plan of the meter values of transactions, as settings make it."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from voltyard.charger.context import ChargerContext
from voltyard.charger.variables.standard.meter_values import SAMPLE_INTERVAL, SAMPLED_MEASURANDS


class SamplingPlan(Struct, frozen=True, gc=False):
    """Measurands and intervals of the meter values of transactions."""

    sampled: tuple[str, ...]
    """Measurands of the values that are told while a transaction runs."""
    interval_s: int
    """Between those; 0: there are none."""
    kept: tuple[str, ...]
    """Measurands of the values that are kept for its end."""
    kept_s: int


class SamplingPlans:
    """The plan of one charger, made anew where its settings have changed."""

    __slots__ = ("_context", "_made_for", "_plan")

    def __init__(self, context: ChargerContext) -> None:
        self._context = context
        self._plan = _shared((), 0, (), 0)
        self._made_for = -1
        """The count of changed settings that the plan is of."""

    def present(self) -> SamplingPlan:
        """The plan that the present settings make."""
        settings = self._context.settings
        if self._made_for != settings.changes:
            self._made_for = settings.changes
            sampled = settings.members(SAMPLED_MEASURANDS)
            interval_s = settings.number(SAMPLE_INTERVAL)
            self._plan = _shared(sampled, interval_s, *self._context.dialect.kept(settings))
        return self._plan


@lru_cache(maxsize=1024)
def _shared(
    sampled: tuple[str, ...], interval_s: int, kept: tuple[str, ...], kept_s: int
) -> SamplingPlan:
    """The plan of these settings; chargers that are set alike share one."""
    return SamplingPlan(sampled, interval_s, kept, kept_s)
