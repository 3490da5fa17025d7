"""Repository of simulated days."""

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from voltyard.kernel import limits
from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.rows import json_text, listing
from voltyard.yard.days import Day, DayStatus
from voltyard.yard.repositories import Listing, PageRequest

_table = tables.days
_read = msgspec.json.Decoder(Day).decode


class StoredDays:
    """The DayRepository in the database. A day is its JSON, beside what it is looked for by."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, day: Day) -> None:
        row = {
            "id": day.id,
            "organization_id": day.organization_id,
            "location_id": day.location_id,
            "status": str(day.status),
            "day": json_text(day),
        }
        newest = (
            select(_table.c.number)
            .where(_table.c.location_id == day.location_id)
            .order_by(_table.c.number.desc())
            .limit(limits.DAYS_KEPT)
        )
        surplus = delete(_table).where(
            _table.c.location_id == day.location_id,
            _table.c.number.not_in(newest),
        )

        def write(connection: Connection) -> None:
            connection.execute(insert(_table).values(**row))
            connection.execute(surplus)

        await self._database.write(write)

    async def change(self, day: Day) -> None:
        row = {"status": str(day.status), "day": json_text(day)}
        changing = update(_table).where(_table.c.id == day.id).values(**row)
        await self._database.write(lambda c: c.execute(changing))

    async def find(self, organization_id: str, day_id: str) -> Day | None:
        query = select(_table.c.day).where(
            _table.c.id == day_id, _table.c.organization_id == organization_id
        )
        text = await self._database.read(lambda c: c.scalar(query))
        return None if text is None else _read(text)

    async def listed(
        self, organization_id: str, location_id: str, page: PageRequest
    ) -> Listing[Day]:
        query = (
            select(_table.c.day)
            .where(_table.c.organization_id == organization_id, _table.c.location_id == location_id)
            .order_by(_table.c.number.desc())
        )
        return await self._database.read(
            lambda c: listing(c, query, page, lambda row: _read(row.day))
        )

    async def running(self) -> list[Day]:
        query = select(_table.c.day).where(_table.c.status == DayStatus.RUNNING.value)
        query = query.order_by(_table.c.number)
        return await self._database.read(lambda c: [_read(text) for text in c.scalars(query)])
