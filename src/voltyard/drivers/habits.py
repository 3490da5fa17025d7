"""Habits of drivers: arrival, length of stay and energy needed.

The distributions are those of Dutch charging points (habits.json has them and their source):
arrivals by hour of the day, the percentiles of connection times and of energies, and how both
depend on the hour of arrival. LIVELY is nobody's: it is for watching.

How the hour counts: a driver draws a normal number about the hour's leaning, and is as long a
stayer (or as hungry) as that number's rank among the draws of all hours. So hours differ as
published, and all drivers together follow the percentiles exactly.
"""

from bisect import bisect_right
from datetime import UTC, datetime, tzinfo
from functools import cache
from importlib.resources import files
from math import erf, log, sqrt
from random import Random
from typing import Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import Struct

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import HOUR_S, Instant, Seconds
from voltyard.kernel.units import WH_PER_KWH, WattHours

SiteKind: TypeAlias = Literal["home", "public", "work"]

_SATURDAY = 5
_HOURS = 24
_PERCENTS = (0.0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)

Percentiles: TypeAlias = tuple[float, float, float, float, float, float, float, float]
"""At 5, 10, 25, 50, 75, 90, 95 and 99 percent."""

Leaning: TypeAlias = tuple[tuple[int, float], ...]
"""(hour of arrival, where its drivers are among all), rising; in between, and over midnight,
linear. Nothing: the hour does not matter."""


class Habits(Struct, frozen=True, kw_only=True):
    """Habits of drivers at one kind of site. Hours are those of `zone`, where a method takes it."""

    name: str
    visits_per_day: float
    """At a connector that is always free."""
    weekday: tuple[float, ...]
    """Share of the arrivals in each hour of the day, percent."""
    weekend: tuple[float, ...]
    weekend_visits: float = 1.0
    """Visits on a day of the weekend, as a part of `visits_per_day`."""
    stay_h: Percentiles
    energy_kwh: Percentiles
    stay_leaning: Leaning = ()
    energy_leaning: Leaning = ()

    def next_arrival(self, random: Random, now: Instant, zone: tzinfo = UTC) -> Instant:
        """The next arrival at a place that is free from now on: a Poisson process whose rate
        follows the hours of the day."""
        patience = -log(1.0 - random.random())
        at = now
        while True:
            moment = datetime.fromtimestamp(at, zone)
            rate = self._rate(moment) / HOUR_S
            rest_s = HOUR_S - (moment.minute * 60.0 + moment.second + moment.microsecond / 1e6)
            if rate * rest_s > patience:
                return at + patience / rate
            patience -= rate * rest_s
            at += rest_s

    def stay_s(self, random: Random, arrival: Instant, zone: tzinfo = UTC) -> Seconds:
        """From plug to unplug, of somebody who comes at that moment."""
        share = self._drawn(self.stay_leaning, random, arrival, zone)
        return _quantile(self.stay_h, share) * HOUR_S

    def energy_wh(self, random: Random, arrival: Instant, zone: tzinfo = UTC) -> WattHours:
        """The energy that the battery lacks."""
        share = self._drawn(self.energy_leaning, random, arrival, zone)
        return _quantile(self.energy_kwh, share) * WH_PER_KWH

    def _rate(self, moment: datetime) -> float:
        """Arrivals per hour."""
        is_weekend = moment.weekday() >= _SATURDAY
        visits = self.visits_per_day * (self.weekend_visits if is_weekend else 1.0)
        return visits * self._shares(moment)[moment.hour] / 100.0

    def _shares(self, moment: datetime) -> tuple[float, ...]:
        return self.weekend if moment.weekday() >= _SATURDAY else self.weekday

    def _drawn(self, leaning: Leaning, random: Random, arrival: Instant, zone: tzinfo) -> float:
        if not leaning:
            return random.random()
        moment = datetime.fromtimestamp(arrival, zone)
        leanings, weights = _leanings(leaning, self._shares(moment))
        value = random.gauss(leanings[moment.hour], 1.0)
        return sum(
            weight * (0.5 + 0.5 * erf((value - mean) / _ROOT_OF_TWO))
            for mean, weight in zip(leanings, weights, strict=True)
            if weight
        )


_ROOT_OF_TWO: Final = sqrt(2.0)


@cache
def _leanings(
    leaning: Leaning, shares: tuple[float, ...]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Of each hour: its leaning, and its part of all arrivals."""
    total = sum(shares)
    return (
        tuple(_between(leaning, hour) for hour in range(_HOURS)),
        tuple(share / total for share in shares),
    )


def _between(leaning: Leaning, hour: int) -> float:
    above = next((i for i, (at, _) in enumerate(leaning) if at > hour), 0)
    (start, first), (end, last) = leaning[above - 1], leaning[above]
    span = (end - start) % _HOURS or _HOURS
    return first + (last - first) * ((hour - start) % _HOURS) / span


def _quantile(percentiles: Percentiles, share: float) -> float:
    """Linear between the percentiles; from half the least to a fifth beyond the greatest."""
    values = (percentiles[0] / 2.0, *percentiles, percentiles[-1] * 1.2)
    above = min(bisect_right(_PERCENTS, share), len(_PERCENTS) - 1)
    low, high = _PERCENTS[above - 1], _PERCENTS[above]
    start, end = values[above - 1], values[above]
    return start + (end - start) * (share - low) / (high - low)


class _Data(Struct, frozen=True):
    source: str
    source_url: str
    habits: tuple[Habits, ...]


def _read() -> dict[str, Habits]:
    data = msgspec.json.decode(files(__package__).joinpath("habits.json").read_bytes(), type=_Data)
    return {habits.name: habits for habits in data.habits}


HABITS: Final = _read()
HOME, PUBLIC, WORK = (HABITS[name] for name in get_args(SiteKind))

LIVELY = Habits(
    name="lively",
    visits_per_day=7_200.0,
    weekday=(100.0 / _HOURS,) * _HOURS,
    weekend=(100.0 / _HOURS,) * _HOURS,
    stay_h=(0.008, 0.010, 0.013, 0.018, 0.023, 0.030, 0.040, 0.050),
    energy_kwh=(1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0),
)
"""Somebody comes within seconds and goes within a minute or two."""


def habits_of(kind: str) -> Habits:
    """Invalid where nothing is known of such places."""
    known = HABITS.get(kind)
    if known is None:
        raise Invalid(f"there are no places of the kind {kind!r}", hint="home, public or work")
    return known
