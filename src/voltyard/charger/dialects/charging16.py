"""What a 1.6 CSMS may ask of smart charging (sections 3.13, 5.5, 5.7, 5.16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from voltyard.charger import standard
from voltyard.charger.connector import Connector
from voltyard.charger.dialects.dialect import Refusal
from voltyard.charger.dialects.numbers16 import by_number
from voltyard.charger.evse import Evse
from voltyard.charger.smart.profiles import Installed, Period, Profile, Purpose, Schedule
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp, instant_of
from voltyard.ocpp.v16 import messages as m
from voltyard.ocpp.violations import Kind

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

_PURPOSES: dict[str, Purpose] = {
    "ChargePointMaxProfile": "ChargingStationMaxProfile",
    "TxDefaultProfile": "TxDefaultProfile",
    "TxProfile": "TxProfile",
}

_UNSUPPORTED = Refusal(Kind.NOT_SUPPORTED, "smart charging is not supported")


def supported(charger: Charger) -> bool:
    """Whether the charger does smart charging at all (errata 3.38)."""
    return "SmartCharging" in charger.core.settings.members(standard.FEATURE_PROFILES)


def read_profile(profile: m.ChargingProfile, transaction: str | None) -> Profile:
    """A profile. An absolute one without a start is relative to the start of charging (section
    7.13, startSchedule)."""
    schedule = profile.charging_schedule
    kind = profile.charging_profile_kind
    start_at = instant_of(schedule.start_schedule)
    if kind == "Relative":
        start_at = None
    elif kind == "Absolute" and start_at is None:
        kind = "Relative"
    return Profile(
        id=profile.charging_profile_id,
        stack_level=profile.stack_level,
        purpose=_PURPOSES[profile.charging_profile_purpose],
        kind=kind,
        recurrence=profile.recurrency_kind,
        valid_from=instant_of(profile.valid_from),
        valid_to=instant_of(profile.valid_to),
        transaction=transaction,
        schedule=Schedule(
            unit=schedule.charging_rate_unit,
            periods=tuple(
                Period(period.start_period, period.limit, period.number_phases)
                for period in schedule.charging_schedule_period
            ),
            start_at=start_at,
            duration_s=schedule.duration,
            least=schedule.min_charging_rate,
        ),
    )


def set_profile(
    charger: Charger, request: m.SetChargingProfileRequest
) -> Iterator[Payload | Refusal]:
    """Section 5.16. A connector there is not is no value of connectorId (errata 3.39)."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    found = by_number(charger.evses, request.connector_id)
    if found is None and request.connector_id != 0:
        yield Refusal(Kind.BAD_VALUE, f"there is no connectorId {request.connector_id}")
        return
    wire = request.cs_charging_profiles
    transaction = None
    if wire.charging_profile_purpose == "TxProfile":
        transaction = _transaction(found, wire.transaction_id)
        if transaction is None:
            yield m.SetChargingProfileResponse(status="Rejected")
            return
    profile = read_profile(wire, transaction)
    place = (0, 0) if found is None else (found[0].id, found[1].id)
    if charger.smart.flaw(profile, *place) is not None:
        yield m.SetChargingProfileResponse(status="Rejected")
        return
    yield m.SetChargingProfileResponse(status="Accepted")
    charger.smart.install(profile, *place)


def _transaction(found: tuple[Evse, Connector] | None, wire_id: int | None) -> str | None:
    """The charger's own id of the transaction that runs at that connector, and is the one meant
    where one is."""
    running = None if found is None else found[0].transaction
    if found is None or running is None or running.connector_id != found[1].id:
        return None
    return running.id if wire_id is None or running.wire_id == str(wire_id) else None


def clear_profile(
    charger: Charger, request: m.ClearChargingProfileRequest
) -> Iterator[Payload | Refusal]:
    """Section 5.5: an id alone decides; without, all criteria have to be met."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    gone = [one for one in charger.smart.installed if _is_meant(charger, one, request)]
    yield m.ClearChargingProfileResponse(status="Accepted" if gone else "Unknown")
    if gone:
        charger.smart.remove(gone)


def _is_meant(charger: Charger, one: Installed, request: m.ClearChargingProfileRequest) -> bool:
    profile = one.profile
    if request.id is not None:
        return profile.id == request.id
    wanted = request.charging_profile_purpose
    if wanted is not None and profile.purpose != _PURPOSES[wanted]:
        return False
    if request.stack_level is not None and profile.stack_level != request.stack_level:
        return False
    if request.connector_id is None:
        return True
    found = by_number(charger.evses, request.connector_id)
    if found is None:
        return request.connector_id == 0 and one.evse_id == 0
    return one.holds_at(found[0].id, found[1].id)


def composite_schedule(
    charger: Charger, request: m.GetCompositeScheduleRequest
) -> Iterator[Payload | Refusal]:
    """Section 5.7. The schedule is relative to scheduleStart (errata: no startSchedule)."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    found = by_number(charger.evses, request.connector_id)
    composite = None
    if found is not None or request.connector_id == 0:
        composite = charger.smart.composite(found, request.duration, request.charging_rate_unit)
    if composite is None:
        yield m.GetCompositeScheduleResponse(status="Rejected")
        return
    yield m.GetCompositeScheduleResponse(
        status="Accepted",
        connector_id=request.connector_id,
        schedule_start=Timestamp.of(composite.start_at),
        charging_schedule=m.ChargingSchedule(
            duration=composite.duration_s,
            charging_rate_unit=composite.unit,
            charging_schedule_period=[
                m.ChargingSchedulePeriod(
                    start_period=period.start_s, limit=period.limit, number_phases=period.phases
                )
                for period in composite.periods
            ],
        ),
    )
