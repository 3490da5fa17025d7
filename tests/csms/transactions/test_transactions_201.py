"""Transactions of OCPP 2.0.1: events that may be late, repeated, or the first we hear of one."""

from typing import Any

import pytest

from tests.csms.bench import ORG, START, ZULU, Peer, Yard
from voltyard.csms.commands.control import RemoteStartTransaction, RemoteStopTransaction
from voltyard.csms.records import TransactionStored
from voltyard.csms.transactions.ledger import SequenceNumbers, energy_delivered_kwh
from voltyard.kernel import limits

LATER = "2026-09-21T15:13:20Z"
TAG = {"idToken": "TAG", "type": "ISO14443"}
VERSION = "ocpp2.0.1"


def event(kind: str, seq_no: int, **changes: Any) -> dict[str, Any]:
    info = {"transactionId": changes.pop("id", "tx-1")}
    for name in ("chargingState", "stoppedReason", "remoteStartId"):
        if name in changes:
            info[name] = changes.pop(name)
    return {
        "eventType": kind,
        "seqNo": seq_no,
        "timestamp": ZULU if kind == "Started" else LATER,
        "triggerReason": "Trigger",
        "transactionInfo": info,
    } | changes


def register(value: float, context: str = "Sample.Periodic", **unit: Any) -> list[dict[str, Any]]:
    sample: dict[str, Any] = {"value": value, "context": context}
    if unit:
        sample["unitOfMeasure"] = unit
    return [{"timestamp": LATER, "sampledValue": [sample]}]


async def told(peer: Peer, *args: Any, **changes: Any) -> Any:
    return await peer.say("TransactionEvent", event(*args, **changes))


def row_of(yard: Yard) -> TransactionStored:
    (row,) = yard.journal.transactions.values()
    return row


@pytest.fixture
async def peer(yard: Yard) -> Peer:
    return await yard.booted(subprotocol=VERSION)


async def test_a_transaction_from_plug_to_unplug(yard: Yard, peer: Peer) -> None:
    assert (
        await told(
            peer,
            "Started",
            0,
            triggerReason="CablePluggedIn",
            chargingState="EVConnected",
            evse={"id": 2, "connectorId": 1},
            meterValue=register(1000, "Transaction.Begin"),
            reservationId=4,
        )
        == {}
    )
    assert await told(peer, "Updated", 1, triggerReason="Authorized", idToken=TAG) == {
        "idTokenInfo": {"status": "Accepted"}
    }
    await told(peer, "Updated", 2, triggerReason="ChargingStateChanged", chargingState="Charging")
    await told(
        peer,
        "Updated",
        3,
        triggerReason="MeterValuePeriodic",
        meterValue=register(2.5, unit="kWh"),
    )
    assert row_of(yard).meter_last_wh == 2500
    assert await told(peer, "Updated", 4, triggerReason="StopAuthorized", idToken=TAG) == {
        "idTokenInfo": {"status": "Accepted"}
    }
    await told(
        peer,
        "Ended",
        5,
        triggerReason="EVCommunicationLost",
        stoppedReason="EVDisconnected",
        chargingState="Idle",
        meterValue=register(30, "Transaction.End", unit="Wh", multiplier=2),
    )

    row = row_of(yard)
    assert (row.ocpp_id, row.number, row.status, row.version) == (
        "tx-1",
        None,
        "completed",
        "2.0.1",
    )
    assert (row.evse_id, row.connector_id, row.reservation_id) == (2, 1, 4)
    assert (row.id_tag, row.id_tag_type, row.id_tag_status) == ("TAG", "ISO14443", "accepted")
    assert (row.stop_id_tag, row.stop_reason, row.charging_state) == (
        "TAG",
        "EVDisconnected",
        "Idle",
    )
    assert (row.meter_start_wh, row.meter_stop_wh) == (1000, 3000)
    assert (row.started_at, row.stopped_at) == (START, START + 3600)
    assert energy_delivered_kwh(row) == 2.0
    assert [e.name for e in yard.events if e.name.startswith("transaction")] == [
        "transaction.started",
        *["transaction.updated"] * 4,
        "transaction.stopped",
    ]
    assert len(yard.journal.meter_values) == 3


