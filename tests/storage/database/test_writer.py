"""The writer: groups, its bound, its end."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.ports.journal import Pressure
from voltyard.storage.database.writer import Writer, WriterBounds

BOUNDS = WriterBounds(
    rows=10,
    size_bytes=1_000,
    high_rows=3,
    high_bytes=1_000,
    log_rows=4,
    log_bytes=1_000,
    group_rows=6,
    group_log_rows=1,
)


class Stored:
    """A store that keeps what it was given, group by group, and may be held up."""

    def __init__(self) -> None:
        self.groups: list[list[Any]] = []
        self.go = Event()
        self.go.set()

    @property
    def all(self) -> list[Any]:
        return [record for group in self.groups for record in group]

    def __call__(self, connection: Connection, records: Sequence[Any]) -> None:
        self.go.wait(5)
        if "bad" in records:
            raise ValueError("a bad record")
        self.groups.append(list(records))


@pytest.fixture
async def writer() -> AsyncIterator[Writer]:
    made = Writer(create_engine("sqlite://"), linger_s=0, idle_s=0, retry_s=0.01, bounds=BOUNDS)
    yield made
    await made.close()


async def settled(writer: Writer, store: Stored, *groups: list[Any]) -> list[Any]:
    """Put these one after the other and wait; how each ended, in order of the telling."""
    told: list[Any] = []
    for group in groups:
        writer.put(store, group, told.append)
    await writer.flush()
    return told


async def test_what_comes_together_is_written_together(writer: Writer) -> None:
    store = Stored()

    assert await settled(writer, store, ["a", "b"], ["c"]) == [None, None]

    assert store.groups == [["a", "b", "c"]]


async def test_what_piles_up_behind_a_group_is_the_next_group(writer: Writer) -> None:
    store = Stored()
    store.go.clear()
    writer.put(store, ["a"], lambda _: None)
    await asyncio.sleep(0)
    writer._hand_over()  # the first group is on its way, and held up
    telling = asyncio.create_task(settled(writer, store, ["b"], ["c"]))
    await asyncio.sleep(0)

    store.go.set()
    await telling

    assert store.groups == [["a"], ["b", "c"]]


async def test_a_call_takes_its_turn_between_records(writer: Writer) -> None:
    store = Stored()
    writer.put(store, ["a"])

    seen = writer.write(lambda connection: [list(group) for group in store.groups])
    task = asyncio.create_task(seen)
    await asyncio.sleep(0)
    writer.put(store, ["b"])

    assert await task == [["a"]]
    await writer.flush()
    assert store.groups == [["a"], ["b"]]


async def test_a_bad_record_is_told_to_its_writer_alone(writer: Writer) -> None:
    store = Stored()

    told = await settled(writer, store, ["a"], ["b", "bad"], ["c"])

    assert [type(error) for error in told] == [type(None), ValueError, type(None)]
    assert store.groups == [["a"], ["c"]]


async def test_beyond_the_bound_a_waiting_write_is_refused_in_its_turn(writer: Writer) -> None:
    store = Stored()

    told = await settled(writer, store, ["a"] * 8, ["b"], ["c"])

    assert [type(error) for error in told] == [type(None), Overfull, Overfull]
    assert store.groups == [["a"] * 8]
    assert (writer.rows_waiting, writer.refused) == (0, 2)
    assert await settled(writer, store, ["d"]) == [None]


async def test_what_is_to_be_kept_has_a_share_of_its_own_and_beyond_it_is_lost_and_said(
    writer: Writer,
) -> None:
    store = Stored()
    with capture_logs() as lines:
        writer.put(store, ["a"] * 8)
        writer.put(store, ["b"] * 2)
        writer.put(store, ["c"])
        await writer.flush()

    assert store.groups == [["a"] * 8, ["b"] * 2]
    assert writer.lost == 1
    assert [line["event"] for line in lines] == ["rows_lost"]


async def test_bytes_are_bounded_as_rows_are(writer: Writer) -> None:
    store = Stored()
    told: list[Any] = []

    writer.put(store, ["a"], told.append, size_bytes=700)
    writer.put(store, ["b"], told.append, size_bytes=200)
    await writer.flush()

    assert [type(error) for error in told] == [type(None), Overfull]
    assert writer.bytes_waiting == 0


async def test_what_is_faulty_and_was_to_be_kept_is_lost_and_said(writer: Writer) -> None:
    with capture_logs() as lines:
        writer.put(Stored(), ["bad"])
        await writer.flush()

    assert writer.lost == 1
    assert "a bad record" in str(lines[0]["error"])


async def test_a_group_is_bounded_and_the_rest_follows_at_once(writer: Writer) -> None:
    store = Stored()

    assert await settled(writer, store, ["a"] * 3, ["b"] * 3, ["c"]) == [None] * 3

    assert store.groups == [["a"] * 3 + ["b"] * 3, ["c"]]


async def test_the_log_fills_what_records_leave_and_has_a_share_however_many_they_are(
    writer: Writer,
) -> None:
    records, log = Stored(), Stored()
    for n in range(3):
        writer.put_log(log, [n])
    writer.put(records, ["a"] * 6, lambda _: None)
    writer.put(records, ["b"] * 2, lambda _: None)

    await writer.flush()

    assert records.groups == [["a"] * 6, ["b"] * 2]
    assert log.groups == [[0], [1, 2]]


async def test_the_log_is_shed_beyond_its_bound_and_takes_again_once_there_is_room(
    writer: Writer,
) -> None:
    log, room = Stored(), Event()
    writer.on_room(room.set)

    taken = [writer.put_log(log, [n]) for n in range(6)]
    assert taken == [True] * 4 + [False] * 2
    assert not room.is_set()
    await writer.flush()

    assert (writer.shed, room.is_set(), log.all) == (2, True, [0, 1, 2, 3])
    assert writer.put_log(log, [9])


async def test_a_log_that_must_not_be_shed_stops_the_intake_instead(writer: Writer) -> None:
    writer.may_shed = False
    log, relieved = Stored(), Event()
    writer.on_relief(relieved.set)

    assert all(writer.put_log(log, [n]) for n in range(6))
    assert writer.pressure is Pressure.FULL
    await writer.flush()

    assert (writer.pressure, writer.shed, relieved.is_set()) == (Pressure.NONE, 0, True)
    assert log.all == [0, 1, 2, 3, 4, 5]


async def test_the_pressure_rises_at_a_mark_and_falls_at_half_of_it(writer: Writer) -> None:
    store = Stored()
    store.go.clear()
    seen = []
    for _ in range(6):
        writer.put(store, ["a"])
        seen.append(writer.pressure)
    assert seen == [Pressure.NONE] * 3 + [Pressure.HIGH] * 2 + [Pressure.FULL]

    store.go.set()
    await writer.flush()

    assert writer.pressure is Pressure.NONE


async def test_one_who_is_told_and_fails_does_not_keep_others_from_being_told(
    writer: Writer,
) -> None:
    store = Stored()

    def fail(_: Exception | None) -> None:
        raise RuntimeError("a bug in a callback")

    with capture_logs() as lines:
        writer.put(store, ["a"], fail)
        assert await settled(writer, store, ["b"]) == [None]

    assert [line["event"] for line in lines] == ["write_callback_failed"]


async def test_a_write_nobody_waits_for_any_more_is_done_all_the_same(writer: Writer) -> None:
    store = Stored()
    task = asyncio.create_task(writer.write(lambda connection: store(connection, ["a"])))
    await asyncio.sleep(0)

    task.cancel()
    await writer.flush()

    assert store.groups == [["a"]]


async def test_closing_writes_what_waits_and_refuses_what_comes_later() -> None:
    writer = Writer(create_engine("sqlite://"), idle_s=3600)
    store = Stored()
    told: list[Any] = []
    writer.put(store, ["a"])

    await writer.close()
    await writer.close()
    writer.put(store, ["b"], told.append)
    await asyncio.sleep(0)

    assert store.groups == [["a"]]
    assert [type(error) for error in told] == [Unavailable]
    with pytest.raises(Unavailable):
        await writer.write(lambda connection: None)


def cut(connection: Connection) -> None:
    """The connection is lost."""
    connection.execute(text("SELECT 1"))
    assert connection.connection.dbapi_connection is not None
    connection.connection.dbapi_connection.close()


class Failing:
    """A store on a database that fails until told otherwise."""

    def __init__(self, error: Exception) -> None:
        self.error: Exception | None = error
        self.attempts = 0
        self.kept: list[Any] = []

    def __call__(self, connection: Connection, records: Sequence[Any]) -> None:
        self.attempts += 1
        if self.error is not None:
            raise self.error
        self.kept.extend(records)


FULL = OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
FULL.orig.sqlite_errorcode = sqlite3.SQLITE_FULL  # type: ignore[union-attr]
GONE = OperationalError("INSERT", {}, Exception("gone"), connection_invalidated=True)


async def until(reached: Callable[[], bool]) -> None:
    """Bounds a hang; it does not judge speed."""
    async with asyncio.timeout(30):
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_a_database_that_is_gone_fails_what_was_asked_for_and_is_tried_again(
    writer: Writer,
) -> None:
    with pytest.raises(Unavailable):
        await writer.write(cut)

    assert await settled(writer, Stored(), ["b"]) == [None]


@pytest.mark.parametrize("error", [FULL, GONE], ids=["full", "gone"])
async def test_what_is_to_be_kept_is_stored_after_an_outage_before_what_came_later(
    writer: Writer, error: Exception
) -> None:
    store = Failing(error)
    told: list[Any] = []
    writer.put(store, ["a"])
    await until(lambda: store.attempts > 2)
    writer.put(store, ["b"], told.append, is_kept=True)

    store.error = None
    await until(lambda: told == [None])

    assert store.kept == ["a", "b"]
    assert (writer.lost, writer.refused) == (0, 0)


async def test_a_full_disk_is_told_at_once_to_those_who_wait(writer: Writer) -> None:
    told: list[Any] = []

    writer.put(Failing(FULL), ["a"], told.append)
    await until(lambda: bool(told))

    assert isinstance(told[0], Unavailable)
    assert writer.refused == 1


async def test_a_database_that_may_be_restarting_is_waited_for() -> None:
    writer = Writer(create_engine("sqlite://"), linger_s=0, retry_s=0.01, patience_s=3600)
    store = Failing(GONE)
    told: list[Any] = []
    writer.put(store, ["a"], told.append)
    await until(lambda: store.attempts > 4)

    store.error = None
    await until(lambda: bool(told))

    assert (told, store.kept) == ([None], ["a"])
    await writer.close()


async def test_a_database_that_stays_away_is_told_in_the_end() -> None:
    writer = Writer(create_engine("sqlite://"), linger_s=0, retry_s=0.01, patience_s=0.05)
    store = Failing(GONE)
    told: list[Any] = []

    writer.put(store, ["a"], told.append)
    await until(lambda: bool(told))

    assert isinstance(told[0], Unavailable)
    store.error = None
    await writer.close()
    assert store.kept == []


async def test_an_outage_is_one_line_when_it_begins_and_one_when_it_ends(writer: Writer) -> None:
    store, watched = Failing(FULL), []
    writer.watch(lambda: watched.append(writer.failure is not None))
    with capture_logs() as lines:
        for _ in range(4):
            writer.put(store, ["a"], lambda _: None)
            writer.put(store, ["b"])
        await until(lambda: store.attempts > 5)
        assert writer.failing_since is not None
        store.error = None
        await until(lambda: writer.failure is None)

    assert [line["event"] for line in lines] == ["database_fails", "database_works_again"]
    assert "disk is full" in lines[0]["error"]
    assert watched == [True, False]


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'one.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (what TEXT PRIMARY KEY)"))
    writer = Writer(engine, linger_s=0, retry_s=0.01)
    losing = [True]

    @event.listens_for(engine, "commit")
    def lose(connection: Connection) -> None:
        if losing.pop() if losing else False:
            connection.connection.commit()
            raise GONE

    def insert(connection: Connection, records: Sequence[Any]) -> None:
        connection.execute(text("INSERT INTO kept VALUES (:what)"), [{"what": r} for r in records])

    writer.put(insert, ["a"])
    writer.put(insert, ["b"])
    await until(lambda: not losing)
    await until(lambda: writer.rows_waiting == 0)

    assert await writer.write(lambda c: c.scalars(text("SELECT what FROM kept")).all()) == [
        "a",
        "b",
    ]
    assert writer.lost == 0
    await writer.close()


async def test_a_write_that_sinks_every_group_is_given_up_not_tried_for_ever(
    writer: Writer,
) -> None:
    def sink(connection: Connection, records: Sequence[Any]) -> None:
        connection.exec_driver_sql("ROLLBACK")
        raise RuntimeError("a bug")

    store = Stored()
    writer.put(sink, ["poison"])
    await until(lambda: writer.lost == 1)

    assert await settled(writer, store, ["a"]) == [None]
