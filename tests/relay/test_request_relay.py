"""Requests as messages: what the asking end makes of the words of another process, and of their
absence."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.bus.bench import until
from tests.relay.bench import ANSWERS, SUBJECT, Client
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.kernel import limits
from voltyard.relay.errors import AnswerLost
from voltyard.relay.messages import (
    AnswerPart,
    AskAnswer,
    CheckedIn,
    CheckIn,
    HandedOver,
    HandOver,
    Leave,
    ToAnswering,
    read_to_answering,
    written,
)
from voltyard.relay.request_relay import RequestRelay


class Lab:
    """The asking end, and another process as the test has it."""

    def __init__(self) -> None:
        broker = MemoryBroker()
        self.near, self.far = MemoryBus(broker), MemoryBus(broker)
        self.relay = RequestRelay(self.near, ANSWERS)
        self.came: list[ToAnswering] = []
        self.acknowledges = True
        self.silent_checks = 0
        """Signs of life that are not answered; it does nothing else for a while, either."""
        self.unknown: list[int] = []

    async def heard(self, subject: str, data: bytes) -> bytes | None:
        message = read_to_answering(data)
        self.came.append(message)
        if isinstance(message, HandOver):
            return written(HandedOver()) if self.acknowledges else None
        if isinstance(message, CheckIn):
            if self.silent_checks:
                self.silent_checks -= 1
                time.sleep(2 * limits.RELAY_SILENCE_S)  # noqa: ASYNC251  # all of it stands still
                return None
            return written(CheckedIn(self.unknown, []))
        return None

    def of(self, kind: type) -> list[ToAnswering]:
        return [one for one in self.came if isinstance(one, kind)]

    async def answer(self, part: int, body: bytes, is_last: bool = True) -> None:
        first = self.came[0]
        assert isinstance(first, HandOver)
        status = 0 if part else 200
        answer = AnswerPart(first.number, part, status, [], body, is_last)
        await self.far.publish(first.reply, written(answer))

    def begin(self, client: Client) -> asyncio.Task[None]:
        relayed = self.relay.relay(SUBJECT, client.scope, client.receive, client.send)
        return asyncio.create_task(relayed)


@pytest.fixture
async def lab(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lab]:
    monkeypatch.setattr(limits, "RELAY_EVERY_S", 0.02)
    monkeypatch.setattr(limits, "RELAY_SILENCE_S", 0.2)
    made = Lab()
    await made.far.subscribe(SUBJECT, made.heard)
    await made.relay.open()
    yield made
    await made.relay.close()


async def test_a_request_that_is_not_acknowledged_lives_on_by_its_signs_of_life(lab: Lab) -> None:
    lab.acknowledges = False
    client = Client("/")
    asking = lab.begin(client)
    await until(lambda: len(lab.of(CheckIn)) > 15)

    await lab.answer(0, b"late")
    await asking

    assert (client.status, client.body) == (200, b"late")


async def test_one_sign_of_life_may_be_missed(lab: Lab) -> None:
    lab.silent_checks = 1
    client = Client("/")
    asking = lab.begin(client)
    await until(lambda: len(lab.of(CheckIn)) > 5)

    await lab.answer(0, b"here")
    await asking

    assert client.body == b"here"


async def test_one_that_is_unknown_once_may_have_its_answer_on_the_way(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client("/")
    lab.unknown = [0]
    asking = lab.begin(client)
    await until(lambda: len(lab.of(CheckIn)) == 1)
    await lab.answer(0, b"here", is_last=False)
    await client.until(lambda: client.body == b"here")

    with pytest.raises(AnswerLost):
        await asking
    assert len(lab.of(CheckIn)) > 1


async def test_parts_that_come_again_or_out_of_turn_are_not_played(lab: Lab) -> None:
    client = Client("/")
    asking = lab.begin(client)
    await until(lambda: bool(lab.came))

    for part, body in ((1, b"early"), (0, b"one "), (0, b"one "), (7, b"never")):
        await lab.answer(part, body, is_last=False)
    await until(lambda: bool(lab.of(AskAnswer)))
    await lab.answer(0, b"one ")
    await lab.answer(1, b"two")
    await asking

    assert client.body == b"one two"
    assert [one.part for one in lab.of(AskAnswer) if isinstance(one, AskAnswer)] == [1]


async def test_signs_of_life_name_the_part_that_is_waited_for(lab: Lab) -> None:
    client = Client("/")
    asking = lab.begin(client)
    await until(lambda: bool(lab.of(CheckIn)))
    client.gate.clear()
    await lab.answer(0, b"one", is_last=False)
    lab.came[1:] = []
    await until(lambda: len(lab.of(CheckIn)) > 1)
    client.gate.set()

    asking.cancel()
    await asyncio.wait([asking])

    last = lab.of(CheckIn)[-1]
    assert isinstance(last, CheckIn)
    assert last.waiting == [(0, -1)]


async def test_who_goes_says_so_and_leaves_no_task(lab: Lab) -> None:
    client = Client("/")
    asking = lab.begin(client)
    await until(lambda: bool(lab.of(CheckIn)))

    client.leave()
    await asking
    await until(lambda: bool(lab.of(Leave)))

    second = Client("/")
    asking = lab.begin(second)
    del lab.came[:]
    await until(lambda: bool(lab.of(HandOver)) and bool(lab.of(CheckIn)))
    lab.came = lab.of(HandOver)
    await lab.answer(0, b"done")
    await asking
    await asyncio.sleep(0)
    names = [task.get_coro().__qualname__ for task in asyncio.all_tasks()]  # type: ignore[union-attr]
    assert not any("_watch" in name for name in names)