async def test_the_answer_waits_for_the_commit_and_a_failure_changes_nothing(
    yard: Yard, peer: Peer
) -> None:
    id = peer.call("TransactionEvent", event("Started", 0))
    assert peer.answers(id) == []
    await yard.settle()
    assert peer.answers(id)[0][0] == 3
    before = row_of(yard)
    yard.journal.fail(OSError("disk full"))

    refused = await peer.ask("TransactionEvent", event("Ended", 1))

    assert refused[2] == "InternalError"
    assert yard.backend.transaction(ORG, "tx-1") == before
    yard.journal.fail(None)
    yard.complaints.clear()
    # sent once more, it is no repetition
    await told(peer, "Ended", 1)
    assert row_of(yard).status == "completed"


async def test_a_repeated_event_is_answered_alike_and_counts_once(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0)
    first = await told(peer, "Updated", 1, idToken=TAG, meterValue=register(5))

    again = await told(peer, "Updated", 1, idToken=TAG, meterValue=register(5))

    assert again == first
    assert len(yard.journal.meter_values) == 1
    assert len(yard.heard("transaction.updated")) == 1


async def test_a_repetition_whose_first_writing_failed_is_written_whole(
    yard: Yard, peer: Peer
) -> None:
    # given an event that cannot be stored, and its repetition, which comes before that is known
    await yard.settle()
    yard.journal.fail(OSError("disk full"), groups=1)
    started = event("Started", 0, meterValue=register(5))
    first = peer.call("TransactionEvent", started)
    second = peer.call("TransactionEvent", started)
    await yard.settle()

    # then the repetition is answered with all that the event said on record
    assert [peer.answers(id)[0][0] for id in (first, second)] == [4, 3]
    assert row_of(yard).status == "in_progress"
    assert len(yard.journal.meter_values) == 1
    assert len(yard.heard("transaction.started")) == 1
    yard.complaints.clear()


async def test_events_repeated_after_a_restart_count_once(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0)
    await told(peer, "Updated", 1, meterValue=register(5))
    restarted = yard.restarted()
    again = restarted.connect(subprotocol=VERSION)

    await told(again, "Updated", 1, meterValue=register(5))
    await told(again, "Ended", 2)
    await told(again, "Ended", 2)

    assert len(restarted.journal.meter_values) == 1
    assert row_of(restarted).status == "completed"
    assert len(restarted.heard("transaction.stopped")) == 1
    await restarted.backend.close()


async def test_a_station_that_miscounts_can_still_end_its_transaction(
    yard: Yard, peer: Peer
) -> None:
    await told(peer, "Started", 0)

    await told(peer, "Ended", 0, meterValue=register(7))

    assert (row_of(yard).status, row_of(yard).meter_stop_wh) == ("completed", 7)


async def test_events_may_come_in_any_order(yard: Yard, peer: Peer) -> None:
    await told(peer, "Ended", 3, meterValue=register(900), chargingState="Idle")
    await told(peer, "Updated", 2, meterValue=register(500), chargingState="Charging")
    await told(
        peer,
        "Started",
        0,
        idToken=TAG,
        evse={"id": 1},
        meterValue=register(100, "Transaction.Begin"),
    )

    row = row_of(yard)
    assert (row.status, row.charging_state, row.seq_no) == ("completed", "Idle", 3)
    assert (row.meter_start_wh, row.meter_last_wh, row.meter_stop_wh) == (100, 900, 900)
    assert (row.id_tag, row.evse_id, row.started_at) == ("TAG", 1, START)
    assert len(yard.journal.meter_values) == 3


async def test_an_end_is_all_that_may_ever_come(yard: Yard, peer: Peer) -> None:
    assert await told(peer, "Ended", 9, idToken=TAG, triggerReason="StopAuthorized") == {
        "idTokenInfo": {"status": "Accepted"}
    }

    row = row_of(yard)
    assert (row.status, row.started_at, row.stop_reason) == ("completed", None, "Local")
    assert (row.id_tag, row.stop_id_tag) == (None, "TAG")
    assert (row.meter_stop_wh, energy_delivered_kwh(row)) == (None, None)


