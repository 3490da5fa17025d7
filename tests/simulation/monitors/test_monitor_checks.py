"""Monitors of simulated chargers: each crossing told once and in order, and found out else."""

from typing import Any

import pytest

from tests.simulation.bench import KILLS_PER_DAY, ROUGH
from voltyard.charger.monitoring import monitoring
from voltyard.charger.monitoring.monitor import Watch, WatchedValue
from voltyard.charger.monitoring.monitor_events import MonitorEvents
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.drivers.workload import NO_OUTAGES, Outages
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.simulate import SimulationPlan, simulate


def plan(seed: int, outages: Outages = NO_OUTAGES, hours: float = 5.0, **more: Any) -> Any:
    return SimulationPlan(
        chargers=4, hours=hours, seed=seed, monitors=True, outages=outages, **more
    )


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("outages", [NO_OUTAGES, ROUGH])
def test_what_a_monitor_watches_is_told_once_and_in_order(seed: int, outages: Outages) -> None:
    assert simulate(plan(seed, outages)).alerts > 10


def test_monitors_are_told_while_everything_fails() -> None:
    assert simulate(plan(3, ROUGH, kills_per_day=KILLS_PER_DAY, faults=True)).alerts > 0


def test_with_monitors_one_seed_is_one_history_too() -> None:
    first, second = (simulate(plan(4, ROUGH, hours=2.0)) for _ in range(2))

    assert first == second


def test_without_monitors_there_is_nothing_to_compare() -> None:
    assert simulate(SimulationPlan(chargers=2, hours=2.0, seed=1)).alerts == 0


def test_seed_10_a_voltage_that_was_hidden_by_a_fault_is_told_when_that_is_mended() -> None:
    """The monitors that a charger is made with had gone to sleep."""
    assert simulate(plan(10, hours=10.5)).alerts > 0


# --- broken on purpose ----------------------------------------------------------------------------

_take = Watch.take


def tells_no_clearing(watch: Watch, reading: WatchedValue) -> Any:
    told = _take(watch, reading)
    return None if told is not None and told[1] else told


def forgets_all(events: MonitorEvents) -> None:
    events._under_way = 0
    events._waiting = []


def begins_anew(monitors: Monitoring) -> None:
    for watch in (monitors._watches or {}).values():
        watch.reset()


@pytest.mark.parametrize(
    ("where", "name", "broken", "said"),
    [
        (Watch, "take", tells_no_clearing, "is told|never told"),
        (MonitorEvents, "disconnected", forgets_all, "is told before|never told"),
        (Monitoring, "restarted", begins_anew, "nothing happened|is told"),
        (Monitoring, "clear", lambda self, id: "Accepted", "nothing happened"),
        (monitoring, "LOOK_S", 60.0, "moved unseen"),
    ],
    ids=["no clearing", "lost offline", "told again at a restart", "not cleared", "seldom looked"],
)
def test_monitoring_that_is_wrong_is_found_out(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, broken: Any, said: str
) -> None:
    monkeypatch.setattr(where, name, broken)

    with pytest.raises(InvariantBroken, match=said):
        for seed in range(1, 9):
            simulate(plan(seed, ROUGH))
