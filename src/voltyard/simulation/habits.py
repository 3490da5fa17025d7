"""How drivers behave: when they come, how long they stay, how much they need, what they drive.

The distributions are those of Dutch charging points (ElaadNL open data, as percentiles): homes,
public places, workplaces. LIVELY is nobody's: it is for watching.
"""

from bisect import bisect_right
from datetime import UTC, datetime
from math import log
from random import Random

from msgspec import Struct

from voltyard.kernel.time import HOUR_S, Instant, Seconds
from voltyard.kernel.units import WH_PER_KWH, WattHours
from voltyard.physics.vehicle import Vehicle

_SATURDAY = 5
_PERCENTS = (0.0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)

Percentiles = tuple[float, float, float, float, float, float, float, float]
"""At 5, 10, 25, 50, 75, 90, 95 and 99 percent."""


class Habits(Struct, frozen=True, kw_only=True):
    """What drivers do at one kind of place."""

    name: str
    visits_per_day: float
    """At a connector that is always free."""
    weekday: tuple[float, ...]
    """Share of the arrivals in each hour of the day, percent."""
    weekend: tuple[float, ...]
    stay_h: Percentiles
    energy_kwh: Percentiles

    def next_arrival(self, random: Random, now: Instant) -> Instant:
        """When somebody comes, if nobody is there from now on: a Poisson process whose rate
        follows the hours of the day (UTC)."""
        patience = -log(1.0 - random.random())
        at = now
        while True:
            moment = datetime.fromtimestamp(at, UTC)
            shares = self.weekend if moment.weekday() >= _SATURDAY else self.weekday
            rate = self.visits_per_day * shares[moment.hour] / 100.0 / HOUR_S
            rest_s = HOUR_S - at % HOUR_S
            if rate * rest_s > patience:
                return at + patience / rate
            patience -= rate * rest_s
            at += rest_s

    def stay_s(self, random: Random) -> Seconds:
        """From plug to unplug."""
        return _quantile(self.stay_h, random.random()) * HOUR_S

    def energy_wh(self, random: Random) -> WattHours:
        """What the battery lacks."""
        return _quantile(self.energy_kwh, random.random()) * WH_PER_KWH


def _quantile(percentiles: Percentiles, share: float) -> float:
    """Linear between the percentiles; from half the least to a fifth beyond the greatest."""
    values = (percentiles[0] / 2.0, *percentiles, percentiles[-1] * 1.2)
    above = min(bisect_right(_PERCENTS, share), len(_PERCENTS) - 1)
    low, high = _PERCENTS[above - 1], _PERCENTS[above]
    start, end = values[above - 1], values[above]
    return start + (end - start) * (share - low) / (high - low)


_WEEKEND_HOME = (
    4.1, 2.0, 0.8, 0.3, 0.2, 0.1, 0.1, 0.4, 0.9, 1.7, 3.0, 4.8,
    6.0, 6.2, 6.2, 6.9, 8.8, 10.2, 7.9, 6.5, 6.8, 6.2, 5.8, 4.1,
)  # fmt: skip
_WEEKEND_PUBLIC = (
    2.0, 1.2, 0.6, 0.4, 0.3, 0.3, 0.3, 0.6, 1.7, 3.7, 5.7, 7.0,
    7.9, 8.2, 8.5, 8.3, 8.0, 8.0, 7.3, 5.8, 4.9, 3.9, 3.1, 2.2,
)  # fmt: skip

HOME = Habits(
    name="home",
    visits_per_day=1.0,
    weekday=(
        2.1, 0.5, 0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.4, 1.1, 1.1, 1.5,
        2.2, 2.2, 2.7, 3.7, 5.7, 12.1, 17.0, 11.5, 9.1, 8.9, 9.1, 6.6,
    ),
    weekend=_WEEKEND_HOME,
    stay_h=(1.0, 1.5, 4.2, 11.0, 14.6, 20.3, 29.3, 56.5),
    energy_kwh=(1.8, 3.3, 8.2, 19.4, 35.8, 51.4, 59.6, 73.4),
)  # fmt: skip

