"""Events of nodes, on their way into the log: each is taken once, and none is left behind."""

from typing import Any

import pytest
from sqlalchemy import insert, select, text

from tests.storage import bench as rows
from tests.storage.nodes.bench import store
from voltyard.events.event_records import DeliveryStored, EventLogged, EventStaged, StagedEventTaken
from voltyard.storage.csms.backend_records import csms_journal
from voltyard.storage.database.database import Database
from voltyard.storage.nodes.staged_events import StoredStagedEvents
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema.nodes import staged_events


def staged(number: int, node: str = "n1", **fields: Any) -> EventStaged:
    values: dict[str, Any] = {
        "node": node,
        "id": f"evt_{number}",
        "organization_id": rows.ORGANIZATION,
        "charger_id": "chg_1",
        "charge_box_id": "CP-1",
        "at": rows.NOW + number,
        "event": "charger.booted",
        "data": '{"model": "ünï"}',
    }
    return EventStaged(**{**values, **fields})


def logged(number: int, event: EventStaged) -> EventLogged:
    return EventLogged(
        number=number,
        id=event.id,
        organization_id=event.organization_id,
        charger_id=event.charger_id,
        charge_box_id=event.charge_box_id,
        at=event.at,
        event=event.event,
        data=event.data,
    )


async def ids_of_log(database: Database) -> list[str]:
    query = select(tables.events.c.id).order_by(tables.events.c.number)
    return await database.read(lambda connection: list(connection.scalars(query)))


async def test_staged_events_come_back_as_they_were_in_order(database: Database) -> None:
    events = [staged(1), staged(2, charger_id=None, charge_box_id=None), staged(3, "n2")]
    await store(database, *events)
    stored = StoredStagedEvents(database)

    found = await stored.first(10)

    assert [event for _, event in found] == events
    assert [number for number, _ in found] == sorted(number for number, _ in found)
    assert await stored.first(2) == found[:2]


async def test_an_event_goes_into_the_log_and_from_where_it_waited_in_one_commit(
    database: Database,
) -> None:
    await store(database, staged(1), staged(2))
    stored = StoredStagedEvents(database)
    (number, event), (_, later) = await stored.first(10)
    delivery = DeliveryStored(
        number=1,
        webhook_id="wh_1",
        organization_id=rows.ORGANIZATION,
        event_number=7,
        event_id=event.id,
        event=event.event,
        lane="chg_1",
        created_at=rows.NOW,
    )

    await store(database, logged(7, event), delivery, StagedEventTaken(number=number))

    assert await ids_of_log(database) == ["evt_1"]
    assert [event for _, event in await stored.first(10)] == [later]


async def test_an_event_that_cannot_be_logged_waits_on(database: Database) -> None:
    await store(database, staged(1))
    stored = StoredStagedEvents(database)
    before = await stored.first(10)
    ((number, event),) = before
    await store(database, logged(7, event))
    failures: list[Exception] = []
    journal = csms_journal(database)

    journal.write(
        [logged(7, event), StagedEventTaken(number=number)], lambda: None, failures.append
    )
    await journal.flush()

    assert len(failures) == 1
    assert await stored.first(10) == before


@pytest.mark.service
async def test_an_event_that_is_committed_after_one_with_a_higher_number_is_not_lost(
    server: Database, n1: Database, n2: Database, postgres_url: str
) -> None:
    """The number is given at the INSERT, and the row is seen after the COMMIT."""
    stored = StoredStagedEvents(server)
    await n1.write(lambda c: c.execute(text("SELECT nextval('staged_events_number_seq')")))
    await store(n2, staged(2, "n2"))
    ((number, event),) = await stored.first(10)

    await store(server, logged(1, event), StagedEventTaken(number=number))
    late = {"number": number - 1} | {
        name: getattr(staged(1), name) for name in EventStaged.__struct_fields__
    }
    await n1.write(lambda c: c.execute(insert(staged_events).values(late)))

    assert await stored.first(10) == [(number - 1, staged(1))]
