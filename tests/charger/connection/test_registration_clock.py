"""A charger's clock that is off: what it says of times, and whether its CSMS sets it right."""

import pytest

from tests.charger.bench import TAG, Bench, again, charging
from voltyard.catalogue.commands.commands import (
    PlugIn,
    PowerCut,
    PowerRestore,
    SkewClock,
    Swipe,
)
from voltyard.kernel import limits
from voltyard.kernel.time import to_rfc3339

VERSIONS = ["1.6", "2.0.1"]
HOUR_S = 3_600.0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("skew_s", [HOUR_S, -HOUR_S])
def test_times_on_the_wire_are_off_and_those_of_events_are_not(version: str, skew_s: float) -> None:
    bench = Bench(version)

    done = bench.done(SkewClock(skew_s=skew_s))
    bench.forget()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    off = to_rfc3339(bench.now + skew_s)
    assert done == {"skew_s": skew_s, "time": off, "takes_csms_time": False}
    stamps = [payload["timestamp"] for _, payload in bench.calls if "timestamp" in payload]
    assert len(stamps) > 2
    assert set(stamps) == {off}
    assert {event.at for event in bench.events} == {bench.now}
    assert (bench.state.clock_skew_s, bench.state.takes_csms_time) == (skew_s, False)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_clock_that_keeps_its_own_time_stays_off(version: str) -> None:
    bench = Bench(version)
    bench.done(SkewClock(skew_s=HOUR_S))

    bench.wait(400)
    assert bench.said("Heartbeat")
    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.wait(60)
    fresh = again(bench)
    fresh.wait(60)

    assert (fresh.state.boot_status, fresh.state.clock_skew_s) == ("Accepted", HOUR_S)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_clock_that_takes_the_csmss_time_is_set_right_by_a_heartbeat(version: str) -> None:
    bench = Bench(version)
    bench.done(SkewClock(skew_s=-HOUR_S, takes_csms_time=True))
    assert bench.state.clock_skew_s == -HOUR_S

    bench.wait(301)

    assert bench.said("Heartbeat")
    assert abs(bench.state.clock_skew_s) <= 1
    assert bench.state.takes_csms_time


def test_a_clock_is_set_right_by_command() -> None:
    bench = Bench()
    bench.done(SkewClock(skew_s=HOUR_S))

    bench.done(SkewClock(skew_s=0.0, takes_csms_time=True))

    assert (bench.state.clock_skew_s, bench.state.takes_csms_time) == (0.0, True)


@pytest.mark.parametrize("skew_s", [HOUR_S, -HOUR_S, 20.0, -20.0])
def test_meter_values_go_on_at_their_interval(skew_s: float) -> None:
    bench = charging("1.6", MeterValueSampleInterval="60", ClockAlignedDataInterval="900")
    bench.wait(90)
    bench.done(SkewClock(skew_s=skew_s))
    bench.forget()

    bench.wait(600)

    values = [each["meterValue"][0] for each in bench.said("MeterValues")]
    contexts = [value["sampledValue"][0]["context"] for value in values]
    assert contexts.count("Sample.Periodic") in (9, 10)
    marks = [
        value["timestamp"]
        for value, context in zip(values, contexts, strict=True)
        if context == "Sample.Clock"
    ]
    assert all(mark[14:19] in ("00:00", "15:00", "30:00", "45:00") for mark in marks)


@pytest.mark.parametrize("skew_s", [float("nan"), limits.CLOCK_SKEW_S * 1.01, float("-inf")])
def test_a_clock_cannot_be_anywhere(skew_s: float) -> None:
    bench = Bench()

    assert bench.failed(SkewClock(skew_s=skew_s)).code == "invalid"

    assert (bench.state.clock_skew_s, bench.state.takes_csms_time) == (0.0, True)


def test_the_next_clock_aligned_moment_is_always_to_come_however_far_off_the_clock_is() -> None:
    bench = Bench("1.6", settings={"ClockAlignedDataInterval": "60"})
    transactions, context = bench.charger.transactions, bench.charger.context
    for number in range(2_000):
        context.offset_s = -9.5e8 - number * 0.123456789
        context.now = context.true(60.0 * (13_000_000 + number))
        transactions.schedule_aligned()
        assert transactions.aligned_at is not None and transactions.aligned_at > context.now
