"""Where smart charging, reservations, firmware, faults and power meet."""

from typing import Any

import pytest

from tests.charger.bench import START, Bench, charging, silent, start
from tests.charger.firmware.bench import IMAGE, order, update
from tests.charger.reservation.bench import reserve
from tests.charger.smart_charging.bench import (
    AC3,
    HUNGRY,
    VERSIONS,
    amperes,
    clear,
    hungry,
    join,
    power,
    profile,
    put,
)
from voltyard.catalogue.commands.commands import (
    ClearFault,
    InjectFault,
    InstallLocalList,
    PlugIn,
    PowerCut,
    PullCableAtVehicle,
    SkewClock,
    StartSession,
    Swipe,
    Unplug,
)
from voltyard.catalogue.commands.settings import LocalListEntry
from voltyard.charger.description.events import TransactionStarted
from voltyard.charger.description.specification import ChargerSpec, ConnectorSpec, EvseSpec

both = pytest.mark.parametrize("version", VERSIONS)


def availability(bench: Bench, word: str) -> str:
    """ChangeAvailability of the first place; its status."""
    if bench.spec.version == "1.6":
        answer = bench.call("ChangeAvailability", connectorId=1, type=word)
    else:
        answer = bench.call("ChangeAvailability", evse={"id": 1}, operationalStatus=word)
    return str(answer["status"])


def events(bench: Bench) -> list[tuple[Any, ...]]:
    """Of each transaction event: trigger, charging state, seqNo."""
    return [
        (e["triggerReason"], e["transactionInfo"].get("chargingState"), e["seqNo"])
        for e in bench.said("TransactionEvent")
    ]


# --- power -------------------------------------------------------------------------------------


@both
def test_who_waits_for_the_csms_when_power_fails_begins_nothing(version: str) -> None:
    bench = Bench(version, settings={"AllowOfflineTxForUnknownId": "true"})
    bench.done(PlugIn())
    bench.answers["Authorize"] = silent
    bench.ask(Swipe(id_tag="X"))

    bench.done(PowerCut(duration_s=30))
    bench.wait(120)

    assert not bench.seen(TransactionStarted)
    assert bench.state.queue_length == 0
    assert bench.statuses()[-1] == ("Preparing" if version == "1.6" else "Occupied")
    bench.answers.clear()
    bench.done(Swipe(id_tag="X"))
    assert bench.state.connectors[0].power_w > 0.0


@both
def test_what_was_to_go_out_of_service_is_after_a_power_cut_and_a_fault(version: str) -> None:
    bench = hungry(version)
    put(bench, 1, 1, "TxProfile", 0.0)
    bench.forget()
    assert availability(bench, "Inoperative") == "Scheduled"
    assert bench.statuses() == []

    bench.done(PowerCut(duration_s=10))
    bench.wait(60)
    assert bench.statuses() == ["Unavailable"]
    bench.done(InjectFault(fault_type="GroundFailure"))
    bench.done(ClearFault())
    assert bench.statuses() == ["Unavailable", "Faulted", "Unavailable"]
    assert availability(bench, "Operative") == "Accepted"

    assert bench.charger.smart.installed == (), "it went with its transaction"
    bench.done(Swipe(id_tag="A"))
    assert amperes(bench) == pytest.approx(32.0)


def test_what_the_csms_says_late_of_one_driver_is_not_of_the_next() -> None:
    unlocks = {"OCPPCommCtrlr.UnlockOnEVSideDisconnect": "true"}
    unknown = {"AllowOfflineTxForUnknownId": "true"}
    bench = Bench("2.0.1", settings=unlocks | unknown)

    def judge(told: dict[str, Any]) -> dict[str, Any]:
        if "idToken" not in told:
            return {}
        refused = told["idToken"]["idToken"] == "FIRST"
        return {"idTokenInfo": {"status": "Invalid" if refused else "Accepted"}}

    bench.answers["TransactionEvent"] = judge
    bench.cut()
    bench.done(PlugIn(vehicle=HUNGRY))
    bench.done(Swipe(id_tag="FIRST"))
    bench.done(PullCableAtVehicle())
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="SECOND"))

    bench.mend()
    bench.wait(200)

    assert bench.state.queue_length == 0
    assert "Deauthorized" not in [trigger for trigger, *_ in events(bench)]
    assert power(bench) > 0.0


# --- limits ------------------------------------------------------------------------------------


@both
def test_what_a_broken_place_cannot_take_goes_to_the_others_and_back(version: str) -> None:
    bench = hungry(version, evses=3, places=(1, 2, 3))
    put(bench, 0, 1, "Station", 24.0, kind="Absolute", startSchedule=START)

    def shares() -> list[float]:
        return [round(amperes(bench, place), 6) for place in (1, 2, 3)]

    assert shares() == [8.0, 8.0, 8.0]
    bench.done(InjectFault(evse_id=2, fault_type="GroundFailure"))
    assert shares() == [12.0, 0.0, 12.0]
    bench.done(InjectFault(evse_id=3, fault_type="EVCommunicationError"))
    assert shares() == [24.0, 0.0, 0.0]
    bench.done(ClearFault(evse_id=3))
    bench.done(ClearFault(evse_id=2))
    assert shares() == [12.0, 0.0, 12.0], "its transaction has ended"
    bench.done(Swipe(evse_id=2, id_tag="TAG2"))
    assert shares() == [8.0, 8.0, 8.0]


