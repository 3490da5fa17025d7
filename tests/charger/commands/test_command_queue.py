"""Commands: in order, one answer each, and what they wait for."""

import pytest

from tests.charger.bench import Bench, answering, refusing, silent
from voltyard.catalogue.commands.commands import (
    AuthorizeTag,
    Configure,
    EmergencyStop,
    EndTransaction,
    EvStopsEnergy,
    InjectFault,
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    PowerCut,
    PowerRestore,
    ProxyMessage,
    Reboot,
    StartSession,
    StopSession,
    Swipe,
    Unlock,
    Unplug,
)
from voltyard.charger.commands.command_queue import PATIENCE_S
from voltyard.charger.description.events import TransactionEnded
from voltyard.charger.effects import Done, Failed
from voltyard.kernel import limits
from voltyard.physics.vehicle import Vehicle

TAG = "DRIVER"
VERSIONS = ["1.6", "2.0.1"]


# --- authorize ---------------------------------------------------------------------------------


def test_authorize_only_asks() -> None:
    bench = Bench("1.6")
    bench.tariff = {
        "status": "Blocked",
        "parentIdTag": "G",
        "expiryDate": "2027-01-01T00:00:00Z",
    }
    bench.forget()

    assert bench.done(AuthorizeTag(id_tag=TAG)) == {
        "idTagInfo": {
            "status": "Blocked",
            "parentIdTag": "g",
            "expiryDate": "2027-01-01T00:00:00.000Z",
        }
    }
    assert bench.actions() == ["Authorize"]


def test_authorize_only_asks_201() -> None:
    bench = Bench("2.0.1")
    bench.tariff = {
        "status": "Accepted",
        "groupIdToken": {"idToken": "G", "type": "Central"},  # type: ignore[dict-item]
        "cacheExpiryDateTime": "2027-01-01T00:00:00Z",
    }

    assert bench.done(AuthorizeTag(id_tag=TAG)) == {
        "idTagInfo": {
            "status": "Accepted",
            "groupIdToken": "g",
            "cacheExpiryDateTime": "2027-01-01T00:00:00.000Z",
        }
    }


def test_authorize_offline_fails_at_once() -> None:
    bench = Bench()
    bench.cut()
    assert bench.failed(AuthorizeTag(id_tag=TAG)).code == "not_connected"


def test_authorize_fails_with_what_the_csms_answered() -> None:
    bench = Bench()
    bench.answers["Authorize"] = refusing("GenericError")
    assert bench.failed(AuthorizeTag(id_tag=TAG)).code == "GenericError"


def test_authorize_fails_when_the_link_breaks() -> None:
    bench = Bench()
    bench.answers["Authorize"] = silent
    assert bench.ask(AuthorizeTag(id_tag=TAG)) is None

    bench.cut()

    assert bench.outcomes["c1"] == Failed(
        "not_connected", "the CSMS cannot be asked", {"hint": "once it has connected"}
    )


@pytest.mark.parametrize("tag", ["", "x" * 21])
def test_a_tag_has_its_length(tag: str) -> None:
    assert Bench("1.6").failed(AuthorizeTag(id_tag=tag)).code == "invalid"


# --- sessions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_plugs_authorizes_and_starts(version: str) -> None:
    bench = Bench(version)
    bench.forget()

    result = bench.done(StartSession(id_tag=TAG, vehicle=Vehicle(name="small")))

    assert result["transaction_id"] == bench.state.connectors[0].transaction.transaction_id
    assert bench.state.connectors[0].vehicle == "small"
    bench.done(StopSession())
    [ended] = bench.seen(TransactionEnded)
    assert ended.reason == "Local"
    assert bench.statuses()[-1] == "Available"


def test_a_session_uses_the_vehicle_that_is_plugged_in() -> None:
    bench = Bench()
    bench.done(PlugIn(vehicle=Vehicle(name="mine")))

    bench.done(StartSession(id_tag=TAG))

    assert bench.state.connectors[0].vehicle == "mine"
    assert bench.failed(StartSession(id_tag=TAG)).code == "wrong_state"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_ends_by_itself_after_its_duration_and_the_vehicle_leaves(version: str) -> None:
    bench = Bench(version)
    bench.done(StartSession(id_tag=TAG, duration_s=300))

    bench.wait(299)
    assert not bench.seen(TransactionEnded)
    bench.wait(2)

    [ended] = bench.seen(TransactionEnded)
    assert ended.at == pytest.approx(bench.now - 1)
    assert bench.statuses()[-1] == "Available"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_ends_by_itself_at_its_target(version: str) -> None:
    bench = Bench(version)
    bench.done(StartSession(id_tag=TAG, target_energy_wh=2_000))

    bench.wait(3_600)

    [ended] = bench.seen(TransactionEnded)
    assert abs(ended.meter_stop_wh - ended.meter_start_wh - 2_000) <= 1
    assert bench.state.connectors[0].vehicle is None


