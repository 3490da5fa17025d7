"""What the CSMS orders: remote start and stop, unlock, availability, reset, triggers."""

from typing import Any

import pytest

from tests.charger.bench import TAG, TOKEN, Bench, answering, charging, frames, start
from voltyard.catalogue.commands.commands import (
    ClearFault,
    InjectFault,
    PlugIn,
    StartSession,
    Unlock,
    Unplug,
)
from voltyard.charger.description.specification import ConnectorSpec


def statuses(bench: Bench) -> list[str]:
    return [connector.status for connector in bench.state.connectors]


# --- remote start ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [1, None])
def test_tc_010_remote_start_cable_first(place: int | None) -> None:
    bench = Bench("1.6")
    bench.done(PlugIn())
    bench.forget()

    assert start(bench, place) == {"status": "Accepted"}

    assert bench.actions() == ["StartTransaction", "StatusNotification"]
    assert bench.said("StartTransaction")[0]["idTag"] == TAG


def test_a_refused_start_says_why_in_201() -> None:
    def why(bench: Bench, place: int | None = 1) -> Any:
        answer = start(bench, place)
        assert answer["status"] == "Rejected"
        return answer["statusInfo"]

    bench = charging("2.0.1")
    assert why(bench)["reasonCode"] == "TxInProgress"
    assert why(bench, 9) == {"reasonCode": "UnknownEvse"}
    bench.call("ChangeAvailability", operationalStatus="Inoperative")
    assert why(bench, 2)["additionalInfo"] == "the connector is out of service"
    assert why(bench, None) == {"reasonCode": "Unspecified", "additionalInfo": "no place is free"}

    pending = Bench("2.0.1", boot=False)
    pending.answers["BootNotification"] = answering(
        {"status": "Pending", "currentTime": "2026-11-21T09:00:00Z", "interval": 60}
    )
    pending.tick()
    assert why(pending) == {"reasonCode": "CSNotAccepted"}
    refused = pending.call("RequestStopTransaction", transactionId="x")
    assert refused["statusInfo"] == {"reasonCode": "CSNotAccepted"}


def test_what_is_not_enabled_says_so_in_201() -> None:
    off = {"ReservationCtrlr.Enabled": "false", "LocalAuthListCtrlr.Enabled": "false"}
    bench = Bench("2.0.1", settings=off)

    expiry = {"expiryDateTime": "2099-01-01T00:00:00Z"}
    answers = [
        bench.call("SendLocalList", versionNumber=1, updateType="Full"),
        bench.call("ReserveNow", id=1, idToken=TOKEN, **expiry),
    ]

    assert [one["status"] for one in answers] == ["Failed", "Rejected"]
    assert [one["statusInfo"] for one in answers] == [{"reasonCode": "NotEnabled"}] * 2


def test_without_a_place_the_vehicle_that_waits_is_chosen() -> None:
    bench = Bench("1.6")
    bench.done(PlugIn(evse_id=2))

    start(bench, None)

    assert bench.said("StartTransaction")[0]["connectorId"] == 2


def test_tc_011_1_remote_start_first() -> None:
    bench = Bench("1.6")
    bench.forget()

    assert start(bench) == {"status": "Accepted"}
    assert bench.statuses() == ["Preparing"]
    bench.done(PlugIn())

    assert bench.statuses() == ["Preparing", "Charging"]


def test_tc_011_2_remote_start_time_out() -> None:
    bench = Bench("1.6")
    bench.forget()
    start(bench)

    bench.wait(61)

    assert bench.statuses() == ["Preparing", "Available"]


def test_tc_f_01_remote_start_cable_first_201() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.done(PlugIn())
    id = bench.said("TransactionEvent")[0]["transactionInfo"]["transactionId"]
    bench.forget()

    answer = start(bench)

    assert answer == {"status": "Accepted", "transactionId": id}
    [remote, power] = bench.said("TransactionEvent")
    assert (remote["eventType"], remote["triggerReason"]) == ("Updated", "RemoteStart")
    assert remote["transactionInfo"]["remoteStartId"] == 5
    assert remote["idToken"] == TOKEN
    assert "remoteStartId" not in power["transactionInfo"]


