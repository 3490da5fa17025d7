"""Drivers follow the distributions they are said to follow."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from voltyard.drivers.habits import HOME, LIVELY, PUBLIC, WORK, Habits, habits_of
from voltyard.kernel.errors import Invalid
from voltyard.kernel.seeds import stream

MONDAY = 1_767_571_200.0
SATURDAY = MONDAY + 5 * 86_400.0
HOUR_S = 3_600.0
DAY_S = 86_400.0
PERCENTS = (5, 10, 25, 50, 75, 90, 95, 99)

named = pytest.mark.parametrize("habits", [HOME, PUBLIC, WORK], ids=lambda habits: habits.name)


def arrivals(habits: Habits, begin: float, days: int, zone: str = "UTC") -> list[float]:
    """When people come to a very busy place of that kind, in so many days."""
    random = stream(1, habits.name)
    busy = msgspec.structs.replace(habits, visits_per_day=1_000.0)
    found, at = [], begin
    while (at := busy.next_arrival(random, at, ZoneInfo(zone))) < begin + days * DAY_S:
        found.append(at)
    return found


@named
def test_all_who_come_follow_the_published_percentiles(habits: Habits) -> None:
    random = stream(2, habits.name)
    moments = arrivals(habits, MONDAY, 5)

    stays = sorted(habits.stay_s(random, at) / HOUR_S for at in moments)
    energies = sorted(habits.energy_wh(random, at) / 1_000.0 for at in moments)

    assert len(moments) > 4_000
    for drawn, published in ((stays, habits.stay_h), (energies, habits.energy_kwh)):
        for percent, value in zip(PERCENTS, published, strict=True):
            share = 100.0 * sum(one <= value for one in drawn) / len(drawn)
            assert share == pytest.approx(percent, abs=2.0), (percent, value)


@pytest.mark.parametrize(
    ("habits", "hour", "stay_h", "energy_kwh"),
    [
        (PUBLIC, 17, 9.5, 16.7),
        (PUBLIC, 8, 5.1, 13.5),
        (PUBLIC, 12, 2.9, None),
        (HOME, 17, 14.9, None),
        (HOME, 18, None, 24.4),
        (WORK, 8, 8.1, 15.5),
    ],
)
def test_the_hour_of_arrival_counts_as_published(
    habits: Habits, hour: int, stay_h: float | None, energy_kwh: float | None
) -> None:
    random = stream(3, habits.name, hour)
    at = MONDAY + (hour + 0.5) * HOUR_S

    stays = [habits.stay_s(random, at) / HOUR_S for _ in range(4_000)]
    energies = [habits.energy_wh(random, at) / 1_000.0 for _ in range(4_000)]

    if stay_h is not None:
        assert sum(stays) / len(stays) == pytest.approx(stay_h, rel=0.08)
    if energy_kwh is not None:
        assert sum(energies) / len(energies) == pytest.approx(energy_kwh, rel=0.08)


@named
@pytest.mark.parametrize(("begin", "days"), [(MONDAY, 5), (SATURDAY, 2)], ids=["week", "weekend"])
def test_people_come_at_the_published_hours(habits: Habits, begin: float, days: int) -> None:
    moments = arrivals(msgspec.structs.replace(habits, weekend_visits=1.0), begin, days)
    hours = Counter(datetime.fromtimestamp(at, UTC).hour for at in moments)

    shares = habits.weekday if days == 5 else habits.weekend
    for hour, share in enumerate(shares):
        assert 100.0 * hours[hour] / len(moments) == pytest.approx(share, abs=2.0), hour
    assert len(moments) == pytest.approx(1_000 * days, rel=0.1)


def test_few_come_to_work_at_the_weekend() -> None:
    assert len(arrivals(WORK, SATURDAY, 2)) == pytest.approx(200, rel=0.3)


def test_hours_are_those_of_the_site() -> None:
    moments = arrivals(WORK, MONDAY, 5, "America/New_York")

    hours = Counter(datetime.fromtimestamp(at, UTC).hour for at in moments)
    assert hours.most_common(1)[0][0] == 8 + 5


def test_every_hour_share_adds_up() -> None:
    for habits in (HOME, PUBLIC, WORK, LIVELY):
        assert sum(habits.weekday) == pytest.approx(100.0, abs=1.5), habits.name
        assert sum(habits.weekend) == pytest.approx(100.0, abs=1.5), habits.name


def test_lively_drivers_are_seen_within_ten_seconds_more_often_than_not() -> None:
    random = stream(1, "lively")

    waits = sorted(LIVELY.next_arrival(random, MONDAY) - MONDAY for _ in range(1_001))

    assert waits[500] < 10.0


def test_what_nobody_knows_of_is_refused() -> None:
    assert habits_of("home") is HOME
    with pytest.raises(Invalid, match="castle"):
        habits_of("castle")
