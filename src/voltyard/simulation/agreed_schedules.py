"""The invariant that a plan equals the meter: what flows is what was agreed to."""

from __future__ import annotations

from bisect import bisect_right

from voltyard.charger.charger import Charger
from voltyard.charger.evse.evse import Evse
from voltyard.charger.smart_charging.negotiation import EvSchedule
from voltyard.charger.smart_charging.profiles import ChargingSchedulePeriod
from voltyard.kernel.units import Watts

_ROUNDING_A = 0.051
"""Limits are told to a tenth of an ampere."""
_ROUNDING_W = 0.051


def deviation(charger: Charger, evse: Evse) -> str:
    """The way in which the flow at an EVSE is not what was agreed; empty where it is."""
    negotiation = evse.negotiation
    if negotiation is None or negotiation.stage != "agreed" or negotiation.agreed is None:
        return ""
    flow = evse.flow()
    if evse.transaction is None or flow.power_w <= 0.0 or evse.ramp is not None:
        return ""
    at = evse.settled_at + charger.context.offset_s
    period = _period_at(negotiation.agreed, at)
    if period is None:
        return ""
    limit_w = _limit_w(evse, negotiation.agreed, period)
    if flow.power_w > limit_w[1]:
        return f"{flow.power_w:.1f} W flow, and {limit_w[0]:.1f} W are agreed"
    wanted_w = min(evse.plug.accepted_w, limit_w[0])
    slack_w = limit_w[1] - limit_w[0]
    if evse.hungry and flow.power_w < min(wanted_w, evse.supply.limit_w) - slack_w - 1.0:
        return f"{flow.power_w:.1f} W flow of {wanted_w:.1f} W that are agreed and wanted"
    return ""


def _period_at(agreed: EvSchedule, at: float) -> ChargingSchedulePeriod | None:
    """The period in force; None where the schedule is over, or another one begins just now."""
    schedule, elapsed_s = agreed.schedule, at - agreed.time_base
    if schedule.duration_s is not None and elapsed_s >= schedule.duration_s - 1.0:
        return None
    number = bisect_right(schedule.periods, elapsed_s, key=_start) - 1
    if number < 0:
        return None
    later = schedule.periods[number + 1 :]
    if later and elapsed_s > later[0].start_s - 1.0:
        return None  # the schedule has whole seconds, the charger's limits do not
    if number > 0 and elapsed_s < schedule.periods[number].start_s + 1.0:
        return None
    return schedule.periods[number]


def _start(period: ChargingSchedulePeriod) -> float:
    return period.start_s


def _limit_w(evse: Evse, agreed: EvSchedule, period: ChargingSchedulePeriod) -> tuple[Watts, Watts]:
    """The power agreed, and the most that it may be by what was told."""
    if agreed.schedule.unit == "W":
        return period.limit, period.limit + _ROUNDING_W
    flow, vehicle = evse.flow(), evse.plug.vehicle
    factor = 1.0 if vehicle is None else vehicle.power_factor
    volts = flow.voltage_v * flow.phases * factor
    return period.limit * volts, (period.limit + _ROUNDING_A) * volts
