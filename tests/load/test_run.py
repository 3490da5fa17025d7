"""Load runs in virtual time: what each stage does, and what is measured."""

import asyncio

import pytest

from tests.load.bench import START, ToyCsms, played
from voltyard.csms.backend import Backend
from voltyard.csms.records import ChargerStored, Contents
from voltyard.load.figures import LoadFigures, LoadSample
from voltyard.load.histogram import LatencyHistogram
from voltyard.load.plans.plan import CallRate, LoadPlan, SessionRate
from voltyard.load.plans.stages import (
    BlackoutStage,
    HoldStage,
    RampStage,
    RollingStage,
    Stage,
    StormStage,
)
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import Barred, Gate
from voltyard.simulation.virtual_journal import VirtualJournal
from voltyard.simulation.virtual_loop import VirtualLoop

HEARTBEATS = CallRate(action="Heartbeat", rate=20.0)


def against(csms: ToyCsms, plan: LoadPlan, **more: object) -> LoadFigures:
    return played(plan, lambda loop: csms.gate(), **more)  # type: ignore[arg-type]


def queue_model(
    period_s: float, first_s: float, until_s: float, delay_s: float, stall: tuple[float, float]
) -> list[float]:
    """Latencies of one charger that has one call outstanding at a time, from when each was due."""
    free_at, due_at, latencies = 0.0, first_s, []
    while due_at <= until_s:
        answered_at = max(due_at, free_at) + delay_s
        if stall[0] <= answered_at < stall[1]:
            answered_at = stall[1]
        latencies.append(answered_at - due_at)
        free_at, due_at = answered_at, due_at + period_s
    return latencies


def test_a_stall_of_a_second_shows_in_every_call_that_it_held_up() -> None:
    stall, count, delay_s = (20.0, 21.0), 10, 0.01
    plan = LoadPlan(stages=(RampStage(count, 0.0), HoldStage(60.0)), calls=(HEARTBEATS,))

    csms = ToyCsms(delay_s=delay_s, stall=stall)

    figures = against(csms, plan)

    expected = LatencyHistogram()
    ready_s = next(at for at, action in csms.calls if action == "BootNotification") + delay_s
    for number in range(count):
        first_s = ready_s + 0.5 * number / count
        for latency_s in queue_model(0.5, first_s, 60.0, delay_s, stall):
            expected.add(latency_s)
    measured = figures.of("Heartbeat").latency
    assert measured.count == expected.count
    for share in (0.5, 0.9, 0.985, 0.99, 0.995, 1.0):
        assert measured.quantile_s(share) == pytest.approx(expected.quantile_s(share), abs=2e-3)
    assert measured.quantile_s(0.99) > 0.3, "a stall that a closed loop would hide"
    assert 0.95 < measured.max_s <= 1.0 + delay_s
    assert figures.errors == 0
    assert figures.kept_schedule


def test_the_rate_is_that_of_all_chargers_together() -> None:
    csms = ToyCsms()
    plan = LoadPlan(
        stages=(RampStage(4, 0.0), HoldStage(50.0)),
        calls=(CallRate(action="Heartbeat", rate=8.0), CallRate(action="DataTransfer", rate=0.5)),
    )

    figures = against(csms, plan)

    assert figures.of("Heartbeat").calls == pytest.approx(400, abs=8)
    assert figures.of("DataTransfer").calls == pytest.approx(25, abs=4)
    assert figures.of("BootNotification").calls == 4
    assert len([1 for _, action in csms.calls if action == "DataTransfer"]) == pytest.approx(25, 4)


def test_a_ramp_brings_chargers_one_after_another_and_takes_them_away() -> None:
    csms, seen = ToyCsms(), []
    plan = LoadPlan(stages=(RampStage(10, 20.0), HoldStage(5.0), RampStage(4, 6.0), HoldStage(5.0)))

    def look(figures: LoadFigures, sample: LoadSample) -> None:
        seen.append((round(sample.at_s), sample.wanted, sample.connected))

    figures = against(csms, plan, look=look)

    boots = [at for at, action in csms.calls if action == "BootNotification"]
    assert boots == pytest.approx([2.0 * number for number in range(10)], abs=0.05)
    assert (figures.wanted, figures.connected) == (4, 4)
    assert (11, 6, 6) in seen
    assert (22, 10, 10) in seen
    assert figures.errors == 0
    assert figures.of("connect").calls == 10


def test_a_storm_reconnects_all_at_once_without_a_boot() -> None:
    csms = ToyCsms()
    gate = csms.gate()
    plan = LoadPlan(
        stages=(RampStage(8, 1.0), HoldStage(10.0), StormStage(10.0)), calls=(HEARTBEATS,)
    )

    figures = played(plan, lambda loop: gate)

    assert len(gate.handshakes) == 16
    assert figures.of("connect").calls == 16
    assert figures.of("BootNotification").calls == 8
    assert figures.connected == 8
    assert figures.errors == 0, "links that the stages cut are nobody's errors"


