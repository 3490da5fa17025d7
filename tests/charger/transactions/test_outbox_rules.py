"""Transaction messages rule by rule: 1.6 sections 3.7.1 and 3.7.2 with their errata, OCPP-J 1.6
section 4.1.4, 2.0.1 E04, E11 to E13."""

import json
from typing import Any

import pytest

from tests.charger.bench import Bench, again, answering, frames, refusing, silent
from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    PlugIn,
    StartSession,
    StopSession,
    Swipe,
)
from voltyard.charger.description.events import MessageDropped
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v16 import messages as m

VERSIONS = ["1.6", "2.0.1"]
TAG = "DRIVER"
BEGIN = {"1.6": "StartTransaction", "2.0.1": "TransactionEvent"}


def begun(version: str, answerer: Any, **more: str) -> Bench:
    """A bench whose first transaction message meets that answer."""
    bench = Bench(version, settings={"MeterValueSampleInterval": "0"} | more)
    bench.answers[BEGIN[version]] = answerer
    bench.done(PlugIn())
    bench.ask(Swipe(id_tag=TAG))
    return bench


def ids(bench: Bench, action: str) -> list[str]:
    """The message ids of the charger's calls of an action."""
    return [
        frame.message_id
        for frame in frames(bench)
        if (frame.kind, frame.action) == ("call", action)
    ]


def count(bench: Bench) -> int:
    """How often the first message of the transaction was sent."""
    return sum(told.get("seqNo", 0) == 0 for told in bench.said(BEGIN[bench.spec.version]))


# --- when it is sent again ---------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("answerer", [refusing(), silent], ids=["callerror", "no answer"])
def test_3_7_1_e_13_waits_grow_by_the_interval_and_then_the_next_has_its_turn(
    version: str, answerer: Any
) -> None:
    bench = begun(
        version,
        answerer,
        TransactionMessageAttempts="3",
        TransactionMessageRetryInterval="60",
        MessageTimeout="5",
    )
    lost_s = 5.0 if answerer is silent else 0.0

    for transmissions, wait_s in ((1, 60.0), (2, 120.0)):
        bench.wait(lost_s + wait_s - 0.5)
        assert count(bench) == transmissions
        bench.wait(0.5)
        assert count(bench) == transmissions + 1
    bench.wait(lost_s)

    assert len(bench.seen(MessageDropped)) == 1
    if version == "2.0.1":
        assert bench.said("TransactionEvent")[-1]["seqNo"] == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_3_7_1_a_link_lost_and_found_shortens_no_wait(version: str) -> None:
    bench = begun(version, refusing(), TransactionMessageRetryInterval="1000")
    bench.cut()
    bench.mend()

    bench.wait(990)
    assert bench.state.connected
    assert count(bench) == 1
    bench.wait(20)

    assert count(bench) == 2


@pytest.mark.parametrize("version", VERSIONS)
def test_3_7_1_nor_does_a_restart_which_forgets_no_attempt(version: str) -> None:
    bench = begun(
        version, refusing(), TransactionMessageRetryInterval="1000", TransactionMessageAttempts="2"
    )

    fresh = again(bench, after_s=60)
    fresh.answers[BEGIN[version]] = refusing()
    fresh.wait(900)
    assert count(fresh) == 0
    fresh.wait(60)

    assert count(fresh) == 1  # the second attempt, and the last
    assert [event.action for event in fresh.seen(MessageDropped)] == [BEGIN[version]]


def test_3_7_1_other_messages_overtake_what_waits() -> None:
    bench = begun("1.6", refusing(), TransactionMessageRetryInterval="1000")
    bench.forget()

    bench.done(PlugIn(evse_id=2))
    bench.ask(Swipe(evse_id=2, id_tag="OTHER"))

    assert "Authorize" in bench.actions() and "StatusNotification" in bench.actions()
    assert not bench.said("StartTransaction")


