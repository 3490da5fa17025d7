"""Availability and resets as the CSMS orders them, by their conformance cases."""

from typing import Any

import pytest

from tests.charger.bench import TAG, Bench, charging, silent, start
from voltyard.catalogue.commands.commands import (
    PlugIn,
    PowerCut,
    Reboot,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import StatusChanged

# --- availability ------------------------------------------------------------------------------


def availability(bench: Bench, type: str, connector: int = 1) -> Any:
    return bench.call("ChangeAvailability", connectorId=connector, type=type)


def test_a_free_connector_goes_out_of_service_and_back() -> None:
    bench = Bench("1.6")
    bench.forget()

    assert availability(bench, "Inoperative") == {"status": "Accepted"}
    assert availability(bench, "Inoperative") == {"status": "Accepted"}
    bench.done(PlugIn())
    assert bench.statuses() == ["Unavailable"]
    assert bench.failed(Swipe(id_tag=TAG)).code == "wrong_state"
    assert availability(bench, "Operative") == {"status": "Accepted"}

    assert bench.statuses() == ["Unavailable", "Preparing"]


def test_a_running_transaction_puts_it_off() -> None:
    bench = charging("1.6")

    assert availability(bench, "Inoperative") == {"status": "Scheduled"}
    assert bench.statuses() == []
    bench.call("RemoteStopTransaction", transactionId=1)

    assert bench.statuses() == ["Unavailable"]


def test_a_plugged_in_vehicle_that_does_not_charge_does_not() -> None:
    bench = Bench("1.6")
    bench.done(PlugIn())
    bench.forget()

    assert availability(bench, "Inoperative") == {"status": "Accepted"}

    # B6 and F8: with a cable in it is never Available.
    assert bench.statuses() == ["Finishing", "Unavailable"]
    assert availability(bench, "Operative") == {"status": "Accepted"}
    assert bench.statuses()[-1] == "Preparing"


@pytest.mark.parametrize("when", ["plugged", "authorized", "after its transaction"])
@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_connector_with_a_cable_in_goes_out_of_service_without_being_available(
    version: str, number: int, when: str
) -> None:
    bench = Bench(version, settings={"StopTransactionOnInvalidId": "true"})
    if when == "authorized":
        bench.done(Swipe(id_tag=TAG))
    bench.done(PlugIn())
    if when == "after its transaction":
        bench.done(Swipe(id_tag=TAG))
        bench.done(Swipe(id_tag=TAG))
    bench.forget()

    if version == "1.6":
        availability(bench, "Inoperative", number)
    else:
        where = {"evse": {"id": 1}} if number else {}
        bench.call("ChangeAvailability", operationalStatus="Inoperative", **where)
    if when == "authorized":
        bench.done(Swipe(id_tag=TAG))

    assert "Available" not in bench.statuses()
    assert bench.statuses()[-1] == "Unavailable"
    assert "Available" not in [one.status for one in bench.seen(StatusChanged) if one.evse_id == 1]


def test_going_out_of_service_forgets_who_was_expected() -> None:
    bench = Bench("1.6")
    bench.done(Swipe(id_tag=TAG))
    bench.forget()

    availability(bench, "Inoperative")
    availability(bench, "Operative")
    bench.done(PlugIn())

    assert bench.statuses()[-1] == "Preparing"
    assert not bench.said("StartTransaction")


def test_connector_zero_is_the_charger_and_all_connectors() -> None:
    bench = charging("1.6")

    assert availability(bench, "Inoperative", 0) == {"status": "Scheduled"}
    assert bench.statuses(0) == ["Unavailable"]
    assert bench.statuses(2) == ["Unavailable"]
    assert availability(bench, "Operative", 0) == {"status": "Accepted"}

    assert bench.statuses(0) == ["Unavailable", "Available"]
    assert bench.statuses(2) == ["Unavailable", "Available"]
    assert availability(bench, "Operative", 7) == {"status": "Rejected"}


def test_tc_g_05_the_station_goes_out_of_service_and_restores_each_state() -> None:
    bench = Bench("2.0.1")
    bench.call(
        "ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2, "connectorId": 1}
    )
    bench.forget()

    assert bench.call("ChangeAvailability", operationalStatus="Inoperative")["status"] == "Accepted"
    bench.call("ChangeAvailability", operationalStatus="Operative")

    assert bench.statuses(1) == ["Unavailable", "Available"]
    assert bench.statuses(2) == []


def test_tc_g_11_an_evse_with_a_transaction_is_scheduled() -> None:
    bench = charging("2.0.1")

    answer = bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    assert answer == {"status": "Scheduled"}
    bench.done(Unplug())

    assert bench.statuses() == ["Unavailable"]
    answer = bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 2})
    assert answer == {"status": "Accepted"}


def test_unknown_places_are_rejected_201() -> None:
    bench = Bench("2.0.1")
    places = {"UnknownEvse": {"id": 9}, "UnknownConnectorId": {"id": 1, "connectorId": 9}}
    for why, evse in places.items():
        answer = bench.call("ChangeAvailability", operationalStatus="Operative", evse=evse)
        assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": why}}


