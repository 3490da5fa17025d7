"""Blocks of numbers, each given to one process alone."""

from typing import Any

from sqlalchemy import Connection, case, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from voltyard.storage.database.database import Database
from voltyard.storage.schema.nodes import number_blocks as blocks


async def take_block(database: Database, name: str, size: int, at_least: int) -> range:
    """Take so many numbers of a name that no process has had, or will have; all of them above
    `at_least`, the highest known to be used. Where its commit is in doubt they are lost."""
    return await database.write(lambda connection: _take(connection, name, size, at_least))


def _take(connection: Connection, name: str, size: int, at_least: int) -> range:
    ours = blocks.c.name == name
    upsert: Any = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    first = upsert(blocks).values(name=name, next=at_least + 1)
    connection.execute(first.on_conflict_do_nothing())
    lowest = literal(at_least + 1)
    begin = case((blocks.c.next > lowest, blocks.c.next), else_=lowest)
    connection.execute(update(blocks).where(ours).values(next=begin + size))
    end = connection.scalar(select(blocks.c.next).where(ours)) or 0
    return range(end - size, end)
