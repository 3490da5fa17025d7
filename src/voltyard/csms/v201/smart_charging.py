"""Needs, schedules and external limits of chargers that speak OCPP 2.0.1 (K11 to K17)."""

from __future__ import annotations

from typing import Final

from voltyard.csms import requests
from voltyard.csms.requests import ChargerRequest
from voltyard.csms.smart_charging.plan import ChosenSchedule, ExternalLimit, Needs, Period
from voltyard.ocpp.payload import to_dict
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v201 import messages as m

_PHASES: Final = {"AC_single_phase": 1, "AC_two_phase": 2, "AC_three_phase": 3}
_PERCENT: Final = 100.0


def charging_needs(request: m.NotifyEVChargingNeedsRequest) -> ChargerRequest:
    """NotifyEVChargingNeeds: AC in amperes of each phase, DC in watts."""
    needs = request.charging_needs
    ac, dc = needs.ac_charging_parameters, needs.dc_charging_parameters
    read: Needs | None = None
    departs_at = instant_of(needs.departure_time)
    if ac is not None and ac.ev_max_current > 0 and ac.ev_max_voltage > 0:
        phases = _PHASES.get(needs.requested_energy_transfer, 1)
        read = Needs(
            evse_id=request.evse_id,
            unit="A",
            watts_per_unit=float(ac.ev_max_voltage * phases),
            least=float(ac.ev_min_current),
            most=float(ac.ev_max_current),
            energy_wh=float(ac.energy_amount),
            departs_at=departs_at,
            phases=phases,
            max_tuples=request.max_schedule_tuples,
        )
    elif dc is not None and dc.ev_max_current > 0 and dc.ev_max_voltage > 0:
        most_w = float(dc.ev_max_power or dc.ev_max_current * dc.ev_max_voltage)
        read = Needs(
            evse_id=request.evse_id,
            unit="W",
            watts_per_unit=1.0,
            least=0.0,
            most=most_w,
            energy_wh=_dc_energy_wh(dc),
            departs_at=departs_at,
            phases=None,
            max_tuples=request.max_schedule_tuples,
        )
    return requests.NotifyEVChargingNeeds(read, to_dict(request))


def _dc_energy_wh(dc: m.DCChargingParameters) -> float | None:
    """The energy asked for; else what the battery lacks, where that is told."""
    if dc.energy_amount is not None:
        return float(dc.energy_amount)
    if dc.ev_energy_capacity is None or dc.state_of_charge is None:
        return None
    full = _PERCENT if dc.full_soc is None else float(dc.full_soc)
    return max(0.0, full - dc.state_of_charge) / _PERCENT * dc.ev_energy_capacity


def ev_schedule(request: m.NotifyEVChargingScheduleRequest) -> ChargerRequest:
    """NotifyEVChargingSchedule."""
    schedule = request.charging_schedule
    chosen = ChosenSchedule(
        evse_id=request.evse_id,
        id=schedule.id,
        unit=schedule.charging_rate_unit,
        time_base=request.time_base.instant,
        periods=tuple(
            Period(float(period.start_period), float(period.limit))
            for period in schedule.charging_schedule_period
        ),
        duration_s=None if schedule.duration is None else float(schedule.duration),
    )
    return requests.NotifyEVChargingSchedule(chosen, to_dict(request))


def charging_limit(request: m.NotifyChargingLimitRequest) -> ChargerRequest:
    """NotifyChargingLimit: the limit of its first period."""
    limit = None
    for schedule in request.charging_schedule or ():
        first = schedule.charging_schedule_period[0]
        limit = ExternalLimit(schedule.charging_rate_unit, float(first.limit))
        break
    return requests.ChargingLimit(
        action="NotifyChargingLimit",
        source=request.charging_limit.charging_limit_source,
        evse_id=request.evse_id or 0,
        limit=limit,
        payload=to_dict(request),
    )


def cleared_charging_limit(request: m.ClearedChargingLimitRequest) -> ChargerRequest:
    """ClearedChargingLimit."""
    return requests.ChargingLimit(
        action="ClearedChargingLimit",
        source=request.charging_limit_source,
        evse_id=request.evse_id or 0,
        limit=None,
        payload=to_dict(request),
    )
