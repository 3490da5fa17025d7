"""The arithmetic of charging profiles against an oracle that looks at every second, and the
division of a station's maximum."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charger.bench import START
from tests.exploring import examples
from voltyard.charger.smart_charging.profiles import (
    ChargingProfile,
    ChargingSchedule,
    ChargingSchedulePeriod,
    InstalledProfile,
)
from voltyard.charger.smart_charging.schedule import Cap, next_after, place_cap, ruling, station_cap
from voltyard.charger.smart_charging.sharing import EvseClaim, divide

DAY = 86_400
WINDOW_S = 240
"""Seconds that the oracle looks at."""


# --- the oracle --------------------------------------------------------------------------------


def said(profile: ChargingProfile, second: int, since: int | None) -> ChargingSchedulePeriod | None:
    """What a profile says in a second, found by going through its schedule."""
    if profile.valid_from is not None and second < profile.valid_from:
        return None
    if profile.valid_to is not None and not second < profile.valid_to:
        return None
    schedule = profile.schedule
    if profile.kind == "Relative":
        elapsed = 0 if since is None else max(0, second - since)
    else:
        assert schedule.start_at is not None
        elapsed = second - int(schedule.start_at)
        if elapsed < 0:
            return None
        if profile.kind == "Recurring":
            cycle = DAY if profile.recurrence == "Daily" else 7 * DAY
            while elapsed >= cycle:
                elapsed -= cycle
    if schedule.duration_s is not None and not elapsed < schedule.duration_s:
        return None
    found = None
    for period in schedule.periods:
        if period.start_s <= elapsed:
            found = period
    return found


def highest(
    profiles: list[ChargingProfile], second: int, since: int | None
) -> tuple[int, ChargingSchedulePeriod] | None:
    """The id and the period of the highest level that says something."""
    for profile in sorted(profiles, key=lambda one: -one.stack_level):
        period = said(profile, second, since)
        if period is not None:
            return profile.id, period
    return None


def allowed(
    installed: list[InstalledProfile],
    transaction: str | None,
    second: int,
    since: int | None,
    stacked: bool,
) -> tuple[int, ChargingSchedulePeriod] | None:
    """TxProfile, else a default of EVSE 1, else one of all; stacked, either by its level."""
    of = {
        "tx": [i.profile for i in installed if i.profile.purpose == "TxProfile"
               and i.evse_id == 1 and i.profile.transaction == transaction],
        "own": [i.profile for i in installed if i.profile.purpose == "TxDefaultProfile"
                and i.evse_id == 1],
        "all": [i.profile for i in installed if i.profile.purpose == "TxDefaultProfile"
                and i.evse_id == 0],
    }  # fmt: skip
    if stacked:
        of["own"] += of["all"]
    for kind in ("tx", "own", "all"):
        found = highest(of[kind], second, since)
        if found is not None:
            return found
    return None


# --- profiles that change within the window ----------------------------------------------------

near = st.integers(-WINDOW_S, WINDOW_S)


@st.composite
def schedules(draw: st.DrawFn, kind: str, now: int) -> ChargingSchedule:
    """A schedule some of whose bounds lie within the window."""
    starts = draw(st.lists(st.integers(1, 2 * WINDOW_S), max_size=5, unique=True).map(sorted))
    unit = draw(st.sampled_from(["A", "W"]))
    limits = st.sampled_from([0.0, 5.9, 6.0, 10.3, 16.0, 32.0, 7_360.0])
    periods = tuple(
        ChargingSchedulePeriod(start, draw(limits), draw(st.sampled_from([None, 1, 3])))
        for start in (0, *starts)
    )
    start_at = None
    if kind != "Relative":
        days = draw(st.integers(0, 15)) if kind == "Recurring" else 0
        start_at = float(now - days * DAY + draw(near))
    duration = draw(st.none() | st.integers(1, 2 * WINDOW_S) | st.integers(DAY - 60, DAY + 60))
    return ChargingSchedule(unit=unit, periods=periods, start_at=start_at, duration_s=duration)


@st.composite
def profiles(draw: st.DrawFn, id: int, purpose: str, now: int) -> ChargingProfile:
    """A profile of any kind."""
    kind = draw(st.sampled_from(["Absolute", "Recurring", "Relative"]))
    recurrence = draw(st.sampled_from(["Daily", "Weekly"])) if kind == "Recurring" else None
    valid = [draw(st.none() | near.map(lambda s: float(now + s))) for _ in range(2)]
    return ChargingProfile(
        id=id,
        stack_level=id,  # all different
        purpose=purpose,  # type: ignore[arg-type]
        kind=kind,  # type: ignore[arg-type]
        recurrence=recurrence,  # type: ignore[arg-type]
        valid_from=valid[0],
        valid_to=valid[1],
        transaction=draw(st.sampled_from(["t1", "t2"])) if purpose == "TxProfile" else None,
        schedule=draw(schedules(kind, now)),
    )


@st.composite
def stacks(draw: st.DrawFn) -> tuple[int, list[InstalledProfile], int | None]:
    """A moment, what is installed, and when the transaction began."""
    now = int(START) + draw(st.integers(0, 3 * DAY))
    purposes = ["ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"]
    chosen = draw(st.lists(st.sampled_from(purposes), min_size=1, max_size=6))
    installed = []
    for id, purpose in enumerate(chosen):
        evse_id = draw(st.sampled_from([0, 1, 2])) if purpose == "TxDefaultProfile" else 1
        installed.append(
            InstalledProfile(
                evse_id=0 if purpose == "ChargingStationMaxProfile" else evse_id,
                installed_at=float(now + draw(near)),
                profile=draw(profiles(id, purpose, now)),
            )
        )
    return now, installed, draw(st.none() | near.map(lambda s: now + s))


def told(cap: Cap | None) -> tuple[int, float, float, int] | None:
    """A cap as the oracle can say it."""
    if cap is None or cap.profile is None:
        return None
    return cap.profile.id, cap.amperes, cap.watts, cap.phases


def expected(
    found: tuple[int, ChargingSchedulePeriod] | None, installed: list[InstalledProfile]
) -> object:
    """The same of what the oracle has found."""
    if found is None:
        return None
    id, period = found
    unit = next(i.profile.schedule.unit for i in installed if i.profile.id == id)
    amperes = period.limit if unit == "A" else inf
    watts = period.limit if unit == "W" else inf
    return id, amperes, watts, period.phases or 3


@pytest.mark.slow
@examples(150)
@given(stacks())
def test_every_second_is_as_the_oracle_says(
    drawn: tuple[int, list[InstalledProfile], int | None],
) -> None:
    now, installed, since = drawn
    station = [i for i in installed if i.profile.purpose == "ChargingStationMaxProfile"]
    for second in range(now, now + WINDOW_S):
        for stacked in (False, True):
            cap = place_cap(installed, 1, 1, "t1", float(second), since, stacked=stacked)
            found_there = allowed(installed, "t1", second, since, stacked)
            assert told(cap) == expected(found_there, installed)
        found = [
            (said(i.profile, second, int(i.installed_at)), i.profile.id)
            for i in sorted(station, key=lambda i: -i.profile.stack_level)
        ]
        best = next(((id, period) for period, id in found if period is not None), None)
        assert told(station_cap(installed, float(second))) == expected(best, installed)


@pytest.mark.slow
@examples(150)
@given(stacks())
def test_nothing_changes_between_two_moments_that_are_told(
    drawn: tuple[int, list[InstalledProfile], int | None],
) -> None:
    now, installed, since = drawn
    for one in installed:
        moment: float | None = float(now)
        changes = {now}
        while moment is not None and moment < now + WINDOW_S:
            following = next_after(one.profile, moment, since)
            assert following is None or following > moment
            moment = following
            if moment is not None:
                changes.add(int(moment))
        before = said(one.profile, now, since)
        for second in range(now, now + WINDOW_S):
            here = said(one.profile, second, since)
            if second in changes:
                before = here
            assert here == before, f"changes unannounced {second - now} s on"


def test_of_equal_levels_the_first_rules() -> None:
    schedule = ChargingSchedule(unit="A", periods=(ChargingSchedulePeriod(0, 6.0),))
    pair = [
        ChargingProfile(
            id=id, stack_level=1, purpose="TxProfile", kind="Relative", schedule=schedule
        )
        for id in (1, 2)
    ]

    found = ruling(pair, START, None)

    assert found is not None and found[0].id == 1


# --- sharing -----------------------------------------------------------------------------------

THREE = 690.0
ONE = 230.0


def ac(amperes: float, per_ampere: float = THREE) -> EvseClaim:
    return EvseClaim(amperes, amperes * per_ampere, per_ampere)


@pytest.mark.parametrize(
    ("amperes", "watts", "claims", "given_a"),
    [
        (inf, inf, [ac(32), ac(16)], [32, 16]),
        (32, inf, [ac(32), ac(32)], [16, 16]),
        (32, inf, [ac(32), ac(8)], [24, 8]),
        (32, inf, [ac(32), ac(32, ONE)], [16, 16]),
        (inf, 13_800, [ac(32), ac(32)], [10, 10]),
        (inf, 11_500, [ac(32), ac(10, ONE)], [13.333, 10]),
        (11, inf, [ac(32), ac(32)], [11, 0]),
        (5, inf, [ac(32), ac(32)], [0, 0]),
        (32, inf, [ac(5), ac(32)], [0, 32]),
        (18, inf, [ac(6), ac(32), ac(32)], [6, 6, 6]),
        (17, inf, [ac(6), ac(32), ac(32)], [6, 11, 0]),
    ],
)
def test_a_maximum_is_divided(
    amperes: float, watts: float, claims: list[EvseClaim], given_a: list[float]
) -> None:
    shares = divide(amperes, watts, claims)

    got = [share / claim.watts_per_ampere for share, claim in zip(shares, claims, strict=True)]
    assert got == pytest.approx(given_a, abs=1e-3)


def test_dc_has_no_least_current() -> None:
    shares = divide(inf, 30_000.0, [EvseClaim(0.0, 150_000.0, 0.0), EvseClaim(0.0, 50_000.0, 0.0)])

    assert shares == pytest.approx([15_000.0, 15_000.0])


claims = st.builds(
    lambda amperes, watts, per: EvseClaim(
        min(amperes, watts / per), min(amperes * per, watts), per
    ),
    st.floats(0.0, 80.0),
    st.floats(0.0, 60_000.0),
    st.sampled_from([ONE, THREE]),
)


@given(st.floats(0.0, 200.0), st.floats(0.0, 100_000.0), st.lists(claims, max_size=6))
def test_shares_never_add_up_to_more_and_none_is_more_than_its_claim(
    amperes: float, watts: float, wanted: list[EvseClaim]
) -> None:
    shares = divide(amperes, watts, wanted)

    assert sum(shares) <= watts + 1e-6
    currents = [share / claim.watts_per_ampere for share, claim in zip(shares, wanted, strict=True)]
    assert sum(currents) <= amperes + 1e-6
    for share, current, claim in zip(shares, currents, wanted, strict=True):
        assert share <= claim.watts + 1e-6
        assert current == 0.0 or current >= 6.0 - 1e-6
