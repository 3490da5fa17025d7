"""Reservations and charging profiles in OCPP 2.0.1: functional blocks H and K."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.commands import charging, results
from voltyard.csms.commands.charging import target_evse_id
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import NextNumber, at, typed, word
from voltyard.csms.translation import reason
from voltyard.kernel.errors import Invalid
from voltyard.ocpp.payload import Payload, to_dict
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m


def _reserve(command: charging.ReserveNow, number: NextNumber) -> Payload:
    group = None
    if command.parent_id_tag is not None:
        group = _token(command.parent_id_tag, "Central")
    return m.ReserveNowRequest(
        id=number() if command.reservation_id is None else command.reservation_id,
        expiry_date_time=Timestamp.seconds(command.expires_at),
        id_token=_token(command.id_tag, command.id_tag_type),
        evse_id=target_evse_id(command.connector_id, command.evse_id) or None,
        group_id_token=group,
    )


def _token(id_tag: str, kind: str) -> m.IdToken:
    return m.IdToken(id_token=id_tag, type=kind)  # type: ignore[arg-type]


def _set_profile(command: charging.SetChargingProfile, number: NextNumber) -> Payload:
    return m.SetChargingProfileRequest(
        evse_id=target_evse_id(command.connector_id, command.evse_id),
        charging_profile=typed(m.ChargingProfile, command.charging_profile, "chargingProfile"),
    )


def _clear_profile(command: charging.ClearChargingProfiles, number: NextNumber) -> Payload:
    evse_id = command.connector_id if command.evse_id is None else command.evse_id
    purpose = command.purpose
    criteria = (evse_id, purpose, command.stack_level)
    if command.id is None and criteria == (None, None, None):
        raise Invalid(
            "OCPP 2.0.1 clears no profiles without being told which",
            hint="give id, connectorId, purpose or stackLevel",
        )
    if command.id is not None:
        # K10.FR.01: the id alone says it.
        return m.ClearChargingProfileRequest(charging_profile_id=command.id)
    return m.ClearChargingProfileRequest(
        charging_profile_criteria=m.ClearChargingProfile(
            evse_id=evse_id,
            charging_profile_purpose=(
                charging.PURPOSES_201.get(purpose, purpose) if purpose else None  # type: ignore[arg-type]
            ),
            stack_level=command.stack_level,
        )
    )


def _composite(command: charging.GetCompositeSchedule, number: NextNumber) -> Payload:
    return m.GetCompositeScheduleRequest(
        evse_id=target_evse_id(command.connector_id, command.evse_id),
        duration=command.duration_s,
        charging_rate_unit=command.unit,
    )


def _limit(command: charging.SetChargingLimit, number: NextNumber) -> Payload:
    """K01: a maximum is the whole station's, and never a relative one."""
    evse_id = target_evse_id(command.connector_id, command.evse_id)
    is_whole = evse_id == 0
    profile_id = charging.limit_profile_id(command)
    schedule = m.ChargingSchedule(
        id=profile_id,
        start_schedule=at(command.since) if is_whole else None,
        charging_rate_unit=command.unit,
        charging_schedule_period=[m.ChargingSchedulePeriod(start_period=0, limit=command.limit)],
    )
    profile = m.ChargingProfile(
        id=profile_id,
        stack_level=command.stack_level,
        charging_profile_purpose="ChargingStationMaxProfile" if is_whole else "TxDefaultProfile",
        charging_profile_kind="Absolute" if is_whole else "Relative",
        charging_schedule=[schedule],
    )
    return m.SetChargingProfileRequest(evse_id=evse_id, charging_profile=profile)


def _unlimit(command: charging.ClearChargingLimit, number: NextNumber) -> Payload:
    return m.ClearChargingProfileRequest(charging_profile_id=charging.limit_profile_id(command))


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
        status=word(response.status), reservation_id=request.id, reason=reason(response)
    )


def _composed(
    command: BackendCommand,
    request: m.GetCompositeScheduleRequest,
    response: m.GetCompositeScheduleResponse,
) -> BackendCommandResult:
    schedule = response.schedule
    if schedule is None:
        return results.CompositeScheduleResult(
            status=word(response.status), reason=reason(response)
        )
    whole = to_dict(schedule)
    shared = ("duration", "chargingRateUnit", "chargingSchedulePeriod")
    return results.CompositeScheduleResult(
        status=word(response.status),
        connector_id=schedule.evse_id,
        start_at=schedule.schedule_start.instant,
        charging_schedule={name: whole[name] for name in shared},
        reason=reason(response),
    )


RESULTS: Mapping[type[Any], Callable[[Any, Any, Any], BackendCommandResult]] = {
    charging.ReserveNow: _reserved,
    charging.GetCompositeSchedule: _composed,
}
