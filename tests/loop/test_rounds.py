"""What is done again and again: at once, after failures too, and no more once it is cancelled."""

import asyncio

from structlog.testing import capture_logs

from voltyard.kernel.errors import Unavailable
from voltyard.loop.rounds import keep_doing


class Work:
    """Fails with these errors first."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.done = 0
        self.tries = asyncio.Condition()

    async def __call__(self) -> None:
        async with self.tries:
            self.done += 1
            self.tries.notify_all()
        if self.errors:
            raise self.errors.pop(0)

    async def was_done(self, times: int) -> None:
        async with asyncio.timeout(120), self.tries:
            await self.tries.wait_for(lambda: self.done >= times)


async def test_it_is_done_at_once() -> None:
    work = Work()
    task = asyncio.create_task(keep_doing("swept", work, 3_600.0))

    await work.was_done(1)

    task.cancel()
    assert isinstance(*await asyncio.gather(task, return_exceptions=True), asyncio.CancelledError)
    assert work.done == 1


async def test_work_that_fails_is_logged_and_done_again() -> None:
    work = Work(Unavailable("the database is away"), RuntimeError("a bug"))
    with capture_logs() as lines:
        task = asyncio.create_task(keep_doing("swept", work, 0.001))

        await work.was_done(4)

        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [(line["event"], line["work"]) for line in lines] == [("round_failed", "swept")] * 2
