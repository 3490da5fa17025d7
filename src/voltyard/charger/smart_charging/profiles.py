"""Charging profiles in neutral words: those a charger accepts, and those they replace.

Purposes are 2.0.1's (Part 2, ChargingProfilePurposeEnumType); 1.6's ChargePointMaxProfile is
ChargingStationMaxProfile.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.kernel.units import Watts

ChargingProfilePurpose: TypeAlias = Literal[
    "ChargingStationExternalConstraints",
    "ChargingStationMaxProfile",
    "TxDefaultProfile",
    "TxProfile",
]
ChargingLimitSource: TypeAlias = Literal["CSO", "EMS", "Other", "SO"]
"""The source of a limit (ChargingLimitSourceEnumType): CSO is the CSMS, SO the grid's operator."""
ChargingProfileKind: TypeAlias = Literal["Absolute", "Recurring", "Relative"]
RecurrencyKind: TypeAlias = Literal["Daily", "Weekly"]
ChargingRateUnit: TypeAlias = Literal["A", "W"]

ProfileFlaw: TypeAlias = Literal[
    "DuplicateProfile",
    "InvalidProfile",
    "InvalidSchedule",
    "InvalidStackLevel",
    "TooManyElements",
    "TxNotFound",
    "UnknownEvse",
    "UnsupportedParam",
    "UnsupportedRateUnit",
]
"""Reason why a profile is not taken, in 2.0.1's reason codes; 1.6 says Rejected to all of them."""

RECURS_S: dict[RecurrencyKind, Seconds] = {"Daily": DAY_S, "Weekly": 7 * DAY_S}

MOST_PHASES = 3
"""Phases a period uses that does not say (1.6 section 7.14, 2.0.1 ChargingSchedulePeriodType)."""


class ChargingSchedulePeriod(Struct, frozen=True, gc=False):
    """A limit that holds from a moment of its schedule on, until the next."""

    start_s: int
    limit: float
    """Amperes for each phase, or watts for all of them together, as the schedule's unit says."""
    phases: int | None = None


class ChargingSchedule(Struct, frozen=True, kw_only=True):
    """Limits over time."""

    unit: ChargingRateUnit
    periods: tuple[ChargingSchedulePeriod, ...]
    start_at: Instant | None = None
    """By the charger's clock; None: when energy could first be delivered."""
    duration_s: int | None = None
    id: int | None = None
    least: float | None = None
    """Below this the vehicle charges badly (minChargingRate): kept, and told, for others."""


class ChargingProfile(Struct, frozen=True, kw_only=True):
    """One charging profile."""

    id: int
    stack_level: int
    purpose: ChargingProfilePurpose
    kind: ChargingProfileKind
    schedule: ChargingSchedule
    recurrence: RecurrencyKind | None = None
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    transaction: str | None = None
    """The charger's own id of the transaction a TxProfile belongs to."""
    offered: tuple[ChargingSchedule, ...] = ()
    """All schedules of a profile that has several, of which the vehicle has chosen `schedule`
    (ISO 15118)."""


class InstalledProfile(Struct, frozen=True, kw_only=True):
    """An installed profile, and the place where it holds."""

    evse_id: int
    """0: the whole charger, or each of its EVSEs."""
    connector_id: int = 0
    """0: whichever connector of the EVSE is in use. Only 1.6 tells connectors apart."""
    installed_at: Instant
    """True time, whatever the charger's clock is set to."""
    profile: ChargingProfile
    source: ChargingLimitSource = "CSO"
    is_grid_critical: bool | None = None
    """Of an external limit: said to be critical for the grid, or not to be; None: not said."""

    def holds_at(self, evse_id: int, connector_id: int) -> bool:
        """True where it was installed for exactly this place."""
        return self.evse_id == evse_id and self.connector_id in (0, connector_id)


class Allowance(Struct, frozen=True, gc=False):
    """The power and phases that charging profiles allow an EVSE at this moment."""

    power_w: Watts
    phases: int
    """Number of those that may carry current."""
    purpose: ChargingProfilePurpose
    profile_id: int
    """Of the profile that allows least."""