def test_what_a_remote_start_and_its_profile_do_is_told_in_order() -> None:
    points = {"TxCtrlr.TxStartPoint": "Authorized", "TxCtrlr.TxStopPoint": "Authorized"}
    bench = hungry("2.0.1", settings=points, places=())
    put(bench, 1, 1, "TxDefaultProfile", 0.0, (60, 16.0), (120, 16.0, 1), (180, 0.0))

    bench.call(
        "RequestStartTransaction",
        idToken={"idToken": "A", "type": "Central"},
        remoteStartId=5,
        evseId=1,
    )
    bench.done(PlugIn())
    bench.done(InjectFault(fault_type="EVCommunicationError"))
    bench.wait(61)
    bench.done(ClearFault())
    bench.wait(130)

    told = [one for one in events(bench) if one[0] != "MeterValuePeriodic"]
    assert [one[:2] for one in told] == [
        ("RemoteStart", "Idle"),
        ("CablePluggedIn", "EVConnected"),
        ("ChargingStateChanged", "SuspendedEVSE"),
        ("ChargingStateChanged", "Charging"),
        ("ChargingRateChanged", None),
        ("ChargingStateChanged", "SuspendedEVSE"),
    ]
    assert [one[2] for one in events(bench)] == list(range(len(events(bench))))


def test_who_is_expected_at_a_connector_finds_its_limit_there() -> None:
    evse = EvseSpec(connectors=(AC3, AC3))
    bench = Bench(spec=ChargerSpec(identity="CP 1", version="1.6", evses=(evse,)))
    put(bench, 2, 1, "TxDefaultProfile", 0.0)
    bench.call("RemoteStartTransaction", idTag="A", connectorId=2)
    bench.forget()

    bench.done(PlugIn(connector_id=2))

    assert bench.statuses(2) == ["SuspendedEVSE"]


@both
def test_a_session_at_another_connector_is_held_back_from_its_first_moment(version: str) -> None:
    one_phase = ConnectorSpec(phases=1, max_power_w=7_360.0)
    evse = EvseSpec(connectors=(one_phase, AC3))
    settings = {"LocalPreAuthorize": "true"}
    spec = ChargerSpec(identity="CP 1", version=version, evses=(evse,), settings=settings)
    bench = Bench(spec=spec)
    bench.done(InstallLocalList(version=1, entries=(LocalListEntry(id_tag="A"),)))
    # Enough for one phase of connector 1, too little for the three of connector 2.
    put(bench, 0, 1, "TxDefaultProfile", 2_000.0, unit="W")
    bench.forget()

    bench.done(StartSession(connector_id=2, id_tag="A", vehicle=HUNGRY))

    assert bench.said("Authorize") == []
    if version == "1.6":
        assert bench.statuses(2) == ["Preparing", "SuspendedEVSE"]
    else:
        assert [state for _, state, _ in events(bench)] == ["EVConnected", "SuspendedEVSE"]


@both
def test_the_profile_of_a_transaction_to_come_goes_on_while_it_is_awaited(version: str) -> None:
    bench = hungry(version, places=(), settings={"TxCtrlr.TxStartPoint": "EnergyTransfer"})
    wire = profile(version, 7, "TxProfile", 0.0, (60, 10.0), kind="Absolute", startSchedule=START)
    bench.done(PlugIn(vehicle=HUNGRY))
    assert start(bench, chargingProfile=wire)["status"] == "Accepted"
    assert power(bench) == 0.0

    bench.wait(61)

    assert amperes(bench) == pytest.approx(10.0)


@both
def test_whoever_plugs_in_late_finds_the_limit_of_then(version: str) -> None:
    bench = hungry(version, places=(), settings={"ConnectionTimeOut": "0"})
    wire = profile(version, 7, "TxProfile", 0.0, (60, 10.0), kind="Absolute", startSchedule=START)
    start(bench, chargingProfile=wire)
    bench.wait(61)
    bench.forget()

    bench.done(PlugIn(vehicle=HUNGRY))

    assert bench.statuses() == (["Charging"] if version == "1.6" else ["Occupied"])
    assert "SuspendedEVSE" not in [state for _, state, _ in events(bench)]


def test_the_end_of_a_session_that_never_began_is_not_the_next_ones() -> None:
    points = {"TxCtrlr.TxStartPoint": "EnergyTransfer", "TxCtrlr.TxStopPoint": "EVConnected"}
    bench = hungry("2.0.1", settings=points, places=())
    put(bench, 1, 1, "TxDefaultProfile", 0.0)
    bench.done(StartSession(id_tag="A", duration_s=600))
    bench.done(Unplug())
    clear(bench, id=1)

    join(bench, 1)
    bench.wait(700)

    assert power(bench) > 0.0


# --- the clock ---------------------------------------------------------------------------------


@both
def test_clock_aligned_values_are_of_the_clock_that_was_set(version: str) -> None:
    bench = hungry(version, settings={"ClockAlignedDataInterval": "900"})
    bench.done(SkewClock(skew_s=-100_000.0, takes_csms_time=True))
    bench.forget()
    bench.call("TriggerMessage", requestedMessage="Heartbeat")

    bench.wait(2_000)

    marks = [
        value["timestamp"][11:19]
        for action in ("MeterValues", "TransactionEvent")
        for told in bench.said(action)
        for value in told.get("meterValue", ())
        if value["sampledValue"][0]["context"] == "Sample.Clock"
    ]
    assert set(marks) == {"09:15:00", "09:30:00"}


# --- reservations ------------------------------------------------------------------------------


@both
def test_what_waits_for_new_firmware_cannot_be_reserved(version: str) -> None:
    bench = charging(version)
    (update if version == "1.6" else order)(bench)
    bench.transferred(IMAGE)
    assert bench.statuses(2) == ["Unavailable"]

    assert [reserve(bench, place) for place in (1, 2)] == ["Occupied", "Unavailable"]

    assert bench.state.reservations == ()