def test_tc_f_03_remote_start_first_201() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "Authorized"})
    bench.forget()

    start(bench)
    bench.done(PlugIn())

    told = bench.said("TransactionEvent")
    assert [(e["eventType"], e["triggerReason"]) for e in told] == [
        ("Started", "RemoteStart"),
        ("Updated", "CablePluggedIn"),
        ("Updated", "ChargingStateChanged"),
    ]
    assert told[0]["transactionInfo"]["remoteStartId"] == 5


@pytest.mark.parametrize(
    ("point", "state"),
    [
        ("EVConnected", "EVConnected"),
        ("PowerPathClosed", "EVConnected"),
        ("EnergyTransfer", "Charging"),
    ],
)
def test_tc_f_03_what_comes_of_a_remote_start_says_so_whatever_begins_it(
    point: str, state: str
) -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": point})
    bench.forget()

    start(bench)
    bench.done(PlugIn())

    began, *further = bench.said("TransactionEvent")
    assert (began["eventType"], began["triggerReason"]) == ("Started", "RemoteStart")
    assert began["transactionInfo"]["remoteStartId"] == 5
    assert began["transactionInfo"]["chargingState"] == state
    assert "RemoteStart" not in [event["triggerReason"] for event in further]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_tc_f_02_authorize_remote_start_asks_first(version: str) -> None:
    bench = Bench(version, settings={"AuthorizeRemoteTxRequests": "true"})
    bench.done(PlugIn())
    bench.forget()

    start(bench)

    assert bench.actions()[0] == "Authorize"
    assert statuses(bench)[0] in ("Charging", "Occupied")


def test_tc_023_5_remote_start_authorize_invalid() -> None:
    bench = Bench("1.6", settings={"AuthorizeRemoteTxRequests": "true"})
    bench.tariff = {"status": "Invalid"}
    bench.done(PlugIn())
    bench.forget()

    assert start(bench) == {"status": "Accepted"}

    assert bench.actions() == ["Authorize"]


def test_tc_026_remote_start_rejected_where_occupied_faulted_or_unavailable() -> None:
    bench = charging("1.6")
    assert start(bench) == {"status": "Rejected"}

    bench.done(InjectFault(evse_id=2, fault_type="OtherError"))
    assert start(bench, 2) == {"status": "Rejected"}
    assert start(bench, None) == {"status": "Rejected"}
    bench.done(ClearFault(evse_id=2))
    bench.call("ChangeAvailability", connectorId=2, type="Inoperative")

    assert start(bench, 2) == {"status": "Rejected"}
    assert not bench.said("StartTransaction")


@pytest.mark.parametrize("place", [0, 3, -1])
def test_tc_027_remote_start_on_connector_zero_or_unknown_is_rejected(place: int) -> None:
    assert start(Bench("1.6"), place) == {"status": "Rejected"}
    assert start(Bench("2.0.1"), place)["status"] == "Rejected"


def test_a_finished_use_may_be_followed_by_a_remote_start() -> None:
    bench = charging("1.6")
    bench.call("RemoteStopTransaction", transactionId=1)
    bench.forget()

    assert start(bench) == {"status": "Accepted"}

    assert bench.statuses() == ["Preparing", "Charging"]


# --- remote stop -------------------------------------------------------------------------------


def test_tc_012_remote_stop() -> None:
    bench = charging("1.6")

    assert bench.call("RemoteStopTransaction", transactionId=1) == {"status": "Accepted"}

    assert bench.said("StopTransaction")[0]["reason"] == "Remote"
    assert bench.statuses() == ["Finishing"]


def test_tc_028_remote_stop_rejected() -> None:
    bench = charging("1.6")

    assert bench.call("RemoteStopTransaction", transactionId=99) == {"status": "Rejected"}

    assert bench.actions() == []


def test_tc_f_08_remote_stop_201() -> None:
    bench = charging("2.0.1")
    id = bench.state.connectors[0].transaction.transaction_id

    assert bench.call("RequestStopTransaction", transactionId=id) == {"status": "Accepted"}

    event = bench.said("TransactionEvent")[-1]
    assert (event["eventType"], event["triggerReason"]) == ("Ended", "RemoteStop")
    assert event["transactionInfo"]["stoppedReason"] == "Remote"
    assert bench.call("RequestStopTransaction", transactionId=id)["status"] == "Rejected"


