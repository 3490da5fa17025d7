"""Charging sessions in OCPP 1.6, by their conformance cases."""

from tests.charger.bench import START, Bench, answering, silent
from voltyard.catalogue.commands.commands import (
    BeginTransaction,
    EmergencyStop,
    EndTransaction,
    EvRequestsEnergy,
    EvStopsEnergy,
    PlugIn,
    PowerUpdate,
    PullCableAtVehicle,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import (
    TransactionConfirmed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.effects import Done
from voltyard.physics.vehicle import Vehicle

TAG = "DRIVER"


def charging(**settings: str) -> Bench:
    """A bench on which connector 1 charges for TAG."""
    bench = Bench(settings=settings)
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    assert bench.state.connectors[0].status == "Charging"
    bench.forget()
    return bench


def test_tc_003_plug_in_first() -> None:
    bench = Bench()
    bench.forget()

    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.wait(600)
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())

    assert [action for action in bench.actions() if action != "MeterValues"] == [
        "StatusNotification",
        "Authorize",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
        "StatusNotification",
        "StatusNotification",
    ]
    assert bench.statuses() == ["Preparing", "Charging", "Finishing", "Available"]
    [start], [stop] = bench.said("StartTransaction"), bench.said("StopTransaction")
    assert (start["connectorId"], start["idTag"], start["meterStart"]) == (1, TAG, 0)
    assert stop["transactionId"] == 1
    assert stop["reason"] == "Local"
    assert 1_500 < stop["meterStop"] < 2_000
    assert len(bench.said("MeterValues")) == 10


def test_tc_003_the_session_is_reported_with_equal_meter_values() -> None:
    bench = charging()
    bench.wait(600)

    bench.done(EndTransaction())

    [ended] = bench.seen(TransactionEnded)
    assert ended.meter_stop_wh == bench.said("StopTransaction")[0]["meterStop"]
    assert ended.transaction_id == "1"
    assert ended.reason == "Local"


def test_tc_004_1_identification_first() -> None:
    bench = Bench()
    bench.forget()

    bench.done(Swipe(id_tag=TAG))
    assert bench.statuses() == ["Preparing"]
    assert not bench.said("StartTransaction")
    bench.done(PlugIn())

    assert bench.statuses() == ["Preparing", "Charging"]
    assert bench.actions().index("StartTransaction") < len(bench.actions()) - 1


def test_tc_004_2_identification_first_connection_time_out() -> None:
    bench = Bench(settings={"ConnectionTimeOut": "30"})
    bench.forget()
    bench.done(Swipe(id_tag=TAG))

    bench.wait(29)
    assert bench.statuses() == ["Preparing"]
    bench.wait(2)

    assert bench.statuses() == ["Preparing", "Available"]
    bench.done(PlugIn())
    assert not bench.said("StartTransaction")


def test_without_a_connection_time_out_an_authorization_waits_for_ever() -> None:
    bench = Bench(settings={"ConnectionTimeOut": "0"})
    bench.done(Swipe(id_tag=TAG))

    bench.wait(86_400)
    bench.done(PlugIn())

    assert len(bench.said("StartTransaction")) == 1


def test_a_second_presentation_ends_the_intended_use() -> None:
    bench = Bench()
    bench.forget()
    bench.done(Swipe(id_tag=TAG))

    bench.done(Swipe(id_tag=TAG))

    assert bench.statuses() == ["Preparing", "Available"]
    assert not bench.said("StopTransaction")


def test_tc_005_1_ev_side_disconnected_stops() -> None:
    bench = charging()

    bench.done(PullCableAtVehicle())

    [stop] = bench.said("StopTransaction")
    assert stop["reason"] == "EVDisconnected"
    [status] = bench.said("StatusNotification")
    assert (status["status"], status["info"]) == ("Finishing", "EV side disconnected")
    bench.done(Unplug())
    assert bench.statuses() == ["Finishing", "Available"]


def test_tc_005_2_ev_side_disconnected_stops_and_stays_locked() -> None:
    bench = charging(UnlockConnectorOnEVSideDisconnect="false")
    bench.done(PullCableAtVehicle())

    assert bench.failed(Unplug()).code == "wrong_state"
    assert bench.state.connectors[0].status == "Finishing"
    assert bench.done(Swipe(id_tag=TAG)) == {"unlocked": True}
    bench.done(Unplug())

    assert bench.statuses() == ["Finishing", "Available"]


def test_an_unlock_releases_a_cable_that_stayed_locked() -> None:
    bench = charging(UnlockConnectorOnEVSideDisconnect="false")
    bench.done(PullCableAtVehicle())

    bench.call("UnlockConnector", connectorId=1)

    bench.done(Unplug())


def test_tc_005_3_ev_side_disconnected_goes_on() -> None:
    bench = charging(StopTransactionOnEVSideDisconnect="false")

    bench.done(PullCableAtVehicle())
    register_wh = bench.state.connectors[0].energy_wh
    bench.wait(120)

    assert not bench.said("StopTransaction")
    assert bench.said("StatusNotification")[-1]["info"] == "EV side disconnected"
    assert bench.statuses() == ["SuspendedEV"]
    assert bench.state.connectors[0].energy_wh == register_wh
    bench.done(PlugIn())
    assert bench.statuses() == ["SuspendedEV", "Charging"]


def test_tc_005_3_what_is_stopped_after_the_vehicle_came_back_was_stopped_for_that() -> None:
    bench = charging(StopTransactionOnEVSideDisconnect="false")
    bench.done(PullCableAtVehicle())
    bench.done(PlugIn())

    bench.done(Swipe(id_tag=TAG))

    assert bench.said("StopTransaction")[0]["reason"] == "Local"


def test_pulling_the_cable_of_a_vehicle_that_does_not_charge_changes_no_status() -> None:
    bench = Bench()
    bench.done(PlugIn())
    bench.forget()

    bench.done(PullCableAtVehicle())

    assert bench.statuses() == []
    assert bench.failed(PullCableAtVehicle()).code == "wrong_state"
    assert bench.failed(PullCableAtVehicle(evse_id=2)).code == "wrong_state"


def test_tc_007_1_a_cached_card_starts_without_waiting() -> None:
    bench = Bench(settings={"LocalPreAuthorize": "true"})
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())
    bench.forget()

    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG.lower()))

    assert not bench.said("Authorize")
    assert bench.said("StartTransaction")[0]["idTag"] == TAG.lower()


