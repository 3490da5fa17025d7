"""Arithmetic of charging profiles: the limit of a moment, and until when it holds.

Pure functions of profiles and moments of the charger's clock. `since` is when the power path
closed, which a relative schedule counts from; None: it is open, so its first period holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from math import inf

from msgspec import Struct

from voltyard.charger.smart_charging.profiles import (
    MOST_PHASES,
    RECURS_S,
    ChargingProfile,
    ChargingProfilePurpose,
    ChargingSchedulePeriod,
    InstalledProfile,
)
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.units import Amperes, Watts

ROUNDING_S: Seconds = 0.001
"""An instant of this century is rounded to 0.24 us, so what is due within a millisecond is past."""


class Cap(Struct, frozen=True):
    """The most that charging profiles allow at one place."""

    amperes: Amperes = inf
    """In each phase."""
    watts: Watts = inf
    """In all of them together."""
    phases: int = MOST_PHASES
    profile: ChargingProfile | None = None
    """The one that says so."""


def period_at(
    profile: ChargingProfile, at: Instant, since: Instant | None
) -> ChargingSchedulePeriod | None:
    """The period in force; None where the profile is not valid, or its schedule has not begun or is
    over."""
    if profile.valid_from is not None and at < profile.valid_from:
        return None
    if profile.valid_to is not None and at >= profile.valid_to:
        return None
    schedule = profile.schedule
    if schedule.start_at is None:
        elapsed_s = 0.0 if since is None else max(0.0, at - since)
    elif at < schedule.start_at:
        return None
    else:
        elapsed_s = (at - schedule.start_at) % _recurs_s(profile)
    if schedule.duration_s is not None and elapsed_s >= schedule.duration_s:
        return None
    index = bisect_right(schedule.periods, elapsed_s, key=_start) - 1
    return schedule.periods[index]


def next_after(profile: ChargingProfile, at: Instant, since: Instant | None) -> Instant | None:
    """The next moment, later than `at`, at which what the profile says may change; None: never."""
    return min((moment for moment in _moments(profile, at, since) if moment > at), default=None)


def ruling(
    profiles: Iterable[ChargingProfile], at: Instant, since: Instant | None
) -> tuple[ChargingProfile, ChargingSchedulePeriod] | None:
    """The profile of the highest stack level that says something now, and what it says."""
    best = None
    for profile in profiles:
        if best is None or profile.stack_level > best[0].stack_level:
            period = period_at(profile, at, since)
            best = best if period is None else (profile, period)
    return best


def external_caps(external: Sequence[InstalledProfile], evse_id: int, at: Instant) -> list[Cap]:
    """The caps that external systems set at one EVSE; 0: on the whole charger (K11, K12)."""
    found = [
        (one.profile, period_at(one.profile, at, None))
        for one in external
        if one.evse_id == evse_id
    ]
    return [cap_of(profile, period) for profile, period in found if period is not None]


def merged(caps: Sequence[Cap]) -> Cap:
    """All caps in one, which is no profile's: the least of each."""
    if len(caps) == 1:
        return caps[0]
    return Cap(
        amperes=min((cap.amperes for cap in caps), default=inf),
        watts=min((cap.watts for cap in caps), default=inf),
        phases=min((cap.phases for cap in caps), default=MOST_PHASES),
    )


def station_cap(
    installed: Sequence[InstalledProfile], at: Instant, offset_s: Seconds = 0.0
) -> Cap | None:
    """The cap on the whole charger; None: there is none. A relative profile, which 1.6 has, counts
    from when it was installed: `offset_s` is the charger's clock minus true time."""
    best: tuple[ChargingProfile, ChargingSchedulePeriod] | None = None
    for one in installed:
        level = one.profile.stack_level
        if one.profile.purpose == "ChargingStationMaxProfile" and (
            best is None or level > best[0].stack_level
        ):
            period = period_at(one.profile, at, one.installed_at + offset_s)
            best = best if period is None else (one.profile, period)
    return None if best is None else cap_of(*best)


def place_cap(
    installed: Sequence[InstalledProfile],
    evse_id: int,
    connector_id: int,
    transaction: str | None,
    at: Instant,
    since: Instant | None,
    *,
    stacked: bool = False,
) -> Cap | None:
    """The cap on a place by the TxProfile of its transaction, else a TxDefaultProfile of the place,
    else one of the whole charger; None: there is none. Where they are `stacked`, the default of the
    highest level counts, wherever it was installed."""
    own = [one.profile for one in installed if one.holds_at(evse_id, connector_id)]
    everywhere = [one.profile for one in installed if one.evse_id == 0]
    found = ruling(_of(own, "TxProfile", transaction), at, since)
    for defaults in ([*own, *everywhere],) if stacked else (own, everywhere):
        found = found or ruling(_of(defaults, "TxDefaultProfile"), at, since)
    return None if found is None else cap_of(*found)


def _of(
    profiles: Iterable[ChargingProfile],
    purpose: ChargingProfilePurpose,
    transaction: str | None = None,
) -> Iterator[ChargingProfile]:
    return (
        profile
        for profile in profiles
        if profile.purpose == purpose and profile.transaction == transaction
    )


def cap_of(profile: ChargingProfile, period: ChargingSchedulePeriod) -> Cap:
    """The cap that a period of a profile sets."""
    phases = period.phases or MOST_PHASES
    if profile.schedule.unit == "A":
        return Cap(amperes=period.limit, phases=phases, profile=profile)
    return Cap(watts=period.limit, phases=phases, profile=profile)


def _start(period: ChargingSchedulePeriod) -> Seconds:
    return period.start_s


def _recurs_s(profile: ChargingProfile) -> Seconds:
    if profile.kind != "Recurring" or profile.recurrence is None:
        return inf
    return RECURS_S[profile.recurrence]


def _moments(profile: ChargingProfile, at: Instant, since: Instant | None) -> Iterator[Instant]:
    """The moments at which it changes: begins and ends of its validity, of its schedule, and of its
    periods."""
    if profile.valid_from is not None:
        yield profile.valid_from
    if profile.valid_to is not None:
        yield profile.valid_to
    schedule = profile.schedule
    base = since if schedule.start_at is None else schedule.start_at
    if base is None:
        return
    recurs_s = _recurs_s(profile)
    if recurs_s < inf:
        base += max(0.0, (at - base) // recurs_s) * recurs_s
        yield base + recurs_s
    if schedule.duration_s is not None:
        yield base + schedule.duration_s
    following = bisect_right(schedule.periods, at - base, key=_start)
    if following < len(schedule.periods):
        yield base + schedule.periods[following].start_s
