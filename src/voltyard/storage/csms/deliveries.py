"""Deliveries of events to webhooks: the pending ones, and the log."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from voltyard.csms.event_log import number_in
from voltyard.csms.reading.queries import DeliveryQuery
from voltyard.events.event_records import DeliveryStored, EventLogged
from voltyard.events.webhooks.queues import PendingDelivery
from voltyard.kernel.paging import Page
from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_all, read_page
from voltyard.storage.schema import csms as tables


class StoredDeliveries:
    """The PendingDeliveries of the webhooks in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lanes(self) -> Sequence[tuple[str, str]]:
        table = tables.deliveries
        query = (
            select(table.c.webhook_id, table.c.lane).where(table.c.status == "pending").distinct()
        )
        return await self._database.read(
            lambda connection: [(row.webhook_id, row.lane) for row in connection.execute(query)]
        )

    async def pending(
        self, webhook_id: str, lane: str, after: int, limit: int
    ) -> Sequence[PendingDelivery]:
        table = tables.deliveries
        wanted = (
            select(table)
            .where(
                table.c.webhook_id == webhook_id,
                table.c.lane == lane,
                table.c.status == "pending",
                table.c.number > after,
                # One whose event is kept no more has waited for longer than it may.
                table.c.event_number.in_(select(tables.events.c.number)),
            )
            .order_by(table.c.number)
            .limit(limit)
        )
        return await self._database.read(lambda connection: _due(connection, wanted))


def _due(connection: Connection, wanted: Select[Any]) -> list[PendingDelivery]:
    """With their events."""
    deliveries = read_all(connection, DeliveryStored, wanted)
    numbers = [one.event_number for one in deliveries]
    table = tables.events
    found = read_all(connection, EventLogged, select(table).where(table.c.number.in_(numbers)))
    events = {event.number: event for event in found}
    return [
        PendingDelivery(one, events[one.event_number])
        for one in deliveries
        if one.event_number in events
    ]


def list_deliveries(
    connection: Connection,
    query: DeliveryQuery,
    *,
    limit: int,
    offset: int,
) -> Page[DeliveryStored]:
    """A webhook's, the newest first."""
    table = tables.deliveries
    wanted = select(table).where(table.c.webhook_id == query.webhook_id)
    if query.status is not None:
        wanted = wanted.where(table.c.status == query.status)
    if query.event_id is not None:
        wanted = wanted.where(table.c.event_id == query.event_id)
    return read_page(
        connection, DeliveryStored, wanted.order_by(table.c.number.desc()), limit, offset
    )


def events_to_resend(
    connection: Connection,
    organization_id: str,
    names: frozenset[str],
    since: Instant,
    until: Instant | None,
    limit: int,
) -> list[EventLogged]:
    """Events of these names that happened between, in their order."""
    table = tables.events
    wanted = (
        select(table)
        .where(table.c.organization_id == organization_id)
        .where(table.c.event.in_(names), table.c.at >= since)
        .order_by(table.c.number)
        .limit(limit)
    )
    if until is not None:
        wanted = wanted.where(table.c.at <= until)
    return read_all(connection, EventLogged, wanted)


def find_event(connection: Connection, organization_id: str, event_id: str) -> EventLogged | None:
    """By its evt_... id."""
    table = tables.events
    wanted = select(table).where(
        table.c.number == number_in(event_id),
        table.c.organization_id == organization_id,
        table.c.id == event_id,
    )
    return next(iter(read_all(connection, EventLogged, wanted)), None)
