"""Resets of single EVSEs (2.0.1 B11, B12), by their conformance cases where there are any."""

from typing import Any

import pytest

from tests.charger.bench import Bench, charging, start
from voltyard.catalogue.commands.commands import (
    ClearFault,
    InjectFault,
    PlugIn,
    PowerCut,
    Reboot,
    Swipe,
    Unplug,
)
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.kernel.time import to_rfc3339

FIXED = ChargerSpec(
    identity="CP 1", version="2.0.1", evses=(EvseSpec(), EvseSpec()), resets_evses=False
)


def reset(bench: Bench, type: str = "Immediate", evse: int = 1) -> Any:
    return bench.call("Reset", type=type, evseId=evse)


def ended(bench: Bench) -> list[str]:
    """The reasons of the transactions that have ended, in order."""
    events = bench.said("TransactionEvent")
    return [
        one["transactionInfo"].get("stoppedReason", "Local")
        for one in events
        if one["eventType"] == "Ended"
    ]


@pytest.mark.parametrize("type", ["OnIdle", "Immediate"])
def test_tc_b_25_an_evse_without_a_transaction_is_out_of_service_and_back(type: str) -> None:
    bench = Bench("2.0.1")
    bench.forget()

    assert reset(bench, type) == {"status": "Accepted"}
    assert bench.statuses() == ["Unavailable"]
    assert start(bench)["status"] == "Rejected"
    bench.wait(10)

    assert bench.statuses() == ["Unavailable", "Available"]
    assert start(bench)["status"] == "Accepted"
    assert not bench.said("BootNotification")
    assert not bench.hang_ups


def test_tc_b_26_on_idle_waits_for_the_transaction_of_that_evse_alone() -> None:
    bench = charging("2.0.1")
    bench.done(PlugIn(evse_id=2))
    bench.done(Swipe(id_tag="OTHER", evse_id=2))
    bench.forget()

    assert reset(bench, "OnIdle") == {"status": "Scheduled"}
    bench.wait(60)
    assert bench.statuses() == []
    bench.done(Unplug())
    assert bench.statuses()[-1] == "Unavailable"
    bench.wait(10)

    assert bench.statuses()[-1] == "Available"
    assert bench.statuses(2) == []
    assert ended(bench) == ["EVDisconnected"]
    assert not bench.said("BootNotification")


def test_tc_b_27_immediate_ends_the_transaction_of_that_evse_alone() -> None:
    bench = charging("2.0.1")
    bench.done(PlugIn(evse_id=2))
    bench.done(Swipe(id_tag="OTHER", evse_id=2))
    bench.forget()

    assert reset(bench) == {"status": "Accepted"}
    bench.wait(10)

    last = next(e for e in bench.said("TransactionEvent") if e["eventType"] == "Ended")
    assert last["triggerReason"] == "ResetCommand"
    assert last["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert ended(bench) == ["ImmediateReset"]
    assert bench.statuses() == ["Unavailable", "Occupied"]
    assert bench.state.connectors[1].transaction is not None
    assert not bench.said("BootNotification")


def test_tc_b_28_29_a_station_that_cannot_refuses() -> None:
    bench = Bench(spec=FIXED)
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="DRIVER"))
    bench.forget()

    for type in ("OnIdle", "Immediate"):
        assert reset(bench, type)["status"] == "Rejected"
    bench.wait(10)

    assert bench.statuses() == []
    assert ended(bench) == []
    assert bench.state.connectors[0].transaction is not None


@pytest.mark.parametrize("evse", [0, 3])
def test_an_evse_that_is_not_there_is_not_reset(evse: int) -> None:
    bench = Bench("2.0.1")
    bench.forget()

    answer = reset(bench, evse=evse)

    assert (answer["status"], answer["statusInfo"]["reasonCode"]) == ("Rejected", "UnknownEvse")
    assert bench.statuses() == []


def test_a_broken_controller_of_another_evse_is_no_hindrance() -> None:
    bench = Bench("2.0.1")
    bench.done(InjectFault(evse_id=2, connector_id=1, fault_type="ResetFailure"))

    assert reset(bench)["status"] == "Accepted"
    assert reset(bench, evse=2)["status"] == "Rejected"
    bench.done(ClearFault(evse_id=2, connector_id=1))
    assert reset(bench, evse=2)["status"] == "Accepted"


def test_what_is_asked_again_is_done_at_once_or_goes_on_waiting() -> None:
    bench = charging("2.0.1")

    assert reset(bench, "OnIdle")["status"] == "Scheduled"
    assert reset(bench, "OnIdle")["status"] == "Scheduled"
    assert reset(bench)["status"] == "Accepted"
    bench.wait(10)

    assert ended(bench) == ["ImmediateReset"]
    assert bench.statuses() == ["Unavailable", "Occupied"]


def test_none_begins_between_the_transaction_and_the_reset_that_waits() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="DRIVER"))
    reset(bench, "OnIdle")
    bench.forget()

    bench.done(Swipe(id_tag="DRIVER"))
    bench.wait(2)
    assert [e["eventType"] for e in bench.said("TransactionEvent")] == ["Ended"]
    bench.wait(10)

    # Back in service, the cable that is in begins a use of its own.
    assert [e["eventType"] for e in bench.said("TransactionEvent")] == ["Ended", "Started"]


def test_a_cable_that_comes_in_during_the_reset_waits_for_its_end() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    reset(bench)
    bench.forget()

    bench.done(PlugIn())
    assert not bench.said("TransactionEvent")
    assert bench.failed(Swipe(id_tag="DRIVER", evse_id=1)).code == "wrong_state"
    bench.wait(10)

    assert [e["eventType"] for e in bench.said("TransactionEvent")] == ["Started"]
    assert bench.statuses() == ["Occupied"]


def test_what_was_ordered_of_it_outlasts_the_reset() -> None:
    bench = Bench("2.0.1")
    bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    token = {"idToken": "DRIVER", "type": "Central"}
    until = to_rfc3339(bench.now + 3600)
    bench.call("ReserveNow", id=7, evseId=2, idToken=token, expiryDateTime=until)
    bench.forget()

    reset(bench)
    reset(bench, evse=2)
    bench.wait(10)

    assert bench.statuses() == []  # it was Unavailable before, and is
    assert bench.statuses(2) == ["Unavailable", "Reserved"]
    assert not bench.said("ReservationStatusUpdate")


@pytest.mark.parametrize("command", [PowerCut(duration_s=1), Reboot(hard=True)])
def test_a_restart_of_the_whole_takes_the_place_of_it(command: Any) -> None:
    bench = charging("2.0.1")
    reset(bench, "OnIdle")
    reset(bench, evse=2)

    bench.done(command)
    bench.wait(20)

    assert len(bench.said("BootNotification")) == 1
    assert bench.statuses(2)[-1] == "Available"
    assert not bench.charger.statuses.resets


def test_it_says_of_each_evse_whether_it_can_be_reset() -> None:
    for bench, value in ((Bench("2.0.1"), "true"), (Bench(spec=FIXED), "false")):
        answer = bench.call(
            "GetVariables",
            getVariableData=[
                {
                    "component": {"name": "EVSE", "evse": {"id": 2}},
                    "variable": {"name": "AllowReset"},
                }
            ],
        )
        assert answer["getVariableResult"][0]["attributeValue"] == value
