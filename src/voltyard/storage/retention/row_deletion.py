"""Stepwise deletion of many rows while others write, with rests between the steps."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, delete, func, select

from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.retention.history_tables import HistoryTable

_FEWEST_ROWS = 500
_REST_MOST_S = 0.05

RowKeys: TypeAlias = Sequence[Any]


class RowDeletion:
    """Deletes rows of history in short steps. What is to go is looked for among the readers; the
    writer is only given keys, and deletes those that may still go."""

    def __init__(self, database: Database, now: Instant) -> None:
        """`now`: from which ages are counted."""
        self._database = database
        self._now = now
        self._rows = min(_FEWEST_ROWS, limits.RETENTION_STEP_ROWS)
        self.deleted = 0

    async def matching(
        self,
        grown: HistoryTable,
        condition: ColumnElement[bool],
        order: ColumnElement[Any] | None = None,
        most: int | None = None,
    ) -> int:
        """Delete what an index finds, in an order if that matters; how many, at most `most`."""
        wanted = select(grown.key).where(condition, grown.may_go(self._now))
        if order is not None:
            wanted = wanted.order_by(order)
        if grown.keeps_newest:
            wanted = wanted.where(grown.key < _newest(grown))
        total = 0
        while most is None or total < most:
            keys = await self._keys(wanted.limit(self._room(most, total)))
            if not keys:
                break
            total += await self._delete(grown, keys)
        return total

    async def oldest(
        self,
        grown: HistoryTable,
        condition: ColumnElement[bool],
        *,
        before: Instant | None = None,
        most: int | None = None,
    ) -> int:
        """Delete the first of the rows, which are numbered as they came, part by part up to the
        first part in which none is older than `before`; how many, at most `most`."""
        key, moment = grown.key, grown.table.c[grown.moment]
        wanted = select(key).where(condition, grown.may_go(self._now)).order_by(key)
        if before is not None:
            wanted = wanted.where(moment < before)
        if grown.keeps_newest:
            wanted = wanted.where(key < _newest(grown))
        after, total = -1, 0
        while most is None or total < most:
            part = select(key, moment.label("at")).where(key > after).order_by(key)
            part_rows = part.limit(limits.RETENTION_LOOK_ROWS).subquery()
            edges = select(func.max(part_rows.c[key.name]), func.min(part_rows.c.at))
            edge, first = await self._read(partial(_one, edges))
            if edge is None or (before is not None and first is not None and first >= before):
                break
            here = wanted.where(key > after, key <= edge)
            keys = await self._keys(here.limit(self._room(most, total)))
            while keys and (most is None or total < most):
                total += await self._delete(grown, keys)
                keys = await self._keys(here.limit(self._room(most, total)))
            after = edge
        return total

    def _room(self, most: int | None, total: int) -> int:
        return self._rows if most is None else max(1, min(self._rows, most - total))

    async def _keys(self, wanted: Select[Any]) -> RowKeys:
        keys: RowKeys = await self._read(lambda connection: connection.scalars(wanted).all())
        return keys

    async def _read(self, function: Callable[[Connection], Any]) -> Any:
        return await self._database.read(function, share="sweep", limit_s=None)

    async def _delete(self, grown: HistoryTable, keys: RowKeys) -> int:
        """One step; then the others have their turn."""
        statement = delete(grown.table).where(grown.key.in_(keys), grown.may_go(self._now))

        def step(connection: Connection) -> tuple[int, float]:
            began = time.monotonic()
            return connection.execute(statement).rowcount, time.monotonic() - began

        began = time.monotonic()
        rows, took_s = await self._database.write(step)
        self._adapt(took_s)
        self.deleted += rows
        # Where others wait, it has waited too, and leaves them the longer; but it must keep pace.
        await asyncio.sleep(min(time.monotonic() - began, _REST_MOST_S))
        return rows

    def _adapt(self, took_s: float) -> None:
        if took_s > limits.RETENTION_STEP_S:
            self._rows = max(min(_FEWEST_ROWS, limits.RETENTION_STEP_ROWS), self._rows // 2)
        elif took_s < limits.RETENTION_STEP_S / 3:
            self._rows = min(limits.RETENTION_STEP_ROWS, self._rows * 2)


def _one(wanted: Select[Any], connection: Connection) -> Any:
    return connection.execute(wanted).one()


def _newest(grown: HistoryTable) -> Any:
    return select(func.max(grown.key)).scalar_subquery()
