"""Faults planted into the product: the simulation notices each."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from voltyard.csms.links.open_sessions import OpenSessions
from voltyard.events.event_log import EventLog
from voltyard.events.event_records import EventStaged
from voltyard.nodes.messages import Release, Subjects
from voltyard.nodes.owners import Owners
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.nodes.faults import FaultRates
from voltyard.simulation.nodes.simulate_nodes import NodesPlan, simulate_nodes

SEEDS = range(1, 31)

PAUSES = FaultRates(
    every_s=5.0,
    replacements=0.0,
    kills=0.0,
    stops=0.0,
    bus_cuts=0.0,
    pair_cuts=0.0,
    database_cuts=0.0,
    database_restarts=0.0,
    link_cuts=0.0,
    weather=0.0,
)
"""Pauses alone, some of them longer than a lease."""

PLAN = NodesPlan()


def found(plan: NodesPlan = PLAN) -> str:
    """The first violation among some histories; empty where all are clean."""
    for seed in SEEDS:
        try:
            simulate_nodes(replace(plan, seed=seed))
        except InvariantBroken as broken:
            return broken.what
    return ""


def test_a_database_that_takes_the_writes_of_a_process_that_was_ended() -> None:
    what = found(NodesPlan(refuses_ended=False, faults=PAUSES))

    assert re.search(r"wrote .* (has its lease|of a charger of)", what)


def test_the_same_pauses_do_no_harm() -> None:
    for seed in range(1, 4):
        assert simulate_nodes(NodesPlan(seed=seed, faults=PAUSES)).frames


def test_a_charger_that_is_taken_before_its_owner_has_released_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def not_asked(self: Owners, asked: Release, owner: str) -> bool:
        return True

    monkeypatch.setattr(Owners, "_had_let_go", not_asked)

    what = found()

    assert re.search(r"wrote .* of a charger of", what)


def test_events_of_nodes_that_are_moved_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    adopt = EventLog.adopt

    async def twice(self: Any, staged: Sequence[EventStaged], taken: Sequence[Any]) -> None:
        self._adopted_ids.clear()
        await adopt(self, staged, ())
        self._adopted_ids.clear()
        await adopt(self, staged, taken)

    monkeypatch.setattr(EventLog, "adopt", twice)

    what = found()

    assert "numbered" in what


def test_a_server_that_takes_a_charger_whose_events_are_not_numbered_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def take(self: Owners, charger_ids: Sequence[str]) -> None:
        if charger_ids:
            self._backend.take(await self._store.contents(charger_ids))

    monkeypatch.setattr(Owners, "_take", take)

    what = found()

    assert "was numbered before" in what


def test_links_that_outlive_the_backend_of_a_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenSessions, "take_as_gone", lambda self: None)

    what = found()

    assert re.search(r"wrote ConnectionStored.* of a charger of", what)


def test_requests_that_every_process_of_a_name_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    rest = Subjects.rest
    monkeypatch.setattr(Subjects, "rest", lambda self, node, process: rest(self, node, "all"))

    assert found_among(range(90, 150), "told to its charger twice")


def test_a_release_that_forgets_to_close_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenSessions, "part", lambda self, charger, replaced_by: False)

    assert found()


def found_among(seeds: Sequence[int], what: str) -> bool:
    """True where one of them breaks an invariant in that way."""
    for seed in seeds:
        try:
            simulate_nodes(NodesPlan(seed=seed))
        except InvariantBroken as broken:
            if what in broken.what:
                return True
    return False
