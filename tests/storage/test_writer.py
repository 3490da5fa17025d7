"""The writer: groups, its bound, its end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text
from structlog.testing import capture_logs

from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.storage.writer import Writer


class Stored:
    """A store that keeps what it was given, group by group, and may be held up."""

    def __init__(self) -> None:
        self.groups: list[list[Any]] = []
        self.go = Event()
        self.go.set()

    def __call__(self, connection: Connection, records: Sequence[Any]) -> None:
        self.go.wait(5)
        if "bad" in records:
            raise ValueError("a bad record")
        self.groups.append(list(records))


@pytest.fixture
async def writer() -> AsyncIterator[Writer]:
    made = Writer(create_engine("sqlite://"), linger_s=0, idle_s=0, capacity_rows=10)
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

    told = await settled(writer, store, ["a"] * 10, ["b"], ["c"])

    assert [type(error) for error in told] == [type(None), Overfull, Overfull]
    assert store.groups == [["a"] * 10]
    assert writer.rows_waiting == 0
    assert await settled(writer, store, ["d"]) == [None]


async def test_beyond_the_bound_what_nobody_waits_for_is_dropped_and_counted(
    writer: Writer,
) -> None:
    store = Stored()
    with capture_logs() as lines:
        writer.put(store, ["a"] * 10)
        writer.put(store, ["b"] * 3)
        writer.put(store, ["c"])
        await writer.flush()

    assert store.groups == [["a"] * 10]
    assert writer.dropped == 4
    assert [line["event"] for line in lines] == ["rows_dropped", "rows_dropped"]


async def test_what_fails_without_anybody_waiting_is_counted(writer: Writer) -> None:
    with capture_logs() as lines:
        writer.put(Stored(), ["bad"])
        await writer.flush()

    assert writer.dropped == 1
    assert "a bad record" in str(lines[0]["error"])


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


async def test_a_database_that_is_gone_is_told_to_all_and_tried_again(writer: Writer) -> None:
    def cut(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))
        assert connection.connection.dbapi_connection is not None
        connection.connection.dbapi_connection.close()

    told: list[Any] = []
    writer.put(Stored(), ["a"], told.append)
    with pytest.raises(Unavailable):
        await writer.write(cut)

    assert [isinstance(error, Unavailable) for error in told] == [True]
    assert await settled(writer, Stored(), ["b"]) == [None]