def test_tc_023_4_local_start_authorize_invalid() -> None:
    bench = Bench()
    bench.tariff = {"status": "Blocked"}
    bench.done(PlugIn())
    bench.forget()

    outcome = bench.failed(Swipe(id_tag=TAG))

    assert outcome.code == "refused"
    assert outcome.details == {"status": "Blocked"}
    assert bench.actions() == ["Authorize"]
    assert bench.state.connectors[0].status == "Preparing"


def test_an_unanswered_authorize_is_decided_here() -> None:
    bench = Bench()
    bench.answers["Authorize"] = silent
    bench.done(PlugIn())

    assert bench.ask(Swipe(id_tag=TAG)) is None
    bench.wait(31)

    assert bench.outcomes["c2"].code == "refused"  # type: ignore[union-attr]
    assert bench.state.connectors[0].status == "Preparing"


def test_tc_023_a_refused_start_is_stopped() -> None:
    bench = Bench()
    bench.answers["StartTransaction"] = answering(
        {"transactionId": 7, "idTagInfo": {"status": "ConcurrentTx"}}
    )
    bench.done(PlugIn())
    bench.forget()

    outcome = bench.failed(Swipe(id_tag=TAG))

    assert outcome.code == "refused"
    assert outcome.details["status"] == "ConcurrentTx"
    [stop] = bench.said("StopTransaction")
    assert (stop["transactionId"], stop["reason"]) == (7, "DeAuthorized")
    assert bench.statuses() == ["Charging", "Finishing"]
    [confirmed] = bench.seen(TransactionConfirmed)
    assert (confirmed.transaction_id, confirmed.id_tag_status) == ("7", "ConcurrentTx")