PUBLIC = Habits(
    name="public",
    visits_per_day=2.0,
    weekday=(
        1.0, 0.5, 0.2, 0.2, 0.2, 0.2, 0.7, 3.2, 7.9, 7.7, 5.1, 4.7,
        5.3, 5.3, 5.0, 5.1, 5.7, 8.3, 10.9, 8.1, 5.1, 4.0, 3.4, 2.3,
    ),
    weekend=_WEEKEND_PUBLIC,
    stay_h=(0.3, 0.6, 1.7, 4.4, 12.1, 17.1, 21.7, 44.9),
    energy_kwh=(0.6, 1.6, 4.2, 7.2, 13.8, 29.0, 41.6, 63.6),
)  # fmt: skip

WORKPLACE = Habits(
    name="workplace",
    visits_per_day=1.5,
    weekday=(
        0.0, 0.0, 0.0, 0.0, 0.1, 1.4, 4.3, 14.3, 26.7, 18.1, 7.7, 4.9,
        5.4, 5.3, 4.0, 3.0, 2.0, 1.0, 0.6, 0.5, 0.3, 0.1, 0.1, 0.0,
    ),
    weekend=_WEEKEND_PUBLIC,
    stay_h=(0.6, 1.2, 2.5, 4.9, 8.5, 9.8, 13.2, 46.4),
    energy_kwh=(1.4, 2.7, 5.4, 8.8, 16.7, 26.1, 31.9, 48.2),
)  # fmt: skip

LIVELY = Habits(
    name="lively",
    visits_per_day=7_200.0,
    weekday=(100.0 / 24.0,) * 24,
    weekend=(100.0 / 24.0,) * 24,
    stay_h=(0.008, 0.010, 0.013, 0.018, 0.023, 0.030, 0.040, 0.050),
    energy_kwh=(1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0),
)
"""Somebody comes within seconds and goes within a minute or two."""

_MODELS: tuple[tuple[float, Vehicle], ...] = (
    (3.0, Vehicle(name="saloon", battery_kwh=57.5, max_dc_power_w=170_000.0)),
    (2.0, Vehicle(name="crossover", battery_kwh=64.8, max_dc_power_w=80_000.0)),
    (2.0, Vehicle(name="hatchback", battery_kwh=58.0, max_dc_power_w=120_000.0)),
    (2.0, Vehicle(name="compact", battery_kwh=64.0, max_dc_power_w=77_000.0)),
    (1.0, Vehicle(name="estate", battery_kwh=58.0, max_dc_power_w=124_000.0)),
    (2.0, Vehicle(name="one-phase", battery_kwh=39.0, max_ac_power_w=6_600.0, phases=1)),
    (3.0, Vehicle(name="plug-in hybrid", battery_kwh=12.0, max_ac_power_w=3_680.0, phases=1)),
)
_WEIGHTS = tuple(weight for weight, _ in _MODELS)
_CARS = tuple(car for _, car in _MODELS)
_LOWEST_PERCENT = 5.0


def some_vehicle(random: Random, energy_wh: WattHours) -> Vehicle:
    """A car off the street whose battery lacks so much, or all but a rest where it holds less."""
    (car,) = random.choices(_CARS, _WEIGHTS)
    lacking = 100.0 * energy_wh / (car.battery_kwh * WH_PER_KWH)
    return Vehicle(
        name=car.name,
        battery_kwh=car.battery_kwh,
        soc_percent=max(_LOWEST_PERCENT, car.target_soc_percent - lacking),
        target_soc_percent=car.target_soc_percent,
        max_ac_power_w=car.max_ac_power_w,
        max_dc_power_w=car.max_dc_power_w,
        phases=car.phases,
        curve=car.curve,
    )
