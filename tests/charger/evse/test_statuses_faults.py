"""Faults by name: what is told of each, what becomes of a session, and how it is mended."""

from typing import Any

import pytest

from tests.charger.bench import TAG, Bench, again, charging, silent, start
from voltyard.catalogue.commands.commands import (
    AuthorizeTag,
    BeginTransaction,
    ClearFault,
    InjectFault,
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    PowerCut,
    PowerRestore,
    Reboot,
    StartSession,
    Swipe,
    Unplug,
)
from voltyard.catalogue.faults import FAULTS
from voltyard.charger.description.events import StatusChanged, TransactionEnded
from voltyard.kernel import limits
from voltyard.kernel.time import to_rfc3339

STOPS = [fault.name for fault in FAULTS.values() if fault.effect == "stops"]
SUSPENDS = [fault.name for fault in FAULTS.values() if fault.effect == "suspends"]
WARNS = [fault.name for fault in FAULTS.values() if fault.effect == "warns"]
VERSIONS = ["1.6", "2.0.1"]


def told(bench: Bench) -> list[tuple[str, str]]:
    """Status and error code of every StatusNotification of connector 1 (1.6)."""
    return [
        (said["status"], said["errorCode"])
        for said in bench.said("StatusNotification")
        if said["connectorId"] == 1
    ]


def events(bench: Bench) -> list[dict[str, Any]]:
    """The events of faults (2.0.1), without those of monitors."""
    return [
        event
        for said in bench.said("NotifyEvent")
        for event in said["eventData"]
        if event["eventNotificationType"] == "HardWiredNotification"
    ]


def noticed(bench: Bench) -> list[tuple[str, str, str]]:
    """Component.Variable, value and techCode of every NotifyEvent (2.0.1)."""
    return [
        (
            f"{event['component']['name']}.{event['variable']['name']}",
            event["actualValue"],
            event["techCode"],
        )
        for event in events(bench)
    ]


# --- what each does ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", STOPS)
def test_tc_041_a_fault_and_its_repair(name: str) -> None:
    bench = Bench("1.6")
    bench.forget()
    code = FAULTS[name].error_code

    done = bench.done(InjectFault(fault_type=name, vendor_error_code="E7", info="smoke"))

    assert done == {"status": "Faulted", "fault_type": name, "error_code": code, "effect": "stops"}
    assert bench.state.faults == (name,)
    assert bench.done(ClearFault()) == {"status": "Available"}
    first, second = bench.said("StatusNotification")
    assert (first["status"], first["errorCode"], first["vendorErrorCode"], first["info"]) == (
        "Faulted",
        code,
        "E7",
        "smoke",
    )
    assert (second["status"], second["errorCode"]) == ("Available", "NoError")
    assert "info" not in second
    assert [e.status for e in bench.seen(StatusChanged)] == ["Faulted", "Available"]


