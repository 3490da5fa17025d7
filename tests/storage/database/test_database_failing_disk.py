"""A database whose disk fails it: that is said, and of nothing lost that it is kept."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, text

from voltyard.kernel.errors import Unavailable
from voltyard.storage.csms.backend_records import load_contents
from voltyard.storage.database.database import FILE_NAME, Database
from voltyard.storage.database.sqlite import writing_engine
from voltyard.storage.database.writer import Writer


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path)
    yield opened
    await opened.close()


def fill(connection: Connection) -> None:
    """With a megabyte."""
    connection.execute(text("CREATE TABLE IF NOT EXISTS filling (what BLOB)"))
    connection.execute(text("INSERT INTO filling VALUES (zeroblob(1000000))"))


def bound(connection: Connection, pages: int) -> None:
    """Have the disk hold that much, and no more."""
    connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


async def test_a_full_disk_is_unavailable_and_works_again_once_there_is_room(
    database: Database,
) -> None:
    await database.write(lambda c: bound(c, 1))  # as many as there are already

    with pytest.raises(Unavailable, match="database or disk is full") as refused:
        await database.write(fill)
    assert refused.value.advice

    await database.write(lambda c: bound(c, 100_000))
    await database.write(fill)
    assert await database.read(lambda c: c.scalar(text("SELECT count(*) FROM filling"))) == 1


async def test_a_file_that_cannot_be_opened_is_unavailable(
    tmp_path: Path, database: Database
) -> None:
    elsewhere = tmp_path.rename(tmp_path.with_name("elsewhere"))  # noqa: ASYNC240

    with pytest.raises(Unavailable, match="unable to open database file"):
        await database.read(lambda c: c.scalar(text("SELECT 1 FROM chargers")))

    elsewhere.rename(tmp_path)
    await database.read(lambda c: c.scalar(text("SELECT 1 FROM chargers")))


async def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 1000)

    with pytest.raises(Unavailable, match="is damaged: file is not a database") as refused:
        await Database.open(tmp_path)
    assert "voltyard check" in refused.value.advice


async def test_a_damaged_page_is_said_to_be_damage(sqlite_directory: Path) -> None:
    file = sqlite_directory / FILE_NAME
    pages = bytearray(file.read_bytes())
    pages[4096:] = b"\x07" * (len(pages) - 4096)
    file.write_bytes(pages)

    with pytest.raises(Unavailable, match="is damaged"):
        opened = await Database.open(sqlite_directory)
        try:
            await opened.read(load_contents)
        finally:
            await opened.close()


async def test_what_is_asked_wrongly_is_no_fault_of_the_database(database: Database) -> None:
    with pytest.raises(Exception, match="no such table") as refused:
        await database.write(lambda c: c.execute(text("SELECT * FROM nowhere")))
    assert not isinstance(refused.value, Unavailable)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return writing_engine(make_url(f"sqlite:///{tmp_path / 'one.db'}"))


async def test_what_went_with_a_neighbours_failure_is_not_said_to_be_kept(engine: Engine) -> None:
    """SQLite may roll back the whole transaction of a statement for which it has no disk."""

    def keep(connection: Connection) -> None:
        connection.execute(text("INSERT INTO kept VALUES (1)"))

    def fail_as_a_disk_does(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")
        raise OSError("the disk is gone")

    writer = Writer(engine, linger_s=0, idle_s=0)
    await writer.write(lambda c: c.execute(text("CREATE TABLE kept (what INTEGER)")))
    ends = await asyncio.gather(
        writer.write(keep),
        writer.write(fail_as_a_disk_does),
        writer.write(keep),
        return_exceptions=True,
    )
    count = await writer.write(lambda c: c.scalar(text("SELECT count(*) FROM kept")))
    await writer.close()

    assert sum(not isinstance(end, BaseException) for end in ends) == count
