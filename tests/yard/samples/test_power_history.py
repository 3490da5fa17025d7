"""History of power: rings of an hour, of what has drawn power within it."""

import pytest

from tests.fakes.samples import sample
from tests.yard.samples.bench import OURS, THEIRS, Site
from voltyard.kernel import limits
from voltyard.yard.samples.power_history import PowerHistory
from voltyard.yard.samples.sampler import Sampler


class Recorded(Site):
    """A site whose power is recorded, at a moment of 10 s each."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        sampler = Sampler(self.provider, self.chargers)  # type: ignore[arg-type]
        self.history = PowerHistory(sampler, self.chargers, lambda: self.now)  # type: ignore[arg-type]

    async def record(self, **powers_w: int) -> None:
        for charger, power_w in powers_w.items():
            self.provider.samples[charger] = sample(power_w=power_w)
        await self.history.record()
        self.now += limits.POWER_STEP_S

    def powers_w(self, charger: str) -> list[float]:
        return [one.power_w for one in self.history.of_charger(charger)]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    monkeypatch.setattr(limits, "POWER_SAMPLES", 4)
    return Recorded()


def test_an_hour_is_kept() -> None:
    assert limits.POWER_SAMPLES * limits.POWER_STEP_S == 3_600.0


async def test_before_the_first_moment_there_is_nothing() -> None:
    assert Recorded().history.of_charger("a") == []


async def test_power_is_recorded_of_chargers_locations_and_organizations(site: Recorded) -> None:
    for charger, whose in (("a", OURS), ("b", OURS), ("theirs", THEIRS)):
        site.add(charger, whose)
    site.chargers.locations = {"a": "site", "b": "site", "theirs": "their site"}

    await site.record(a=1_000, b=0, theirs=9_000)
    await site.record(a=2_000, b=500)
    history = site.history

    assert [one.at for one in history.of_charger("a")] == [0.0, 10.0]
    assert site.powers_w("a") == [1_000, 2_000]
    assert site.powers_w("b") == [0, 500]
    assert site.powers_w("never") == [0, 0]
    assert [one.power_w for one in history.of_location("site")] == [1_000, 2_500]
    assert [one.power_w for one in history.of_organization(OURS)] == [1_000, 2_500]
    assert [one.power_w for one in history.of_organization(THEIRS)] == [9_000, 9_000]


async def test_the_oldest_moments_go(site: Recorded) -> None:
    site.add("a")

    for power_w in range(1, 8):
        await site.record(a=power_w)

    assert site.powers_w("a") == [4, 5, 6, 7]
    assert [one.at for one in site.history.of_charger("a")] == [30.0, 40.0, 50.0, 60.0]


async def test_a_charger_that_stops_draws_nothing_and_keeps_what_it_drew(site: Recorded) -> None:
    site.add("a")
    await site.record(a=7)
    del site.provider.samples["a"]

    await site.record()
    await site.record()

    assert site.powers_w("a") == [7, 0, 0]


async def test_what_has_drawn_nothing_for_an_hour_has_no_ring(site: Recorded) -> None:
    for charger in "ab":
        site.add(charger)
    await site.record(a=7, b=0)
    assert site.history.rings == 2  # the charger's and the organization's

    for _ in range(limits.POWER_SAMPLES):
        await site.record(a=0)

    assert site.history.rings == 0
    await site.record(a=3)
    assert site.powers_w("a") == [0, 0, 0, 3]