def test_a_remote_stop_with_ev_connected_as_stop_point_ends_at_the_unplug() -> None:
    bench = charging("2.0.1", **{"TxCtrlr.TxStopPoint": "EVConnected"})
    id = bench.state.connectors[0].transaction.transaction_id

    bench.call("RequestStopTransaction", transactionId=id)
    assert bench.said("TransactionEvent")[-1]["eventType"] == "Updated"
    assert start(bench)["status"] == "Rejected"
    bench.done(Unplug())

    ended = bench.said("TransactionEvent")[-1]
    assert ended["eventType"] == "Ended"
    assert ended["transactionInfo"]["stoppedReason"] == "Remote"


# --- unlock ------------------------------------------------------------------------------------


def test_tc_017_1_unlock_without_session() -> None:
    bench = Bench("1.6")
    assert bench.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}


def test_tc_017_2_unlock_of_a_fixed_cable() -> None:
    bench = Bench("1.6", connector=ConnectorSpec(has_lock=False))
    assert bench.call("UnlockConnector", connectorId=1) == {"status": "NotSupported"}
    assert bench.failed(Unlock()).code == "wrong_state"

    newer = Bench("2.0.1", connector=ConnectorSpec(has_lock=False))
    answer = newer.call("UnlockConnector", evseId=1, connectorId=1)
    assert answer == {"status": "UnlockFailed", "statusInfo": {"reasonCode": "FixedCable"}}
    newer.done(StartSession(id_tag=TAG))
    answer = newer.call("UnlockConnector", evseId=1, connectorId=1)
    assert answer == {"status": "OngoingAuthorizedTransaction"}  # F05.FR.02


def test_tc_018_1_unlock_with_session() -> None:
    bench = charging("1.6")

    assert bench.call("UnlockConnector", connectorId=1) == {"status": "Unlocked"}

    assert bench.said("StopTransaction")[0]["reason"] == "UnlockCommand"
    assert bench.statuses() == ["Finishing"]


def test_tc_f_05_unlock_with_ongoing_transaction_201() -> None:
    bench = charging("2.0.1")

    answer = bench.call("UnlockConnector", evseId=1, connectorId=1)

    assert answer == {"status": "OngoingAuthorizedTransaction"}
    assert bench.actions() == []
    assert bench.failed(Unlock()).details["status"] == "Ongoing"
    assert bench.call("UnlockConnector", evseId=2, connectorId=1) == {"status": "Unlocked"}


def test_a_transaction_nobody_is_authorized_in_keeps_no_cable_locked_201() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.done(PlugIn())
    bench.forget()

    answer = bench.call("UnlockConnector", evseId=1, connectorId=1)

    assert answer == {"status": "Unlocked"}
    assert bench.actions() == []
    assert bench.state.connectors[0].transaction is not None


@pytest.mark.parametrize(("evse", "connector"), [(3, 1), (0, 1), (1, 2), (1, 0)])
def test_tc_f_10_unlock_unknown_connector_201(evse: int, connector: int) -> None:
    answer = Bench("2.0.1").call("UnlockConnector", evseId=evse, connectorId=connector)
    assert answer == {"status": "UnknownConnector"}


def test_tc_030_unlock_failure() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(fault_type="ConnectorLockFailure"))
    assert bench.call("UnlockConnector", connectorId=1) == {"status": "UnlockFailed"}

    newer = Bench("2.0.1")
    newer.done(InjectFault(fault_type="ConnectorLockFailure"))
    assert newer.call("UnlockConnector", evseId=1, connectorId=1) == {"status": "UnlockFailed"}


def test_tc_031_unlock_unknown_connector() -> None:
    assert Bench("1.6").call("UnlockConnector", connectorId=9) == {"status": "NotSupported"}


def test_a_key_at_the_charger_unlocks_too() -> None:
    bench = charging("1.6")

    done = bench.done(Unlock())
    assert (done["status"], done["transaction_id"], done["ended"]) == ("Unlocked", "1", True)

    assert bench.said("StopTransaction")[0]["reason"] == "UnlockCommand"


# --- triggers ----------------------------------------------------------------------------------


def trigger(bench: Bench, message: str, **where: Any) -> str:
    bench.forget()
    status: str = bench.call("TriggerMessage", requestedMessage=message, **where)["status"]
    return status