def test_4_2_nothing_is_sent_before_the_boot_is_accepted() -> None:
    bench = begun("1.6", silent)
    fresh = again(bench)
    fresh.answers["BootNotification"] = answering(
        {"status": "Pending", "currentTime": "2026-11-21T09:00:00Z", "interval": 50}
    )

    fresh.wait(40)
    assert set(fresh.actions()) == {"BootNotification"}
    fresh.answers.clear()
    fresh.wait(60)

    assert fresh.said("StartTransaction")


# --- under which id ----------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "kept"), [("1.6", True), ("2.0.1", False)])
def test_4_1_4_a_message_of_1_6_keeps_its_id_and_one_of_2_0_1_never_does(
    version: str, kept: bool
) -> None:
    bench = begun(version, refusing(), TransactionMessageRetryInterval="1")
    bench.wait(10)
    [first, *others] = ids(bench, BEGIN[version])[:3]

    assert (set(others) == {first}) is kept
    assert len(set(ids(bench, "StatusNotification"))) == len(ids(bench, "StatusNotification"))


def test_4_1_4_it_keeps_it_over_a_cut_and_a_restart() -> None:
    bench = begun("1.6", silent)
    [first] = ids(bench, "StartTransaction")
    bench.cut()
    bench.mend()
    bench.wait(20)
    assert ids(bench, "StartTransaction") == [first, first]

    fresh = again(bench)
    fresh.wait(30)

    assert ids(fresh, "StartTransaction") == [first]
    assert first not in ids(fresh, "StopTransaction")


def test_a_late_answer_to_the_first_transmission_counts_once_the_second_is_sent() -> None:
    bench = begun("1.6", silent, MessageTimeout="5", TransactionMessageRetryInterval="10")
    bench.wait(6)
    [id] = ids(bench, "StartTransaction")
    answer = {"transactionId": 99, "idTagInfo": {"status": "Accepted"}}

    bench.receive(json.dumps([3, id, answer]))  # it had timed out: dropped
    assert bench.state.connectors[0].transaction.transaction_id is None
    bench.wait(10)
    bench.receive(json.dumps([3, id, answer]))
    assert bench.state.connectors[0].transaction.transaction_id == "99"
    bench.receive(json.dumps([3, id, answer | {"transactionId": 100}]))

    assert bench.state.connectors[0].transaction.transaction_id == "99"
    assert bench.state.queue_length == 0


# --- how much is kept --------------------------------------------------------------------------


def values(number: int) -> m.MeterValuesRequest:
    value = m.MeterValue(
        timestamp=Timestamp.of(float(number)), sampled_value=[m.SampledValue(value=str(number))]
    )
    return m.MeterValuesRequest(connector_id=1, transaction_id=-1, meter_value=[value])


def test_e_04_fr_07_the_first_third_and_fifth_middle_value_go() -> None:
    bench = Bench(boot=False)
    outbox = TransactionOutbox(
        bench.charger.context, bench.charger.wire, bench.charger.security.events, limit=6
    )
    for number in range(7):
        outbox.add("middle", "t", values(number))

    kept = [entry.payload.meter_value[0].sampled_value[0].value for entry in outbox.entries()]  # type: ignore[attr-defined]
    assert kept == ["1", "3", "5", "6"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_charger_whose_queue_is_full_of_begins_and_ends_begins_nothing_by_a_cable(
    version: str,
) -> None:
    bench = Bench(version, settings={"TxCtrlr.TxStartPoint": "EVConnected"})
    bench.done(NetworkDrop())
    bench.charger.outbox._limit = 0

    bench.done(PlugIn())

    assert bench.state.connectors[0].transaction is None
    assert bench.state.queue_length == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_a_queue_with_middle_values_has_room_for_another_transaction(version: str) -> None:
    bench = Bench(version, settings={"AllowOfflineTxForUnknownId": "true"})
    bench.done(NetworkDrop())
    bench.charger.outbox._limit = 6
    bench.done(StartSession(id_tag=TAG))
    bench.wait(400)
    assert bench.state.queue_length <= 6

    bench.done(StartSession(evse_id=2, id_tag="OTHER"))
    bench.done(StopSession())
    bench.done(StopSession(evse_id=2))

    parts = [entry.part for entry in bench.charger.outbox.entries()]
    assert (parts.count("start"), parts.count("end")) == (2, 2)
