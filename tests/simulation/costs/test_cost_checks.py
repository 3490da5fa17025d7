"""Costs of simulated transactions: right to the cent whatever the seed, and found out else."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from tests.simulation.bench import KILLS_PER_DAY, ROUGH
from voltyard.csms.handlers import transactions
from voltyard.csms.tariffs import amounts, periods, pricing
from voltyard.csms.tariffs.usage import TransactionCost
from voltyard.drivers.workload import NO_OUTAGES, Outages
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.simulate import SimulationPlan, simulate


def plan(seed: int, outages: Outages = NO_OUTAGES, **more: Any) -> SimulationPlan:
    return SimulationPlan(chargers=4, hours=24.0, seed=seed, costs=True, outages=outages, **more)


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_cost_is_right_to_the_cent(seed: int) -> None:
    assert simulate(plan(seed)).costs > 0


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_cost_is_right_over_lost_links_power_cuts_and_kills_of_the_backend(seed: int) -> None:
    summary = simulate(plan(seed, ROUGH, kills_per_day=KILLS_PER_DAY))

    assert summary.kills > 0
    assert summary.costs > 0


def test_a_cost_is_right_while_the_database_fails() -> None:
    assert simulate(plan(1, ROUGH, kills_per_day=KILLS_PER_DAY, faults=True)).costs > 0


def test_with_kills_one_seed_is_one_history_too() -> None:
    first, second = (simulate(plan(3, ROUGH, kills_per_day=KILLS_PER_DAY)) for _ in range(2))

    assert first == second


def test_without_costs_there_are_no_tariffs() -> None:
    assert simulate(SimulationPlan(chargers=4, hours=12.0, seed=1)).costs == 0


# --- broken on purpose ----------------------------------------------------------------------------


def rounded_down(amount: Fraction, digits: int) -> Decimal:
    return Decimal(int(amount * 10**digits)).scaleb(-digits)


def always_idle(cost: TransactionCost, before: Any, after: Any, at: Any) -> TransactionCost:
    row = None if before is None else replace(before, charging_state="Idle")
    return _counted(cost, row, after, at)


def at_its_arrival(cost: TransactionCost, before: Any, after: Any, at: Any) -> TransactionCost:
    return _counted(cost, before, after, None if at is None else after.updated_at)


_counted = pricing._counted


@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [
        (amounts, "half_up", rounded_down),
        (periods, "_never_changes", lambda terms: True),
        (pricing, "_counted", always_idle),
        (pricing, "_counted", at_its_arrival),
        (transactions, "_running_cost", lambda change: None),
    ],
    ids=["rounded down", "one price", "no charging time", "at its arrival", "not told"],
)
def test_a_cost_that_is_wrong_is_found_out(
    monkeypatch: pytest.MonkeyPatch, where: Any, name: str, broken: Any
) -> None:
    monkeypatch.setattr(where, name, broken)

    with pytest.raises(InvariantBroken, match=r"reckoned|what was told"):
        for seed in range(1, 9):
            simulate(plan(seed))


def test_seed_639_a_blocked_card_that_begins_a_transaction_tells_no_register() -> None:
    """The checks had judged that the backend lost a register."""
    assert simulate(plan(639, ROUGH, kills_per_day=KILLS_PER_DAY)).costs > 0


def test_seed_215_a_cost_may_fall_when_the_driver_is_known() -> None:
    """The cost by the charger's tariff had been compared with that by the driver's."""
    assert simulate(plan(215, ROUGH, kills_per_day=KILLS_PER_DAY)).costs > 0
