"""Reservations and charging profiles in OCPP 1.6."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.commands import charging, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, at, typed, word
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m

_PURPOSES: Mapping[str, str] = {two: one for one, two in charging.PURPOSES_201.items()}


def _reserve(command: charging.ReserveNow, number: NextNumber) -> Payload:
    return m.ReserveNowRequest(
        connector_id=command.connector_id,
        expiry_date=Timestamp.seconds(command.expires_at),
        id_tag=command.id_tag,
        parent_id_tag=command.parent_id_tag,
        reservation_id=number() if command.reservation_id is None else command.reservation_id,
    )


def _set_profile(command: charging.SetChargingProfile, number: NextNumber) -> Payload:
    profile = typed(m.ChargingProfile, command.charging_profile, "chargingProfile")
    return m.SetChargingProfileRequest(
        connector_id=command.connector_id, cs_charging_profiles=profile
    )


def _clear_profile(command: charging.ClearChargingProfiles, number: NextNumber) -> Payload:
    purpose = command.purpose
    return m.ClearChargingProfileRequest(
        id=command.id,
        connector_id=command.connector_id,
        charging_profile_purpose=_PURPOSES.get(purpose, purpose) if purpose else None,  # type: ignore[arg-type]
        stack_level=command.stack_level,
    )


def _composite(command: charging.GetCompositeSchedule, number: NextNumber) -> Payload:
    return m.GetCompositeScheduleRequest(
        connector_id=command.connector_id,
        duration=command.duration_s,
        charging_rate_unit=command.unit,
    )


def _limit(command: charging.SetChargingLimit, number: NextNumber) -> Payload:
    """Section 3.13: a maximum is the whole charger's, and chargers refuse it as a relative one
    (facts: Q56)."""
    is_whole = command.connector_id == 0
    schedule = m.ChargingSchedule(
        start_schedule=at(command.since) if is_whole else None,
        charging_rate_unit=command.unit,
        charging_schedule_period=[m.ChargingSchedulePeriod(start_period=0, limit=command.limit)],
    )
    profile = m.ChargingProfile(
        charging_profile_id=charging.limit_profile_id(command),
        stack_level=command.stack_level,
        charging_profile_purpose="ChargePointMaxProfile" if is_whole else "TxDefaultProfile",
        charging_profile_kind="Absolute" if is_whole else "Relative",
        charging_schedule=schedule,
    )
    return m.SetChargingProfileRequest(
        connector_id=command.connector_id, cs_charging_profiles=profile
    )


def _unlimit(command: charging.ClearChargingLimit, number: NextNumber) -> Payload:
    return m.ClearChargingProfileRequest(id=charging.limit_profile_id(command))


REQUESTS: Mapping[type[Any], Callable[[Any, NextNumber], Payload]] = {
    charging.ReserveNow: _reserve,
    charging.CancelReservation: (
        lambda c, number: m.CancelReservationRequest(reservation_id=c.reservation_id)
    ),
    charging.SetChargingProfile: _set_profile,
    charging.ClearChargingProfiles: _clear_profile,
    charging.GetCompositeSchedule: _composite,
    charging.SetChargingLimit: _limit,
    charging.ClearChargingLimit: _unlimit,
}


def _reserved(
    command: BackendCommand, request: m.ReserveNowRequest, response: m.ReserveNowResponse
) -> BackendCommandResult:
    return results.ReservationResult(
        status=word(response.status), reservation_id=request.reservation_id
    )


def _composed(
    command: BackendCommand, request: Payload, response: m.GetCompositeScheduleResponse
) -> BackendCommandResult:
    start, schedule = response.schedule_start, response.charging_schedule
    return results.CompositeScheduleResult(
        status=word(response.status),
        connector_id=response.connector_id,
        start_at=start.instant if start else None,
        charging_schedule=to_dict(schedule) if schedule else None,
    )


RESULTS: Mapping[type[Any], Callable[[Any, Any, Any], BackendCommandResult]] = {
    charging.ReserveNow: _reserved,
    charging.GetCompositeSchedule: _composed,
}