def test_a_refused_start_only_loses_its_energy_if_so_configured() -> None:
    bench = Bench(settings={"StopTransactionOnInvalidId": "false"})
    bench.answers["StartTransaction"] = answering(
        {"transactionId": 7, "idTagInfo": {"status": "Invalid"}}
    )
    bench.done(PlugIn())
    bench.forget()

    bench.ask(Swipe(id_tag=TAG))
    bench.wait(120)

    assert not bench.said("StopTransaction")
    assert bench.statuses()[-1] == "SuspendedEVSE"
    assert bench.state.connectors[0].energy_wh < 1


def test_a_refused_start_may_get_some_energy() -> None:
    bench = Bench(settings={"StopTransactionOnInvalidId": "false", "MaxEnergyOnInvalidId": "500"})
    bench.answers["StartTransaction"] = answering(
        {"transactionId": 7, "idTagInfo": {"status": "Invalid"}}
    )
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag=TAG))

    bench.wait(60)
    assert bench.statuses()[-1] == "Charging"
    bench.wait(600)

    assert bench.statuses()[-1] == "SuspendedEVSE"
    assert abs(bench.state.connectors[0].energy_wh - 500) < 0.1


def test_tc_068_stop_with_the_same_card_asks_nobody() -> None:
    bench = charging()

    bench.done(Swipe(id_tag=TAG.lower()))

    assert bench.actions() == ["StopTransaction", "StatusNotification"]
    assert bench.said("StopTransaction")[0]["idTag"] == TAG.lower()


def test_tc_069_stop_with_a_card_of_the_same_group() -> None:
    bench = Bench()
    bench.tariff = {"status": "Accepted", "parentIdTag": "FLEET"}
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.forget()

    bench.done(Swipe(id_tag="COLLEAGUE"))

    assert bench.actions() == ["Authorize", "StopTransaction", "StatusNotification"]
    assert bench.said("StopTransaction")[0]["idTag"] == "COLLEAGUE"


def test_tc_069_an_accepted_card_of_another_group_stops_nothing() -> None:
    bench = charging()

    outcome = bench.failed(Swipe(id_tag="STRANGER"))

    assert outcome.message == "the token is neither the one that began nor of its group"
    assert not bench.said("StopTransaction")


def test_a_known_card_of_the_same_group_stops_without_a_question() -> None:
    bench = Bench()
    bench.tariff = {"status": "Accepted", "parentIdTag": "FLEET"}
    bench.done(PlugIn(evse_id=2))
    bench.done(Swipe(id_tag="COLLEAGUE", evse_id=2))
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.forget()

    bench.done(Swipe(id_tag="COLLEAGUE"))

    assert bench.actions() == ["StopTransaction", "StatusNotification"]


def test_a_strangers_card_stops_nothing() -> None:
    bench = charging()

    outcome = bench.failed(Swipe(id_tag="STRANGER"))

    assert outcome.code == "refused"
    assert bench.actions() == ["Authorize"]
    assert bench.state.connectors[0].status == "Charging"


def test_the_vehicle_rests_and_asks_again() -> None:
    bench = charging()

    bench.done(EvStopsEnergy())
    register_wh = bench.state.connectors[0].energy_wh
    bench.wait(60)
    assert bench.state.connectors[0].energy_wh == register_wh
    bench.done(EvRequestsEnergy())

    assert bench.statuses() == ["SuspendedEV", "Charging"]
    assert bench.failed(EvRequestsEnergy(evse_id=2)).code == "wrong_state"


def test_the_evse_offers_less_and_nothing() -> None:
    bench = charging()

    assert bench.done(PowerUpdate(power_w=5_000))["power_w"] == 5_000
    assert abs(bench.state.connectors[0].power_w - 5_000) < 1
    bench.done(PowerUpdate(power_w=4_000))  # 5.8 A: below the pilot's 6 A
    assert bench.state.connectors[0].power_w == 0
    bench.done(PowerUpdate(power_w=0))
    bench.done(EvStopsEnergy())
    bench.done(PowerUpdate(power_w=99_000))
    bench.done(EvRequestsEnergy())

    assert bench.statuses() == ["SuspendedEVSE", "SuspendedEV", "Charging"]
    assert bench.failed(PowerUpdate(power_w=-1)).code == "invalid"
    assert bench.failed(PowerUpdate(power_w=float("nan"))).code == "invalid"