def test_tc_054_trigger_message_16() -> None:
    bench = charging("1.6")
    bench.wait(30)

    assert trigger(bench, "Heartbeat") == "Accepted"
    assert bench.actions() == ["Heartbeat"]
    assert trigger(bench, "MeterValues", connectorId=1) == "Accepted"
    [values] = bench.said("MeterValues")
    assert values["transactionId"] == 1
    assert values["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"
    assert trigger(bench, "MeterValues") == "Accepted"
    assert [v["connectorId"] for v in bench.said("MeterValues")] == [1, 2]
    assert trigger(bench, "StatusNotification") == "Accepted"
    assert [s["connectorId"] for s in bench.said("StatusNotification")] == [0, 1, 2]
    assert trigger(bench, "StatusNotification", connectorId=0) == "Accepted"
    assert [s["connectorId"] for s in bench.said("StatusNotification")] == [0]
    assert trigger(bench, "StatusNotification", connectorId=2) == "Accepted"
    assert [s["connectorId"] for s in bench.said("StatusNotification")] == [2]


def test_tc_055_trigger_message_rejected() -> None:
    bench = Bench("1.6")
    assert trigger(bench, "BootNotification") == "Rejected"
    assert trigger(bench, "StatusNotification", connectorId=8) == "Rejected"
    assert trigger(bench, "MeterValues", connectorId=8) == "Rejected"
    assert bench.actions() == []


def test_the_answer_to_a_trigger_comes_before_its_message() -> None:
    bench = Bench("1.6")
    bench.forget()

    bench.call("TriggerMessage", requestedMessage="Heartbeat")

    sent = [(f.kind, f.action) for f in frames(bench) if f.direction == "cp_to_csms"]
    assert sent == [("result", "TriggerMessage"), ("call", "Heartbeat")]


def test_tc_f_11_to_27_trigger_message_201() -> None:
    bench = charging("2.0.1")

    assert trigger(bench, "Heartbeat") == "Accepted"
    assert bench.actions() == ["Heartbeat"]
    assert trigger(bench, "MeterValues", evse={"id": 1}) == "Accepted"
    assert [v["evseId"] for v in bench.said("MeterValues")] == [1]
    assert trigger(bench, "MeterValues") == "Accepted"
    assert [v["evseId"] for v in bench.said("MeterValues")] == [1, 2]
    assert trigger(bench, "TransactionEvent", evse={"id": 2}) == "Accepted"
    assert bench.actions() == []
    assert trigger(bench, "TransactionEvent") == "Accepted"
    [event] = bench.said("TransactionEvent")
    assert event["triggerReason"] == "Trigger"
    assert event["transactionInfo"]["chargingState"] == "Charging"  # F06.FR.07
    assert trigger(bench, "StatusNotification", evse={"id": 1, "connectorId": 1}) == "Accepted"
    assert bench.statuses() == ["Occupied"]
    assert trigger(bench, "StatusNotification") == "Rejected"
    assert trigger(bench, "StatusNotification", evse={"id": 1}) == "Rejected"
    assert trigger(bench, "MeterValues", evse={"id": 7}) == "Rejected"
    assert trigger(bench, "BootNotification") == "Rejected"
    assert trigger(bench, "PublishFirmwareStatusNotification") == "NotImplemented"
    assert bench.actions() == []


# --- the rest ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_tc_062_data_transfer_of_an_unknown_vendor(version: str) -> None:
    assert Bench(version).call("DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}


@pytest.mark.parametrize(
    ("version", "action", "payload"),
    [
        ("2.0.1", "UnpublishFirmware", {"checksum": "0" * 32}),
    ],
)
def test_what_is_not_there_is_not_supported(
    version: str, action: str, payload: dict[str, Any]
) -> None:
    bench = Bench(version)
    bench.forget()

    assert bench.call(action, **payload)[0] == "NotSupported"

    assert bench.actions() == []


def test_tc_e_28_to_34_transaction_status() -> None:
    bench = charging("2.0.1")
    id = bench.state.connectors[0].transaction.transaction_id

    assert bench.call("GetTransactionStatus", transactionId="?") == {
        "ongoingIndicator": False,
        "messagesInQueue": False,
    }
    assert bench.call("GetTransactionStatus", transactionId=id) == {
        "ongoingIndicator": True,
        "messagesInQueue": False,
    }
    assert bench.call("GetTransactionStatus") == {"messagesInQueue": False}
    bench.answers["TransactionEvent"] = answering("no object")
    bench.done(Unplug())
    assert bench.call("GetTransactionStatus", transactionId=id) == {
        "ongoingIndicator": False,
        "messagesInQueue": True,
    }
    assert bench.call("GetTransactionStatus") == {"messagesInQueue": True}
