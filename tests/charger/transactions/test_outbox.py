"""Without the CSMS: transactions begun, ended and told later, in order, retried, bounded."""

import pytest

from tests.charger.bench import Bench, answering, refusing, silent
from voltyard.catalogue.commands.commands import (
    EmergencyStop,
    EndTransaction,
    PlugIn,
    Swipe,
    Unplug,
)
from voltyard.charger.description.events import MessageDropped
from voltyard.charger.transactions import outbox as outbox_module
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m

TAG = "DRIVER"


def known(version: str = "1.6", **settings: str) -> Bench:
    """A bench whose cache knows TAG."""
    bench = Bench(version, settings=settings)
    bench.done(Swipe(id_tag=TAG))
    bench.done(Swipe(id_tag=TAG))
    bench.forget()
    return bench


def tell(bench: Bench) -> list[str]:
    """The transaction messages, in order."""
    return [
        a for a in bench.actions() if a in ("StartTransaction", "MeterValues", "StopTransaction")
    ]


def test_tc_036_connection_loss_during_a_transaction() -> None:
    bench = known()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.cut()
    bench.wait(300)
    assert bench.state.queue_length == 5
    bench.forget()
    bench.mend()

    bench.wait(200)

    assert len(bench.said("MeterValues")) >= 7
    times = [v["meterValue"][0]["timestamp"] for v in bench.said("MeterValues")]
    assert times == sorted(times)
    assert bench.state.queue_length == 0
    assert bench.state.connectors[0].status == "Charging"


def test_tc_039_offline_transaction_gets_its_id_afterwards() -> None:
    bench = known(MeterValueSampleInterval="60")
    bench.transactions = 41
    bench.cut()
    bench.done(PlugIn())
    result = bench.done(Swipe(id_tag=TAG))
    assert result["transaction_id"] is None
    bench.wait(130)
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())
    assert bench.calls == []
    bench.mend()

    bench.wait(400)

    assert tell(bench) == ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
    assert {v["transactionId"] for v in bench.said("MeterValues")} == {42}
    assert bench.said("StopTransaction")[0]["transactionId"] == 42
    assert bench.state.queue_length == 0


def test_tc_e_43_offline_events_say_so() -> None:
    bench = known("2.0.1")
    bench.cut()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.mend()
    bench.wait(70)
    bench.done(Unplug())

    told = bench.said("TransactionEvent")
    assert [e.get("offline", False) for e in told] == [True, True, False, False]
    assert [e["seqNo"] for e in told] == [0, 1, 2, 3]


def test_tc_037_1_offline_start_of_a_valid_tag() -> None:
    bench = known()
    bench.cut()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.mend()

    bench.wait(30)

    assert bench.said("StartTransaction")[0]["idTag"] == TAG
    assert bench.state.connectors[0].transaction.transaction_id == "1"


@pytest.mark.parametrize(("stops", "status"), [("true", "Finishing"), ("false", "SuspendedEVSE")])
def test_tc_037_2_3_offline_start_of_an_invalid_tag(stops: str, status: str) -> None:
    bench = Bench(
        settings={"AllowOfflineTxForUnknownId": "true", "StopTransactionOnInvalidId": stops}
    )
    bench.cut()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag="STRANGER"))
    bench.tariff = {"status": "Invalid"}
    bench.mend()

    bench.wait(30)

    assert bench.state.connectors[0].status == status
    assert bool(bench.said("StopTransaction")) is (stops == "true")


def test_tc_038_offline_stop() -> None:
    bench = known()
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.cut()
    bench.done(Swipe(id_tag=TAG))
    bench.forget()
    bench.mend()

    bench.wait(30)

    assert bench.said("StopTransaction")[0]["transactionId"] == 1


def test_offline_a_stranger_starts_and_stops_nothing() -> None:
    bench = known()
    bench.cut()
    bench.done(PlugIn())
    assert bench.failed(Swipe(id_tag="STRANGER")).code == "refused"
    bench.done(Swipe(id_tag=TAG))

    assert bench.failed(Swipe(id_tag="STRANGER")).code == "refused"

    assert bench.state.connectors[0].status == "Charging"


def test_tc_e_41_a_failing_message_is_retried_with_growing_waits_and_given_up() -> None:
    bench = known(TransactionMessageAttempts="3", TransactionMessageRetryInterval="10")
    bench.answers["StartTransaction"] = refusing()
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag=TAG))

    bench.wait(9)
    assert len(bench.said("StartTransaction")) == 1
    bench.wait(2)
    assert len(bench.said("StartTransaction")) == 2
    bench.wait(18)
    assert len(bench.said("StartTransaction")) == 2
    bench.wait(2)

    assert len(bench.said("StartTransaction")) == 3
    [dropped] = bench.seen(MessageDropped)
    assert dropped.action == "StartTransaction"
    bench.done(EndTransaction())
    assert bench.said("StopTransaction")[0]["transactionId"] == -1  # errata 3.18
    assert bench.state.queue_length == 0


def test_a_failing_message_holds_back_the_rest_but_no_other_call() -> None:
    bench = known(TransactionMessageRetryInterval="1000")
    bench.answers["StartTransaction"] = refusing()
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag=TAG))

    bench.wait(200)
    assert not bench.said("MeterValues")
    bench.call("TriggerMessage", requestedMessage="Heartbeat")
    assert bench.said("Heartbeat")
    bench.answers.clear()
    bench.wait(900)

    assert tell(bench)[:3] == ["StartTransaction", "StartTransaction", "MeterValues"]


