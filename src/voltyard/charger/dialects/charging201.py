"""What a 2.0.1 CSMS may ask of smart charging (Part 2 block K)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from voltyard.charger import standard
from voltyard.charger.dialects.dialect import Refusal
from voltyard.charger.smart.profiles import Flaw, Installed, Period, Profile, Schedule
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp, instant_of
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.violations import Kind

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger

_UNSUPPORTED = Refusal(Kind.NOT_SUPPORTED, "smart charging is not enabled")

_SOURCE: m.ChargingLimitSource = "CSO"
"""Where all profiles of this charger come from: its CSMS."""


def supported(charger: Charger) -> bool:
    """Whether the charger does smart charging at all."""
    return charger.core.settings.flag(standard.SMART_CHARGING_ENABLED)


def read_profile(profile: m.ChargingProfile, transaction: str | None) -> Profile | Flaw:
    """A profile, or why this charger has no use for such a one: limits come from the CSMS alone
    (K01.FR.22), several schedules take ISO 15118, and which phase is used cannot be chosen."""
    if profile.charging_profile_purpose == "ChargingStationExternalConstraints":
        return "InvalidProfile"
    if len(profile.charging_schedule) > 1:
        return "TooManyElements"
    if not profile.charging_schedule:  # a lenient reading lets it pass
        return "InvalidSchedule"
    schedule = profile.charging_schedule[0]
    if any(period.phase_to_use is not None for period in schedule.charging_schedule_period):
        return "UnsupportedParam"
    station_wide = profile.charging_profile_purpose == "ChargingStationMaxProfile"
    if station_wide and profile.charging_profile_kind == "Relative":
        return "InvalidProfile"
    return Profile(
        id=profile.id,
        stack_level=profile.stack_level,
        purpose=profile.charging_profile_purpose,
        kind=profile.charging_profile_kind,
        recurrence=profile.recurrency_kind,
        valid_from=instant_of(profile.valid_from),
        valid_to=instant_of(profile.valid_to),
        transaction=transaction,
        schedule=Schedule(
            id=schedule.id,
            unit=schedule.charging_rate_unit,
            periods=tuple(
                Period(period.start_period, period.limit, period.number_phases)
                for period in schedule.charging_schedule_period
            ),
            start_at=instant_of(schedule.start_schedule),
            duration_s=schedule.duration,
            least=schedule.min_charging_rate,
        ),
    )


def write_profile(profile: Profile) -> m.ChargingProfile:
    """A profile as it is reported."""
    schedule = profile.schedule
    return m.ChargingProfile(
        id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=profile.purpose,
        charging_profile_kind=profile.kind,
        recurrency_kind=profile.recurrence,
        valid_from=None if profile.valid_from is None else Timestamp.of(profile.valid_from),
        valid_to=None if profile.valid_to is None else Timestamp.of(profile.valid_to),
        transaction_id=profile.transaction,
        charging_schedule=[
            m.ChargingSchedule(
                id=schedule.id or 0,
                start_schedule=None
                if schedule.start_at is None
                else Timestamp.of(schedule.start_at),
                duration=schedule.duration_s,
                charging_rate_unit=schedule.unit,
                min_charging_rate=schedule.least,
                charging_schedule_period=_periods(schedule.periods),
            )
        ],
    )


def _periods(periods: tuple[Period, ...]) -> list[m.ChargingSchedulePeriod]:
    return [
        m.ChargingSchedulePeriod(
            start_period=period.start_s, limit=period.limit, number_phases=period.phases
        )
        for period in periods
    ]


def set_profile(
    charger: Charger, request: m.SetChargingProfileRequest
) -> Iterator[Payload | Refusal]:
    """K01."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    profile = _placed(charger, request)
    if isinstance(profile, Profile):
        flaw = charger.smart.flaw(profile, request.evse_id)
        if flaw is None:
            yield m.SetChargingProfileResponse(status="Accepted")
            charger.smart.install(profile, request.evse_id)
            return
    else:
        flaw = profile
    yield m.SetChargingProfileResponse(
        status="Rejected", status_info=m.StatusInfo(reason_code=flaw)
    )


