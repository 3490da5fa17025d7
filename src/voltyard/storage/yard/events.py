"""Events of the yard in the database, and the chargers they are about."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select

from voltyard.storage.database.database import Database
from voltyard.storage.events import StoredEvents
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.rows import struct_of
from voltyard.yard.records import YardEventLogged
from voltyard.yard.repositories import ChargerReference

_COLUMNS: Final[Mapping[str, ColumnElement[Any]]] = {
    "charger_id": tables.events.c.deployment_id,
    "location_id": tables.events.c.location_id,
    "names": tables.events.c.type,
}


def stored_yard_events(database: Database) -> StoredEvents[YardEventLogged]:
    """The EventStore of the yard."""
    return StoredEvents(database, tables.events, YardEventLogged, _COLUMNS)


class StoredEventSubjects:
    """The EventSubjectRepository in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tells_of(self, organization_id: str, deployment_id: str) -> bool:
        table = tables.events
        query = (
            select(table.c.number)
            .where(
                table.c.organization_id == organization_id,
                table.c.deployment_id == deployment_id,
            )
            .limit(1)
        )
        return await self._database.read(lambda c: c.execute(query).first() is not None)

    async def whereabouts(self) -> list[ChargerReference]:
        of = tables.deployments.c
        query: Select[Any] = select(of.id, of.organization_id, of.identity, of.location_id)
        return await self._database.read(
            lambda c: [struct_of(row, ChargerReference) for row in c.execute(query)]
        )
