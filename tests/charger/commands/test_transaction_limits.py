"""Limits that a charger keeps to by itself: energy, time, state of charge, cost (2.0.1 E06)."""

from typing import Any

import pytest

from tests.charger.bench import Bench, answering, charging
from voltyard.catalogue.commands.commands import SetTransactionLimit, StartSession, Unplug
from voltyard.charger.effects import Failed
from voltyard.physics.vehicle import Vehicle

HALF_FULL = Vehicle(soc_percent=50.0)


def ended(bench: Bench) -> list[tuple[str, str]]:
    """The trigger and the reason of each transaction that ended."""
    return [
        (event["triggerReason"], event["transactionInfo"].get("stoppedReason", "Local"))
        for event in bench.said("TransactionEvent")
        if event["eventType"] == "Ended"
    ]


def register(bench: Bench) -> float:
    """The register in the last message, Wh."""
    [value] = bench.said("TransactionEvent")[-1]["meterValue"][-1:]
    return float(value["sampledValue"][0]["value"])


def session(**fields: Any) -> Bench:
    """A charger of 2.0.1 at which a vehicle charges."""
    bench = Bench("2.0.1")
    bench.done(StartSession(id_tag="A", vehicle=HALF_FULL, **fields))
    bench.wait(10)
    return bench


def test_the_energy_of_the_whole_transaction_counts() -> None:
    bench = session()
    assert bench.done(SetTransactionLimit(max_energy_wh=500.0)) == {"limits": 1}

    bench.wait(3_600)

    assert ended(bench) == [("EnergyLimitReached", "EnergyLimitReached")]
    assert register(bench) == pytest.approx(500, abs=1)
    assert bench.state.connectors[0].power_w == 0
    assert bench.statuses()[-1] == "Occupied"  # the cable stays in


def test_time_counts_from_the_start_of_the_transaction() -> None:
    bench = session()
    begun = bench.now - 10
    bench.done(SetTransactionLimit(max_duration_s=60))

    bench.wait(49)
    assert ended(bench) == []
    bench.wait(2)

    assert ended(bench) == [("TimeLimitReached", "TimeLimitReached")]
    assert bench.now - begun == pytest.approx(61)


def test_the_state_of_charge_counts() -> None:
    bench = session()
    bench.done(SetTransactionLimit(max_soc_percent=52.0))

    bench.wait(6 * 3_600)

    assert ended(bench) == [("ChargingStateChanged", "SOCLimitReached")]
    assert bench.state.connectors[0].soc_percent == pytest.approx(52.0, abs=0.01)


@pytest.mark.parametrize("by", ["CostUpdated", "TransactionEvent"])
def test_the_cost_that_the_csms_tells_counts(by: str) -> None:
    bench = session()
    bench.done(SetTransactionLimit(max_cost=5.0))
    transaction = bench.state.connectors[0].transaction.transaction
    bench.call("CostUpdated", totalCost=4.99, transactionId=transaction)
    assert ended(bench) == []

    if by == "CostUpdated":
        bench.call("CostUpdated", totalCost=5.0, transactionId=transaction)
    else:
        bench.answers["TransactionEvent"] = answering({"totalCost": 5.0})
        bench.wait(60)

    assert ended(bench) == [("ChargingStateChanged", "LocalOutOfCredit")]


def test_the_first_of_several_limits_counts() -> None:
    bench = session()
    limits = {"max_energy_wh": 10_000.0, "max_duration_s": 120, "max_soc_percent": 99.0}
    assert bench.done(SetTransactionLimit(**limits)) == {"limits": 3}

    bench.wait(3_600)

    assert ended(bench) == [("TimeLimitReached", "TimeLimitReached")]


def test_a_limit_that_is_passed_already_ends_it_at_once() -> None:
    bench = session()

    bench.done(SetTransactionLimit(max_duration_s=5))

    assert ended(bench) == [("TimeLimitReached", "TimeLimitReached")]


def test_limits_take_the_place_of_those_before_and_none_lifts_them() -> None:
    bench = session()
    bench.done(SetTransactionLimit(max_duration_s=60))
    assert bench.done(SetTransactionLimit()) == {"limits": 0}

    bench.wait(600)

    assert ended(bench) == []


def test_the_end_that_a_driver_wants_stays() -> None:
    bench = session(duration_s=120)
    bench.done(SetTransactionLimit(max_duration_s=3_600))
    bench.done(SetTransactionLimit())

    bench.wait(300)

    assert ended(bench) == [("StopAuthorized", "Local")]


def test_where_authorization_is_no_stop_point_it_ends_with_the_cable_and_the_limit_s_reason() -> (
    None
):
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStopPoint": "EVConnected"})
    bench.done(StartSession(id_tag="A", vehicle=HALF_FULL))
    bench.done(SetTransactionLimit(max_duration_s=60))

    bench.wait(120)

    triggers = [event["triggerReason"] for event in bench.said("TransactionEvent")]
    assert "TimeLimitReached" in triggers and ended(bench) == []
    assert bench.state.connectors[0].power_w == 0
    bench.done(Unplug())
    assert ended(bench) == [("EVCommunicationLost", "TimeLimitReached")]


def test_in_1_6_the_reason_is_other() -> None:
    bench = Bench("1.6")
    bench.done(StartSession(id_tag="A", vehicle=HALF_FULL))
    bench.done(SetTransactionLimit(max_energy_wh=500.0))

    bench.wait(3_600)

    [stop] = bench.said("StopTransaction")
    assert stop["reason"] == "Other"
    assert stop["meterStop"] == pytest.approx(500, abs=1)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_without_a_transaction_there_is_nothing_to_limit(version: str) -> None:
    bench = Bench(version)

    refused = bench.failed(SetTransactionLimit(max_duration_s=60))

    assert isinstance(refused, Failed) and refused.code == "wrong_state"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_limit_does_not_outlive_its_transaction(version: str) -> None:
    bench = charging(version)
    bench.done(SetTransactionLimit(max_energy_wh=1.0))
    bench.wait(60)
    assert bench.state.connectors[0].transaction is None

    assert bench.charger.state(bench.now).connectors[0].transaction is None
    bench.failed(SetTransactionLimit(max_duration_s=60))


def test_the_state_shows_the_limits_that_are_kept_to() -> None:
    bench = session()
    begun_at = bench.now - 10
    transaction = bench.state.connectors[0].transaction
    assert transaction is not None and transaction.limits is None

    bench.done(
        SetTransactionLimit(
            max_energy_wh=500.0, max_duration_s=60, max_soc_percent=80.0, max_cost=3.5
        )
    )

    transaction = bench.state.connectors[0].transaction
    assert transaction is not None
    shown = transaction.limits
    assert shown is not None and shown.ends_at is not None
    assert shown.max_energy_wh == pytest.approx(500)
    assert shown.ends_at == pytest.approx(begun_at + 60, abs=1)
    assert (shown.max_soc_percent, shown.max_cost) == (80.0, "3.5")


def test_the_end_that_a_driver_wants_is_no_limit_that_is_shown() -> None:
    transaction = session(duration_s=120).state.connectors[0].transaction

    assert transaction is not None and transaction.limits is None