def test_after_a_blackout_all_boot_at_once() -> None:
    csms = ToyCsms()
    plan = LoadPlan(
        stages=(RampStage(6, 1.0), HoldStage(10.0), BlackoutStage(20.0), HoldStage(20.0)),
        calls=(HEARTBEATS,),
    )

    figures = against(csms, plan)

    assert figures.of("BootNotification").calls == 12
    assert not [at for at, _ in csms.calls if 11.1 < at < 31.0], "no power, no calls"
    assert figures.of("connect").latency.max_s < 0.1, "the charger's own start is not the CSMS's"
    assert figures.connected == 6
    assert figures.errors == 0


def test_what_a_charger_says_after_a_blackout_counts_from_when_it_could_say_it() -> None:
    sessions = SessionRate(every_s=60.0, lasts_s=50.0)
    stages = (RampStage(4, 0.0), HoldStage(100.0), BlackoutStage(20.0), HoldStage(30.0))

    figures = against(ToyCsms(), LoadPlan(stages=stages, sessions=sessions))

    assert figures.of("StopTransaction").calls >= 4, "ended by the loss of power"
    assert figures.of("StopTransaction").latency.max_s < 1.0


@pytest.mark.parametrize("stage", [StormStage(10.0), BlackoutStage(10.0)])
def test_calls_that_a_stage_cuts_off_count_once_with_the_time_that_they_had_waited(
    stage: Stage,
) -> None:
    plan = LoadPlan(
        stages=(RampStage(2, 0.0), HoldStage(30.0), stage, HoldStage(20.0)),
        calls=(CallRate(action="Heartbeat", rate=2.0),),
    )
    csms = ToyCsms(stall=(20.0, 40.0))

    figures = against(csms, plan)

    heartbeats = figures.of("Heartbeat")
    assert figures.errors == 0
    assert heartbeats.latency.count == heartbeats.calls
    assert heartbeats.latency.max_s > 9.0, "the stall began ten seconds before the cut"


def test_a_boot_that_a_stage_cuts_off_is_no_error() -> None:
    plan = LoadPlan(stages=(RampStage(2, 0.0), HoldStage(5.0), StormStage(30.0)))

    figures = against(ToyCsms(stall=(0.0, 10.0)), plan)

    assert figures.errors == 0
    assert figures.of("BootNotification").calls == 4
    assert figures.connected == 2


def test_a_call_of_the_chargers_own_counts_from_when_it_was_wanted() -> None:
    figures = against(ToyCsms(delay_s=0.5), LoadPlan(stages=(RampStage(1, 0.0), HoldStage(10.0))))

    statuses = figures.of("StatusNotification")  # of charger and connector, one after the other
    assert statuses.calls == 2
    assert statuses.latency.quantile_s(0.5) == pytest.approx(0.5, abs=0.02)
    assert statuses.latency.max_s == pytest.approx(1.0, abs=0.02)


def test_groups_roll_one_after_another() -> None:
    gate = ToyCsms().gate()
    opened: list[float] = []
    plan = LoadPlan(stages=(RampStage(6, 0.0), HoldStage(10.0), RollingStage(3, 30.0)))

    def counting(loop: VirtualLoop) -> Gate:
        def judged(handshake: object) -> object:
            opened.append(loop.time() - START)
            return gate(handshake)  # type: ignore[arg-type]

        return judged  # type: ignore[return-value]

    played(plan, counting)

    assert opened[6:] == pytest.approx([10.0, 10.0, 20.0, 20.0, 30.0, 30.0], abs=0.05)


def test_errors_are_counted_by_their_codes() -> None:
    csms = ToyCsms(errors={"DataTransfer": "InternalError"}, silent=frozenset({"Authorize"}))
    plan = LoadPlan(
        stages=(RampStage(2, 0.0), HoldStage(35.0)),
        calls=(CallRate(action="DataTransfer", rate=1.0), CallRate(action="Authorize", rate=0.05)),
    )

    figures = against(csms, plan)

    assert set(figures.of("DataTransfer").errors) == {"InternalError"}
    assert figures.of("DataTransfer").errors.total() == figures.of("DataTransfer").calls > 0
    assert set(figures.of("Authorize").errors) == {"NoAnswer"}
    assert figures.of("Authorize").latency.max_s >= 30.0, "it was waited for that long"


def test_a_call_of_the_chargers_own_that_is_not_answered_is_an_error() -> None:
    plan = LoadPlan(stages=(RampStage(2, 0.0), HoldStage(10.0)))

    figures = against(ToyCsms(silent=frozenset({"BootNotification"})), plan)

    assert figures.of("BootNotification").errors == {"NoAnswer": 2}
    assert (figures.wanted, figures.connected) == (2, 0)


