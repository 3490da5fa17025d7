"""Histories of a server and its nodes under random faults: in each, every invariant holds.

A seed that fails is played again with `python -m tests.simulation.nodes --first SEED --log FILE`.
"""

import pytest

from voltyard.simulation.nodes.faults import NO_FAULTS
from voltyard.simulation.nodes.simulate_nodes import NodesPlan, simulate_nodes

SEEDS = range(1, 31)
MANY_SEEDS = range(1, 51)
MORE_SEEDS = range(1, 201)
"""`python -m tests.simulation.nodes --seeds 1000` plays a thousand, in ten minutes."""


@pytest.mark.parametrize("seed", SEEDS)
def test_every_invariant_holds_under_faults(seed: int) -> None:
    summary = simulate_nodes(NodesPlan(seed=seed, seconds=45.0, chargers=3))

    assert summary.frames


@pytest.mark.slow
def test_every_invariant_holds_in_many_long_histories(pytestconfig: pytest.Config) -> None:
    for seed in MORE_SEEDS if pytestconfig.getoption("long") else MANY_SEEDS:
        assert simulate_nodes(NodesPlan(seed=seed)).frames


def test_one_seed_gives_one_history() -> None:
    plan = NodesPlan(seed=5)

    first, second = simulate_nodes(plan), simulate_nodes(plan)

    assert first == second
    assert simulate_nodes(NodesPlan(seed=6)).digest != first.digest


def test_much_happens_in_a_history() -> None:
    summaries = [simulate_nodes(NodesPlan(seed=seed)) for seed in (4, 8, 11)]

    assert all(one.faults > 3 and one.transactions > 5 and one.events > 50 for one in summaries)
    assert sum(one.moves for one in summaries) > 30
    assert sum(one.starts - one.nodes - 1 for one in summaries) > 10
    ends = [end for one in summaries for end in one.commands]
    assert {"200 UnknownVendorId", "503 not_connected"} <= set(ends)


def test_without_faults_all_commands_to_connected_chargers_are_answered() -> None:
    summary = simulate_nodes(NodesPlan(seed=1, nodes=2, faults=NO_FAULTS))

    assert summary.commands["200 UnknownVendorId"] > 20
    assert not {"503 answer_lost", "503 node_gone"} & set(summary.commands)
