"""Network among processes and the database: messages are late, lost or sent twice, ways are cut."""

import asyncio
from random import Random
from typing import NamedTuple

from msgspec import Struct

from voltyard.kernel.time import Seconds

DATABASE = "database"
"""The name of the database's machine."""

BUS = "bus"
"""The name of the machine on which the bus server runs."""


class Weather(Struct, frozen=True, kw_only=True):
    """Odds of what becomes of a message."""

    late: float = 0.02
    """Share of those that take up to `latest_s`; the others take milliseconds."""
    latest_s: Seconds = 3.0
    lost: float = 0.0
    again: float = 0.0
    """Share of those that come a second time, up to `latest_s` later."""


CALM = Weather(late=0.0)


class Fate(NamedTuple):
    """The fate of one message."""

    delay_s: Seconds
    is_lost: bool = False
    again_s: Seconds | None = None
    """The time after which it comes a second time; None: it does not."""


class Fabric:
    """The ways between machines, by their names."""

    def __init__(self, random: Random, weather: Weather = CALM) -> None:
        self._random = random
        self._cut: set[frozenset[str]] = set()
        self.weather = weather

    def cut(self, one: str, other: str) -> None:
        """Cut the way between two."""
        self._cut.add(frozenset((one, other)))

    def mend(self, one: str, other: str) -> None:
        """Have it back."""
        self._cut.discard(frozenset((one, other)))

    def mend_all(self) -> None:
        """Have all ways back, and good weather."""
        self._cut.clear()
        self.weather = CALM

    def is_cut(self, one: str, other: str) -> bool:
        return frozenset((one, other)) in self._cut

    def fate(self, sender: str, receiver: str) -> Fate:
        """Decide on a message."""
        random, weather = self._random, self.weather
        if self.is_cut(sender, receiver) or random.random() < weather.lost:
            return Fate(0.0, is_lost=True)
        again_s = None
        if random.random() < weather.again:
            again_s = random.uniform(0.0, weather.latest_s)
        return Fate(self._delay_s(), again_s=again_s)

    async def pass_to_database(self) -> None:
        """Take the time of one way to the database, or back."""
        await asyncio.sleep(self._random.uniform(0.0002, 0.002))

    def _delay_s(self) -> Seconds:
        if self._random.random() < self.weather.late:
            return self._random.uniform(0.05, self.weather.latest_s)
        return self._random.uniform(0.0002, 0.005)