def test_a_session_whose_target_is_out_of_reach_ends_when_the_vehicle_is_full() -> None:
    bench = Bench()
    vehicle = Vehicle(battery_kwh=10, soc_percent=95)
    bench.done(StartSession(id_tag=TAG, target_energy_wh=50_000, vehicle=vehicle))

    bench.wait(24 * 3_600)

    assert len(bench.seen(TransactionEnded)) == 1


def test_a_session_that_is_stopped_before_its_end_leaves_the_next_one_alone() -> None:
    bench = Bench()
    bench.done(StartSession(id_tag=TAG, duration_s=100))
    bench.done(StopSession())
    bench.done(StartSession(id_tag=TAG))

    bench.wait(500)

    assert len(bench.seen(TransactionEnded)) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_of_a_refused_tag_fails_and_the_vehicle_leaves(version: str) -> None:
    bench = Bench(version)
    bench.tariff = {"status": "Expired"}

    assert bench.failed(StartSession(id_tag=TAG)).details == {"status": "Expired"}

    assert (bench.state.connectors[0].status, bench.state.connectors[0].vehicle) == (
        "Available",
        None,
    )
    assert bench.failed(StopSession()).code == "wrong_state"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_vehicle_that_was_in_before_a_refused_session_stays(version: str) -> None:
    bench = Bench(version)
    bench.tariff = {"status": "Blocked"}
    bench.done(PlugIn())

    bench.failed(StartSession(id_tag=TAG))

    assert bench.state.connectors[0].vehicle is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_that_nobody_can_be_asked_about_leaves_nothing_behind(version: str) -> None:
    bench = Bench(version)
    bench.cut()

    failed = bench.failed(StartSession(id_tag=TAG))

    assert (failed.code, failed.details["status"]) == ("refused", "Invalid")
    assert "the CSMS cannot be asked" in failed.message
    assert bench.state.connectors[0].vehicle is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_whose_link_breaks_while_it_asks_leaves_nothing_behind(version: str) -> None:
    bench = Bench(version)
    bench.answers["Authorize"] = silent
    assert bench.ask(StartSession(id_tag=TAG)) is None
    assert bench.state.connectors[0].vehicle is not None

    bench.cut()

    failed = bench.outcomes["c1"]
    assert isinstance(failed, Failed)
    assert failed.code == "refused"
    assert bench.state.connectors[0].vehicle is None


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_where_something_broke_while_it_asked_leaves_nothing_behind(
    version: str,
) -> None:
    bench = Bench(version)
    bench.answers["Authorize"] = silent
    bench.ask(StartSession(id_tag=TAG))
    bench.done(InjectFault(fault_type="GroundFailure"))

    bench.wait(31)

    failed = bench.outcomes["c1"]
    assert isinstance(failed, Failed)
    assert bench.state.connectors[0].vehicle is None


@pytest.mark.parametrize("stops", ["true", "false"])
def test_a_session_that_the_csms_refuses_as_it_starts_leaves_nothing_behind(stops: str) -> None:
    bench = Bench("1.6", settings={"StopTransactionOnInvalidId": stops})
    refused = {"transactionId": 7, "idTagInfo": {"status": "ConcurrentTx"}}
    bench.answers["StartTransaction"] = answering(refused)

    failed = bench.failed(StartSession(id_tag=TAG))

    assert (failed.code, failed.details["status"]) == ("refused", "ConcurrentTx")
    assert bench.state.connectors[0].vehicle is None
    [stop] = bench.said("StopTransaction")
    assert stop["reason"] == ("DeAuthorized" if stops == "true" else "EVDisconnected")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("why", ["faulted", "out of service", "in use", "restarting"])
def test_a_session_that_cannot_begin_says_why_and_plugs_nothing_in(version: str, why: str) -> None:
    bench = Bench(version)
    if why == "faulted":
        bench.done(InjectFault(fault_type="GroundFailure"))
    elif why == "out of service" and version == "1.6":
        bench.call("ChangeAvailability", connectorId=1, type="Inoperative")
    elif why == "out of service":
        bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    elif why == "in use":
        bench.done(StartSession(id_tag="OTHER"))
    else:
        bench.done(Reboot())
    before = bench.state.connectors[0]

    failed = bench.failed(StartSession(id_tag=TAG))

    said = {"in use": "somebody is authorized there already"}.get(why, why)
    assert failed.code == "wrong_state"
    assert said in failed.message
    assert failed.details["state"] == bench.charger.evses[0].connectors[0].state.value
    assert bench.state.connectors[0] == before


