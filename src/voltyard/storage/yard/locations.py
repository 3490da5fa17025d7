"""Repository of locations."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    Select,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from voltyard.kernel.errors import Conflict
from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.deployment_cache import DeploymentCache
from voltyard.storage.yard.keyed_answers import keep_answer
from voltyard.storage.yard.rows import listing, plain
from voltyard.yard.keyed_answers import KeyedAnswer
from voltyard.yard.locations.location import Coordinates, Location
from voltyard.yard.repositories import Listing, PageRequest


class StoredLocations:
    """The LocationRepository in the database."""

    _table = tables.locations

    def __init__(self, database: Database, known: DeploymentCache) -> None:
        self._database = database
        self._known = known

    async def add(self, location: Location, answer: KeyedAnswer | None = None) -> None:
        def write(connection: Connection) -> None:
            add_location(connection, location)
            keep_answer(connection, answer)

        await slug_checked(self._database, write, location)

    async def find(self, organization_id: str, location_id: str) -> Location | None:
        query = self._of(organization_id).where(self._table.c.id == location_id)
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else _location(row)

    async def listed(self, organization_id: str, page: PageRequest) -> Listing[Location]:
        query = self._of(organization_id).order_by(self._table.c.number)
        return await self._database.read(lambda c: listing(c, query, page, _location))

    async def names(self, organization_id: str) -> list[tuple[str, str]]:
        table = self._table
        query = self._of(organization_id).with_only_columns(table.c.id, table.c.name)
        rows = await self._database.read(lambda c: c.execute(query.order_by(table.c.number)).all())
        return [(row[0], row[1]) for row in rows]

    async def limited(self) -> list[Location]:
        query = select(self._table).where(
            self._table.c.max_power_w.is_not(None), self._table.c.deleted_at.is_(None)
        )
        rows = await self._database.read(lambda c: c.execute(query).all())
        return [_location(row) for row in rows]

    async def change(self, location: Location) -> None:
        statement = (
            update(self._table)
            .where(self._table.c.id == location.id)
            .values(_location_row(location))
        )
        await slug_checked(self._database, lambda c: c.execute(statement), location)

    async def remove(self, organization_id: str, location_id: str, at: Instant) -> bool:
        table, deployments = self._table, tables.deployments
        this = (table.c.organization_id == organization_id) & (table.c.id == location_id)

        def write(connection: Connection) -> bool:
            known = connection.scalar(select(func.count()).select_from(table).where(this))
            if not known:
                return False
            connection.execute(
                update(table).where(this, table.c.deleted_at.is_(None)).values(deleted_at=at)
            )
            connection.execute(
                update(deployments)
                .where(
                    deployments.c.organization_id == organization_id,
                    deployments.c.location_id == location_id,
                )
                .values(location_id=None)
            )
            return True

        async with self._known.changing():
            return await self._database.write(write)

    def _of(self, organization_id: str) -> Select[Any]:
        return select(self._table).where(
            self._table.c.organization_id == organization_id, self._table.c.deleted_at.is_(None)
        )


def add_location(connection: Connection, location: Location) -> None:
    """Within a write."""
    connection.execute(insert(tables.locations).values(_location_row(location)))


async def slug_checked(
    database: Database, write: Callable[[Connection], object], location: Location
) -> None:
    """Do a write of that location; Conflict where its slug is taken."""
    try:
        await database.write(write)
    except IntegrityError:
        raise Conflict(
            f"the slug {location.slug!r} is taken by another location", param="slug"
        ) from None


def _location_row(location: Location) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(location)
    row |= row.pop("coordinates")
    return row


def _location(row: Row[Any]) -> Location:
    values = plain(row)
    values["coordinates"] = Coordinates(values["latitude"], values["longitude"])
    return msgspec.convert(values, Location)
