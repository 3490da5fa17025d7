"""Handlers of 2.0.1's smart charging requests (Part 2 block K)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from msgspec.structs import replace

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.evse.evse import Evse
from voltyard.charger.smart_charging import requests
from voltyard.charger.smart_charging.negotiations import Negotiations
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.smart_charging.profiles import (
    ChargingLimitSource,
    ChargingProfile,
    ChargingSchedule,
    InstalledProfile,
    ProfileFlaw,
)
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.smart_charging import SMART_CHARGING_ENABLED
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp, instant_of
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.violations import Kind

_MOST_SCHEDULES = 3
"""Of one profile (ChargingProfileType)."""

UNSUPPORTED = Refusal(Kind.NOT_SUPPORTED, "smart charging is not enabled")


def supported(settings: ChargerSettings) -> bool:
    """True where the charger does smart charging at all."""
    return settings.flag(SMART_CHARGING_ENABLED)


def read_profile(
    profile: m.ChargingProfile, transaction: str | None, *, negotiates: bool = False
) -> ChargingProfile | ProfileFlaw:
    """A profile, or why this charger has no use for such a one: limits come from the CSMS alone
    (K01.FR.22), several schedules take a vehicle that negotiates (ISO 15118), and which phase is
    used cannot be chosen."""
    if profile.charging_profile_purpose == "ChargingStationExternalConstraints":
        return "InvalidProfile"
    if len(profile.charging_schedule) > (_MOST_SCHEDULES if negotiates else 1):
        return "TooManyElements"
    if not profile.charging_schedule:  # a lenient reading lets it pass
        return "InvalidSchedule"
    periods = [
        period for each in profile.charging_schedule for period in each.charging_schedule_period
    ]
    if any(period.phase_to_use is not None for period in periods):
        return "UnsupportedParam"
    station_wide = profile.charging_profile_purpose == "ChargingStationMaxProfile"
    if station_wide and profile.charging_profile_kind == "Relative":
        return "InvalidProfile"
    schedules = tuple(
        requests.read_schedule(schedule, instant_of(schedule.start_schedule), schedule.id)
        for schedule in profile.charging_schedule
    )
    read = requests.read_profile(
        profile,
        schedules[0],
        id=profile.id,
        purpose=profile.charging_profile_purpose,
        kind=profile.charging_profile_kind,
        transaction=transaction,
    )
    return read if len(schedules) == 1 else replace(read, offered=schedules)


def write_profile(profile: ChargingProfile) -> m.ChargingProfile:
    """A profile as it is reported."""
    return m.ChargingProfile(
        id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=profile.purpose,
        charging_profile_kind=profile.kind,
        recurrency_kind=profile.recurrence,
        valid_from=None if profile.valid_from is None else Timestamp.of(profile.valid_from),
        valid_to=None if profile.valid_to is None else Timestamp.of(profile.valid_to),
        transaction_id=profile.transaction,
        charging_schedule=[write_schedule(one) for one in profile.offered or (profile.schedule,)],
    )


def write_schedule(schedule: ChargingSchedule) -> m.ChargingSchedule:
    """A schedule as it is reported."""
    return m.ChargingSchedule(
        id=schedule.id or 0,
        start_schedule=None if schedule.start_at is None else Timestamp.of(schedule.start_at),
        duration=schedule.duration_s,
        charging_rate_unit=schedule.unit,
        min_charging_rate=schedule.least,
        charging_schedule_period=requests.write_periods(schedule.periods, m.ChargingSchedulePeriod),
    )


@dataclass(slots=True)
class SmartCharging201:
    """Charging profiles set, cleared and reported, and the composite schedule."""

    evses: tuple[Evse, ...]
    wire: ChargerWire
    profile_limits: ProfileLimits
    smart: SmartCharging
    negotiations: Negotiations

    def set_profile(self, request: m.SetChargingProfileRequest) -> Iterator[Payload]:
        """K01."""
        profile = self._placed(request)
        if isinstance(profile, ChargingProfile):
            flaw = self._flaw(profile, request.evse_id)
            if flaw is None:
                yield m.SetChargingProfileResponse(status="Accepted")
                if profile.offered:
                    chosen = self.negotiations.choice_of(request.evse_id, profile.offered)
                    profile = replace(profile, schedule=chosen)
                self.smart.install(profile, request.evse_id)
                self.negotiations.limits_changed(request.evse_id, profile)
                return
        else:
            flaw = profile
        yield m.SetChargingProfileResponse(
            status="Rejected", status_info=m.StatusInfo(reason_code=flaw)
        )

    def _flaw(self, profile: ChargingProfile, evse_id: int) -> ProfileFlaw | None:
        """The flaw of a profile, with any of its schedules."""
        for schedule in profile.offered or (profile.schedule,):
            flaw = self.smart.flaw(replace(profile, schedule=schedule), evse_id)
            if flaw is not None:
                return flaw
        return None

    def _placed(self, request: m.SetChargingProfileRequest) -> ChargingProfile | ProfileFlaw:
        """The profile, whose transaction, if it is to have one, runs at that EVSE."""
        if not 0 <= request.evse_id <= len(self.evses):
            return "UnknownEvse"
        wire = request.charging_profile
        if wire.charging_profile_purpose != "TxProfile":
            return read_profile(wire, None)
        if wire.transaction_id is None or request.evse_id == 0:
            return "InvalidProfile"  # K01.FR.03
        negotiates = self.evses[request.evse_id - 1].negotiation is not None
        return read_profile(wire, wire.transaction_id, negotiates=negotiates)

    def clear_profile(self, request: m.ClearChargingProfileRequest) -> Iterator[Payload]:
        """K10: an id, or criteria that all have to be met; with neither, nothing is meant. Limits
        that other systems have set are not the CSMS's to clear."""
        gone = [one for one in self.smart.installed if _is_meant(one, request)]
        yield m.ClearChargingProfileResponse(status="Accepted" if gone else "Unknown")
        if gone:
            self.smart.remove(gone)
            for evse_id in {one.evse_id for one in gone}:
                self.negotiations.limits_changed(evse_id)

    def get_profiles(self, request: m.GetChargingProfilesRequest) -> Iterator[Payload]:
        """K09: the answer first, then reports in parts, each of one EVSE and one source."""
        known = (*self.smart.installed, *self.profile_limits.external)
        found = [one for one in known if _is_wanted(one, request)]
        yield m.GetChargingProfilesResponse(status="Accepted" if found else "NoProfiles")
        parts = []
        for place, group in groupby(sorted(found, key=_place), key=_place):
            profiles = [write_profile(one.profile) for one in group]
            size = limits.CHARGING_PROFILE_REPORT
            parts += [(*place, profiles[n : n + size]) for n in range(0, len(profiles), size)]
        for number, (evse_id, source, part) in enumerate(parts, 1):
            self.wire.call(
                m.ReportChargingProfilesRequest(
                    request_id=request.request_id,
                    charging_limit_source=source,
                    charging_profile=part,
                    tbc=number < len(parts),
                    evse_id=evse_id,
                )
            )

    def composite_schedule(self, request: m.GetCompositeScheduleRequest) -> Iterator[Payload]:
        """K08."""
        if not 0 <= request.evse_id <= len(self.evses):
            yield m.GetCompositeScheduleResponse(
                status="Rejected", status_info=m.StatusInfo(reason_code="UnknownEvse")
            )
            return
        evse = self.evses[request.evse_id - 1] if request.evse_id else None
        place = None if evse is None else (evse, evse.plug.place)
        composite = self.smart.composite(place, request.duration, request.charging_rate_unit)
        if composite is None:
            code = "ValueOutOfRange" if request.duration <= 0 else "UnsupportedRateUnit"
            yield m.GetCompositeScheduleResponse(
                status="Rejected", status_info=m.StatusInfo(reason_code=code)
            )
            return
        yield m.GetCompositeScheduleResponse(
            status="Accepted",
            schedule=m.CompositeSchedule(
                evse_id=request.evse_id,
                duration=composite.duration_s,
                schedule_start=Timestamp.of(composite.start_at),
                charging_rate_unit=composite.unit,
                charging_schedule_period=requests.write_periods(
                    composite.periods, m.ChargingSchedulePeriod
                ),
            ),
        )