def test_a_session_of_a_vehicle_that_rests_is_a_transaction_in_16() -> None:
    bench = Bench()
    bench.done(PlugIn())
    bench.done(EvStopsEnergy())

    assert bench.done(StartSession(id_tag=TAG))["transaction_id"] == "1"

    assert bench.state.connectors[0].status == "SuspendedEV"


def test_a_session_without_a_transaction_yet_says_so() -> None:
    bench = Bench("2.0.1", settings={"TxCtrlr.TxStartPoint": "EnergyTransfer"})
    bench.done(PlugIn())
    bench.done(EvStopsEnergy())

    assert bench.done(StartSession(id_tag=TAG)) == {
        "idTagInfo": {"status": "Accepted"},
        "transaction_id": None,
        "transaction": None,
    }


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_card_that_comes_before_the_vehicle_is_told_what_it_waits_for(version: str) -> None:
    bench = Bench(version)

    answer = bench.done(Swipe(id_tag=TAG))

    assert answer.pop("expires_in_s") > 0
    assert answer == {
        "idTagInfo": {"status": "Accepted"},
        "transaction_id": None,
        "transaction": None,
        "awaits": "vehicle",
    }


# --- order and waiting -------------------------------------------------------------------------


def test_what_is_asked_before_the_first_acceptance_happens_after_it_in_order() -> None:
    bench = Bench(boot=False)

    assert isinstance(bench.ask(PlugIn()), Done)
    assert bench.ask(StartSession(id_tag=TAG)) == bench.outcomes["c2"]

    assert bench.actions()[0] == "BootNotification"
    assert bench.state.connectors[0].status == "Charging"


def test_commands_wait_behind_one_that_waits_for_acceptance() -> None:
    bench = Bench(boot=False)
    bench.answers["BootNotification"] = answering(
        {"status": "Pending", "currentTime": "2026-11-21T09:00:00Z", "interval": 10}
    )
    bench.tick()
    assert bench.ask(StartSession(id_tag=TAG)) is None
    assert bench.ask(StopSession()) is None
    bench.answers.clear()

    bench.wait(11)

    assert list(bench.outcomes) == ["c1", "c2"]
    assert isinstance(bench.outcomes["c1"], Done)
    assert isinstance(bench.outcomes["c2"], Done)


def test_patience_for_the_first_acceptance_ends() -> None:
    bench = Bench(boot=False)
    bench.cut()
    assert bench.ask(AuthorizeTag(id_tag=TAG)) is None

    bench.wait(PATIENCE_S + 1)

    assert bench.outcomes["c1"].code == "not_connected"  # type: ignore[union-attr]


def test_nothing_is_waited_for_where_the_network_was_taken_away() -> None:
    bench = Bench(boot=False)
    bench.reachable = False
    bench.done(NetworkDrop())

    assert bench.failed(StartSession(id_tag=TAG)).code == "not_connected"


def test_forces_do_not_wait_for_the_csmss_word() -> None:
    bench = Bench()
    bench.answers["Authorize"] = silent
    assert bench.ask(Swipe(id_tag=TAG)) is None

    bench.done(InjectFault(evse_id=2, fault_type="OtherError"))
    bench.ask(NetworkDrop())

    assert bench.outcomes["c1"].code == "refused"  # type: ignore[union-attr]


def test_a_force_behind_another_command_keeps_its_place() -> None:
    bench = Bench()
    bench.answers["Authorize"] = silent
    bench.ask(Swipe(id_tag=TAG))
    bench.ask(PlugIn())

    assert bench.ask(NetworkDrop()) is None


def test_the_queue_has_a_bound() -> None:
    bench = Bench()
    bench.answers["Authorize"] = silent
    bench.ask(AuthorizeTag(id_tag=TAG))
    for _ in range(limits.COMMAND_QUEUE):
        assert bench.ask(PlugIn()) is None

    assert bench.failed(PlugIn()).code == "overfull"


# --- proxy -------------------------------------------------------------------------------------


def test_a_message_of_the_callers_making_is_sent_as_it_is() -> None:
    bench = Bench()

    result = bench.done(ProxyMessage(action="DataTransfer", payload={"vendorId": "x"}))

    assert result == {"response": {"status": "Accepted"}}
    assert bench.said("DataTransfer") == [{"vendorId": "x"}]


def test_a_proxied_message_fails_with_the_csmss_error_or_silence() -> None:
    bench = Bench()
    bench.answers["DataTransfer"] = refusing("NotSupported")
    message = ProxyMessage(action="DataTransfer", payload={"vendorId": "x"})
    assert bench.failed(message).code == "NotSupported"

    bench.answers["DataTransfer"] = silent
    assert bench.ask(message) is None
    bench.wait(31)
    assert bench.outcomes["c2"].code == "no_answer"  # type: ignore[union-attr]

    assert bench.ask(message) is None
    bench.cut()
    assert bench.outcomes["c3"].code == "not_connected"  # type: ignore[union-attr]
    assert bench.failed(message).code == "not_connected"


