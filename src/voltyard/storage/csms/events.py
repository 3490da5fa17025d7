"""Events of the backend in the database."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection

from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import EventLogged
from voltyard.kernel.paging import Page
from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_page
from voltyard.storage.events import StoredEvents, events_of
from voltyard.storage.schema import csms as tables

_COLUMNS: Final[Mapping[str, ColumnElement[Any]]] = {
    "charge_box_id": tables.events.c.charge_box_id,
    "names": tables.events.c.event,
}


def stored_backend_events(database: Database) -> StoredEvents[EventLogged]:
    """The EventStore of the backend."""
    return StoredEvents(database, tables.events, EventLogged, _COLUMNS)


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
    wanted = events_of(table, query, _COLUMNS).order_by(table.c.number.desc())
    if since is not None:
        wanted = wanted.where(table.c.at >= since)
    if until is not None:
        wanted = wanted.where(table.c.at <= until)
    return read_page(connection, EventLogged, wanted, limit, offset)