def test_a_full_vehicle_suspends_by_itself_and_the_transaction_goes_on() -> None:
    bench = Bench(settings={"MeterValueSampleInterval": "0"})
    bench.done(PlugIn(vehicle=Vehicle(battery_kwh=10, soc_percent=90)))
    bench.done(Swipe(id_tag=TAG))
    bench.forget()

    bench.wait(24 * 3600)

    assert bench.statuses() == ["SuspendedEV"]
    assert bench.state.connectors[0].soc_percent == 100
    assert bench.state.connectors[0].transaction is not None


def test_finishing_begins_anew_without_unplugging() -> None:
    bench = charging()
    bench.done(EndTransaction())

    bench.done(Swipe(id_tag=TAG))

    assert bench.statuses() == ["Finishing", "Preparing", "Charging"]
    assert len({event.transaction for event in bench.seen(TransactionStarted)}) == 1
    assert (
        bench.said("StartTransaction")[0]["meterStart"]
        == bench.said("StopTransaction")[0]["meterStop"]
    )


def test_the_red_button_ends_the_transaction() -> None:
    bench = charging()

    bench.done(EmergencyStop())

    assert bench.said("StopTransaction")[0]["reason"] == "EmergencyStop"
    assert bench.statuses() == ["Finishing"]
    assert bench.failed(EmergencyStop()).code == "wrong_state"


def test_unplugging_ends_a_running_transaction_first() -> None:
    bench = charging()

    bench.done(Unplug())

    assert bench.actions() == ["StopTransaction", "StatusNotification"]
    assert bench.said("StopTransaction")[0]["reason"] == "EVDisconnected"
    assert bench.statuses() == ["Available"]


def test_raw_transactions_need_a_cable_and_no_question() -> None:
    bench = Bench()
    assert bench.failed(BeginTransaction(id_tag=TAG)).code == "wrong_state"
    bench.done(PlugIn(evse_id=2))
    bench.forget()

    result = bench.done(BeginTransaction(id_tag=TAG, evse_id=2))

    assert result["transaction_id"] == "1"
    assert not bench.said("Authorize")
    assert bench.failed(BeginTransaction(id_tag=TAG, evse_id=2)).code == "wrong_state"
    bench.done(EndTransaction(transaction_id="1"))
    assert bench.failed(EndTransaction(transaction_id="1")).code == "wrong_state"


def test_of_several_transactions_one_has_to_be_named() -> None:
    bench = charging()
    bench.done(PlugIn(evse_id=2))
    bench.done(Swipe(id_tag="OTHER", evse_id=2))

    assert bench.failed(EndTransaction()).code == "conflict"
    local = bench.state.connectors[1].transaction.transaction
    bench.done(EndTransaction(transaction_id=local))

    assert bench.state.connectors[0].transaction is not None
    assert bench.state.connectors[1].transaction is None


def test_the_cable_goes_in_once_and_comes_out_once() -> None:
    bench = Bench()
    assert bench.failed(Unplug()).code == "wrong_state"
    bench.done(PlugIn())
    bench.forget()

    assert bench.failed(PlugIn()).code == "wrong_state"

    assert bench.actions() == []
    assert bench.failed(PlugIn(evse_id=9)).code == "not_found"


def test_connectors_are_numbered_throughout() -> None:
    bench = Bench()

    bench.done(PlugIn(evse_id=1, connector_id=2))

    assert bench.statuses(2) == ["Available", "Preparing"]
    assert bench.failed(PlugIn(evse_id=1, connector_id=3)).code == "not_found"


def test_timestamps_are_the_chargers_clock() -> None:
    bench = charging()
    bench.wait(60.5)
    bench.done(EndTransaction())

    assert bench.now == START + 60.5
    assert bench.said("StopTransaction")[0]["timestamp"] == "2026-11-21T09:01:00.500Z"
    assert isinstance(bench.outcomes["c1"], Done)
