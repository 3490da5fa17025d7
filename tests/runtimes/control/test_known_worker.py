"""A gateway's view of one worker: requests, and those who wait for their answers."""

import asyncio

import pytest

from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.runtimes.control import messages
from voltyard.runtimes.control.known_worker import KnownWorker


async def test_who_is_cancelled_as_the_answer_comes_is_cancelled() -> None:
    bus = MemoryBus(MemoryBroker())
    worker = KnownWorker("w-1", bus, lambda worker, item: None, lambda worker: None)
    worker.attached.set()
    asking = asyncio.create_task(worker.asked(messages.Stop(id=1, deployment_id="dep-1")))
    await asyncio.sleep(0)

    worker.answered(messages.RequestAnswer(id=1))
    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
