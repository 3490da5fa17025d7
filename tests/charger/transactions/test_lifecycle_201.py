"""Charging sessions in OCPP 2.0.1, by their conformance cases."""

from typing import Any

import pytest

from tests.charger.bench import Bench, answering
from voltyard.catalogue.commands.commands import (
    ClearFault,
    EndTransaction,
    EvRequestsEnergy,
    EvStopsEnergy,
    InjectFault,
    PlugIn,
    PowerUpdate,
    PullCableAtVehicle,
    Swipe,
    Unplug,
)
from voltyard.charger.description.specification import ConnectorSpec

TAG = "DRIVER"

START_POINT = "TxCtrlr.TxStartPoint"
STOP_POINT = "TxCtrlr.TxStopPoint"


def bench_with(start: str, stop: str = "EVConnected,Authorized", **settings: str) -> Bench:
    """A booted bench with those points."""
    bench = Bench("2.0.1", settings={START_POINT: start, STOP_POINT: stop, **settings})
    bench.forget()
    return bench


def events(bench: Bench) -> list[tuple[str, str, str | None]]:
    """The transaction events: type, trigger, charging state."""
    return [
        (e["eventType"], e["triggerReason"], e["transactionInfo"].get("chargingState"))
        for e in bench.said("TransactionEvent")
    ]


def last(bench: Bench) -> dict[str, Any]:
    return bench.said("TransactionEvent")[-1]


def test_tc_e_03_cable_plugin_first_with_ev_connected_as_start_point() -> None:
    bench = bench_with("EVConnected", "EVConnected")

    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.wait(60)
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())

    assert bench.actions() == [
        "StatusNotification",
        "TransactionEvent",
        "Authorize",
        "TransactionEvent",
        "TransactionEvent",
        "TransactionEvent",
        "TransactionEvent",
        "TransactionEvent",
        "StatusNotification",
    ]
    assert events(bench) == [
        ("Started", "CablePluggedIn", "EVConnected"),
        ("Updated", "Authorized", None),
        ("Updated", "ChargingStateChanged", "Charging"),
        ("Updated", "MeterValuePeriodic", None),
        ("Updated", "StopAuthorized", "EVConnected"),
        ("Ended", "EVCommunicationLost", "Idle"),
    ]
    assert [e["seqNo"] for e in bench.said("TransactionEvent")] == [0, 1, 2, 3, 4, 5]
    assert bench.statuses() == ["Occupied", "Available"]


def test_what_is_told_once_is_told_once() -> None:
    bench = bench_with("EVConnected", "EVConnected")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.wait(60)
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())

    told = bench.said("TransactionEvent")
    assert ["evse" in e for e in told] == [True] + [False] * 5
    assert ["idToken" in e for e in told] == [False, True, False, False, True, False]
    assert "stoppedReason" not in told[-1]["transactionInfo"]  # Local
    contexts = [
        [v["context"] for m in e.get("meterValue", ()) for v in m["sampledValue"]] for e in told
    ]
    assert contexts[0] == ["Transaction.Begin"]
    assert contexts[3] == ["Sample.Periodic"] * 2
    assert contexts[5] == ["Transaction.End"]


