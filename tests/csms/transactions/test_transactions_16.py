"""Transactions of OCPP 1.6: nothing is lost, nothing is doubled."""

import asyncio
from typing import Any

import pytest

from tests.csms.bench import ORG, START, ZULU, Yard
from voltyard.csms.records import TransactionStored
from voltyard.csms.transactions.ledger import duration_minutes, energy_delivered_kwh
from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, NotFound, Unavailable

LATER = "2026-09-21T15:14:20.500+00:00"
"""An hour and a minute and a half second after START."""


def started(**changes: Any) -> dict[str, Any]:
    return {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": ZULU} | changes


def stopped(number: int, **changes: Any) -> dict[str, Any]:
    return {"transactionId": number, "meterStop": 8400, "timestamp": LATER} | changes


def metered(number: int | None, *values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    payload = {
        "connectorId": 1,
        "transactionId": number,
        "meterValue": [{"timestamp": ZULU, "sampledValue": list(values)}],
    } | changes
    return {name: value for name, value in payload.items() if value is not None}


def rows(yard: Yard) -> list[TransactionStored]:
    return list(yard.journal.transactions.values())


async def test_a_transaction_from_start_to_stop(yard: Yard) -> None:
    peer = await yard.booted()

    answer = await peer.say("StartTransaction", started(reservationId=5))
    assert answer == {"idTagInfo": {"status": "Accepted"}, "transactionId": 1}
    assert await peer.say("MeterValues", metered(1, {"value": "4200"})) == {}
    assert await peer.say("StopTransaction", stopped(1, idTag="TAG", reason="EVDisconnected")) == {
        "idTagInfo": {"status": "Accepted"}
    }

    (row,) = rows(yard)
    assert row.id.startswith("txn_")
    assert (row.number, row.ocpp_id, row.status) == (1, "1", "completed")
    assert (row.connector_id, row.id_tag, row.reservation_id) == (1, "TAG", 5)
    assert (row.meter_start_wh, row.meter_stop_wh, row.meter_last_wh) == (1000, 8400, 8400)
    assert (row.started_at, row.stopped_at) == (START, START + 3660.5)
    assert (row.stop_reason, row.stop_id_tag, row.remote_started) == (
        "EVDisconnected",
        "TAG",
        False,
    )
    assert energy_delivered_kwh(row) == 7.4
    assert duration_minutes(row, 0.0) == 61.01
    assert [event.name for event in yard.events if "transaction" in event.name] == [
        "transaction.started",
        "transaction.updated",
        "transaction.stopped",
    ]


async def test_what_is_delivered_and_how_long_it_took_are_never_negative(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    (running,) = rows(yard)

    await peer.say("StopTransaction", stopped(1, meterStop=1))

    (row,) = rows(yard)
    assert duration_minutes(running, START - 60.0) == 0.0
    assert duration_minutes(running, START + 90.0) == 1.5
    assert energy_delivered_kwh(row) == 0.0


async def test_numbers_are_unique_over_all_chargers_and_restarts(yard: Yard) -> None:
    first = await (await yard.booted("A")).say("StartTransaction", started())
    second = await (await yard.booted("B")).say("StartTransaction", started())
    restarted = yard.restarted()
    third = await restarted.connect("A").say("StartTransaction", started(meterStart=2000))

    assert [answer["transactionId"] for answer in (first, second, third)] == [1, 2, 3]
    await restarted.backend.close()


async def test_the_answer_waits_for_the_commit(yard: Yard) -> None:
    peer = await yard.booted()

    id = peer.call("StartTransaction", started())
    assert peer.answers(id) == []
    assert yard.heard("transaction.started") == []
    # other frames are answered meanwhile
    beat = peer.call("Heartbeat", {})
    assert len(peer.answers(beat)) == 1

    await yard.settle()
    assert len(peer.answers(id)) == 1
    assert len(yard.heard("transaction.started")) == 1


async def test_what_cannot_be_stored_is_an_internal_error_and_changes_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    yard.journal.fail(OSError("disk full"))

    refused = await peer.ask("StartTransaction", started())

    assert refused[2] == "InternalError"
    assert len(yard.backend._transactions.ledger) == 0
    assert yard.heard("transaction.started") == []
    assert [str(error) for error in yard.complaints] == ["disk full"]
    # the charger tries again
    yard.journal.fail(None)
    yard.complaints.clear()
    assert (await peer.say("StartTransaction", started()))["transactionId"] == 2
    assert len(rows(yard)) == 1


async def test_a_stop_that_cannot_be_stored_leaves_the_transaction_open(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    yard.journal.fail(OSError("disk full"))

    assert (await peer.ask("StopTransaction", stopped(1)))[2] == "InternalError"

    assert yard.backend.transaction(ORG, "1").status == "in_progress"
    yard.journal.fail(None)
    yard.complaints.clear()
    await peer.say("StopTransaction", stopped(1))
    assert rows(yard)[0].status == "completed"


async def test_a_repetition_whose_first_writing_failed_is_written_again(yard: Yard) -> None:
    peer = await yard.booted()
    await yard.settle()
    yard.journal.fail(OSError("disk full"), groups=1)
    first = peer.call("StartTransaction", started())
    second = peer.call("StartTransaction", started())
    await yard.settle()

    assert [peer.answers(id)[0][0] for id in (first, second)] == [4, 3]
    number = peer.answers(second)[0][2]["transactionId"]
    assert [row.number for row in rows(yard)] == [number]
    await peer.say("StopTransaction", stopped(number))
    assert [row.status for row in rows(yard)] == ["completed"]
    yard.complaints.clear()


async def test_the_row_stays_when_the_link_dies_before_the_answer(yard: Yard) -> None:
    peer = await yard.booted()
    id = peer.call("StartTransaction", started())
    peer._user.closed(1006, "")
    await yard.settle()

    assert peer.answers(id) == []
    assert rows(yard)[0].status == "in_progress"
    assert yard.journal.messages[-1].outcome == "lost"
    assert len(yard.heard("transaction.started")) == 1
    # the same again, on the next link: the same id
    again = await yard.connect().say("StartTransaction", started())
    assert again["transactionId"] == 1
    assert len(rows(yard)) == 1


async def test_a_start_repeated_gets_the_same_answer(yard: Yard) -> None:
    peer = await yard.booted()
    first = await peer.say("StartTransaction", started())
    await peer.say("StopTransaction", stopped(1))

    assert await peer.say("StartTransaction", started()) == first

    assert len(rows(yard)) == 1
    assert rows(yard)[0].status == "completed"
    assert len(yard.heard("transaction.started")) == 1
    # another moment is another transaction
    other = await peer.say("StartTransaction", started(timestamp=LATER))
    assert other["transactionId"] == 2


async def test_a_start_repeated_after_a_restart_gets_the_same_answer(yard: Yard) -> None:
    peer = await yard.booted()
    first = await peer.say("StartTransaction", started())

    restarted = yard.restarted()

    assert await restarted.connect().say("StartTransaction", started()) == first
    assert len(rows(restarted)) == 1
    await restarted.backend.close()


async def test_a_stop_repeated_gets_the_same_answer_and_changes_nothing(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    first = await peer.say("StopTransaction", stopped(1, idTag="TAG"))

    again = await peer.say("StopTransaction", stopped(1, idTag="TAG", meterStop=9999))

    assert again == first
    assert rows(yard)[0].meter_stop_wh == 8400
    assert len(yard.heard("transaction.stopped")) == 1


@pytest.mark.parametrize("number", [-1, 0, 99, 2147483647])
async def test_a_stop_of_an_unknown_transaction_is_answered_and_kept(
    yard: Yard, number: int
) -> None:
    peer = await yard.booted()

    first = await peer.say("StopTransaction", stopped(number, idTag="TAG"))
    again = await peer.say("StopTransaction", stopped(number, idTag="TAG"))

    assert first == again == {"idTagInfo": {"status": "Accepted"}}
    (row,) = rows(yard)
    assert (row.ocpp_id, row.number, row.status) == (str(number), None, "completed")
    assert (row.meter_start_wh, row.started_at, row.meter_stop_wh) == (None, None, 8400)
    assert energy_delivered_kwh(row) is None
    assert duration_minutes(row, START) is None


async def test_two_unnumbered_transactions_are_two(yard: Yard) -> None:
    peer = await yard.booted()

    await peer.say("StopTransaction", stopped(-1))
    await peer.say("StopTransaction", stopped(-1, meterStop=9000))

    assert len(rows(yard)) == 2


async def test_an_unknown_stop_is_known_again_after_a_restart(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StopTransaction", stopped(-1))

    restarted = yard.restarted()
    await restarted.connect().say("StopTransaction", stopped(-1))

    assert len(rows(restarted)) == 1
    await restarted.backend.close()


async def test_a_charger_cannot_stop_anothers_transaction(yard: Yard) -> None:
    # facts: Q74
    await (await yard.booted("A")).say("StartTransaction", started())
    intruder = await yard.booted("B")

    await intruder.say("StopTransaction", stopped(1))
    await intruder.say("MeterValues", metered(1, {"value": "4200"}))

    victim = yard.backend.transaction(ORG, "1")
    assert (victim.charge_box_id, victim.status, victim.meter_last_wh) == (
        "A",
        "in_progress",
        1000,
    )


async def test_data_of_the_stop_is_kept_as_meter_values(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    data = [
        {"timestamp": ZULU, "sampledValue": [{"value": "1000", "context": "Transaction.Begin"}]},
        {"timestamp": LATER, "sampledValue": [{"value": "8400", "context": "Transaction.End"}]},
    ]

    await peer.say("StopTransaction", stopped(1, transactionData=data))

    assert [v.samples[0].context for v in yard.journal.meter_values] == [
        "Transaction.Begin",
        "Transaction.End",
    ]
    assert {v.transaction_id for v in yard.journal.meter_values} == {rows(yard)[0].id}


async def test_meter_values_are_read_with_the_defaults_of_ocpp(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())

    await peer.say(
        "MeterValues",
        metered(
            1,
            {"value": "1.5", "unit": "kWh"},
            {"value": "230", "measurand": "Voltage", "phase": "L1", "unit": "V"},
            {"value": "cafe", "format": "SignedData", "context": "Sample.Clock"},
        ),
    )

    (logged,) = yard.journal.meter_values
    energy, voltage, signed = logged.samples
    assert (energy.measurand, energy.context, energy.unit) == (
        "Energy.Active.Import.Register",
        "Sample.Periodic",
        "kWh",
    )
    assert (voltage.measurand, voltage.phase, voltage.unit) == ("Voltage", "L1", "V")
    assert (signed.signed, signed.context, signed.unit) == (True, "Sample.Clock", "Wh")
    assert yard.backend.transaction(ORG, "1").meter_last_wh == 1500


@pytest.mark.parametrize(
    ("samples", "last_wh"),
    [
        ([{"value": "7"}, {"value": "8"}], 7),
        ([{"value": "7", "phase": "L1"}, {"value": "8", "phase": "L2"}], 15),
        ([{"value": "7", "phase": "L1"}, {"value": "20"}], 20),
        ([{"value": "\u00007 "}], 7),
        ([{"value": "nan"}], 1000),
        ([{"value": "much"}], 1000),
        ([{"value": "7", "unit": "varh"}], 1000),
        ([{"value": "7", "measurand": "SoC"}], 1000),
    ],
)
async def test_the_register_is_found_among_the_samples(
    yard: Yard, samples: list[dict[str, Any]], last_wh: float
) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())

    await peer.say("MeterValues", metered(1, *samples))

    assert yard.backend.transaction(ORG, "1").meter_last_wh == last_wh
    assert len(yard.journal.meter_values) == 1


async def test_meter_values_after_the_stop_are_kept_and_change_nothing(yard: Yard) -> None:
    # facts: Q76
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    await peer.say("StopTransaction", stopped(1))

    await peer.say("MeterValues", metered(1, {"value": "8401"}))

    assert rows(yard)[0].meter_stop_wh == 8400
    assert yard.journal.meter_values[-1].transaction_id == rows(yard)[0].id


async def test_meter_values_that_name_no_transaction_belong_to_the_open_one(yard: Yard) -> None:
    # facts: Q88
    peer = await yard.booted()
    await peer.say("StartTransaction", started())

    await peer.say("MeterValues", metered(None, {"value": "2000"}))
    await peer.say("MeterValues", metered(None, {"value": "9"}, connectorId=2))
    await peer.say("MeterValues", metered(None, {"value": "9"}, connectorId=0))

    assert yard.backend.transaction(ORG, "1").meter_last_wh == 2000
    assert [v.transaction_id is None for v in yard.journal.meter_values] == [False, True, True]


async def test_meter_values_of_an_unknown_transaction_are_kept(yard: Yard) -> None:
    peer = await yard.booted()

    assert await peer.say("MeterValues", metered(77, {"value": "1"})) == {}

    (logged,) = yard.journal.meter_values
    assert (logged.transaction_id, logged.reported_transaction_id) == (None, "77")


async def test_two_transactions_at_one_connector_leave_it_open_whose_values_are_meant(
    yard: Yard,
) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    await peer.say("StartTransaction", started(meterStart=5000))

    await peer.say("MeterValues", metered(None, {"value": "6000"}))

    assert yard.journal.meter_values[-1].transaction_id is None


# --- by hand -------------------------------------------------------------------------------------


async def test_the_operator_closes_a_transaction_whose_charger_is_gone(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    await peer.say("MeterValues", metered(1, {"value": "4200"}))
    row = yard.backend.transaction(ORG, "1")

    closed = await yard.backend.close_transaction(row, meter_stop_wh=None, reason="Other")

    assert (closed.status, closed.meter_stop_wh, closed.stop_reason) == ("completed", 4200, "Other")
    assert rows(yard) == [closed]
    assert len(yard.heard("transaction.stopped")) == 1
    with pytest.raises(Conflict):
        await yard.backend.close_transaction(row, meter_stop_wh=1, reason="Other")
    # should the charger come back and end it: test_csms_registers
    assert rows(yard) == [closed]


async def test_a_closing_that_cannot_be_stored_is_taken_back(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    row = yard.backend.transaction(ORG, "1")
    yard.journal.fail(OSError("disk full"))

    with pytest.raises(Unavailable):
        await yard.backend.close_transaction(row, meter_stop_wh=5000, reason="Other")

    assert yard.backend.transaction(ORG, "1") == row
    yard.journal.fail(None)
    yard.complaints.clear()


# --- bounds --------------------------------------------------------------------------------------


async def test_a_charger_that_does_not_wait_is_read_on_as_its_answers_are_given(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DEFERRED_ANSWERS", 10)
    peer = await yard.booted()
    yard.journal.stall(True)

    calls = [peer.call("StartTransaction", started(meterStart=n)) for n in range(25)]
    await yard.settle()

    assert peer.wire.is_paused
    assert [peer.answers(id) for id in calls] == [[]] * 25
    yard.journal.stall(False)
    for _ in range(6):
        await yard.settle()
    assert not peer.wire.is_paused
    assert [peer.answers(id)[0][0] for id in calls] == [3] * 25
    assert len(rows(yard)) == 25


async def test_transactions_of_another_organization_are_not_found(yard: Yard) -> None:
    peer = await yard.booted()
    await peer.say("StartTransaction", started())
    row = yard.backend.transaction(ORG, "1")

    for name in ("1", row.id):
        with pytest.raises(NotFound):
            yard.backend.transaction("org_other", name)
    await asyncio.sleep(0)
