"""The lab in virtual time: one seed, one history; a broken invariant is a named moment."""

import io
import json
from collections import Counter

import pytest

from voltyard.charger.charger import Charger
from voltyard.drivers.workload import NO_OUTAGES, Outages
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.simulate import SimulationPlan, Summary, simulate

START = 1_767_571_200.0
STORMY = Outages(
    network_drops_per_day=24.0,
    network_drop_s=900.0,
    power_cuts_per_day=12.0,
    power_cut_s=120.0,
    frames_lost=0.05,
)


def history(plan: SimulationPlan) -> tuple[str, Summary]:
    transcript = io.StringIO()
    summary = simulate(plan, transcript)
    return transcript.getvalue(), summary


def test_the_same_seed_twice_gives_the_same_history_byte_for_byte() -> None:
    plan = SimulationPlan(chargers=12, hours=24.0, seed=7, outages=STORMY)

    first, second = history(plan), history(plan)

    assert first[0].encode() == second[0].encode()
    assert first[1] == second[1]
    assert len(first[0]) > 10_000


def test_another_seed_gives_another_history() -> None:
    (one, summary), (other, other_summary) = (
        history(SimulationPlan(chargers=4, hours=24.0, seed=seed)) for seed in (7, 8)
    )

    assert one != other
    assert summary.digest != other_summary.digest


def test_one_more_charger_does_not_disturb_the_others() -> None:
    few, _ = history(SimulationPlan(chargers=3, hours=12.0, outages=NO_OUTAGES))
    more, _ = history(SimulationPlan(chargers=4, hours=12.0, outages=NO_OUTAGES))

    def calls(transcript: str) -> list[tuple[str, str, str]]:
        """Moment, charger and action: the backend's numbers may differ."""
        lines = [line.split(" ", 3) for line in transcript.splitlines() if "SIM-00002 ->" in line]
        return [(at, who, json.loads(text)[2]) for at, who, _, text in lines if text[1] == "2"]

    assert calls(few) == calls(more)
    assert len(calls(few)) > 20


def test_a_day_has_sessions_of_both_versions_that_end() -> None:
    transcript, summary = history(SimulationPlan(chargers=20, hours=24.0, outages=NO_OUTAGES))

    actions = Counter(
        json.loads(line.split(" ", 3)[3])[2] for line in transcript.splitlines() if " -> [2" in line
    )
    assert actions["StartTransaction"] > 3
    assert actions["StopTransaction"] > 3
    assert actions["TransactionEvent"] > 20
    assert "RemoteStartTransaction" in transcript
    assert "RequestStopTransaction" in transcript
    assert summary.completed > 8
    assert summary.energy_kwh > 50.0
    assert summary.frames == len(transcript.splitlines())
    assert summary.connectors == 24


def test_moments_never_go_back() -> None:
    transcript, _ = history(SimulationPlan(chargers=10, hours=12.0, outages=STORMY))

    moments = [line.split(" ", 1)[0] for line in transcript.splitlines()]

    assert moments == sorted(moments)


@pytest.mark.parametrize("seed", range(1, 6))
def test_storms_break_no_invariant(seed: int) -> None:
    summary = simulate(SimulationPlan(chargers=10, hours=24.0, seed=seed, outages=STORMY))

    assert summary.transactions > 0


def test_a_broken_invariant_is_named_with_its_moment() -> None:
    def steal(key: str, charger: Charger, now: float) -> None:
        if key == "SIM-00003" and now >= START + 7_200.0:
            charger.evses[0].meter.register_wh -= 5.0

    with pytest.raises(InvariantBroken, match=r"^2026-01-05T02:00:\S+Z SIM-00003: a register fell"):
        simulate(SimulationPlan(chargers=5, hours=24.0, outages=NO_OUTAGES), after_step=steal)


def test_a_failing_machine_is_a_broken_invariant() -> None:
    def fail(key: str, charger: Charger, now: float) -> None:
        if now >= START + 3_600.0:
            raise ZeroDivisionError("a bug")

    with pytest.raises(InvariantBroken, match="ZeroDivisionError: a bug"):
        simulate(SimulationPlan(chargers=2, hours=24.0), after_step=fail)


def test_a_backend_that_is_told_too_little_energy_is_found_out() -> None:
    def tamper(key: str, charger: Charger, now: float) -> None:
        for evse in charger.evses:
            if evse.transaction is not None and evse.transaction.meter_start_wh == 0.0:
                evse.transaction.meter_start_wh = 50.0

    with pytest.raises(InvariantBroken, match=r"the meter at the start of txn_\w+ is 50.0 Wh"):
        simulate(SimulationPlan(chargers=5, hours=24.0), after_step=tamper)