async def test_without_a_begin_value_the_first_register_of_the_start_counts(
    yard: Yard, peer: Peer
) -> None:
    await told(peer, "Started", 0, meterValue=register(100))
    await told(peer, "Ended", 1, meterValue=register(350))

    assert energy_delivered_kwh(row_of(yard)) == 0.25


async def test_a_register_that_falls_delivers_nothing(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0, meterValue=register(100))
    await told(peer, "Ended", 1, meterValue=register(0))

    assert energy_delivered_kwh(row_of(yard)) == 0.0


async def test_another_tag_stops(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0, idToken=TAG)
    await told(peer, "Updated", 1, idToken={"idToken": "OTHER", "type": "Central"})

    assert (row_of(yard).id_tag, row_of(yard).stop_id_tag) == ("TAG", "OTHER")


async def test_the_same_tag_presented_again_changes_nothing(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0, idToken=TAG)
    await told(peer, "Updated", 1, idToken=TAG)

    assert (row_of(yard).id_tag, row_of(yard).stop_id_tag) == ("TAG", None)


async def test_stations_name_their_transactions_for_themselves(yard: Yard, peer: Peer) -> None:
    other = await yard.booted("CP2", VERSION)

    await told(peer, "Started", 0)
    await told(other, "Started", 0)
    await told(other, "Ended", 1)

    by_charger = {row.charge_box_id: row.status for row in yard.journal.transactions.values()}
    assert by_charger == {"CP1": "in_progress", "CP2": "completed"}
    assert yard.backend.transaction(ORG, "tx-1").charge_box_id == "CP2"


async def test_a_remote_start_is_known_by_its_number(yard: Yard, peer: Peer) -> None:
    task = await yard.command(RemoteStartTransaction(id_tag="TAG", connector_id=2))
    call = peer.asked()[-1]
    await peer.answer({"status": "Accepted"})
    answer: Any = await task
    number = call[3]["remoteStartId"]
    assert call[3] == {
        "remoteStartId": number,
        "evseId": 2,
        "idToken": {"idToken": "TAG", "type": "Central"},
    }

    await told(peer, "Started", 0, id="other", remoteStartId=number + 1)
    assert yard.backend.transaction(ORG, answer.id).status == "pending"
    await told(peer, "Started", 0, remoteStartId=number, triggerReason="RemoteStart", idToken=TAG)

    row = yard.backend.transaction(ORG, answer.id)
    assert (row.status, row.ocpp_id, row.remote_started) == ("in_progress", "tx-1", True)
    assert (row.id_tag, row.id_tag_status) == ("TAG", "accepted")


async def test_a_transaction_is_stopped_by_the_stations_id(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0)
    row = row_of(yard)

    task = await yard.command(RemoteStopTransaction(transaction_id=row.id))
    assert peer.asked()[-1][2:] == ["RequestStopTransaction", {"transactionId": "tx-1"}]
    await peer.answer({"status": "Accepted"})
    assert (await task).status == "accepted"


async def test_meter_values_outside_transactions_are_kept(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0, evse={"id": 1, "connectorId": 1})

    await peer.say("MeterValues", {"evseId": 0, "meterValue": register(9)})
    await peer.say("MeterValues", {"evseId": 1, "meterValue": register(8)})

    main, own = yard.journal.meter_values
    assert (main.transaction_id, main.evse_id, main.connector_id) == (None, 0, None)
    assert own.transaction_id == row_of(yard).id
    assert own.samples[0].value == "8.0"


def test_sequence_numbers_are_a_run_and_some_apart() -> None:
    seen = SequenceNumbers()
    for number in (500, 501, 503, 501):
        seen.add(number)
    assert [n for n in range(499, 506) if n in seen] == [500, 501, 503]

    seen.add(502)
    seen.discard(501)
    assert [n for n in range(499, 506) if n in seen] == [500, 502, 503]

    seen.discard(503)
    seen.discard(777)
    assert [n for n in range(499, 506) if n in seen] == [500, 502]


