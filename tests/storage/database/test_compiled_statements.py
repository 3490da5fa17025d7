"""Statements are compiled once in a process, whichever database and engine they are for."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, literal_column, select
from sqlalchemy.engine.interfaces import CacheStats

from voltyard.storage.database import postgresql, sqlite
from voltyard.storage.database.database import Database


async def test_what_one_database_had_compiled_is_not_compiled_for_the_next(
    where: str | Path, request: pytest.FixtureRequest
) -> None:
    statement = select(literal_column(f"'{request.node.name}'"))

    def look(connection: Connection) -> CacheStats:
        return connection.execute(statement).context.cache_hit

    first = await Database.open(where)
    seen = [await first.read(look), await first.write(look)]
    await first.close()
    second = await Database.open(where)
    seen += [await second.read(look), await second.write(look)]
    await second.close()

    assert seen == [CacheStats.CACHE_MISS, *[CacheStats.CACHE_HIT] * 3]


def test_servers_of_two_versions_do_not_share() -> None:
    one, same, other = (postgresql.PostgresqlDialect() for _ in range(3))
    one.server_version_info = same.server_version_info = (15, 4)
    other.server_version_info = (16, 1)

    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != sqlite.SqliteDialect()


def test_servers_that_escape_otherwise_do_not_share() -> None:
    one, other = postgresql.PostgresqlDialect(), postgresql.PostgresqlDialect()
    other._backslash_escapes = not one._backslash_escapes

    assert one != other
