"""What happened is written in one commit with what tells of it."""

import asyncio
import json
from typing import Any

import pytest

from tests.csms.bench import Yard
from tests.events.bench import Kept, WatchedJournal, charge
from tests.fakes.journals import MemoryJournal
from voltyard.csms import events
from voltyard.csms.event_log import BackendEventLog, backend_event_log
from voltyard.csms.records import TransactionStored
from voltyard.events.event_names import names_matching
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored, EventLogged
from voltyard.kernel.errors import Invalid

ORG = "org_default"


def yard_with_outbox() -> tuple[Yard, WatchedJournal, BackendEventLog]:
    journal = WatchedJournal()
    event_log = backend_event_log(journal, Kept(journal))
    return Yard(journal, event_log=event_log), journal, event_log


def names(journal: MemoryJournal) -> list[str]:
    return [one.event for one in journal.events]


async def test_each_event_is_in_the_write_of_what_it_tells_of() -> None:
    yard, journal, _ = yard_with_outbox()

    await charge(yard)

    for name, status in (("started", "in_progress"), ("stopped", "completed")):
        (write,) = [
            write
            for write in journal.writes
            if any(isinstance(r, EventLogged) and r.event == f"transaction.{name}" for r in write)
        ]
        assert [r.status for r in write if isinstance(r, TransactionStored)] == [status]


async def test_events_are_numbered_in_the_order_they_are_written() -> None:
    yard, journal, _ = yard_with_outbox()

    await charge(yard)

    numbers = [one.number for one in journal.events]
    assert numbers == sorted(set(numbers))
    assert len({one.id for one in journal.events}) == len(numbers)
    assert names(journal) == [
        "charger.connected",
        "charger.boot",
        "transaction.started",
        "transaction.stopped",
    ]


async def test_what_cannot_be_stored_is_told_to_nobody() -> None:
    yard, journal, event_log = yard_with_outbox()
    peer = await yard.booted()
    told: list[Any] = []
    event_log.outbox.subscribe(
        lambda org, name: ("wh_1",), lambda event, deliveries: told.append(event)
    )

    journal.fail(OSError("disk full"), 1)
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-02-10T14:00:00Z"}
    await peer.ask("StartTransaction", start)
    await yard.settle()

    assert told == []
    assert names(journal) == ["charger.connected", "charger.boot"]
    yard.complaints.clear()


async def test_meter_values_leave_no_event_unless_somebody_wants_it() -> None:
    yard, journal, event_log = yard_with_outbox()
    await charge(yard)
    assert "transaction.updated" not in names(journal)

    event_log.outbox.subscribe(
        lambda org, name: ("wh_1",) if name == "transaction.updated" else (),
        lambda event, deliveries: None,
    )
    peer = yard.connect()
    await peer.boot()
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": "2026-02-10T15:00:00Z"}
    await peer.ask("StartTransaction", start)
    sample = {"timestamp": "2026-02-10T15:00:10Z", "sampledValue": [{"value": "600"}]}
    await peer.ask("MeterValues", {"connectorId": 1, "transactionId": 2, "meterValue": [sample]})
    await yard.settle()

    assert names(journal)[-1] == "transaction.updated"
    (delivery,) = journal.deliveries.values()
    updated = journal.events[-1]
    assert isinstance(delivery, DeliveryStored)
    assert (delivery.event_id, delivery.event_number) == (updated.id, updated.number)
    assert delivery.lane == updated.charger_id
    assert json.loads(updated.data)["energyDelivered"] == 0.6


async def test_who_listens_hears_of_meter_values_that_are_not_kept() -> None:
    yard, _, event_log = yard_with_outbox()
    following = event_log.follow(
        EventQuery(organization_id=ORG, names=frozenset({"transaction.updated"})), None
    )

    await charge(yard)

    (told,) = await asyncio.wait_for(following.next(5), 120)
    assert isinstance(told, EventLogged)
    assert (told.number, told.id, told.event) == (0, "", "transaction.updated")


async def test_after_a_restart_the_numbers_go_on_and_no_id_comes_again() -> None:
    yard, journal, _ = yard_with_outbox()
    await charge(yard)
    before = list(journal.events)

    again = backend_event_log(journal, Kept(journal))
    again.load(journal.contents().highest_event_number)
    restarted = Yard(journal, event_log=again)
    restarted.backend.load(journal.contents())
    restarted.connect()
    await restarted.settle()

    after = list(journal.events)[len(before) :]
    assert [one.number for one in after] == [before[-1].number + 1]
    assert not {one.id for one in before} & {one.id for one in after}


async def test_an_event_that_would_be_too_long_says_so_instead() -> None:
    yard, journal, _ = yard_with_outbox()
    peer = await yard.booted()

    await peer.ask("DataTransfer", {"vendorId": "V", "data": "x" * 40_000})
    await yard.settle()

    assert json.loads(journal.events[-1].data) == {"chargeBoxId": "CP1", "dataOmitted": True}


async def test_no_secret_is_told() -> None:
    yard, journal, _ = yard_with_outbox()
    peer = await yard.booted()

    await peer.ask("DataTransfer", {"vendorId": "V", "data": '{"wifiPassword":"hunter2"}'})
    await yard.settle()

    assert json.loads(journal.events[-1].data)["data"] == '{"wifiPassword":"***"}'


def test_a_pattern_means_names() -> None:
    assert names_matching(["charger.*"], events.NAMES) >= {"charger.connected", "charger.boot"}
    assert names_matching(["*"], events.NAMES) == set(events.NAMES)
    assert names_matching(["authorize", "transaction.st*"], events.NAMES) == {
        "authorize",
        "transaction.started",
        "transaction.stopped",
    }
    for unknown in ("charger", "x.*", "", "*.boot"):
        with pytest.raises(Invalid, match=r"transaction\.started"):
            names_matching([unknown], events.NAMES)


async def test_a_correction_is_kept_in_the_write_of_its_row_though_nobody_asks_for_it() -> None:
    yard, journal, _ = yard_with_outbox()
    peer = await yard.booted()
    at = "2026-02-10T14:00:00Z"
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 100, "timestamp": at}
    await peer.ask("StartTransaction", start)
    row = yard.backend.transaction(ORG, "1")
    await yard.backend.close_transaction(row, meter_stop_wh=None, reason="Gone")

    await peer.ask("StopTransaction", {"transactionId": 1, "meterStop": 1100, "timestamp": at})
    await yard.settle()

    told = ["transaction.started", "transaction.stopped", "transaction.updated"]
    assert [name for name in names(journal) if name in told] == told
    (write,) = [
        write
        for write in journal.writes
        if any(isinstance(r, EventLogged) and r.event == "transaction.updated" for r in write)
    ]
    assert [r.meter_stop_wh for r in write if isinstance(r, TransactionStored)] == [1100]
    data = json.loads(next(e.data for e in journal.events if e.event == "transaction.updated"))
    assert (data["corrected"], data["energyDelivered"]) == (True, 1.0)
