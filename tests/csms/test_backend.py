"""The backend by itself: what wakes it, and who hears of its faults."""

import asyncio

import pytest

from tests.csms.bench import ORG, Clock, Yard
from tests.fakes.journals import MemoryJournal
from voltyard.csms.backend import Backend
from voltyard.csms.commands.control import ClearCache
from voltyard.csms.registry import ChargerChange
from voltyard.kernel.errors import NoAnswer, Unavailable


async def test_the_backend_wakes_by_itself() -> None:
    loop = asyncio.get_running_loop()
    yard = Yard()
    backend = Backend(yard.journal, loop.time)
    await backend.register(ORG, "CP1", ChargerChange())
    yard.backend = backend
    yard.connect()

    with pytest.raises(NoAnswer):
        await backend.command(ORG, "CP1", ClearCache(), timeout_s=0.01)

    await backend.close()


async def test_without_a_listener_faults_are_told_to_the_loop() -> None:
    heard = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: heard.append(context))
    journal = MemoryJournal()
    journal.fail(OSError("disk full"))
    backend = Backend(journal, Clock())

    with pytest.raises(Unavailable):
        await backend.register(ORG, "CP1", ChargerChange())

    assert [str(context["exception"]) for context in heard] == ["disk full"]