def test_a_rejected_boot_is_an_error_and_no_connection() -> None:
    figures = against(
        ToyCsms(boot="Rejected"), LoadPlan(stages=(RampStage(2, 0.0), HoldStage(10.0)))
    )

    assert figures.of("BootNotification").errors == {"Rejected": 2}
    assert figures.connected == 0


def test_refused_dials_are_counted_by_reason() -> None:
    gate = ToyCsms().gate()
    gate.refusal = Barred(503, "full")

    figures = played(LoadPlan(stages=(RampStage(3, 0.0), HoldStage(2.0))), lambda loop: gate)

    ((reason, number),) = figures.refused_dials.items()
    assert "503" in reason
    assert number == 3
    assert figures.connected == 0


def test_links_that_the_csms_drops_are_errors() -> None:
    gate = ToyCsms().gate()
    plan = LoadPlan(stages=(RampStage(3, 0.0), HoldStage(30.0)), calls=(HEARTBEATS,))

    async def drop_all(stopping: asyncio.Event) -> None:
        await asyncio.sleep(10.0)
        for user in gate.users:
            assert user.link is not None
            user.link.abort()

    figures = played(plan, lambda loop: gate, meanwhile=drop_all)

    assert figures.of("connect").errors == {"LinkLost": 3}
    assert figures.of("Heartbeat").errors["NotConnected"] > 0
    assert figures.connected == 3, "they dial again by themselves"


def test_a_generator_that_cannot_keep_its_schedule_says_so() -> None:
    plan = LoadPlan(stages=(RampStage(2, 0.0), HoldStage(20.0)), calls=(HEARTBEATS,))

    figures = against(ToyCsms(hogs_s=0.3), plan)

    assert not figures.kept_schedule
    assert figures.lag_s > 0.25


def test_one_long_pause_of_the_generator_counts_for_all_the_time_that_it_took() -> None:
    async def pause(stopping: asyncio.Event) -> None:
        await asyncio.sleep(10.0)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.leap(2.0)

    figures = against(
        ToyCsms(), LoadPlan(stages=(RampStage(1, 0.0), HoldStage(60.0))), meanwhile=pause
    )

    assert figures.lag_s > 1.0
    assert not figures.kept_schedule


def test_a_run_that_is_stopped_leaves_its_figures() -> None:
    plan = LoadPlan(stages=(RampStage(2, 0.0), HoldStage(3_600.0)), calls=(HEARTBEATS,))

    async def stop(stopping: asyncio.Event) -> None:
        await asyncio.sleep(10.0)
        stopping.set()

    figures = against(ToyCsms(), plan, meanwhile=stop)

    assert not figures.is_complete
    assert figures.took_s == pytest.approx(10.0)
    assert figures.of("Heartbeat").calls == pytest.approx(200, abs=4)


def test_a_slow_csms_holds_a_bounded_number_of_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voltyard.kernel.limits.LOAD_BACKLOG", 5)
    plan = LoadPlan(stages=(RampStage(1, 0.0), HoldStage(20.0)), calls=(HEARTBEATS,))

    figures = against(ToyCsms(delay_s=10.0), plan)

    assert figures.of("Heartbeat").errors["Overfull"] > 100


def our_backend(loop: VirtualLoop, count: int) -> Gate:
    backend = Backend(VirtualJournal(), loop.time)
    rows = [
        ChargerStored(
            id=f"chg_{number}",
            organization_id=DEFAULT_ORGANIZATION_ID,
            charge_box_id=f"L-{number}",
            registered_at=START,
        )
        for number in range(count)
    ]
    backend.load(Contents(chargers=rows))
    return backend.gate


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_our_own_backend_bears_every_stage(version: str) -> None:
    plan = LoadPlan(
        stages=(
            RampStage(12, 10.0),
            HoldStage(120.0),
            StormStage(20.0),
            BlackoutStage(10.0),
            HoldStage(60.0),
            RollingStage(4, 20.0),
            RampStage(6, 10.0),
        ),
        calls=(
            CallRate(action="Heartbeat", rate=5.0),
            CallRate(action="MeterValues", rate=2.0),
            CallRate(action="StatusNotification", rate=1.0),
            CallRate(action="Authorize", rate=1.0),
            CallRate(action="DataTransfer", rate=1.0),
        ),
        sessions=SessionRate(every_s=40.0, lasts_s=20.0),
    )

    figures = played(plan, lambda loop: our_backend(loop, 12), version)

    assert figures.broken == []
    assert {name: one.errors for name, one in figures.actions.items() if one.errors} == {}
    assert (figures.wanted, figures.connected) == (6, 6)
    assert figures.of("session").calls > 24
    ends = "StopTransaction" if version == "1.6" else "TransactionEvent"
    assert figures.of(ends).calls >= 24
    assert figures.is_complete
