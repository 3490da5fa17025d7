"""A lock that another program holds on the database: waited for once, then told."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, func, insert, select

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.storage.database.database import FILE_NAME, Database
from voltyard.storage.schema.organizations import organizations

WAIT_S = 2


@pytest.fixture
async def database(where: str | Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(limits, "DATABASE_LOCK_S", WAIT_S)
    opened = await Database.open(where)
    yield opened
    await opened.close()


@contextmanager
def locked(where: str | Path) -> Iterator[None]:
    """By a stranger, who may read and lets nobody write."""
    if isinstance(where, Path):
        other = sqlite3.connect(where / FILE_NAME, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    with psycopg.connect(where) as connection:
        connection.execute("LOCK TABLE organizations IN SHARE MODE")
        yield
        connection.rollback()


def adding(name: str) -> Any:
    def run(connection: Connection) -> None:
        row = {"id": f"org_{name}", "name": name, "created_at": 1.5}
        connection.execute(insert(organizations).values(row))

    return run


async def count(database: Database) -> Any:
    return await database.read(lambda c: c.scalar(select(func.count()).select_from(organizations)))


async def test_a_foreign_lock_is_waited_for_once_whoever_waits(
    where: str | Path, database: Database
) -> None:
    with locked(where):
        began = time.monotonic()
        first = [asyncio.create_task(database.write(adding(name))) for name in ("a", "b")]
        await asyncio.wait(first, timeout=WAIT_S / 4)  # their group is on its way
        behind = [asyncio.create_task(database.write(adding(name))) for name in ("c", "d")]

        ends = await asyncio.gather(*first, *behind, return_exceptions=True)

        waited_s = time.monotonic() - began
    assert all(isinstance(end, Unavailable) for end in ends), ends
    assert all("lock" in str(end) for end in ends)
    assert waited_s < 3.5 * WAIT_S  # a machine may be slow; each waited for itself: 8
    assert await count(database) == 0


async def test_once_the_lock_is_gone_writes_go_on_and_wait_for_the_next(
    where: str | Path, database: Database
) -> None:
    with locked(where):
        with pytest.raises(Unavailable):
            await database.write(adding("refused"))
        with pytest.raises(Unavailable):
            await database.write(adding("refused at once"))
    await database.write(adding("north"))

    with locked(where):
        south = asyncio.create_task(database.write(adding("south")))
        await asyncio.wait([south], timeout=WAIT_S / 8)
        assert not south.done()
    await south

    assert await count(database) == 2


async def test_reads_go_on_under_a_lock(where: str | Path, database: Database) -> None:
    with locked(where):
        assert await count(database) == 0
