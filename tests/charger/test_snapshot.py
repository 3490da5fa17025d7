"""What persists over a restart of the process."""

import pytest

from tests.charger.bench import START, Bench, again, silent
from voltyard.catalogue.commands.commands import (
    Configure,
    InstallLocalList,
    PlugIn,
    PowerCut,
    PowerRestore,
    StartSession,
    Swipe,
    Unplug,
)
from voltyard.catalogue.commands.settings import LocalListEntry
from voltyard.charger.description.events import TransactionEnded
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.effects import Remember
from voltyard.charger.inputs import CommandReceived

TAG = "DRIVER"
REGISTER = "Energy.Active.Import.Register"
VERSIONS = ["1.6", "2.0.1"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_transaction_cut_off_ends_with_power_loss_after_the_boot(version: str) -> None:
    bench = Bench(version)
    bench.done(StartSession(id_tag=TAG))
    bench.wait(125)
    running = bench.state.connectors[0].transaction

    fresh = again(bench)
    fresh.wait(30)

    [ended] = fresh.seen(TransactionEnded)
    assert (ended.transaction, ended.reason) == (running.transaction, "PowerLoss")
    assert fresh.actions()[0] == "BootNotification"
    if version == "1.6":
        [stop] = fresh.said("StopTransaction")
        assert (stop["transactionId"], stop["reason"]) == (1, "PowerLoss")
        assert stop["timestamp"] == "2026-11-21T09:02:05.000Z"
        assert fresh.statuses() == ["Finishing"]
    else:
        [event] = fresh.said("TransactionEvent")
        assert event["eventType"] == "Ended"
        assert event["offline"] is True
        assert event["transactionInfo"]["transactionId"] == running.transaction_id
        assert event["transactionInfo"]["stoppedReason"] == "PowerLoss"
        assert event["seqNo"] == bench.said("TransactionEvent")[-1]["seqNo"] + 1
    assert fresh.state.connectors[0].energy_wh == bench.state.connectors[0].energy_wh


@pytest.mark.parametrize("version", VERSIONS)
def test_a_restart_looks_like_a_power_cut_from_outside(version: str) -> None:
    def prepared() -> Bench:
        bench = Bench(version, settings={"StopTxnSampledData": "Energy.Active.Import.Register"})
        bench.done(StartSession(id_tag=TAG))
        bench.wait(125)
        return bench

    cut, restarted = prepared(), prepared()
    cut.forget()
    cut.done(PowerCut())
    cut.wait(60)
    cut.done(PowerRestore())
    fresh = again(restarted)
    cut.wait(30)
    fresh.wait(30)

    assert fresh.calls == cut.calls


def test_settings_lists_cache_and_availability_persist() -> None:
    bench = Bench("1.6", settings={"Vendor": "1"})
    bench.done(Configure(settings={"MeterValueSampleInterval": "7", "Vendor": "2"}))
    bench.done(InstallLocalList(version=3, entries=(LocalListEntry(id_tag="L", group="g"),)))
    bench.done(Swipe(id_tag=TAG))
    bench.call("ChangeAvailability", connectorId=2, type="Inoperative")

    fresh = again(bench)
    fresh.wait(20)

    keys = {e["key"]: e.get("value") for e in fresh.call("GetConfiguration")["configurationKey"]}
    assert (keys["MeterValueSampleInterval"], keys["Vendor"]) == ("7", "2")
    assert fresh.call("GetLocalListVersion") == {"listVersion": 3}
    assert fresh.statuses(2) == ["Unavailable"]
    fresh.cut()
    fresh.done(Swipe(id_tag=TAG))


def test_messages_not_confirmed_persist_in_order() -> None:
    bench = Bench("1.6")
    bench.answers["StartTransaction"] = silent
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag=TAG))
    bench.wait(25)

    fresh = again(bench)
    fresh.wait(30)

    told = [a for a in fresh.actions() if a in ("StartTransaction", "StopTransaction")]
    assert told == ["StartTransaction", "StopTransaction"]
    assert fresh.said("StopTransaction")[0]["transactionId"] == 1
    assert fresh.state.queue_length == 0


def test_a_charger_made_one_of_another_version_begins_anew_with_its_register() -> None:
    bench = Bench("1.6")
    bench.done(StartSession(id_tag=TAG))
    bench.wait(300)
    bench.cut()
    bench.wait(300)
    other = ChargerSpec(identity=bench.spec.identity, version="2.0.1", evses=bench.spec.evses)

    fresh = again(bench, spec=other)
    fresh.wait(30)

    assert not fresh.said("TransactionEvent")
    assert fresh.state.connectors[0].energy_wh > 1_000
    assert fresh.statuses() == ["Occupied"]


def test_it_is_remembered_at_most_once_a_step_and_built_when_asked_for() -> None:
    charger = Bench().charger

    settings = {"MeterValueSampleInterval": "7", "ConnectionTimeOut": "8"}

    effects = charger.step(CommandReceived(Configure(settings=settings), "x"), START + 5)
    [remember] = [effect for effect in effects if isinstance(effect, Remember)]

    assert remember.snapshot == charger.snapshot()
    assert remember.snapshot.identity == "CP 1"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_a_cable_is_remembered_as_soon_as_it_goes_in_and_out(version: str) -> None:
    bench = Bench(version)

    before = bench.remembered
    bench.done(PlugIn())
    plugged = bench.remembered
    bench.failed(PlugIn())
    refused = bench.remembered
    bench.done(Unplug())

    assert before < plugged == refused < bench.remembered


def test_steps_that_change_nothing_lasting_are_not_remembered() -> None:
    bench = Bench()
    before = bench.remembered

    bench.wait(1_000)
    bench.call("GetConfiguration")

    assert bench.remembered == before


def test_every_reported_register_value_is_covered_by_memory() -> None:
    bench = Bench("1.6")
    bench.done(StartSession(id_tag=TAG))
    bench.wait(60)
    snapshot = bench.charger.snapshot()
    reported = bench.said("MeterValues")[-1]["meterValue"][0]["sampledValue"][0]["value"]

    assert snapshot.evses[0].register_wh >= float(reported)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_register_told_on_request_is_remembered_though_nothing_is_queued(version: str) -> None:
    sampling = "MeterValueSampleInterval"
    bench = Bench(version, settings={sampling: "0", "MeterValuesAlignedData": REGISTER})
    bench.call("TriggerMessage", requestedMessage="MeterValues")
    idle = bench.remembered
    bench.done(StartSession(id_tag=TAG))
    bench.wait(600)
    running = bench.remembered

    bench.call("TriggerMessage", requestedMessage="MeterValues")

    assert bench.said("MeterValues")
    assert bench.remembered > running
    assert idle == Bench(version).remembered
