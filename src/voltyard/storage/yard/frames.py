"""Repository of logged frames."""

from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, tuple_

from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.rows import count_of, struct_of
from voltyard.yard.records import FrameLogged
from voltyard.yard.repositories import FrameCursor, FrameQuery, Listing


class StoredFrames:
    """The FrameRepository in the database."""

    _table = tables.frames

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(
        self, deployment_id: str, query: FrameQuery, *, share: str = ""
    ) -> Listing[FrameLogged]:
        statement = self._of(deployment_id, query)
        wanted = statement.order_by(self._table.c.at.desc(), self._table.c.number.desc())

        def read(connection: Connection) -> Listing[FrameLogged]:
            total = count_of(connection, statement)
            rows = connection.execute(wanted.limit(query.limit).offset(query.offset))
            return Listing([_frame(row) for row in rows], total)

        return await self._database.read(read, share=share)

    async def newest(self, deployment_id: str, *, share: str = "") -> Instant:
        table = self._table
        last = select(func.max(table.c.at)).where(table.c.deployment_id == deployment_id)
        return await self._database.read(
            lambda connection: connection.scalar(last) or 0.0, share=share
        )

    async def following(
        self,
        deployment_id: str,
        query: FrameQuery,
        after: FrameCursor | None,
        limit: int,
        *,
        share: str = "",
    ) -> list[tuple[FrameCursor, FrameLogged]]:
        at, number = self._table.c.at, self._table.c.number
        statement = self._of(deployment_id, query)
        if after is not None:
            # The first condition lets the index find the place; a skipped offset would be read.
            statement = statement.where(at >= after[0], tuple_(at, number) > after)
        return await self._placed(statement.order_by(at, number).limit(limit), share)

    async def preceding(
        self,
        deployment_id: str,
        query: FrameQuery,
        before: FrameCursor | None,
        limit: int,
        *,
        share: str = "",
    ) -> list[tuple[FrameCursor, FrameLogged]]:
        at, number = self._table.c.at, self._table.c.number
        statement = self._of(deployment_id, query)
        if before is not None:
            statement = statement.where(at <= before[0], tuple_(at, number) < before)
        return await self._placed(statement.order_by(at.desc(), number.desc()).limit(limit), share)

    async def _placed(
        self, wanted: Select[Any], share: str
    ) -> list[tuple[FrameCursor, FrameLogged]]:
        def read(connection: Connection) -> list[tuple[FrameCursor, FrameLogged]]:
            return [((row.at, row.number), _frame(row)) for row in connection.execute(wanted)]

        return await self._database.read(read, share=share)

    def _of(self, deployment_id: str, query: FrameQuery) -> Select[Any]:
        table = self._table
        statement = select(table).where(table.c.deployment_id == deployment_id)
        if query.since is not None:
            statement = statement.where(table.c.at >= query.since)
        if query.until is not None:
            statement = statement.where(table.c.at <= query.until)
        if query.action is not None:
            statement = statement.where(table.c.action == query.action)
        if query.direction is not None:
            statement = statement.where(table.c.direction == query.direction)
        return statement


def _frame(row: Row[Any]) -> FrameLogged:
    return struct_of(row, FrameLogged)