@pytest.mark.parametrize("name", STOPS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_fault_ends_the_transaction_with_its_reason(version: str, name: str) -> None:
    bench = charging(version)

    bench.done(InjectFault(fault_type=name))

    if version == "1.6":
        [stop] = bench.said("StopTransaction")
        assert stop["reason"] == FAULTS[name].stop_reason_16
        assert told(bench)[-1] == ("Faulted", FAULTS[name].error_code)
        assert bench.done(ClearFault()) == {"status": "Finishing"}
    else:
        last = bench.said("TransactionEvent")[-1]
        assert (last["eventType"], last["triggerReason"]) == ("Ended", "AbnormalCondition")
        assert last["transactionInfo"]["stoppedReason"] == FAULTS[name].stop_reason
        assert bench.statuses()[-1] == "Faulted"
        assert bench.done(ClearFault()) == {"status": "Occupied"}
    assert bench.state.connectors[0].transaction is None


@pytest.mark.parametrize("name", WARNS)
def test_a_warning_of_1_6_has_its_code_beside_the_status_and_ends_nothing(name: str) -> None:
    bench = charging("1.6")
    code = FAULTS[name].error_code

    done = bench.done(InjectFault(fault_type=name))
    bench.done(ClearFault())

    assert done["status"] == "Charging"
    assert told(bench) == [("Charging", code), ("Charging", "NoError")]
    assert not bench.said("StopTransaction")
    assert bench.state.connectors[0].power_w > 0


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_of_2_0_1_is_an_event_of_its_component(name: str) -> None:
    bench = charging("2.0.1")
    fault = FAULTS[name]
    place = f"{fault.component}.{fault.variable}"

    bench.done(InjectFault(fault_type=name, info="smoke"))

    tech_code = fault.vendor_error_code or name
    assert noticed(bench) == [(place, "true", tech_code)]
    [event] = bench.said("NotifyEvent")[0]["eventData"]
    where = {"station": None, "evse": {"id": 1}, "connector": {"id": 1, "connectorId": 1}}
    assert event["component"].get("evse") == where[fault.tier]
    assert (event["trigger"], event["techInfo"]) == ("Alerting", "smoke")
    assert "cleared" not in event
    assert bench.statuses() == (["Faulted"] if fault.effect == "stops" else [])

    bench.done(ClearFault())

    assert noticed(bench)[1:] == [(place, "false", tech_code)]
    assert events(bench)[1]["cleared"] is True


@pytest.mark.parametrize("name", WARNS)
def test_a_warning_of_2_0_1_tells_no_status_and_ends_nothing(name: str) -> None:
    bench = charging("2.0.1")

    assert bench.done(InjectFault(fault_type=name))["status"] == "Occupied"
    bench.done(ClearFault())

    told = [action for action in bench.actions() if action != "SecurityEventNotification"]
    assert told == ["NotifyEvent", "NotifyEvent"]
    assert bench.state.connectors[0].power_w > 0


# --- the vehicle is not understood -------------------------------------------------------------


@pytest.mark.parametrize("name", SUSPENDS)
def test_a_vehicle_not_understood_gets_no_energy_and_keeps_its_transaction(name: str) -> None:
    bench = charging("1.6")

    assert bench.done(InjectFault(fault_type=name))["status"] == "SuspendedEVSE"
    assert bench.state.connectors[0].power_w == 0
    bench.done(ClearFault())

    assert told(bench) == [("SuspendedEVSE", "EVCommunicationError"), ("Charging", "NoError")]
    assert bench.state.connectors[0].power_w > 0
    assert not bench.said("StopTransaction")


@pytest.mark.parametrize("name", SUSPENDS)
def test_that_is_told_in_the_transaction_of_2_0_1(name: str) -> None:
    bench = charging("2.0.1")

    bench.done(InjectFault(fault_type=name))
    bench.done(ClearFault())

    events = bench.said("TransactionEvent")
    assert [(e["triggerReason"], e["transactionInfo"]["chargingState"]) for e in events] == [
        ("EVCommunicationLost", "SuspendedEVSE"),
        ("ChargingStateChanged", "Charging"),
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_it_takes_a_vehicle_and_leaves_with_it(version: str) -> None:
    bench = Bench(version)
    bench.forget()
    failed = bench.failed(InjectFault(fault_type="EVCommunicationError"))
    assert (failed.code, bench.actions()) == ("wrong_state", [])

    bench.done(PlugIn())
    bench.done(InjectFault(fault_type="EVCommunicationError"))
    bench.done(InjectFault(fault_type="WeakSignal"))
    bench.done(Unplug())

    assert bench.state.faults == ("WeakSignal",)
    if version == "1.6":
        assert told(bench) == [
            ("Preparing", "NoError"),
            ("Preparing", "EVCommunicationError"),
            ("Available", "WeakSignal"),
        ]


# --- what does not work meanwhile --------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_broken_reader_reads_no_card_and_takes_a_remote_start(version: str) -> None:
    bench = Bench(version, evses=1)
    bench.done(InjectFault(fault_type="reader"))
    bench.done(PlugIn())
    bench.forget()

    for card in (Swipe(id_tag=TAG), AuthorizeTag(id_tag=TAG), StartSession(id_tag=TAG)):
        failed = bench.failed(card)
        assert (failed.code, failed.message) == ("wrong_state", "the card reader is broken")
    assert bench.actions() == []

    assert start(bench) == {"status": "Accepted"} or version == "2.0.1"
    assert bench.state.connectors[0].transaction is not None


def test_a_card_is_read_at_the_other_readers() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(evse_id=1, fault_type="ReaderFailure"))

    bench.done(AuthorizeTag(id_tag=TAG))
    bench.done(Swipe(evse_id=2, id_tag=TAG))
    bench.done(PlugIn())
    bench.done(BeginTransaction(id_tag=TAG))


@pytest.mark.parametrize(("version", "kind"), [("1.6", "Soft"), ("2.0.1", "Immediate")])
def test_a_charger_that_cannot_be_reset_says_so(version: str, kind: str) -> None:
    bench = Bench(version)
    bench.done(InjectFault(evse_id=2, fault_type="ResetFailure"))
    bench.forget()

    assert bench.call("Reset", type=kind)["status"] == "Rejected"
    assert bench.failed(Reboot()).code == "wrong_state"
    bench.wait(60)

    assert not bench.said("BootNotification")


# --- several at once ---------------------------------------------------------------------------


def test_the_worst_fault_is_the_one_that_1_6_tells() -> None:
    bench = Bench("1.6")
    bench.forget()

    bench.done(InjectFault(fault_type="WeakSignal"))
    bench.done(InjectFault(fault_type="Flooding", recover_after_s=10))
    bench.done(InjectFault(fault_type="CaseOpened"))
    assert bench.state.faults == ("Flooding", "CaseOpened", "WeakSignal")
    bench.wait(11)

    assert told(bench) == [
        ("Available", "WeakSignal"),
        ("Faulted", "OtherError"),
        ("Available", "OtherError"),
    ]
    vendors = [said.get("vendorErrorCode") for said in bench.said("StatusNotification")]
    assert vendors == [None, "Flooding", "CaseOpened"]
    bench.done(ClearFault())
    assert told(bench)[-1] == ("Available", "NoError")


def test_a_warning_does_not_mend_a_fault() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(fault_type="GroundFailure"))

    assert bench.done(InjectFault(fault_type="WeakSignal"))["status"] == "Faulted"
    assert bench.failed(Swipe(id_tag=TAG)).message == "the connector is faulted"


