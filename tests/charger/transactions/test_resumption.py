"""Transactions that go on after a power loss, and those that do not."""

from typing import Any

import pytest

from tests.charger.bench import Bench, again
from voltyard.catalogue.commands.commands import PlugIn, PowerCut, PowerRestore, Swipe, Unplug
from voltyard.charger.description.events import TransactionEnded
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.kernel.time import to_rfc3339

TIMEOUT_S = 120.0


def resuming(version: str, **settings: str) -> Bench:
    """A charger whose transactions outlast power losses of two minutes, with a vehicle."""
    spec = ChargerSpec(
        identity="CP 1",
        version=version,  # type: ignore[arg-type]
        evses=(EvseSpec(), EvseSpec()),
        settings=settings,
        resumption_timeout_s=TIMEOUT_S,
    )
    bench = Bench(spec=spec)
    bench.done(PlugIn())
    return bench


def charging(version: str, **settings: str) -> Bench:
    bench = resuming(version, **settings)
    bench.done(Swipe(id_tag="DRIVER"))
    bench.wait(600)
    assert bench.state.connectors[0].power_w > 0
    bench.forget()
    return bench


def lose_power(bench: Bench, for_s: float) -> None:
    bench.done(PowerCut(duration_s=for_s))
    bench.wait(for_s + 30)


def ended(bench: Bench) -> list[str]:
    return [one.reason for one in bench.seen(TransactionEnded)]


def contexts(values: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The context and the moment of each meter value."""
    return [(one["sampledValue"][0]["context"], one["timestamp"]) for one in values]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_transaction_outlasts_a_power_loss(version: str) -> None:
    bench = charging(version)
    before = bench.state.connectors[0]

    lose_power(bench, 60)

    after = bench.state.connectors[0]
    assert ended(bench) == []
    assert after.transaction.transaction_id == before.transaction.transaction_id
    assert after.power_w > 0
    assert after.energy_wh > before.energy_wh
    assert [boot.get("reason", "PowerUp") for boot in bench.said("BootNotification")] == ["PowerUp"]


def test_the_csms_of_2_0_1_is_told_what_the_meter_said_before_and_after() -> None:
    bench = charging("2.0.1")
    seq_no = bench.charger.evses[0].transaction.seq_no  # type: ignore[union-attr]
    cut_at = to_rfc3339(bench.now)

    lose_power(bench, 60)

    event = bench.said("TransactionEvent")[0]
    assert bench.actions().index("BootNotification") < bench.actions().index("TransactionEvent")
    assert (event["eventType"], event["triggerReason"]) == ("Updated", "ChargingStateChanged")
    assert (event["seqNo"], event["offline"]) == (seq_no, True)
    assert event["transactionInfo"]["chargingState"] == "Charging"
    (begin, at), (end, _) = contexts(event["meterValue"])
    assert (begin, end) == ("Interruption.Begin", "Interruption.End")
    assert at == cut_at


def test_the_csms_of_1_6_is_told_by_meter_values() -> None:
    bench = charging("1.6")

    lose_power(bench, 60)

    values = bench.said("MeterValues")[0]
    assert values["transactionId"] == 1
    told = [context for context, _ in contexts(values["meterValue"])]
    assert told == ["Interruption.Begin", "Interruption.End"]
    assert not bench.said("StopTransaction")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_it_outlasts_its_process_too(version: str) -> None:
    bench = charging(version)

    fresh = again(bench, 60)
    fresh.tick()
    fresh.wait(30)

    state = fresh.state.connectors[0]
    assert ended(fresh) == []
    assert state.power_w > 0
    fresh.done(Swipe(id_tag="DRIVER"))
    assert ended(fresh) == ["Local"]
    if version == "2.0.1":
        numbers = [event["seqNo"] for event in fresh.said("TransactionEvent")]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("is_killed", [False, True])
def test_too_long_a_loss_ends_it_as_of_then(version: str, is_killed: bool) -> None:
    bench = charging(version)

    if is_killed:
        bench = again(bench, TIMEOUT_S + 1)
        bench.tick()
        bench.wait(30)
    else:
        lose_power(bench, TIMEOUT_S + 1)

    assert ended(bench) == ["PowerLoss"]
    assert bench.state.connectors[0].transaction is None


def test_a_transaction_that_was_ending_ends() -> None:
    bench = charging("2.0.1", **{"TxCtrlr.TxStopPoint": "EVConnected"})
    bench.done(Swipe(id_tag="DRIVER"))
    assert ended(bench) == []

    lose_power(bench, 10)

    assert ended(bench) == ["Local"]  # the reason it began to end for


def test_a_transaction_that_waits_for_its_cable_ends() -> None:
    bench = resuming("2.0.1", **{"TxCtrlr.TxStartPoint": "Authorized"})
    bench.done(Unplug())
    bench.done(Swipe(id_tag="DRIVER", evse_id=1))
    assert bench.state.connectors[0].transaction is not None

    lose_power(bench, 10)

    assert ended(bench) == ["PowerLoss"]


@pytest.mark.parametrize("is_killed", [False, True])
def test_one_that_waits_for_its_driver_goes_on_waiting(is_killed: bool) -> None:
    bench = resuming("2.0.1", **{"TxCtrlr.TxStartPoint": "EVConnected"})

    if is_killed:
        bench = again(bench, 10)
        bench.tick()
        bench.wait(30)
    else:
        lose_power(bench, 10)
    assert bench.state.connectors[0].power_w == 0
    bench.done(Swipe(id_tag="DRIVER"))

    assert ended(bench) == []
    assert bench.state.connectors[0].power_w > 0


def test_by_itself_a_station_does_not_resume() -> None:
    bench = charging("2.0.1")
    other = ChargerSpec(identity="CP 1", version="2.0.1", evses=(EvseSpec(), EvseSpec()))

    fresh = again(bench, 10, other)
    fresh.tick()
    fresh.wait(30)

    assert ended(fresh) == ["PowerLoss"]


def test_power_that_is_restored_by_hand_tells_what_goes_on() -> None:
    bench = charging("2.0.1")
    bench.done(PowerCut())

    result = bench.done(PowerRestore())

    assert result["ended"] == []
    assert [one["evse_id"] for one in result["resumed"]] == [1]