# --- reset -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
def test_tc_013_014_reset_without_transaction(kind: str) -> None:
    bench = Bench("1.6")
    availability(bench, "Inoperative", 2)
    bench.forget()

    assert bench.call("Reset", type=kind) == {"status": "Accepted"}
    assert start(bench) == {"status": "Rejected"}
    bench.wait(10)

    assert bench.actions() == ["BootNotification"] + ["StatusNotification"] * 3
    assert bench.statuses(2) == ["Unavailable"]
    assert len(bench.hang_ups) == 1


@pytest.mark.parametrize("kind", ["Soft", "Hard"])
def test_tc_015_016_reset_with_transaction(kind: str) -> None:
    bench = charging("1.6")

    bench.call("Reset", type=kind)
    bench.wait(20)

    assert bench.said("StopTransaction")[0]["reason"] == f"{kind}Reset"
    assert bench.actions()[:2] == ["StopTransaction", "StatusNotification"]
    assert bench.actions()[2] == "BootNotification"


def test_a_soft_reset_waits_for_its_last_messages_but_not_for_ever() -> None:
    bench = charging("1.6")
    bench.answers["StopTransaction"] = silent

    bench.call("Reset", type="Soft")
    bench.wait(9)
    assert not bench.hang_ups
    bench.wait(2)
    assert len(bench.hang_ups) == 1
    bench.answers.clear()
    bench.wait(10)

    assert len(bench.said("StopTransaction")) == 2  # kept, and sent after the boot
    assert bench.state.queue_length == 0


def test_tc_b_20_reset_on_idle_without_transaction() -> None:
    bench = Bench("2.0.1")
    bench.forget()

    assert bench.call("Reset", type="OnIdle") == {"status": "Accepted"}
    bench.wait(10)

    assert bench.said("BootNotification")[0]["reason"] == "RemoteReset"


def test_tc_b_21_reset_on_idle_with_transaction() -> None:
    bench = charging("2.0.1")

    assert bench.call("Reset", type="OnIdle") == {"status": "Scheduled"}
    bench.wait(60)
    assert not bench.said("BootNotification")
    bench.done(Unplug())
    bench.wait(10)

    assert [boot["reason"] for boot in bench.said("BootNotification")] == ["ScheduledReset"]
    ended = bench.said("TransactionEvent")[-1]
    assert ended["transactionInfo"]["stoppedReason"] == "EVDisconnected"


def test_tc_b_41_nothing_begins_while_a_reset_waits_for_other_transactions() -> None:
    bench = charging("2.0.1")
    bench.call("Reset", type="OnIdle")
    assert bench.statuses(2) == ["Unavailable"]

    assert start(bench, 2)["status"] == "Rejected"
    assert bench.failed(Swipe(id_tag="OTHER", evse_id=2)).code == "wrong_state"
    bench.done(Unplug())
    bench.wait(10)

    assert bench.statuses(2) == ["Unavailable", "Available"]
    assert start(bench, 2)["status"] == "Accepted"


def test_a_cable_begins_nothing_while_a_reset_waits() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.done(PlugIn())
    bench.call("Reset", type="OnIdle")
    bench.forget()

    bench.done(PlugIn(evse_id=2))
    assert not bench.said("TransactionEvent")
    bench.done(Unplug())
    bench.wait(10)

    assert [e["eventType"] for e in bench.said("TransactionEvent")] == ["Ended", "Started"]


def test_a_transaction_that_runs_may_still_be_authorized_while_a_reset_waits() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.done(PlugIn())
    bench.call("Reset", type="OnIdle")

    bench.done(Swipe(id_tag="DRIVER"))

    assert bench.said("TransactionEvent")[-1]["transactionInfo"]["chargingState"] == "Charging"


def test_a_power_cut_makes_a_reset_that_waits_needless() -> None:
    bench = charging("2.0.1")
    bench.call("Reset", type="OnIdle")

    bench.done(PowerCut(duration_s=5))
    bench.wait(20)

    assert [boot["reason"] for boot in bench.said("BootNotification")] == ["PowerUp"]
    assert bench.statuses(2)[-1] == "Available"


def test_tc_b_22_reset_immediate_with_transaction() -> None:
    bench = charging("2.0.1")

    assert bench.call("Reset", type="Immediate") == {"status": "Accepted"}
    bench.wait(10)

    ended = bench.said("TransactionEvent")[-1]
    assert ended["triggerReason"] == "ResetCommand"
    assert ended["transactionInfo"]["stoppedReason"] == "ImmediateReset"
    assert bench.actions().index("BootNotification") > bench.actions().index("TransactionEvent")


def test_a_cable_begins_nothing_while_the_charger_restarts() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.call("Reset", type="Immediate")
    bench.forget()

    bench.done(PlugIn())
    assert not bench.said("TransactionEvent")
    bench.wait(10)

    assert bench.actions().index("BootNotification") < bench.actions().index("TransactionEvent")
    assert bench.said("TransactionEvent")[0]["eventType"] == "Started"


def test_somebody_restarts_it_at_the_charger() -> None:
    bench = charging("2.0.1")

    bench.done(Reboot(hard=True))
    bench.wait(10)

    assert bench.said("BootNotification")[0]["reason"] == "LocalReset"
    assert bench.said("TransactionEvent")[0]["transactionInfo"]["stoppedReason"] == "Reboot"