def test_a_fault_goes_back_to_what_the_connector_was() -> None:
    bench = Bench("1.6")
    bench.done(PlugIn())
    bench.done(InjectFault(fault_type="OtherError"))

    assert bench.done(ClearFault()) == {"status": "Preparing"}


def test_bad_faults_change_nothing() -> None:
    bench = Bench()
    bench.forget()

    unknown = bench.failed(InjectFault(fault_type="Fire"))
    assert (unknown.code, unknown.details["known"]) == ("invalid", list(FAULTS))
    assert bench.failed(InjectFault(fault_type="NoError")).code == "invalid"
    assert bench.failed(InjectFault(evse_id=9, fault_type="OtherError")).code == "not_found"
    for after_s in (0.0, -1.0, float("nan"), limits.RECOVERY_S + 1):
        bad = InjectFault(fault_type="WeakSignal", recover_after_s=after_s)
        assert bench.failed(bad).code == "invalid"
    assert bench.failed(ClearFault()).code == "wrong_state"

    assert bench.actions() == []


# --- recovery ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_fault_mends_by_itself_at_its_moment(version: str) -> None:
    bench = Bench(version)
    bench.done(InjectFault(fault_type="GroundFailure", recover_after_s=30))
    bench.forget()

    [fault] = bench.state.connectors[0].faults
    assert fault.recover_at == bench.now + 30
    assert bench.charger.deadline() == bench.now + 30
    bench.wait(29.5)
    assert bench.statuses() == []
    bench.wait(0.5)

    assert bench.statuses() == ["Available"]
    assert bench.state.faults == ()
    assert bench.failed(ClearFault()).code == "wrong_state"
    if version == "2.0.1":
        assert noticed(bench) == [("RCD.Tripped", "false", "GroundFailure")]


def test_a_recovery_ends_with_the_fault_and_a_new_one_counts_anew() -> None:
    bench = Bench("1.6")
    bench.done(InjectFault(fault_type="HighTemperature", recover_after_s=10))
    bench.wait(8)
    bench.done(InjectFault(fault_type="HighTemperature", recover_after_s=10))
    bench.wait(8)
    assert bench.state.faults == ("HighTemperature",)
    bench.done(ClearFault())
    bench.done(InjectFault(fault_type="HighTemperature"))

    bench.wait(1_000)

    assert bench.state.faults == ("HighTemperature",)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_restart_of_the_process_mends_nothing_and_puts_no_recovery_off(version: str) -> None:
    bench = Bench(version)
    before = bench.remembered
    bench.done(InjectFault(evse_id=2, fault_type="Flooding", info="wet", recover_after_s=100))
    assert bench.remembered == before + 1
    bench.done(InjectFault(fault_type="WeakSignal"))

    fresh = again(bench, 60.0)
    fresh.wait(20)
    assert fresh.state.faults == ("WeakSignal", "Flooding")
    assert fresh.statuses(2) == ["Faulted"]
    if version == "1.6":
        [said] = [each for each in fresh.said("StatusNotification") if each["connectorId"] == 2]
        assert (said["vendorErrorCode"], said["info"]) == ("Flooding", "wet")
    else:
        assert len(noticed(fresh)) == 2
    fresh.wait(20)

    assert fresh.state.faults == ("WeakSignal",)
    assert fresh.statuses(2) == ["Faulted", "Available"]


def test_what_mends_while_the_power_is_away_is_mended_when_it_is_back() -> None:
    bench = charging("1.6")
    bench.done(PowerCut())
    bench.done(InjectFault(fault_type="GroundFailure", recover_after_s=30))
    bench.wait(60)
    bench.forget()

    bench.done(PowerRestore())
    bench.wait(20)

    assert told(bench) == [("Finishing", "NoError")]
    [ended] = bench.seen(TransactionEnded)
    assert ended.reason == "PowerLoss"


