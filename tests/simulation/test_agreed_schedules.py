"""Vehicles that negotiate: what they agree to is what the meter shows, whatever the seed."""

import pytest

from tests.simulation.bench import ROUGH
from voltyard.charger.charger import Charger
from voltyard.charger.smart_charging import negotiations
from voltyard.drivers.workload import NO_OUTAGES, Outages
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.simulate import SimulationPlan, simulate


@pytest.mark.parametrize("seed", (1, 2, 3, 100, 131))
@pytest.mark.parametrize("outages", [NO_OUTAGES, ROUGH])
def test_the_plan_equals_the_meter(seed: int, outages: Outages) -> None:
    plan = SimulationPlan(chargers=10, hours=24.0, seed=seed, needs=True, outages=outages)

    summary = simulate(plan)

    assert summary.agreed > 0


def test_a_meter_that_goes_on_regardless_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiations, "_most", lambda evse, unit: 1.0)
    plan = SimulationPlan(chargers=10, hours=12.0, seed=1, needs=True, outages=NO_OUTAGES)

    with pytest.raises(InvariantBroken, match="are agreed"):
        simulate(plan)


def test_without_needs_nothing_is_negotiated() -> None:
    def check(key: str, charger: Charger, now: float) -> None:
        assert not charger.profile_limits.negotiating

    assert simulate(SimulationPlan(chargers=4, hours=2.0), after_step=check).agreed == 0
