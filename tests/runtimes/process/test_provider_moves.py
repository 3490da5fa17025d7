"""What becomes of the chargers of a worker that is told to end: they move to others one by one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.runtimes.bench import HeardListener, runtime
from tests.runtimes.process.bench import Place, plug, status
from voltyard.ports.runtimes import CommandRefused
from voltyard.runtimes.control import messages

NAMES = ("dep-1", "dep-2", "dep-3")
SELDOM = 0.001
"""Moves a second of which no test sees a second one."""


@pytest.fixture
def listener() -> HeardListener:
    return HeardListener()


@pytest.fixture
async def here(listener: HeardListener) -> AsyncIterator[Place]:
    """A place with three chargers on the worker "one", and "two" beside it; they move as fast as
    they can."""
    opened = Place(listener)
    await opened.provider.open()
    opened.worker("one", move_s=120)
    for name in NAMES:
        await opened.provider.start(runtime(name))
    opened.worker("two")
    await opened.provider.workers.attached("two", 60)
    yield opened
    await opened.close()


async def ended(task: "asyncio.Task[bool]") -> bool:
    return await asyncio.wait_for(task, 60)


async def test_they_move_with_their_memory_before_the_worker_ends(
    here: Place, listener: HeardListener
) -> None:
    await plug(here.provider)

    assert await ended(here.tell_to_end("one").task) is True

    assert {here.provider.workers.where(one) for one in NAMES} == {"two"}
    assert await status(here.provider) == "Preparing"
    assert sorted(listener.interruptions) == [(one, "its worker ends") for one in NAMES]


async def test_they_move_at_the_pace_that_is_set_and_a_second_word_ends_that(
    here: Place, listener: HeardListener
) -> None:
    here.provider._pause_s = 1 / SELDOM
    told = here.tell_to_end("one")
    while not listener.interruptions:
        await here.provider.workers.changed(60)
    [(moved, _)] = listener.interruptions
    await here.came_to("two", moved)
    assert await status(here.provider, moved) == "Available"
    left = [one for one in NAMES if one != moved]
    assert {here.provider.workers.where(one) for one in left} == {"one"}
    assert await status(here.provider, left[0]) == "Available"

    told.hurrying.set()

    assert await ended(told.task) is True
    await here.came_to("two", *NAMES)
    assert listener.interruptions[1:] == [(one, "its worker is gone") for one in left]


async def test_one_that_has_a_command_waiting_moves_last(
    here: Place, listener: HeardListener
) -> None:
    # given a charger that waits for its CSMS
    waiting = here.provider.command("dep-1", "authorize", {"id_tag": "TAG"})

    await ended(here.tell_to_end("one").task)

    assert [one for one, _ in listener.interruptions] == ["dep-2", "dep-3", "dep-1"]
    assert isinstance(await asyncio.wait_for(waiting, 60), CommandRefused)


async def test_a_worker_that_ends_gets_no_more_chargers(
    here: Place, listener: HeardListener
) -> None:
    here.provider._pause_s = 1 / SELDOM
    told = here.tell_to_end("one")
    while not listener.interruptions:
        await here.provider.workers.changed(60)
    here.worker("three")
    await here.provider.workers.attached("three", 60)

    for number in range(4, 9):
        await here.provider.start(runtime(f"dep-{number}"))

    assert "one" not in {here.provider.workers.where(f"dep-{number}") for number in range(4, 9)}
    told.hurrying.set()
    await ended(told.task)


async def test_where_no_other_worker_has_room_it_ends_at_once(
    here: Place, listener: HeardListener
) -> None:
    await here.stop("two")

    assert await ended(here.tell_to_end("one").task) is True

    assert {reason for _, reason in listener.interruptions} == {"its worker is gone"}
    here.worker("one")
    await here.came_to("one", *NAMES)


async def test_a_gateway_that_is_away_is_waited_for(here: Place, listener: HeardListener) -> None:
    # given a gateway that is killed while a worker is told to end
    await here.end_without_a_word()
    told = here.tell_to_end("one")
    await asyncio.sleep(0)
    assert not told.task.done()

    # when another comes, and its chargers are asked for as they are after a restart
    await here.another_gateway()
    for worker in ("one", "two"):
        await here.provider.workers.attached(worker, 60)
    for name in NAMES:
        await here.provider.start(runtime(name))

    # then they have moved before it ended
    assert await ended(told.task) is True
    assert {here.provider.workers.where(one) for one in NAMES} == {"two"}
    assert {reason for _, reason in listener.interruptions} <= {"its worker ends"}


async def test_they_move_once_a_line_that_was_cut_is_mended(
    here: Place, listener: HeardListener
) -> None:
    here.cut("one")
    while here.provider.workers.is_attached("one"):
        await here.provider.workers.changed(60)
    told = here.tell_to_end("one")
    await asyncio.sleep(0)

    here.mend("one")

    assert await ended(told.task) is True
    assert {here.provider.workers.where(one) for one in NAMES} == {"two"}
    assert {reason for _, reason in listener.interruptions} == {"its worker ends"}


async def test_a_gateway_of_an_older_release_moves_none_and_none_is_waited_for(
    here: Place, listener: HeardListener
) -> None:
    here.provider.workers._moves_chargers = False
    here.cut("one")
    while here.provider.workers.is_attached("one"):
        await here.provider.workers.changed(60)
    here.mend("one")
    await here.provider.workers.attached("one", 60)

    assert await ended(here.tell_to_end("one").task) is True

    await here.came_to("two", *NAMES)
    assert {reason for _, reason in listener.interruptions} == {"its worker is gone"}
    older = b'{"type":"welcome","epoch":"e","resumed":false,"received":0}'
    letter = messages.decode_letter(older)
    assert isinstance(letter, messages.Welcome)
    assert letter.moves_chargers is False


async def test_one_that_is_stopped_while_it_moves_stays_stopped(here: Place) -> None:
    taking = asyncio.create_task(here.provider.workers.take("dep-1"))
    await asyncio.sleep(0)
    await here.provider.stop("dep-1")

    assert await asyncio.wait_for(taking, 60) is None
    assert here.provider.workers.where("dep-1") is None


async def test_one_that_is_started_anew_while_it_moves_stays_where_it_is(here: Place) -> None:
    taking = asyncio.create_task(here.provider.workers.take("dep-1"))
    await asyncio.sleep(0)
    await here.provider.start(runtime("dep-1"))

    assert await asyncio.wait_for(taking, 60) is None
    assert here.provider.workers.where("dep-1") == "one"
    assert await status(here.provider) == "Available"


async def test_a_worker_that_dies_before_its_end_gets_chargers_when_it_is_back(
    here: Place, listener: HeardListener
) -> None:
    here.provider._pause_s = 1 / SELDOM
    told = here.tell_to_end("one")
    while not listener.interruptions:
        await here.provider.workers.changed(60)
    here.cut("one")
    told.hurrying.set()
    await ended(told.task)

    here.worker("one")
    await here.provider.workers.attached("one", 60)

    assert here.provider.workers.present()["one"] == 9 - 2
