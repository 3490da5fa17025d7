"""Readings beside each other: none takes for ever, and none has all the readers."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

import pytest
from psycopg.errors import QueryCanceled
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.database.database import Database
from voltyard.storage.database.reader_threads import Interruption, ReaderThreads, ReadOvertime

NEVER_S: Seconds = 600.0

_COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {}) SELECT {} n"
_STEP_S: Seconds = 0.005


def working(pause_s: Seconds = NEVER_S) -> Callable[[Connection], Any]:
    """A reading that takes so long, most of it asleep: a dozen that compute would hold up the
    other tests."""

    def read(connection: Connection) -> Any:
        if connection.dialect.name == "postgresql":
            return connection.scalar(text("SELECT count(pg_sleep(:s))"), {"s": pause_s})
        driver: Any = connection.connection.driver_connection
        driver.create_function("pause", 1, time.sleep)
        counting = _COUNTING.format(int(pause_s / _STEP_S) + 1, f"count(pause({_STEP_S})) + 1 FROM")
        return connection.scalar(text(counting))

    return read


def computing(connection: Connection) -> Any:
    """A reading that looks through something without end, and gives no row before that."""
    if connection.dialect.name == "postgresql":
        return working()(connection)
    return connection.scalar(text(_COUNTING.format(-1, "max(i) FROM")))


def streaming(connection: Connection) -> int:
    """Rows without end, one after the other."""
    statement = (
        "SELECT generate_series(1, 1000000000000)"
        if connection.dialect.name == "postgresql"
        else _COUNTING.format(-1, "i FROM")
    )
    rows = connection.execute(text(statement).execution_options(yield_per=10))
    return sum(1 for _ in rows)


def small(connection: Connection) -> Any:
    return connection.scalar(text("SELECT count(*) FROM chargers"))


async def begun(*readings: Any) -> list[asyncio.Task[Any]]:
    """They are under way, as far as they may be: none of them is quick."""
    tasks = [asyncio.create_task(one) for one in readings]
    await asyncio.wait(tasks, timeout=4 * limits.READ_SOON_S)
    return tasks


async def ended(tasks: list[asyncio.Task[Any]], database: Database) -> None:
    await database.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_small_reading_overtakes_any_number_of_long_ones(database: Database) -> None:
    long = [database.read(working(), share="org_a", limit_s=NEVER_S) for _ in range(12)]
    tasks = await begun(*long)

    of_another = await asyncio.wait_for(database.read(small, share="org_b"), 30)
    of_the_same = await asyncio.wait_for(database.read(small, share="org_a"), 30)

    assert (of_another, of_the_same) == (0, 0)
    assert not any(task.done() for task in tasks)
    await ended(tasks, database)


async def test_a_long_reading_has_a_share_beside_anothers_long_ones(database: Database) -> None:
    long = [database.read(working(), share="org_a", limit_s=NEVER_S) for _ in range(12)]
    tasks = await begun(*long)

    one = working(2 * limits.READ_SOON_S)
    await asyncio.wait_for(database.read(one, share="org_b", limit_s=NEVER_S), 60)

    assert not any(task.done() for task in tasks)
    await ended(tasks, database)


async def test_who_waits_has_a_turn_after_who_was_there_before(database: Database) -> None:
    long = [database.read(working(), share=share, limit_s=NEVER_S) for share in ("a", "b", "a")]
    tasks = await begun(*long)
    order: list[str] = []

    async def read(share: str) -> None:
        await database.read(working(0.0), share=share, limit_s=None)
        order.append(share)

    waiting = await begun(*map(read, ("a", "c", "c", "d")))
    assert not order
    tasks[1].cancel()  # its thread goes on all the same, and so does its turn
    await asyncio.sleep(0)
    assert not order
    await ended([*tasks, *waiting], database)


async def test_a_reading_that_takes_too_long_is_ended_and_says_what_to_do(
    database: Database,
) -> None:
    with pytest.raises(Unavailable, match=r"longer than 0.3 s") as refused:
        await database.read(computing, limit_s=0.3)

    assert "ask for less" in refused.value.advice
    assert await database.read(small, limit_s=None) == 0


async def test_so_is_one_that_reads_on_and_on(database: Database) -> None:
    with pytest.raises(Unavailable, match="took longer"):
        await asyncio.wait_for(database.read(streaming, limit_s=0.3), 60)

    for _ in range(10):
        assert await database.read(small, limit_s=None) == 0


async def test_without_a_limit_it_takes_as_long_as_it_takes(database: Database) -> None:
    pause_s = 3 * limits.READ_SOON_S

    assert await database.read(working(pause_s), limit_s=None)


async def test_what_waits_has_a_bound_for_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "READS_WAITING", 2)
    running, waiting = limits.SEARCH_THREADS - 1, 2
    long = [database.read(working(), share="a", limit_s=NEVER_S) for _ in range(running + waiting)]
    tasks = [task for one in long for task in await begun(one)]

    with pytest.raises(Overfull):
        await database.read(working(), share="a", limit_s=NEVER_S)
    await database.read(working(0.2), share="b")

    await ended(tasks, database)


async def test_who_waits_too_long_for_a_turn_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "READ_S", 0.5)
    long = [database.read(working(), share="a", limit_s=NEVER_S) for _ in range(2)]
    tasks = await begun(*long)

    with pytest.raises(Unavailable, match="other readings"):
        await database.read(working(), share="a", limit_s=NEVER_S)

    await ended(tasks, database)


async def test_a_connection_that_takes_too_long_to_begin_is_a_reading_that_does() -> None:
    """So it is read again by those who have time, as on a machine with much else to do."""
    threads = ReaderThreads("reader", cast(Engine, SlowToBegin()), 1, Interruption())

    with pytest.raises(ReadOvertime):
        await threads.run(small, "", limits.READ_SOON_S)
    await threads.close()


class SlowToBegin:
    """An engine whose connections are ended by PostgreSQL before they are ready."""

    def connect(self) -> Connection:
        raise OperationalError("SHOW standard_conforming_strings", {}, QueryCanceled())

    def dispose(self) -> None:
        pass
