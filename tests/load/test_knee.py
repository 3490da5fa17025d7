"""The knee is found by doubling and bisection, in a bounded number of runs."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from tests.load.bench import START, ToyCsms, specs
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.load.figures import LoadFigures
from voltyard.load.knee import (
    FoundKnee,
    KneeOf,
    KneeSearch,
    find_knee,
    knee_result,
    knee_table,
    knee_text,
    scaled,
)
from voltyard.load.plans.plan import CallRate, LoadPlan
from voltyard.load.plans.stages import HoldStage, RampStage
from voltyard.load.run import LoadRun
from voltyard.load.thresholds import read_threshold
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.reports.verdicts import Result, Verdict
from voltyard.simulation.virtual_loop import VirtualLoop, run

PLAN = LoadPlan(
    stages=(RampStage(4, 0.0), HoldStage(20.0)),
    calls=(CallRate(action="Heartbeat", rate=8.0),),
    thresholds=(read_threshold("Heartbeat.p99 < 1s"),),
)


@examples(300)
@given(
    first=st.integers(1, 5_000),
    knee=st.integers(1, 12_000),
)
def test_the_search_closes_in_on_the_knee(first: int, knee: int) -> None:
    search = KneeSearch(first, 10_000, is_whole=True)

    while (value := search.next) is not None:
        search.tell(value <= knee)

    assert 0 < search.probes <= limits.LOAD_PROBES
    assert search.held is not None
    assert search.held <= knee
    if search.failed is None:
        assert search.held == 10_000
    else:
        assert search.failed > knee
        assert search.failed <= max(1.1 * search.held, search.held + 1) or (
            search.probes == limits.LOAD_PROBES
        )


def test_where_nothing_holds_the_search_ends_with_nothing() -> None:
    search = KneeSearch(8.0, 100.0, is_whole=True)

    while search.next is not None:
        search.tell(False)

    assert (search.held, search.failed, search.probes) == (None, 1.0, 4)


def test_a_plan_is_scaled_by_its_rate_or_with_its_chargers() -> None:
    faster, larger = scaled(PLAN, "rate", 2.5), scaled(PLAN, "chargers", 2.5)

    assert (faster.chargers, faster.calls[0].rate) == (4, 20.0)
    assert (larger.chargers, larger.calls[0].rate) == (10, 20.0)
    assert larger.period_s(larger.calls[0]) == PLAN.period_s(PLAN.calls[0])


def searched(csms: ToyCsms, of: KneeOf, stop_after: int | None = None) -> FoundKnee:
    """The end of a search in virtual time, stopped after so many runs."""
    loop = VirtualLoop(START)

    async def main() -> FoundKnee:
        network = MemoryNetwork()
        await MemoryDoor(network).open("csms", 80, csms.gate())
        stopping = asyncio.Event()
        played = 0

        async def play(plan: LoadPlan) -> LoadFigures:
            nonlocal played
            played += 1
            if played == stop_after:
                stopping.set()
            chargers = specs(plan.chargers)
            dialler = MemoryDialler(network)
            one = LoadRun(plan, chargers, dialler, loop.time, cpu=lambda: 0.0)
            return await one.play(stopping)

        return await find_knee(PLAN, of, play, stopping, 50)

    return run(main(), loop)


def result(knee: FoundKnee) -> Result:
    return knee_result(knee, version="1.6", began_at=START, took_s=1.0, seed=7, again="")


def test_the_knee_of_a_csms_that_takes_its_time_is_where_calls_queue_up() -> None:
    knee = searched(ToyCsms(delay_s=0.1), "rate")  # of four chargers it answers 40 a second

    assert knee.held is not None
    assert knee.failed is not None
    assert 36.0 <= knee.held < knee.failed <= 46.0
    assert result(knee).verdict is Verdict.PASS
    values = [float(row[0]) for row in knee_table(knee).rows]
    assert values == sorted(values)
    assert "Heartbeat.p99 < 1s" in knee_table(knee).rows[-1][-1]
    assert "the knee is between" in knee_text(knee)


def test_chargers_that_each_do_little_have_no_knee_up_to_the_bound() -> None:
    knee = searched(ToyCsms(), "chargers")

    assert (knee.held, knee.failed) == (50.0, None)
    assert [probe.value for probe in knee.probes] == [4.0, 8.0, 16.0, 32.0, 50.0]
    assert "50 chargers or beyond" in knee_text(knee)
    assert result(knee).verdict is Verdict.PASS


def test_a_csms_that_never_answers_has_no_knee() -> None:
    knee = searched(ToyCsms(silent=frozenset({"Heartbeat"})), "rate")

    assert knee.held is None
    assert result(knee).verdict is Verdict.FAIL


def test_a_generator_that_is_too_slow_ends_the_search_without_a_verdict() -> None:
    knee = searched(ToyCsms(hogs_s=0.3), "rate")

    assert len(knee.probes) == 1
    assert result(knee).verdict is Verdict.INCONCLUSIVE
    assert "the generator" in result(knee).why


def test_a_search_that_is_stopped_keeps_its_curve() -> None:
    knee = searched(ToyCsms(delay_s=0.1), "rate", stop_after=3)

    assert len(knee.probes) == 2
    assert knee.held == 16.0
    assert result(knee).verdict is Verdict.INCONCLUSIVE


def test_a_search_for_the_rate_needs_calls() -> None:
    async def never(plan: LoadPlan) -> LoadFigures:
        raise AssertionError(plan)

    async def main() -> None:
        await find_knee(LoadPlan(stages=PLAN.stages), "rate", never, asyncio.Event(), 50)

    with pytest.raises(Invalid, match="needs calls"):
        run(main(), VirtualLoop(START))