def test_sequence_numbers_that_are_none_are_bounded() -> None:
    seen = SequenceNumbers()
    for number in range(0, 4 * limits.SEQUENCE_GAPS, 2):
        seen.add(number)

    assert len(seen._apart) == limits.SEQUENCE_GAPS
    assert 4 * limits.SEQUENCE_GAPS - 2 in seen


async def test_a_failed_event_takes_back_nothing_that_followed_it(yard: Yard, peer: Peer) -> None:
    await yard.settle()
    yard.journal.fail(OSError("disk full"), groups=1)
    first = peer.call("TransactionEvent", event("Started", 0))
    second = peer.call("TransactionEvent", event("Updated", 1, chargingState="Charging"))
    await yard.settle()

    assert [peer.answers(id)[0][0] for id in (first, second)] == [4, 3]
    assert yard.backend.transaction(ORG, "tx-1") == row_of(yard)
    assert row_of(yard).charging_state == "Charging"
    yard.complaints.clear()


async def test_an_event_that_cannot_be_stored_after_the_link_is_gone_is_logged_as_lost(
    yard: Yard, peer: Peer
) -> None:
    peer.call("TransactionEvent", event("Started", 0))
    yard.journal.fail(OSError("disk full"), groups=1)
    await peer.gone()
    await yard.settle()

    assert len(yard.backend._transactions.ledger) == 0
    logged = yard.journal.messages[-1]
    assert (logged.outcome, logged.error_code, logged.response) == ("lost", "InternalError", None)
    yard.complaints.clear()


# --- what is told once ----------------------------------------------------------------------------


async def test_a_station_that_begins_and_ends_twice_is_told_of_once(yard: Yard, peer: Peer) -> None:
    await told(peer, "Started", 0, meterValue=register(1000))
    await told(peer, "Started", 1)
    await told(peer, "Ended", 2, meterValue=register(3000))
    await told(peer, "Ended", 3, meterValue=register(3100), stoppedReason="EVDisconnected")

    assert len(yard.heard("transaction.started")) == 1
    (stopped,) = yard.heard("transaction.stopped")
    assert stopped.transaction.meter_stop_wh == 3000
    (corrected,) = [e for e in yard.heard("transaction.updated") if e.corrected]
    assert corrected.transaction == row_of(yard)
    assert corrected.data()["corrected"] is True
    assert (row_of(yard).meter_stop_wh, row_of(yard).stop_reason) == (3100, "EVDisconnected")


async def test_a_start_that_is_heard_late_is_told_of(yard: Yard, peer: Peer) -> None:
    await told(peer, "Updated", 1)
    assert not yard.heard("transaction.started")

    await told(peer, "Started", 0)

    assert len(yard.heard("transaction.started")) == 1


@pytest.mark.parametrize("by_hand_wh", [None, 2000.0, 9000.0])
async def test_a_station_has_the_last_word_on_what_was_closed_by_hand(
    yard: Yard, peer: Peer, by_hand_wh: float | None
) -> None:
    await told(peer, "Started", 0, meterValue=register(1000, "Transaction.Begin"))
    await told(peer, "Updated", 1, meterValue=register(1500))
    closed = await yard.backend.close_transaction(
        row_of(yard), meter_stop_wh=by_hand_wh, reason="Gone"
    )

    # It was cut off, and sends what it kept.
    await told(peer, "Updated", 2, meterValue=register(2500))
    assert row_of(yard).delivered_wh == closed.delivered_wh
    await told(peer, "Ended", 3, meterValue=register(4000, "Transaction.End"))
    await told(peer, "Ended", 3, meterValue=register(4000, "Transaction.End"))

    row = row_of(yard)
    assert (row.status, row.meter_stop_wh, energy_delivered_kwh(row)) == ("completed", 4000, 3.0)
    assert row.stopped_at == START + 3600
    assert [one.kind for one in row.anomalies] == ["closed_by_hand", "stop_after_close"]
    assert [one.count for one in row.anomalies] == [1, 1]
    assert [e.transaction for e in yard.heard("transaction.stopped")] == [closed]
    corrected = [e for e in yard.heard("transaction.updated") if e.corrected]
    assert [e.transaction for e in corrected] == [row]