def _placed(charger: Charger, request: m.SetChargingProfileRequest) -> Profile | Flaw:
    """The profile, whose transaction, if it is to have one, runs at that EVSE."""
    if not 0 <= request.evse_id <= len(charger.evses):
        return "UnknownEvse"
    wire = request.charging_profile
    if wire.charging_profile_purpose != "TxProfile":
        return read_profile(wire, None)
    if wire.transaction_id is None or request.evse_id == 0:
        return "InvalidProfile"  # K01.FR.03
    return read_profile(wire, wire.transaction_id)


def clear_profile(
    charger: Charger, request: m.ClearChargingProfileRequest
) -> Iterator[Payload | Refusal]:
    """K10: an id, or criteria that all have to be met; with neither, nothing is meant."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    gone = [one for one in charger.smart.installed if _is_meant(one, request)]
    yield m.ClearChargingProfileResponse(status="Accepted" if gone else "Unknown")
    if gone:
        charger.smart.remove(gone)


def _is_meant(one: Installed, request: m.ClearChargingProfileRequest) -> bool:
    if request.charging_profile_id is not None:
        return one.profile.id == request.charging_profile_id
    criteria = request.charging_profile_criteria
    if criteria is None:
        return False
    return _meets(one, criteria.evse_id, criteria.charging_profile_purpose, criteria.stack_level)


def _meets(
    one: Installed, evse_id: int | None, purpose: str | None, stack_level: int | None
) -> bool:
    return (
        evse_id in (None, one.evse_id)
        and purpose in (None, one.profile.purpose)
        and stack_level in (None, one.profile.stack_level)
    )


def get_profiles(
    charger: Charger, request: m.GetChargingProfilesRequest
) -> Iterator[Payload | Refusal]:
    """K09: the answer first, then reports in parts, each of one EVSE."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    found = [one for one in charger.smart.installed if _is_wanted(one, request)]
    yield m.GetChargingProfilesResponse(status="Accepted" if found else "NoProfiles")
    parts = []
    for evse_id, group in groupby(sorted(found, key=_place), key=_place):
        profiles = [write_profile(one.profile) for one in group]
        size = limits.CHARGING_PROFILE_REPORT
        parts += [(evse_id, profiles[n : n + size]) for n in range(0, len(profiles), size)]
    for number, (evse_id, part) in enumerate(parts, 1):
        charger.wire.call(
            m.ReportChargingProfilesRequest(
                request_id=request.request_id,
                charging_limit_source=_SOURCE,
                charging_profile=part,
                tbc=number < len(parts),
                evse_id=evse_id,
            )
        )


def _place(one: Installed) -> int:
    return one.evse_id


def _is_wanted(one: Installed, request: m.GetChargingProfilesRequest) -> bool:
    wanted = request.charging_profile
    ids, sources = wanted.charging_profile_id, wanted.charging_limit_source
    if ids is not None and one.profile.id not in ids:
        return False
    if sources is not None and _SOURCE not in sources:
        return False
    return _meets(one, request.evse_id, wanted.charging_profile_purpose, wanted.stack_level)


def composite_schedule(
    charger: Charger, request: m.GetCompositeScheduleRequest
) -> Iterator[Payload | Refusal]:
    """K08."""
    if not supported(charger):
        yield _UNSUPPORTED
        return
    if not 0 <= request.evse_id <= len(charger.evses):
        yield m.GetCompositeScheduleResponse(
            status="Rejected", status_info=m.StatusInfo(reason_code="UnknownEvse")
        )
        return
    evse = charger.evses[request.evse_id - 1] if request.evse_id else None
    place = None if evse is None else (evse, evse.plugged or evse.connectors[0])
    composite = charger.smart.composite(place, request.duration, request.charging_rate_unit)
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
            charging_schedule_period=_periods(composite.periods),
        ),
    )
