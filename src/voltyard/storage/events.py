"""Events of either half in the database, by number."""

from collections.abc import Mapping
from typing import Any, Generic

from sqlalchemy import ColumnElement, Select, Table, func, select

from voltyard.events.event_query import EventQuery
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import Record, read_all


class StoredEvents(Generic[Record]):
    """The EventStore of a table. `columns` has the filters of EventQuery that it knows."""

    def __init__(
        self,
        database: Database,
        table: Table,
        record: type[Record],
        columns: Mapping[str, ColumnElement[Any]],
    ) -> None:
        self._database = database
        self._table = table
        self._record = record
        self._columns = columns

    async def newest(self) -> int:
        query = select(func.max(self._table.c.number))
        return await self._database.read(lambda connection: connection.scalar(query) or 0)

    async def oldest(self) -> int:
        query = select(func.min(self._table.c.number))
        return await self._database.read(lambda connection: connection.scalar(query) or 1)

    async def after(self, query: EventQuery, number: int, limit: int) -> list[Record]:
        column = self._table.c.number
        wanted = events_of(self._table, query, self._columns).where(column > number)
        return await self._read(query, wanted.order_by(column).limit(limit))

    async def before(self, query: EventQuery, number: int | None, limit: int) -> list[Record]:
        column = self._table.c.number
        wanted = events_of(self._table, query, self._columns)
        if number is not None:
            wanted = wanted.where(column < number)
        return await self._read(query, wanted.order_by(column.desc()).limit(limit))

    async def _read(self, query: EventQuery, wanted: Select[Any]) -> list[Record]:
        return await self._database.read(
            lambda connection: read_all(connection, self._record, wanted),
            share=query.organization_id,
        )


def events_of(
    table: Table, query: EventQuery, columns: Mapping[str, ColumnElement[Any]]
) -> Select[Any]:
    """The rows that match the query."""
    wanted = select(table).where(table.c.organization_id == query.organization_id)
    for name, column in columns.items():
        value = getattr(query, name)
        if isinstance(value, frozenset):
            wanted = wanted.where(column.in_(value))
        elif value is not None:
            wanted = wanted.where(column == value)
    return wanted
