"""Charging profiles on the wire as far as both versions have them alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from voltyard.charger.smart_charging.profiles import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingSchedule,
    ChargingSchedulePeriod,
)
from voltyard.kernel.time import Instant
from voltyard.ocpp.timestamps import instant_of
from voltyard.ocpp.v16 import messages as m16
from voltyard.ocpp.v201 import messages as m201

WirePeriod = TypeVar("WirePeriod")


def read_profile(
    profile: m16.ChargingProfile | m201.ChargingProfile,
    schedule: ChargingSchedule,
    *,
    id: int,
    purpose: ChargingProfilePurpose,
    kind: ChargingProfileKind,
    transaction: str | None,
) -> ChargingProfile:
    """A profile with that schedule."""
    return ChargingProfile(
        id=id,
        stack_level=profile.stack_level,
        purpose=purpose,
        kind=kind,
        recurrence=profile.recurrency_kind,
        valid_from=instant_of(profile.valid_from),
        valid_to=instant_of(profile.valid_to),
        transaction=transaction,
        schedule=schedule,
    )


def read_schedule(
    schedule: m16.ChargingSchedule | m201.ChargingSchedule,
    start_at: Instant | None,
    id: int | None = None,
) -> ChargingSchedule:
    """A schedule that begins then; None: with the transaction."""
    return ChargingSchedule(
        id=id,
        unit=schedule.charging_rate_unit,
        periods=tuple(
            ChargingSchedulePeriod(period.start_period, period.limit, period.number_phases)
            for period in schedule.charging_schedule_period
        ),
        start_at=start_at,
        duration_s=schedule.duration,
        least=schedule.min_charging_rate,
    )


def write_periods(
    periods: Sequence[ChargingSchedulePeriod], kind: Callable[..., WirePeriod]
) -> list[WirePeriod]:
    """Periods in a version's own type."""
    return [
        kind(start_period=period.start_s, limit=period.limit, number_phases=period.phases)
        for period in periods
    ]
