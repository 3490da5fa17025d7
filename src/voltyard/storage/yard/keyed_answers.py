"""Repository of answers under idempotency keys."""

from sqlalchemy import Connection, delete, func, insert, or_, over, select

from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.schema import yard as tables
from voltyard.storage.yard.rows import struct_of
from voltyard.yard.keyed_answers import KeyedAnswer

_table = tables.answers


class StoredAnswers:
    """The AnswerRepository in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, organization_id: str, key: str, since: Instant) -> KeyedAnswer | None:
        columns = [_table.c[name] for name in KeyedAnswer.__struct_fields__]
        query = select(*columns).where(
            _table.c.organization_id == organization_id,
            _table.c.key == key,
            _table.c.created_at > since,
        )
        row = await self._database.read(lambda c: c.execute(query).first())
        return None if row is None else struct_of(row, KeyedAnswer)

    async def keep(self, answer: KeyedAnswer) -> None:
        await self._database.write(lambda c: keep_answer(c, answer))

    async def forget(self, answer: KeyedAnswer) -> None:
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


def keep_answer(connection: Connection, answer: KeyedAnswer | None) -> None:
    """Within a write that makes what it tells of; nothing is done where there is none."""
    if answer is None:
        return
    _forget(connection, answer)
    row = {name: getattr(answer, name) for name in KeyedAnswer.__struct_fields__}
    connection.execute(insert(_table).values(**row, characters=len(answer.body)))


def _forget(connection: Connection, answer: KeyedAnswer) -> None:
    connection.execute(
        delete(_table).where(
            _table.c.organization_id == answer.organization_id, _table.c.key == answer.key
        )
    )
