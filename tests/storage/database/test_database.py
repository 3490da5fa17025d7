"""One writer, many readers, migrated when opened."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.storage.database.database import FILE_NAME, Database
from voltyard.storage.schema.organizations import organizations


def adding(name: str, identity: str | None = None):
    def run(connection: Connection) -> None:
        row = {"id": identity or f"org_{name}", "name": name, "created_at": 1.5}
        connection.execute(insert(organizations).values(row))

    return run


async def count(database: Database) -> int:
    return await database.read(lambda c: c.scalar(select(func.count()).select_from(organizations)))


async def test_what_is_written_is_read_back_at_once(database: Database) -> None:
    await database.write(adding("north"))

    row = await database.read(lambda c: c.execute(select(organizations)).one())

    assert (row.id, row.name, row.created_at) == ("org_north", "north", 1.5)


async def test_a_write_returns_what_its_function_returns(database: Database) -> None:
    assert await database.write(lambda c: c.scalar(text("SELECT 6 * 7"))) == 42


async def test_what_is_written_is_there_after_reopening(where: str | Path) -> None:
    first = await Database.open(where)
    await first.write(adding("north"))
    await first.close()

    second = await Database.open(where)

    assert await count(second) == 1
    await second.close()


async def test_a_failing_write_is_told_and_sinks_no_neighbour(database: Database) -> None:
    results = await asyncio.gather(
        database.write(adding("north")),
        database.write(adding("north", "org_other")),
        database.write(adding("south")),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [type(None), IntegrityError, type(None)]
    assert await count(database) == 2


async def test_a_write_that_fails_halfway_leaves_nothing_behind(database: Database) -> None:
    def halfway(connection: Connection) -> None:
        adding("north")(connection)
        raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        await database.write(halfway)

    assert await count(database) == 0


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await database.read(adding("north"))


async def test_a_closed_database_takes_no_more_writes(where: str | Path) -> None:
    database = await Database.open(where)
    await database.close()

    with pytest.raises(Unavailable):
        await database.write(adding("north"))


async def test_a_url_is_as_good_as_a_directory(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path / FILE_NAME}")
    await database.write(adding("north"))
    await database.close()

    again = await Database.open(tmp_path)

    assert await count(again) == 1
    await again.close()


@pytest.mark.parametrize(
    "url", ["mysql://localhost/voltyard", "postgresql:/x://y", "postgresql://u:p@ss/word@host/db"]
)
async def test_an_unknown_kind_of_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await Database.open(url)

    assert "ss/word" not in str(refusal.value)


async def test_commits_are_synced_to_disk_before_they_are_told(sqlite_directory: Path) -> None:
    full = 2
    database = await Database.open(sqlite_directory)

    assert await database.write(lambda c: c.scalar(text("PRAGMA synchronous"))) == full
    assert await database.read(lambda c: c.scalar(text("PRAGMA journal_mode"))) == "wal"
    await database.close()


async def test_a_reading_is_of_one_moment(database: Database) -> None:
    loop = asyncio.get_running_loop()

    def twice(connection: Connection) -> tuple[int, int]:
        counting = select(func.count()).select_from(organizations)
        before = connection.scalar(counting)
        asyncio.run_coroutine_threadsafe(database.write(adding("north")), loop).result(5)
        return before, connection.scalar(counting)

    assert await database.read(twice) == (0, 0)
    assert await count(database) == 1
