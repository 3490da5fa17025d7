"""Handlers of 1.6's smart charging requests (sections 3.13, 5.5, 5.7, 5.16)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.smart_charging import requests
from voltyard.charger.smart_charging.profiles import (
    ChargingProfile,
    ChargingProfilePurpose,
    InstalledProfile,
)
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.v16.connector_numbers import by_number
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.station import FEATURE_PROFILES
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp, instant_of
from voltyard.ocpp.v16 import messages as m
from voltyard.ocpp.violations import Kind

_PURPOSES: dict[str, ChargingProfilePurpose] = {
    "ChargePointMaxProfile": "ChargingStationMaxProfile",
    "TxDefaultProfile": "TxDefaultProfile",
    "TxProfile": "TxProfile",
}

UNSUPPORTED = Refusal(Kind.NOT_SUPPORTED, "smart charging is not supported")


def supported(settings: ChargerSettings) -> bool:
    """True where the charger does smart charging at all (errata 3.38)."""
    return "SmartCharging" in settings.members(FEATURE_PROFILES)


def read_profile(profile: m.ChargingProfile, transaction: str | None) -> ChargingProfile:
    """A profile. An absolute one without a start is relative to the start of charging (section
    7.13, startSchedule)."""
    schedule = profile.charging_schedule
    kind = profile.charging_profile_kind
    start_at = instant_of(schedule.start_schedule)
    if kind == "Relative":
        start_at = None
    elif kind == "Absolute" and start_at is None:
        kind = "Relative"
    return requests.read_profile(
        profile,
        requests.read_schedule(schedule, start_at),
        id=profile.charging_profile_id,
        purpose=_PURPOSES[profile.charging_profile_purpose],
        kind=kind,
        transaction=transaction,
    )


@dataclass(slots=True)
class SmartCharging16:
    """Charging profiles set and cleared, and the composite schedule."""

    evses: tuple[Evse, ...]
    smart: SmartCharging

    def set_profile(self, request: m.SetChargingProfileRequest) -> Iterator[Payload | Refusal]:
        """Section 5.16. A connector there is not is no value of connectorId (errata 3.39)."""
        found = by_number(self.evses, request.connector_id)
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
        if self.smart.flaw(profile, *place) is not None:
            yield m.SetChargingProfileResponse(status="Rejected")
            return
        yield m.SetChargingProfileResponse(status="Accepted")
        self.smart.install(profile, *place)

    def clear_profile(self, request: m.ClearChargingProfileRequest) -> Iterator[Payload]:
        """Section 5.5: an id alone decides; without, all criteria have to be met."""
        gone = [one for one in self.smart.installed if self._is_meant(one, request)]
        yield m.ClearChargingProfileResponse(status="Accepted" if gone else "Unknown")
        if gone:
            self.smart.remove(gone)

    def _is_meant(self, one: InstalledProfile, request: m.ClearChargingProfileRequest) -> bool:
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
        found = by_number(self.evses, request.connector_id)
        if found is None:
            return request.connector_id == 0 and one.evse_id == 0
        return one.holds_at(found[0].id, found[1].id)

    def composite_schedule(self, request: m.GetCompositeScheduleRequest) -> Iterator[Payload]:
        """Section 5.7. The schedule is relative to scheduleStart (errata: no startSchedule)."""
        found = by_number(self.evses, request.connector_id)
        composite = None
        if found is not None or request.connector_id == 0:
            composite = self.smart.composite(found, request.duration, request.charging_rate_unit)
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
                charging_schedule_period=requests.write_periods(
                    composite.periods, m.ChargingSchedulePeriod
                ),
            ),
        )


def _transaction(found: tuple[Evse, Connector] | None, wire_id: int | None) -> str | None:
    """The charger's own id of the transaction that runs at that connector, and is the one meant
    where one is."""
    running = None if found is None else found[0].transaction
    if found is None or running is None or running.connector_id != found[1].id:
        return None
    return running.id if wire_id is None or running.wire_id == str(wire_id) else None


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.ClearChargingProfileRequest: (SmartCharging16, SmartCharging16.clear_profile),
    m.GetCompositeScheduleRequest: (SmartCharging16, SmartCharging16.composite_schedule),
    m.SetChargingProfileRequest: (SmartCharging16, SmartCharging16.set_profile),
}
