"""Answers under keys of their askers."""

from sqlalchemy import Connection, delete, func, insert, or_, over, select

from voltyard.kernel.time import Instant
from voltyard.lab.answers import Answer
from voltyard.storage.database import Database
from voltyard.storage.lab.rows import struct_of
from voltyard.storage.schema import lab as tables

_table = tables.answers


class StoredAnswers:
    """See lab.repositories.Answers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, organization_id: str, key: str, since: Instant) -> Answer | None:
        columns = [_table.c[name] for name in Answer.__struct_fields__]
        query = select(*columns).where(
            _table.c.organization_id == organization_id,
            _table.c.key == key,
            _table.c.created_at > since,
        )
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else struct_of(row, Answer)

    async def keep(self, answer: Answer) -> None:
        await self._database.write(lambda c: keep_answer(c, answer))

    async def forget(self, answer: Answer) -> None:
        await self._database.write(lambda c: _forget(c, answer))

    async def prune(self, before: Instant, count: int, characters: int) -> None:
        whose, newest_first = _table.c.organization_id, _table.c.number.desc()
        ranked = select(
            _table.c.number,
            _table.c.created_at,
            over(func.row_number(), partition_by=whose, order_by=newest_first).label("place"),
            over(func.sum(_table.c.characters), partition_by=whose, order_by=newest_first).label(
                "characters"
            ),
        ).subquery()
        surplus = select(ranked.c.number).where(
            or_(
                ranked.c.created_at < before,
                ranked.c.place > count,
                ranked.c.characters > characters,
            )
        )

        def write(connection: Connection) -> None:
            connection.execute(delete(_table).where(_table.c.number.in_(surplus)))

        await self._database.write(write)


def keep_answer(connection: Connection, answer: Answer | None) -> None:
    """Within a write that makes what it tells of; nothing is done where there is none."""
    if answer is None:
        return
    _forget(connection, answer)
    row = {name: getattr(answer, name) for name in Answer.__struct_fields__}
    connection.execute(insert(_table).values(**row, characters=len(answer.body)))


def _forget(connection: Connection, answer: Answer) -> None:
    connection.execute(
        delete(_table).where(
            _table.c.organization_id == answer.organization_id, _table.c.key == answer.key
        )
    )