@pytest.mark.parametrize("action", ["", 'a"b', "x" * 51])
def test_an_action_is_a_name(action: str) -> None:
    assert Bench().failed(ProxyMessage(action=action, payload={})).code == "invalid"


# --- power -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_tc_032_2_power_failure_stop_after_boot(version: str) -> None:
    bench = Bench(version)
    bench.done(StartSession(id_tag=TAG))
    bench.wait(300)
    bench.forget()

    bench.done(PowerCut())
    assert bench.hang_ups[-1].abruptly
    at_cut = bench.state.connectors[0].energy_wh
    bench.wait(600)
    assert bench.state.connectors[0].energy_wh == at_cut
    assert not bench.state.powered
    assert bench.actions() == []
    bench.done(PowerRestore())
    bench.wait(30)

    assert bench.actions()[0] == "BootNotification"
    [ended] = bench.seen(TransactionEnded)
    assert ended.reason == "PowerLoss"
    if version == "1.6":
        [stop] = bench.said("StopTransaction")
        assert (stop["reason"], stop["transactionId"]) == ("PowerLoss", 1)
        assert stop["timestamp"] == "2026-11-21T09:05:00.000Z"  # when the power went
        assert bench.state.connectors[0].status == "Finishing"


def test_power_may_return_by_itself() -> None:
    bench = Bench()
    bench.done(PowerCut(duration_s=60))

    bench.wait(59)
    assert not bench.state.powered
    bench.wait(10)

    assert bench.state.connected
    assert bench.said("BootNotification")[1:]


def test_without_power_cables_move_and_nothing_else() -> None:
    bench = Bench()
    bench.done(PlugIn())
    bench.done(PowerCut())

    bench.done(Unplug())
    bench.done(PlugIn(evse_id=2))
    for command in (
        PowerCut(),
        Reboot(),
        Unlock(),
        EndTransaction(),
        StopSession(evse_id=2),
        EmergencyStop(),
    ):
        assert bench.failed(command).code == "wrong_state"
    for asking in (AuthorizeTag(id_tag=TAG), Swipe(id_tag=TAG), StartSession(id_tag=TAG)):
        assert bench.failed(asking).code in ("not_connected", "wrong_state")
    bench.done(PowerRestore())
    assert bench.failed(PowerRestore()).code == "wrong_state"
    bench.wait(20)

    assert [c.status for c in bench.state.connectors] == ["Available", "Preparing"]


def test_a_transaction_whose_vehicle_left_during_the_cut_ends_once() -> None:
    bench = Bench()
    bench.done(StartSession(id_tag=TAG))
    bench.done(PowerCut())
    bench.done(Unplug())

    bench.done(PowerRestore())
    bench.wait(20)

    assert len(bench.said("StopTransaction")) == 1


def test_tc_034_power_failure_with_unavailable() -> None:
    bench = Bench("1.6")
    bench.call("ChangeAvailability", connectorId=1, type="Inoperative")
    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.forget()
    bench.wait(20)

    assert bench.statuses() == ["Unavailable"]


def test_network_and_power_together() -> None:
    bench = Bench()
    bench.done(NetworkDrop(duration_s=30))
    bench.done(PowerCut(duration_s=10))

    bench.wait(25)
    assert bench.state.powered
    assert not bench.state.connected
    bench.wait(10)

    assert bench.state.connected


def test_a_network_drop_ends_without_power_too() -> None:
    bench = Bench()
    bench.done(NetworkDrop(duration_s=30))
    bench.done(PowerCut(duration_s=100))

    bench.wait(110)

    assert bench.state.connected


def test_a_dial_under_way_when_the_network_falls_comes_to_nothing() -> None:
    from voltyard.charger.inputs import LinkUp, Tick

    bench = Bench(boot=False)
    bench.charger.step(Tick(), bench.now)

    bench.done(NetworkDrop())
    bench.linked = True
    bench._step(LinkUp("ocpp1.6"))

    assert bench.hang_ups[-1].abruptly
    assert not bench.state.connected
    bench.done(NetworkRestore())
    assert bench.state.connected


def test_a_setting_changed_before_the_first_acceptance_is_taken() -> None:
    bench = Bench(boot=False)
    bench.done(Configure(settings={"ClockAlignedDataInterval": "60"}))
    bench.tick()

    bench.wait(61)

    assert bench.said("MeterValues")
