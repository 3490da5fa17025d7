"""What happened, by number."""

from typing import Any

from sqlalchemy import Select, func, select

from voltyard.lab.records import EventLogged
from voltyard.lab.repositories import EventQuery, Whereabouts
from voltyard.storage.database import Database
from voltyard.storage.lab.rows import struct_of
from voltyard.storage.schema import lab as tables


class StoredEvents:
    """See lab.repositories.Events."""

    _table = tables.events

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> int:
        query = select(func.max(self._table.c.number))
        return await self._database.read(lambda c: c.scalar(query) or 0)

    async def oldest(self) -> int:
        query = select(func.min(self._table.c.number))
        return await self._database.read(lambda c: c.scalar(query) or 1)

    async def after(self, query: EventQuery, number: int, limit: int) -> list[EventLogged]:
        column = self._table.c.number
        wanted = self._of(query).where(column > number).order_by(column)
        return await self._read(wanted, limit, query.organization_id)

    async def before(self, query: EventQuery, number: int | None, limit: int) -> list[EventLogged]:
        column, wanted = self._table.c.number, self._of(query)
        if number is not None:
            wanted = wanted.where(column < number)
        return await self._read(wanted.order_by(column.desc()), limit, query.organization_id)

    async def tells_of(self, organization_id: str, deployment_id: str) -> bool:
        table = self._table
        query = (
            select(table.c.number)
            .where(
                table.c.organization_id == organization_id,
                table.c.deployment_id == deployment_id,
            )
            .limit(1)
        )
        return await self._database.read(lambda c: c.execute(query).first() is not None)

    async def whereabouts(self) -> list[Whereabouts]:
        of = tables.deployments.c
        query: Select[Any] = select(of.id, of.organization_id, of.identity, of.location_id)
        return await self._database.read(
            lambda c: [struct_of(row, Whereabouts) for row in c.execute(query)]
        )

    def _of(self, query: EventQuery) -> Select[Any]:
        table = self._table
        wanted = select(table).where(table.c.organization_id == query.organization_id)
        if query.deployment_id is not None:
            wanted = wanted.where(table.c.deployment_id == query.deployment_id)
        if query.location_id is not None:
            wanted = wanted.where(table.c.location_id == query.location_id)
        if query.types is not None:
            wanted = wanted.where(table.c.type.in_(query.types))
        return wanted

    async def _read(self, wanted: Select[Any], limit: int, share: str) -> list[EventLogged]:
        return await self._database.read(
            lambda c: [struct_of(row, EventLogged) for row in c.execute(wanted.limit(limit))],
            share=share,
        )