class ProfileRules(Struct, frozen=True, kw_only=True):
    """Bounds on the profiles that one charger accepts."""

    stack_level: int
    """The highest there is."""
    periods: int
    """Of one schedule."""
    profiles: int
    units: tuple[ChargingRateUnit, ...]
    replaces: bool
    """A profile takes the place of another of the same purpose, stack level and place (1.6), or is
    refused while that is valid (2.0.1 K01.FR.06)."""


def flaw_of(profile: ChargingProfile, evse_id: int, rules: ProfileRules) -> ProfileFlaw | None:
    """The flaw for which such a profile cannot be, whatever else is installed; None where it
    can."""
    station_wide = profile.purpose == "ChargingStationMaxProfile"
    if station_wide and evse_id != 0:
        return "InvalidProfile"
    if profile.purpose == "TxProfile" and evse_id == 0:
        return "InvalidProfile"
    if not 0 <= profile.stack_level <= rules.stack_level:
        return "InvalidStackLevel"
    if profile.schedule.unit not in rules.units:
        return "UnsupportedRateUnit"
    if len(profile.schedule.periods) > rules.periods:
        return "TooManyElements"
    if profile.kind == "Recurring" and profile.recurrence is None:
        return "InvalidProfile"
    valid_from, valid_to = profile.valid_from, profile.valid_to
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        return "InvalidProfile"
    return None if _is_sound(profile) else "InvalidSchedule"


def _is_sound(profile: ChargingProfile) -> bool:
    """Periods begin at 0 and rise, limits and durations are no less than nothing, and the kind has
    the start it needs."""
    schedule = profile.schedule
    starts = [period.start_s for period in schedule.periods]
    if starts[:1] != [0] or any(later <= start for start, later in pairwise(starts)):
        return False
    if any(period.limit < 0.0 for period in schedule.periods):
        return False
    phases = (period.phases for period in schedule.periods if period.phases is not None)
    if not all(1 <= number <= MOST_PHASES for number in phases):
        return False
    if schedule.duration_s is not None and schedule.duration_s <= 0:
        return False
    return (schedule.start_at is None) is (profile.kind == "Relative")


def rivals(
    one: InstalledProfile, others: Sequence[InstalledProfile], rules: ProfileRules
) -> list[InstalledProfile]:
    """Profiles that cannot be installed beside a new one."""
    return [
        other
        for other in others
        if other.profile.id == one.profile.id or _are_rivals(one, other, rules)
    ]


def collision(
    one: InstalledProfile, others: Sequence[InstalledProfile], rules: ProfileRules
) -> ProfileFlaw | None:
    """The flaw for which a new profile cannot be installed beside or instead of the others."""
    gone = rivals(one, others, rules)
    if not rules.replaces and any(other.profile.id != one.profile.id for other in gone):
        return "DuplicateProfile"
    return "TooManyElements" if len(others) - len(gone) >= rules.profiles else None


def _are_rivals(one: InstalledProfile, other: InstalledProfile, rules: ProfileRules) -> bool:
    """True where two profiles claim the same purpose and level of one place.

    In 2.0.1 it takes that both are valid at some time (K01.FR.06), save for TxProfiles (FR.39) and
    for a TxDefaultProfile of all EVSEs beside one of a single EVSE (FR.52, FR.53), which are rivals
    whenever they are valid.
    """
    mine, theirs = one.profile, other.profile
    if (mine.purpose, mine.stack_level) != (theirs.purpose, theirs.stack_level):
        return False
    if mine.transaction != theirs.transaction:
        return False
    if rules.replaces:
        return (one.evse_id, one.connector_id) == (other.evse_id, other.connector_id)
    if one.evse_id != other.evse_id:
        return 0 in (one.evse_id, other.evse_id)
    return mine.purpose == "TxProfile" or _overlap(mine, theirs)


def _overlap(one: ChargingProfile, other: ChargingProfile) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: ChargingProfile, other: ChargingProfile) -> bool:
    return one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to