# --- offline -----------------------------------------------------------------------------------


def test_a_fault_that_came_and_went_offline_is_told_in_its_order() -> None:
    bench = Bench("2.0.1")
    bench.done(NetworkDrop())
    bench.done(InjectFault(fault_type="WeakSignal"))
    bench.done(InjectFault(evse_id=2, fault_type="Flooding", recover_after_s=5))
    bench.wait(10)
    bench.forget()

    bench.done(NetworkRestore())
    bench.wait(5)

    assert noticed(bench) == [
        ("DataLink.Problem", "true", "WeakSignal"),
        ("FloodSensor.Tripped", "true", "Flooding"),
        ("FloodSensor.Tripped", "false", "Flooding"),
    ]


def test_4_9_after_an_absence_1_6_tells_errors_and_the_present_status_and_no_history() -> None:
    bench = Bench("1.6")
    bench.done(NetworkDrop())
    bench.done(PlugIn())
    bench.done(InjectFault(evse_id=2, fault_type="GroundFailure", recover_after_s=5))
    bench.wait(10)
    bench.done(InjectFault(fault_type="WeakSignal"))
    bench.done(Unplug())
    bench.forget()

    bench.done(NetworkRestore())
    bench.wait(5)

    told = [
        (t["connectorId"], t["status"], t["errorCode"], t["timestamp"][11:19])
        for t in bench.said("StatusNotification")
    ]
    assert told == [
        (2, "Faulted", "GroundFailure", "09:00:00"),
        (1, "Preparing", "WeakSignal", "09:00:10"),
        (1, "Available", "WeakSignal", "09:00:10"),
        (2, "Available", "NoError", "09:00:10"),
    ]


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_an_error_that_lasts_from_an_absence_on_is_told_once(version: str) -> None:
    bench = Bench(version)
    bench.done(NetworkDrop())
    bench.done(InjectFault(fault_type="GroundFailure"))
    bench.wait(10)
    bench.forget()

    bench.done(NetworkRestore())
    bench.wait(5)

    assert bench.statuses() == ["Faulted"]
    assert len(noticed(bench)) == (0 if version == "1.6" else 1)
    bench.done(ClearFault())
    assert bench.statuses() == ["Faulted", "Available"]
    assert len(noticed(bench)) == (0 if version == "1.6" else 2)


def test_the_errors_of_an_absence_are_bounded() -> None:
    bench = Bench("1.6")
    bench.done(NetworkDrop())
    for _ in range(limits.MISSED_ERRORS + 20):
        bench.done(InjectFault(fault_type="GroundFailure"))
        bench.done(ClearFault())
    bench.forget()

    bench.done(NetworkRestore())
    bench.wait(5)

    assert bench.statuses().count("Faulted") == limits.MISSED_ERRORS


def test_an_event_that_did_not_arrive_is_told_again() -> None:
    bench = Bench("2.0.1")
    bench.answers["NotifyEvent"] = silent
    bench.done(InjectFault(fault_type="WeakSignal"))
    bench.cut()
    bench.mend()
    bench.answers.clear()
    bench.forget()

    bench.wait(200)
    assert noticed(bench) == [("DataLink.Problem", "true", "WeakSignal")]

    bench.answers["NotifyEvent"] = silent
    bench.done(ClearFault())
    bench.cut()
    bench.mend()
    bench.answers.clear()
    bench.forget()
    bench.wait(200)
    assert noticed(bench) == [("DataLink.Problem", "false", "WeakSignal")]


def test_the_device_model_has_the_components_and_their_problems() -> None:
    bench = Bench("2.0.1")
    asked = [
        {"component": {"name": "RCD", "evse": {"id": each}}, "variable": {"name": "Tripped"}}
        for each in (1, 2)
    ]
    asked.append({"component": {"name": "DataLink"}, "variable": {"name": "Problem"}})
    bench.done(InjectFault(evse_id=2, fault_type="GroundFailure"))
    bench.done(InjectFault(fault_type="WeakSignal"))

    answer = bench.call("GetVariables", getVariableData=asked)

    values = [one["attributeValue"] for one in answer["getVariableResult"]]
    assert values == ["false", "true", "true"]


def test_a_status_that_lasted_is_told_with_the_time_it_came() -> None:
    bench = Bench("1.6", settings={"MinimumStatusDuration": "5"})
    bench.forget()

    bench.done(InjectFault(fault_type="WeakSignal"))  # an error is told at once

    assert told(bench) == [("Available", "WeakSignal")]
    assert bench.said("StatusNotification")[0]["timestamp"] == to_rfc3339(bench.now)