def test_tc_e_04_authorization_first_with_authorized_as_start_point() -> None:
    bench = bench_with("Authorized")

    bench.done(Swipe(id_tag=TAG))
    assert bench.statuses() == []
    bench.done(PlugIn())

    assert events(bench) == [
        ("Started", "Authorized", "Idle"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]
    told = bench.said("TransactionEvent")
    assert ["evse" in e for e in told] == [False, True, False]
    assert ["meterValue" in e for e in told] == [False, True, False]
    assert bench.statuses() == ["Occupied"]


def test_tc_e_05_authorization_first_cable_plugin_timeout() -> None:
    bench = bench_with("Authorized", **{"TxCtrlr.EVConnectionTimeOut": "20"})
    bench.done(Swipe(id_tag=TAG))

    bench.wait(21)

    assert events(bench)[-1][:2] == ("Ended", "EVConnectTimeout")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "Timeout"


def test_tc_e_01_power_path_closed_as_start_point() -> None:
    bench = bench_with("PowerPathClosed")

    bench.done(PlugIn())
    assert events(bench) == []
    bench.done(Swipe(id_tag=TAG))

    assert events(bench) == [
        ("Started", "Authorized", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


def test_tc_e_02_energy_transfer_as_start_point() -> None:
    bench = bench_with("EnergyTransfer")
    bench.done(PlugIn())
    bench.done(EvStopsEnergy())
    bench.done(Swipe(id_tag=TAG))
    assert events(bench) == []

    bench.done(EvRequestsEnergy())

    assert events(bench) == [("Started", "ChargingStateChanged", "Charging")]
    assert "idToken" in last(bench)


def test_tc_e_15_stop_authorized_with_authorized_as_stop_point() -> None:
    bench = bench_with("PowerPathClosed", "Authorized")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(Swipe(id_tag=TAG))

    assert events(bench)[-1] == ("Ended", "StopAuthorized", "EVConnected")
    assert last(bench)["idToken"]["idToken"] == TAG
    bench.done(Unplug())
    assert bench.statuses() == ["Occupied", "Available"]


@pytest.mark.parametrize("stop", ["EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"])
def test_tc_e_14_unplugging_ends_the_transaction_at_any_stop_point(stop: str) -> None:
    bench = bench_with("PowerPathClosed", stop)
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(Unplug())

    assert events(bench)[-1] == ("Ended", "EVCommunicationLost", "Idle")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "EVDisconnected"


def test_an_unplugging_is_told_once_where_no_stop_point_was_ever_reached() -> None:
    bench = bench_with("PowerPathClosed", "EnergyTransfer")
    bench.done(PlugIn())
    bench.done(EvStopsEnergy())
    bench.done(Swipe(id_tag=TAG))

    bench.done(Unplug())

    lost = [event for event in events(bench) if event[1] == "EVCommunicationLost"]
    assert lost == [("Ended", "EVCommunicationLost", "Idle")]


def test_tc_e_22_energy_transfer_as_stop_point_ends_when_the_vehicle_rests() -> None:
    bench = bench_with("PowerPathClosed", "EnergyTransfer")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(EvStopsEnergy())

    assert events(bench)[-1] == ("Ended", "ChargingStateChanged", "EVConnected")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "StoppedByEV"


def test_tc_e_08_energy_transfer_as_stop_point_ends_when_nothing_is_offered() -> None:
    bench = bench_with("PowerPathClosed", "EnergyTransfer")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(PowerUpdate(power_w=0))

    assert events(bench)[-1] == ("Ended", "ChargingStateChanged", "EVConnected")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "Other"


def test_tc_e_17_ev_side_disconnect_deauthorizes() -> None:
    bench = bench_with("PowerPathClosed", "Authorized")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(PullCableAtVehicle())

    assert events(bench)[-1] == ("Ended", "EVCommunicationLost", "Idle")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "EVDisconnected"


@pytest.mark.parametrize("stop", ["EVConnected", "PowerPathClosed"])
def test_tc_e_20_37_ev_side_disconnect_ends_what_needs_the_connection(stop: str) -> None:
    bench = bench_with("PowerPathClosed", stop, **{"TxCtrlr.StopTxOnEVSideDisconnect": "false"})
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(PullCableAtVehicle())

    assert events(bench)[-1] == ("Ended", "EVCommunicationLost", "Idle")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "EVDisconnected"


def test_tc_e_25_ev_side_disconnect_only_deauthorizes_while_the_bay_is_occupied() -> None:
    bench = bench_with("PowerPathClosed", "ParkingBayOccupancy")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(PullCableAtVehicle())
    assert events(bench)[-1] == ("Updated", "EVCommunicationLost", "Idle")
    bench.done(Unplug())

    assert events(bench)[-1][0] == "Ended"


@pytest.mark.parametrize(
    ("stop", "kind"), [("Authorized", "Ended"), ("ParkingBayOccupancy", "Updated")]
)
def test_tc_e_27_a_fixed_cable_has_a_time_to_come_back(stop: str, kind: str) -> None:
    bench = Bench(
        "2.0.1",
        connector=ConnectorSpec(has_lock=False),
        settings={STOP_POINT: stop, "TxCtrlr.StopTxOnEVSideDisconnect": "false"},
    )
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.done(PullCableAtVehicle())
    bench.wait(59)
    bench.done(PlugIn())
    bench.wait(59)
    assert "EVConnectTimeout" not in [trigger for _, trigger, _ in events(bench)]
    bench.done(PullCableAtVehicle())

    bench.wait(61)

    [timeout] = [
        e for e in bench.said("TransactionEvent") if e["triggerReason"] == "EVConnectTimeout"
    ]
    assert timeout["eventType"] == kind
    assert timeout["transactionInfo"].get("stoppedReason") == (
        "Timeout" if kind == "Ended" else None
    )


def test_tc_e_26_ev_side_disconnect_suspends() -> None:
    bench = bench_with(
        "PowerPathClosed", "Authorized", **{"TxCtrlr.StopTxOnEVSideDisconnect": "false"}
    )
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(PullCableAtVehicle())
    assert events(bench)[-1] == ("Updated", "EVCommunicationLost", "Idle")
    bench.done(PlugIn())

    assert events(bench)[-2:] == [
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


def test_tc_e_16_a_refused_token_ends_the_transaction() -> None:
    bench = bench_with("PowerPathClosed")
    bench.answers["TransactionEvent"] = lambda e: (
        {"idTokenInfo": {"status": "Invalid"}} if "idToken" in e else {}
    )
    bench.done(PlugIn())

    bench.ask(Swipe(id_tag=TAG))

    assert ("Ended", "Deauthorized", "EVConnected") in events(bench)
    ended = next(e for e in bench.said("TransactionEvent") if e["eventType"] == "Ended")
    assert ended["transactionInfo"]["stoppedReason"] == "DeAuthorized"


def test_tc_c_17_a_refused_token_only_loses_its_energy() -> None:
    bench = bench_with("PowerPathClosed", **{"TxCtrlr.StopTxOnInvalidId": "false"})
    bench.answers["TransactionEvent"] = answering({"idTokenInfo": {"status": "Blocked"}})
    bench.done(PlugIn())

    bench.ask(Swipe(id_tag=TAG))
    bench.wait(300)

    assert "Ended" not in [kind for kind, _, _ in events(bench)]
    assert ("Updated", "ChargingStateChanged", "SuspendedEVSE") in events(bench)
    assert "Deauthorized" not in [trigger for _, trigger, _ in events(bench)]
    assert bench.state.connectors[0].energy_wh < 1


def test_tc_c_15_a_refused_token_that_may_have_some_energy_is_told_of_when_it_is_used_up() -> None:
    bench = bench_with(
        "PowerPathClosed",
        **{"TxCtrlr.StopTxOnInvalidId": "false", "TxCtrlr.MaxEnergyOnInvalidId": "100"},
    )
    bench.answers["TransactionEvent"] = answering({"idTokenInfo": {"status": "Invalid"}})
    bench.done(PlugIn())

    bench.ask(Swipe(id_tag=TAG))
    assert events(bench)[1:] == [("Updated", "ChargingStateChanged", "Charging")]
    bench.wait(50)

    assert events(bench)[2:] == [("Updated", "ChargingStateChanged", "SuspendedEVSE")]
    assert bench.state.connectors[0].energy_wh == pytest.approx(100, abs=1)


def test_a_change_of_rate_is_told() -> None:
    bench = bench_with("PowerPathClosed")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(PowerUpdate(power_w=6_000))

    assert events(bench)[-1] == ("Updated", "ChargingRateChanged", None)


def test_tc_c_39_a_group_may_stop() -> None:
    bench = bench_with("PowerPathClosed")
    group = {"idToken": "FLEET", "type": "Central"}
    bench.tariff = {"status": "Accepted", "groupIdToken": group}  # type: ignore[dict-item]
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(Swipe(id_tag="COLLEAGUE"))

    assert events(bench)[-1][:2] == ("Ended", "StopAuthorized")
    assert last(bench)["idToken"]["idToken"] == "COLLEAGUE"


def test_tc_c_43_44_an_invalid_card_of_the_group_stops_nothing() -> None:
    bench = bench_with("PowerPathClosed")
    group = {"idToken": "FLEET", "type": "Central"}
    bench.answers["Authorize"] = lambda asked: {
        "idTokenInfo": {
            "status": "Accepted" if asked["idToken"]["idToken"] == TAG else "Invalid",
            "groupIdToken": group,
        }
    }
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.forget()

    for _ in range(2):  # the second time the cache knows it
        assert bench.failed(Swipe(id_tag="COLLEAGUE")).details == {"status": "Invalid"}

    assert bench.actions() == ["Authorize", "Authorize"]
    assert bench.state.connectors[0].transaction is not None


def test_a_start_button_starts_without_authorize() -> None:
    bench = bench_with("PowerPathClosed")
    bench.done(PlugIn())
    assert bench.failed(Swipe(id_tag=TAG, id_token_type="Fingerprint")).code == "invalid"

    bench.done(Swipe(id_tag="button", id_token_type="NoAuthorization"))

    assert not bench.said("Authorize")
    assert events(bench)[0][:2] == ("Started", "Authorized")
    button = {"idToken": "", "type": "NoAuthorization"}  # C02.FR.01
    assert bench.said("TransactionEvent")[0]["idToken"] == button
    bench.done(Swipe(id_tag="pressed again", id_token_type="NoAuthorization"))
    assert last(bench)["idToken"] == button
    assert bench.state.connectors[0].transaction is None


def test_a_fault_ends_the_transaction_and_is_told_twice() -> None:
    bench = bench_with("PowerPathClosed")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(InjectFault(fault_type="GroundFailure", info="wet"))

    assert events(bench)[-1][:2] == ("Ended", "AbnormalCondition")
    assert last(bench)["transactionInfo"]["stoppedReason"] == "GroundFault"
    assert bench.statuses()[-1] == "Faulted"
    [event] = bench.said("NotifyEvent")[-1]["eventData"]
    assert event["component"] == {"name": "RCD", "evse": {"id": 1}}
    assert (event["variable"]["name"], event["actualValue"]) == ("Tripped", "true")
    assert (event["techCode"], event["techInfo"]) == ("GroundFailure", "wet")


def test_raw_stop_ends_at_once_whatever_the_stop_point() -> None:
    bench = bench_with("EVConnected", "EVConnected")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))

    bench.done(EndTransaction())

    assert events(bench)[-1] == ("Ended", "StopAuthorized", "EVConnected")
    bench.done(Swipe(id_tag=TAG))
    assert events(bench)[-2][0] == "Started"


def test_a_cable_begins_nothing_where_nobody_may_charge() -> None:
    bench = bench_with("EVConnected")
    bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    bench.done(InjectFault(evse_id=2, fault_type="OtherError"))

    bench.done(PlugIn())
    bench.done(PlugIn(evse_id=2))
    assert events(bench) == []
    bench.call("ChangeAvailability", operationalStatus="Operative", evse={"id": 1})
    bench.done(ClearFault(evse_id=2))

    assert [kind for kind, _, _ in events(bench)] == ["Started", "Started"]


def test_a_cable_that_was_in_before_the_boot_begins_a_transaction_after_it() -> None:
    bench = Bench("2.0.1", settings={START_POINT: "EVConnected"}, boot=False)
    bench.cut()
    bench.done(PlugIn())
    assert bench.charger.transactions.evses[0].transaction is None
    bench.mend()

    bench.wait(20)

    assert events(bench) == [("Started", "CablePluggedIn", "EVConnected")]


def test_transaction_ids_are_never_used_again() -> None:
    bench = bench_with("PowerPathClosed")
    for _ in range(3):
        bench.done(PlugIn())
        bench.done(Swipe(id_tag=TAG))
        bench.done(Unplug())

    ids = {e["transactionInfo"]["transactionId"] for e in bench.said("TransactionEvent")}
    assert len(ids) == 3
    assert all(len(id) == 36 for id in ids)