def test_tc_e_50_a_time_out_counts_as_a_failed_attempt() -> None:
    bench = known(
        "2.0.1",
        TransactionMessageAttempts="2",
        TransactionMessageRetryInterval="10",
        MessageTimeout="5",
        MeterValueSampleInterval="0",
    )
    bench.answers["TransactionEvent"] = silent
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag=TAG))

    bench.wait(21)

    assert [e["seqNo"] for e in bench.said("TransactionEvent")] == [0, 0, 1]
    assert len(bench.seen(MessageDropped)) == 1


def test_a_broken_link_is_no_failed_attempt() -> None:
    bench = known(TransactionMessageAttempts="1")
    bench.answers["StartTransaction"] = silent
    bench.done(PlugIn())
    assert bench.ask(Swipe(id_tag=TAG)) is None
    bench.cut()
    assert bench.outcomes["c4"].result["transaction_id"] is None  # type: ignore[union-attr]
    bench.answers.clear()
    bench.mend()

    bench.wait(30)

    assert len(bench.said("StartTransaction")) == 2
    assert not bench.seen(MessageDropped)


def test_an_end_that_is_given_up_is_forgotten() -> None:
    bench = known(TransactionMessageAttempts="1")
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.answers["StopTransaction"] = refusing()

    bench.done(Unplug())

    assert bench.charger.outbox.wire_ids == {}
    assert bench.state.queue_length == 0


def test_a_transaction_that_ends_before_its_confirmation_answers_its_command() -> None:
    bench = known()
    bench.answers["StartTransaction"] = silent
    bench.done(PlugIn())
    assert bench.ask(Swipe(id_tag=TAG)) is None

    bench.done(EmergencyStop())

    assert bench.outcomes["c4"].code == "wrong_state"  # type: ignore[union-attr]


# --- the bound ---------------------------------------------------------------------------------


def meter_values(number: int) -> m.MeterValuesRequest:
    value = m.MeterValue(
        timestamp=Timestamp.of(float(number)), sampled_value=[m.SampledValue(value=str(number))]
    )
    return m.MeterValuesRequest(connector_id=1, transaction_id=-1, meter_value=[value])


START = m.StartTransactionRequest(
    connector_id=1, id_tag=TAG, meter_start=0, timestamp=Timestamp.of(0.0)
)
STOP = m.StopTransactionRequest(meter_stop=1, timestamp=Timestamp.of(9.0), transaction_id=-1)


def test_a_full_outbox_drops_middle_values_never_begins_or_ends() -> None:
    bench = Bench(boot=False)
    outbox = TransactionOutbox(
        bench.charger.context, bench.charger.wire, bench.charger.security.events, limit=6
    )
    outbox.add("start", "t", START)
    for number in range(40):
        outbox.add("middle", "t", meter_values(number))
    outbox.add("end", "t", STOP)

    parts = [entry.part for entry in outbox.entries()]
    assert parts[0] == "start"
    assert parts[-1] == "end"
    assert len(parts) <= 6
    assert parts.count("middle") >= 2


def test_a_full_outbox_of_begins_and_ends_takes_no_middle_value() -> None:
    bench = Bench(boot=False)
    outbox = TransactionOutbox(
        bench.charger.context, bench.charger.wire, bench.charger.security.events, limit=4
    )
    for _ in range(3):
        outbox.add("start", "t", START)
        outbox.add("end", "t", STOP)
    outbox.add("middle", "t", meter_values(1))

    assert [entry.part for entry in outbox.entries()] == ["start", "end"] * 3
    assert outbox.full


def test_what_is_under_way_is_not_dropped() -> None:
    bench = known()
    bench.answers["MeterValues"] = silent
    outbox = TransactionOutbox(
        bench.charger.context, bench.charger.wire, bench.charger.security.events, limit=3
    )
    bench.charger.context.effects = []
    for number in range(8):
        outbox.add("middle", "t", meter_values(number))

    assert outbox.entries()[0].payload == meter_values(0)
    assert len(outbox) <= 3


def test_a_charger_with_a_full_outbox_begins_nothing() -> None:
    bench = known()
    bench.cut()
    bench.charger.outbox = TransactionOutbox(
        bench.charger.context, bench.charger.wire, bench.charger.security.events, limit=0
    )
    bench.done(PlugIn())

    assert bench.failed(Swipe(id_tag=TAG)).code == "overfull"
    assert outbox_module.UNCONFIRMED == "-1"


def test_answers_teach_the_cache() -> None:
    bench = Bench()
    bench.answers["StartTransaction"] = answering(
        {"transactionId": 1, "idTagInfo": {"status": "Accepted", "parentIdTag": "G"}}
    )
    bench.answers["StopTransaction"] = answering({"idTagInfo": {"status": "Blocked"}})
    bench.done(PlugIn())
    bench.done(Swipe(id_tag=TAG))
    bench.done(Swipe(id_tag=TAG))
    bench.done(Unplug())
    bench.cut()

    assert bench.failed(Swipe(id_tag=TAG)).details["status"] == "Blocked"