def _is_meant(one: InstalledProfile, request: m.ClearChargingProfileRequest) -> bool:
    if request.charging_profile_id is not None:
        return one.profile.id == request.charging_profile_id
    criteria = request.charging_profile_criteria
    if criteria is None:
        return False
    return _meets(one, criteria.evse_id, criteria.charging_profile_purpose, criteria.stack_level)


def _meets(
    one: InstalledProfile, evse_id: int | None, purpose: str | None, stack_level: int | None
) -> bool:
    return (
        evse_id in (None, one.evse_id)
        and purpose in (None, one.profile.purpose)
        and stack_level in (None, one.profile.stack_level)
    )


def _place(one: InstalledProfile) -> tuple[int, ChargingLimitSource]:
    return one.evse_id, one.source


def _is_wanted(one: InstalledProfile, request: m.GetChargingProfilesRequest) -> bool:
    wanted = request.charging_profile
    ids, sources = wanted.charging_profile_id, wanted.charging_limit_source
    if ids is not None and one.profile.id not in ids:
        return False
    if sources is not None and one.source not in sources:
        return False
    return _meets(one, request.evse_id, wanted.charging_profile_purpose, wanted.stack_level)


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.ClearChargingProfileRequest: (SmartCharging201, SmartCharging201.clear_profile),
    m.GetChargingProfilesRequest: (SmartCharging201, SmartCharging201.get_profiles),
    m.GetCompositeScheduleRequest: (SmartCharging201, SmartCharging201.composite_schedule),
    m.SetChargingProfileRequest: (SmartCharging201, SmartCharging201.set_profile),
}
