"""Threads shared by parties: the most of each, turns, and work that is given up."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from voltyard.network.shared_threads import SharedThreads

_PATIENCE_S = 60.0


class Work:
    """Work that a test lets end."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self._go = threading.Semaphore(0)

    def do(self, name: str) -> str:
        self.begun.append(name)
        assert self._go.acquire(timeout=_PATIENCE_S)
        return name

    def end(self, count: int) -> None:
        for _ in range(count):
            self._go.release()


@pytest.fixture
async def threads() -> AsyncIterator[SharedThreads]:
    made = SharedThreads(4, 2, "shared")
    yield made
    made.close()


@pytest.fixture
def work() -> Work:
    return Work()


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - threads tell nobody
            await asyncio.sleep(0)


def asked(threads: SharedThreads, work: Work, party: str, count: int) -> list[asyncio.Task[str]]:
    return [
        asyncio.create_task(threads.run(party, work.do, f"{party}{number}"))
        for number in range(count)
    ]


async def test_a_party_has_so_many_threads_and_others_have_the_rest(
    threads: SharedThreads, work: Work
) -> None:
    tasks = asked(threads, work, "a", 5)
    await until(lambda: len(work.begun) == 2)
    tasks += asked(threads, work, "b", 1)
    await until(lambda: len(work.begun) == 3)

    assert sorted(work.begun) == ["a0", "a1", "b0"]
    work.end(6)
    assert await asyncio.gather(*tasks) == ["a0", "a1", "a2", "a3", "a4", "b0"]


async def test_a_thread_that_is_free_goes_to_the_party_that_has_the_fewest(
    threads: SharedThreads, work: Work
) -> None:
    tasks = asked(threads, work, "a", 3) + asked(threads, work, "b", 3)
    await until(lambda: len(work.begun) == 4)
    tasks += asked(threads, work, "c", 1)
    await asyncio.sleep(0)

    work.end(1)
    await until(lambda: len(work.begun) == 5)

    assert work.begun[-1] == "c0"
    work.end(6)
    await asyncio.gather(*tasks)


async def test_work_that_is_given_up_keeps_its_thread_until_it_is_done(
    threads: SharedThreads, work: Work
) -> None:
    tasks = asked(threads, work, "a", 3)
    await until(lambda: len(work.begun) == 2)
    for task in tasks[:2]:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    assert len(work.begun) == 2
    work.end(3)
    assert await tasks[2] == "a2"


async def test_who_waits_and_gives_up_takes_nobodys_turn(
    threads: SharedThreads, work: Work
) -> None:
    tasks = asked(threads, work, "a", 4)
    await until(lambda: len(work.begun) == 2)
    tasks[2].cancel()
    work.end(3)

    assert await tasks[3] == "a3"
    assert "a2" not in work.begun
    again = asked(threads, work, "a", 2)
    work.end(2)
    await asyncio.gather(*again)


async def test_an_error_is_raised_and_frees_the_thread(threads: SharedThreads) -> None:
    for _ in range(5):
        with pytest.raises(OSError, match="no such name"):
            await threads.run("a", _fail)


def _fail() -> None:
    raise OSError("no such name")


async def test_those_who_wait_when_it_is_closed_are_given_up(
    threads: SharedThreads, work: Work
) -> None:
    tasks = asked(threads, work, "a", 3)
    await until(lambda: len(work.begun) == 2)
    threads.close()

    with pytest.raises(asyncio.CancelledError):
        await tasks[2]
    work.end(2)
    await asyncio.gather(*tasks[:2])
