"""Drivers follow the distributions they are said to follow."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from voltyard.kernel.seeds import stream
from voltyard.simulation.habits import HOME, LIVELY, PUBLIC, WORKPLACE, Habits, some_vehicle

MONDAY = 1_767_571_200.0
DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("habits", "stay_h", "energy_kwh"),
    [(HOME, 12.0, 24.1), (PUBLIC, 8.1, 12.3), (WORKPLACE, 6.6, 12.7)],
    ids=lambda value: value.name if isinstance(value, Habits) else "",
)
def test_means_are_those_of_the_data(habits: Habits, stay_h: float, energy_kwh: float) -> None:
    random = stream(1, habits.name)

    stays = [habits.stay_s(random) / 3600.0 for _ in range(4_000)]
    energies = [habits.energy_wh(random) / 1000.0 for _ in range(4_000)]

    assert sum(stays) / len(stays) == pytest.approx(stay_h, rel=0.15)
    assert sum(energies) / len(energies) == pytest.approx(energy_kwh, rel=0.15)


def test_workers_come_in_the_morning() -> None:
    random = stream(1, "arrivals")
    hours: Counter[int] = Counter()
    at = MONDAY
    busy = Habits(
        name="busy",
        visits_per_day=500.0,
        weekday=WORKPLACE.weekday,
        weekend=WORKPLACE.weekend,
        stay_h=WORKPLACE.stay_h,
        energy_kwh=WORKPLACE.energy_kwh,
    )
    while (at := busy.next_arrival(random, at)) < MONDAY + 5 * DAY_S:
        hours[datetime.fromtimestamp(at, UTC).hour] += 1

    assert hours.most_common(1)[0][0] == 8
    assert hours[0] + hours[1] + hours[2] + hours[3] == 0
    assert sum(hours.values()) == pytest.approx(2_500, rel=0.1)


def test_every_hour_share_adds_up() -> None:
    for habits in (HOME, PUBLIC, WORKPLACE, LIVELY):
        assert sum(habits.weekday) == pytest.approx(100.0, abs=1.5), habits.name
        assert sum(habits.weekend) == pytest.approx(100.0, abs=1.5), habits.name


def test_lively_drivers_are_seen_within_ten_seconds_more_often_than_not() -> None:
    random = stream(1, "lively")

    waits = sorted(LIVELY.next_arrival(random, MONDAY) - MONDAY for _ in range(1_001))

    assert waits[500] < 10.0


def test_a_vehicle_lacks_what_its_driver_needs_or_all_but_a_rest() -> None:
    random = stream(1, "vehicles")

    cars = [some_vehicle(random, 10_000.0) for _ in range(200)]

    for car in cars:
        lacking_kwh = (car.target_soc_percent - car.soc_percent) / 100.0 * car.battery_kwh
        assert lacking_kwh == pytest.approx(10.0)
    assert {car.phases for car in cars} == {1, 3}
    assert some_vehicle(random, 1e9).soc_percent == 5.0
