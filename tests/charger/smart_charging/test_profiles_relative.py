"""What a relative charging profile counts from: the moment energy could first be delivered (2.0.1
K01.FR.42), and the time that has passed since, whatever the charger's clock is set to."""

import pytest

from tests.charger.bench import TAG
from tests.charger.smart_charging.bench import (
    HUNGRY,
    START,
    VERSIONS,
    Bench,
    amperes,
    composite,
    hungry,
    join,
    limits_of,
    profile,
    put,
)
from voltyard.catalogue.commands.commands import (
    EndTransaction,
    PlugIn,
    PowerCut,
    PowerRestore,
    PullCableAtVehicle,
    SkewClock,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import TransactionStarted
from voltyard.kernel.time import HOUR_S, to_rfc3339

both = pytest.mark.parametrize("version", VERSIONS)

AT_ENERGY = {
    "TxCtrlr.TxStartPoint": "EnergyTransfer",
    "TxCtrlr.TxStopPoint": "EVConnected,Authorized",
}
AT_CABLE = {"TxCtrlr.TxStartPoint": "EVConnected", "TxCtrlr.TxStopPoint": "EVConnected"}


def states(bench: Bench) -> list[tuple[str, str | None]]:
    """What each TransactionEvent tells of energy."""
    return [
        (told["eventType"], told["transactionInfo"].get("chargingState"))
        for told in bench.said("TransactionEvent")
        if told["triggerReason"] != "MeterValuePeriodic"
    ]


# --- from when ---------------------------------------------------------------------------------


def test_a_schedule_that_begins_with_nothing_begins_a_transaction_when_it_gives_something() -> None:
    bench = Bench("2.0.1", settings=AT_ENERGY)
    put(bench, 1, 1, "TxDefaultProfile", 0.0, (600, 10.0))
    bench.forget()

    join(bench, 1)
    bench.wait(599)
    before = states(bench)
    bench.wait(2)

    assert before == []
    assert states(bench) == [("Started", "Charging")]
    assert amperes(bench) == pytest.approx(10.0)


def test_so_does_a_profile_that_came_with_the_request_to_start() -> None:
    bench = Bench("2.0.1", settings=AT_ENERGY)
    bench.done(PlugIn(vehicle=HUNGRY))
    wire = profile("2.0.1", 1, "TxProfile", 0.0, (600, 10.0), (1_200, 8.0))
    token = {"idToken": TAG, "type": "Central"}

    answer = bench.call(
        "RequestStartTransaction", idToken=token, remoteStartId=1, evseId=1, chargingProfile=wire
    )
    bench.wait(601)

    assert answer["status"] == "Accepted"
    assert amperes(bench) == pytest.approx(10.0)
    bench.wait(600)
    assert amperes(bench) == pytest.approx(8.0), "it goes on as the transaction's own"


def test_it_counts_from_the_driver_where_the_cable_began_the_transaction() -> None:
    bench = Bench("2.0.1", settings=AT_CABLE)
    put(bench, 1, 1, "TxDefaultProfile", 16.0, (600, 8.0))
    bench.done(PlugIn(vehicle=HUNGRY))
    bench.wait(900)

    bench.done(Swipe(id_tag=TAG))

    assert limits_of(bench, 1, 900, "A") == [(0, 16.0), (600, 8.0)]
    bench.wait(601)
    assert amperes(bench) == pytest.approx(8.0)


@both
def test_a_cable_that_comes_back_to_its_transaction_does_not_begin_it_anew(version: str) -> None:
    stays = {"TxCtrlr.StopTxOnEVSideDisconnect": "false", "TxCtrlr.TxStopPoint": "Authorized"}
    older = {"StopTransactionOnEVSideDisconnect": "false"}
    bench = Bench(version, settings=older if version == "1.6" else stays)
    put(bench, 1, 1, "TxDefaultProfile", 16.0, (600, 8.0))
    join(bench, 1)
    bench.wait(300)

    bench.done(PullCableAtVehicle())
    bench.wait(100)
    bench.done(PlugIn(vehicle=HUNGRY))

    assert limits_of(bench, 1, 600, "A") == [(0, 16.0), (200, 8.0)]


@both
def test_it_counts_anew_for_the_next_transaction(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxDefaultProfile", 16.0, (600, 8.0))
    bench.wait(700)
    assert amperes(bench) == pytest.approx(8.0)

    bench.done(EndTransaction())
    bench.done(Unplug())
    join(bench, 1)

    assert amperes(bench) == pytest.approx(16.0)


def test_a_driver_whom_a_power_cut_sent_away_waited_for_nothing() -> None:
    bench = Bench("2.0.1", settings=AT_ENERGY)
    put(bench, 1, 1, "TxDefaultProfile", 0.0, (600, 10.0))
    join(bench, 1)
    bench.wait(500)
    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.wait(60)
    bench.forget()

    bench.done(Swipe(id_tag=TAG))
    bench.wait(500)
    assert not bench.seen(TransactionStarted)
    bench.wait(101)

    assert bench.seen(TransactionStarted)


# --- by which clock ----------------------------------------------------------------------------


@both
@pytest.mark.parametrize("skew_s", [HOUR_S, -HOUR_S, 400.0, -400.0])
@pytest.mark.parametrize("purpose", ["TxDefaultProfile", "TxProfile"])
def test_a_clock_that_is_set_does_not_move_a_relative_schedule(
    version: str, skew_s: float, purpose: str
) -> None:
    bench = hungry(version, settings={"MeterValueSampleInterval": "0"})
    put(bench, 1, 1, purpose, 16.0, (600, 8.0), (1_200, 12.0))
    bench.wait(300)

    bench.done(SkewClock(skew_s=skew_s))

    told = composite(bench, 1, 1_200, "A")
    assert [(start, limit) for start, limit, _ in told["periods"]] == [
        (0, 16.0),
        (300, 8.0),
        (900, 12.0),
    ]
    assert told["start"] == to_rfc3339(bench.now + skew_s)
    for wait_s, expected_a in ((299, 16.0), (2, 8.0), (598, 8.0), (2, 12.0)):
        bench.wait(wait_s)
        assert amperes(bench) == pytest.approx(expected_a)


@both
def test_nor_does_a_csms_that_tells_another_time(version: str) -> None:
    bench = hungry(version, settings={"MeterValueSampleInterval": "0"})
    put(bench, 1, 1, "TxDefaultProfile", 16.0, (600, 8.0))
    told = to_rfc3339(START + 2 * HOUR_S)
    bench.answers["Heartbeat"] = lambda _: {"currentTime": told}

    bench.wait(599)

    assert bench.charger.context.offset_s > HOUR_S
    assert amperes(bench) == pytest.approx(16.0)
    bench.wait(2)
    assert amperes(bench) == pytest.approx(8.0)


def test_nor_a_relative_maximum_of_a_1_6_station() -> None:
    bench = hungry("1.6")
    put(bench, 0, 1, "Station", 16.0, (600, 8.0))
    bench.wait(300)

    bench.done(SkewClock(skew_s=HOUR_S))

    assert limits_of(bench, 0, 600, "A") == [(0, 16.0), (300, 8.0)]


@both
@pytest.mark.parametrize("kind", ["Absolute", "Recurring"])
def test_others_follow_the_clock(version: str, kind: str) -> None:
    bench = hungry(version)
    more = {"recurrencyKind": "Daily"} if kind == "Recurring" else {}
    put(
        bench, 1, 1, "TxDefaultProfile", 16.0, (3_600, 8.0),
        kind=kind, startSchedule=START, **more,
    )  # fmt: skip

    bench.done(SkewClock(skew_s=HOUR_S))

    assert amperes(bench) == pytest.approx(8.0)


@both
def test_who_came_first_stays_first_when_the_clock_is_put_back(version: str) -> None:
    bench = hungry(version)
    put(bench, 0, 1, "Station", 10.0, kind="Absolute", startSchedule=START - 2 * HOUR_S)
    bench.wait(60)

    bench.done(SkewClock(skew_s=-HOUR_S))
    join(bench, 2)

    assert [amperes(bench, place) for place in (1, 2)] == pytest.approx([10.0, 0.0])
