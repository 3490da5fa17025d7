"""Processes that carry requests out and are killed, or stand still, while they do."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bus.bench import OverNats
from tests.relay.bench import ANSWERS, SUBJECT, Client
from voltyard.kernel import limits
from voltyard.relay.errors import AnswerLost, NodeGone
from voltyard.relay.request_relay import RequestRelay

pytestmark = pytest.mark.service


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[OverNats]:
    made = OverNats(tmp_path / "bus")
    await made.start()
    yield made
    for end in made.ends:
        await end.close()
    await made.server.close()


@pytest.fixture
async def process(place: OverNats) -> AsyncIterator[Process]:
    arguments = ("-m", "tests.relay.answering", place.server.url)
    made = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=PIPE)
    assert made.stdout is not None
    await made.stdout.readline()
    yield made
    if made.returncode is None:
        made.kill()
    await made.wait()


@pytest.fixture
async def relay(place: OverNats) -> AsyncIterator[RequestRelay]:
    made = RequestRelay(await place.end(), ANSWERS)
    await made.open()
    yield made
    await made.close()


async def ask(relay: RequestRelay, client: Client) -> None:
    async with asyncio.timeout(60):
        await relay.relay(SUBJECT, client.scope, client.receive, client.send)


async def test_a_killed_process_is_gone_for_what_it_had_and_for_what_comes(
    process: Process, relay: RequestRelay
) -> None:
    begun, waiting = Client("/events"), Client("/slow", "POST")
    asking = [asyncio.create_task(ask(relay, one)) for one in (begun, waiting)]
    await begun.until(lambda: bool(begun.sent))

    process.kill()
    await process.wait()

    killed_at = asyncio.get_running_loop().time()
    for one in asking:
        with pytest.raises(AnswerLost):
            await one
    assert asyncio.get_running_loop().time() - killed_at < limits.RELAY_SILENCE_S + 1.5
    assert (begun.status, begun.is_whole, waiting.sent) == (200, False, [])
    with pytest.raises(NodeGone):
        await ask(relay, Client("/things/one"))


async def test_a_process_that_stands_still_is_taken_for_gone(
    process: Process, relay: RequestRelay
) -> None:
    begun = Client("/events")
    asking = asyncio.create_task(ask(relay, begun))
    await begun.until(lambda: bool(begun.sent))

    process.send_signal(signal.SIGSTOP)
    stopped_at = asyncio.get_running_loop().time()
    with pytest.raises(AnswerLost):
        await ask(relay, Client("/things/one"))
    with pytest.raises(AnswerLost):
        await asking
    took_s = asyncio.get_running_loop().time() - stopped_at
    process.send_signal(signal.SIGCONT)

    assert took_s < 2 * limits.RELAY_SILENCE_S + 1
    client = Client("/things/two")
    await ask(relay, client)
    assert client.status == 200
