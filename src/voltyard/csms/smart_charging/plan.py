"""Plans of charging: the limits over time that give a vehicle what it needs before it departs.

Arithmetic, without a clock. Limits are in the unit of the vehicle's needs: amperes in each phase of
AC, watts of DC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant, Seconds

RateUnit: TypeAlias = Literal["A", "W"]
PlanStrategy: TypeAlias = Literal["even", "full"]
"""The least power that is enough, all along; or all there is, where nothing says when to end."""

_NOMINAL_V: Final = 230.0
_PHASES: Final = 3
_HOUR_S: Final[Seconds] = 3600.0
_SHORTEST_S: Final[Seconds] = 60.0
"""Before a departure sooner than that, all there is is given."""
_USED_PART: Final = 0.9
"""Of the time until departure: a battery that is nearly full takes less than it is offered."""
_STEP: Final[dict[RateUnit, float]] = {"A": 0.1, "W": 10.0}
"""Limits are rounded up to these: amperes have one decimal (ChargingSchedulePeriodType)."""
_TOLERANCE: Final[dict[RateUnit, float]] = {"A": 0.05, "W": 5.0}
"""A schedule that is above its limit by so much is within it."""


class Needs(Struct, frozen=True, kw_only=True):
    """Needs of a vehicle (NotifyEVChargingNeeds)."""

    evse_id: int
    unit: RateUnit
    watts_per_unit: float
    """Voltage times phases, or 1."""
    least: float
    """The least it charges with."""
    most: float
    energy_wh: float | None
    departs_at: Instant | None
    phases: int | None
    """Of AC, those it charges with."""
    max_tuples: int | None


class Period(Struct, frozen=True, gc=False):
    """A limit that holds from so long after the begin of its schedule, until the next."""

    start_s: float
    limit: float


class ChosenSchedule(Struct, frozen=True, kw_only=True):
    """A schedule that a vehicle has chosen (NotifyEVChargingSchedule)."""

    evse_id: int
    id: int
    unit: RateUnit
    time_base: Instant
    periods: tuple[Period, ...]
    duration_s: float | None


class ExternalLimit(Struct, frozen=True):
    """A limit that another system has set at a charger (NotifyChargingLimit)."""

    unit: RateUnit
    limit: float


class ChargingPlan(Struct, frozen=True, kw_only=True):
    """A plan: one limit from its begin to the departure, and none after it."""

    number: int
    """Id of its schedule: a vehicle that follows it says so."""
    strategy: PlanStrategy
    starts_at: Instant
    unit: RateUnit
    limit: float
    duration_s: int | None
    """Until departure; None: as long as the vehicle stays."""
    phases: int | None
    watts_per_unit: float
    reaches: bool | None
    """The energy is there before departure; None: the vehicle has not said how much, or until
    when."""

    @property
    def why(self) -> str:
        """The plan in words."""
        if self.strategy == "full":
            return "no energy and departure to plan with: all that vehicle and limits allow"
        if self.reaches:
            return "the least power, all along, that is enough before departure"
        return "all that vehicle and limits allow, which is not enough before departure"


def planned(
    needs: Needs, now: Instant, number: int, limits: Iterable[ExternalLimit] = ()
) -> ChargingPlan:
    """The plan for a vehicle, made at that moment, under the limits of other systems."""
    most = min([needs.most, *(_in_unit(one, needs) for one in limits)])
    left_s = None if needs.departs_at is None else needs.departs_at - now
    strategy: PlanStrategy = "full"
    limit, reaches = most, None
    if needs.energy_wh is not None and left_s is not None:
        reaches = most * needs.watts_per_unit * max(0.0, left_s) >= needs.energy_wh * _HOUR_S
        if left_s >= _SHORTEST_S:
            strategy = "even"
            used_s = left_s * _USED_PART
            enough = needs.energy_wh * _HOUR_S / used_s / needs.watts_per_unit
            limit = min(most, max(needs.least, _rounded_up(enough, needs.unit)))
    return ChargingPlan(
        number=number,
        strategy=strategy,
        starts_at=now,
        unit=needs.unit,
        limit=round(limit, 1),
        duration_s=None if left_s is None or left_s < _SHORTEST_S else ceil(left_s),
        phases=needs.phases,
        watts_per_unit=needs.watts_per_unit,
        reaches=reaches,
    )


def exceeds(plan: ChargingPlan, chosen: ChosenSchedule) -> bool:
    """True where a schedule is anywhere above the plan (K15.FR.12)."""
    ends_s = chosen.time_base + (chosen.duration_s or float("inf"))
    plan_ends_at = plan.starts_at + (plan.duration_s or float("inf"))
    for begin_s, end_s, limit in _spans(chosen.periods):
        begins_at = chosen.time_base + begin_s
        overlaps = begins_at < min(plan_ends_at, ends_s) and chosen.time_base + end_s > (
            plan.starts_at
        )
        if overlaps and _converted(limit, chosen.unit, plan) > plan.limit + _TOLERANCE[plan.unit]:
            return True
    return False


def _spans(periods: Sequence[Period]) -> Iterable[tuple[float, float, float]]:
    """(begin, end, limit) of each period."""
    ends = [*(period.start_s for period in periods[1:]), float("inf")]
    return (
        (period.start_s, end_s, period.limit) for period, end_s in zip(periods, ends, strict=True)
    )


def _converted(limit: float, unit: RateUnit, plan: ChargingPlan) -> float:
    """A limit in the unit of the plan."""
    if unit == plan.unit:
        return limit
    if plan.unit == "A":
        return limit / plan.watts_per_unit
    return limit * _NOMINAL_V * _PHASES


def _in_unit(one: ExternalLimit, needs: Needs) -> float:
    """A limit in the unit of the needs."""
    if one.unit == needs.unit:
        return one.limit
    if needs.unit == "A":
        return one.limit / needs.watts_per_unit
    return one.limit * _NOMINAL_V * _PHASES


def _rounded_up(value: float, unit: RateUnit) -> float:
    step = _STEP[unit]
    return round(ceil(value / step - 1e-9) * step, 1)
