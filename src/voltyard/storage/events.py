"""The backend's events, and what has to be delivered of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from voltyard.csms.event_records import EventLogged
from voltyard.csms.outbox import EventQuery
from voltyard.kernel.time import Instant
from voltyard.storage.database import Database
from voltyard.storage.rows import Page, read_all, read_page
from voltyard.storage.schema import csms as tables


class StoredEvents:
    """See following.Events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def oldest(self) -> int:
        query = select(func.min(tables.events.c.number))
        return await self._database.read(lambda connection: connection.scalar(query) or 1)

    async def after(self, query: EventQuery, number: int, limit: int) -> Sequence[EventLogged]:
        column = tables.events.c.number
        wanted = _of(query).where(column > number).order_by(column).limit(limit)
        return await self._database.read(
            lambda connection: _events(connection, wanted), share=query.organization_id
        )


def list_events(
    connection: Connection,
    query: EventQuery,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: int,
    offset: int,
) -> Page[EventLogged]:
    """The newest first. `since` and `until` are inclusive."""
    table = tables.events
    wanted = _of(query).order_by(table.c.number.desc())
    if since is not None:
        wanted = wanted.where(table.c.at >= since)
    if until is not None:
        wanted = wanted.where(table.c.at <= until)
    return read_page(connection, EventLogged, wanted, limit, offset)


def _of(query: EventQuery) -> Select[Any]:
    table = tables.events
    wanted = select(table).where(table.c.organization_id == query.organization_id)
    if query.charge_box_id is not None:
        wanted = wanted.where(table.c.charge_box_id == query.charge_box_id)
    if query.names is not None:
        wanted = wanted.where(table.c.event.in_(query.names))
    return wanted


def _events(connection: Connection, wanted: Select[Any]) -> list[EventLogged]:
    return read_all(connection, EventLogged, wanted)
