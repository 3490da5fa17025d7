"""Samples of a host's chargers: of those that changed, a bounded number at a time."""

import pytest

from tests.charger.bench import TAG, Bench
from voltyard.catalogue.commands.commands import PlugIn, Swipe
from voltyard.charger.charger import Charger
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.physics.vehicle import Vehicle
from voltyard.runtimes.host.sampled_chargers import SampledChargers

HUNGRY = Vehicle(soc_percent=20.0)


class Site:
    """Chargers on benches, and a clock for all."""

    def __init__(self) -> None:
        self.benches: dict[str, Bench] = {}
        self.looked_up: list[str] = []
        self.sampled = SampledChargers(lambda: self.now, self._look_up)
        self.now = 0.0

    def add(self, key: str, *, charges: bool = False) -> Bench:
        bench = self.benches[key] = Bench()
        if charges:
            bench.ask(PlugIn(vehicle=HUNGRY))
            bench.ask(Swipe(id_tag=TAG))
        self.sampled.stepped(key)
        return bench

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for bench in self.benches.values():
            bench.now += seconds

    def _look_up(self, key: str) -> tuple[Charger, Instant]:
        self.looked_up.append(key)
        return self.benches[key].charger, self.benches[key].now


@pytest.fixture
def site() -> Site:
    return Site()


def test_power_that_flows_is_looked_at_once_in_a_while_and_what_rests_never(site: Site) -> None:
    site.add("idle")
    site.add("charging", charges=True)
    first = site.sampled.next().samples["charging"]
    site.looked_up.clear()

    site.pass_time(limits.SAMPLE_AGE_S / 2)
    early = site.sampled.next()
    site.pass_time(limits.SAMPLE_AGE_S)
    due = site.sampled.next()

    assert early.samples == {}
    assert site.looked_up == ["charging"]
    assert due.samples["charging"].connectors[0].energy_wh > first.connectors[0].energy_wh


def test_a_step_that_changes_nothing_to_be_seen_is_not_told(site: Site) -> None:
    site.add("CP-1")
    site.sampled.next()

    site.sampled.stepped("CP-1")

    assert site.sampled.next().samples == {}


def test_more_than_are_asked_at_once_come_with_the_next_question_the_oldest_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SAMPLES_ASKED", 2)
    for number in (1, 2, 3):
        site.add(f"CP-{number}")

    first = site.sampled.next()
    site.sampled.stepped("CP-1")
    second = site.sampled.next()

    assert (list(first.samples), first.has_more) == (["CP-1", "CP-2"], True)
    assert (list(second.samples), second.has_more) == (["CP-3"], False)


def test_what_flows_takes_turns_where_there_is_more_than_can_be_looked_at(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        site.add(f"CP-{number}", charges=True)
    site.sampled.next()
    monkeypatch.setattr(limits, "SAMPLES_ASKED", 2)
    site.looked_up.clear()

    for _ in range(3):
        site.pass_time(limits.SAMPLE_AGE_S)
        site.sampled.next()

    assert sorted(site.looked_up) == sorted(["CP-1", "CP-2", "CP-3"] * 2)


def test_one_that_ended_is_told_once_and_not_where_it_runs_again(site: Site) -> None:
    site.add("CP-1")
    site.add("CP-2")
    site.sampled.next()

    site.sampled.ended("CP-1")
    site.sampled.ended("CP-2")
    site.sampled.stepped("CP-2")
    told = site.sampled.next()

    assert list(told.ended) == ["CP-1"]
    assert list(told.samples) == ["CP-2"]
    assert list(site.sampled.next().ended) == []


def test_one_that_nobody_was_told_of_has_not_ended(site: Site) -> None:
    site.add("CP-1")

    site.sampled.ended("CP-1")

    told = site.sampled.next()
    assert (dict(told.samples), list(told.ended)) == ({}, [])


def test_an_asker_who_has_just_come_is_told_all(site: Site) -> None:
    site.add("CP-1")
    site.sampled.next()
    site.add("CP-2")

    site.sampled.begin_anew()

    assert site.sampled.next().samples.keys() == {"CP-1", "CP-2"}


def test_a_sample_that_is_too_old_is_not_left_for_the_next_turn(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3):
        site.add(f"CP-{number}", charges=True)
    site.sampled.next()
    monkeypatch.setattr(limits, "SAMPLES_ASKED", 2)

    site.pass_time(limits.SAMPLE_AGE_S)
    in_time = site.sampled.next()
    site.pass_time(limits.SAMPLE_OLDEST_S)
    late = site.sampled.next()
    last = site.sampled.next()

    assert [one.has_more for one in (in_time, late, last)] == [False, True, False]
