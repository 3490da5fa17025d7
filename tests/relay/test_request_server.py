"""Requests as messages: what the answering end makes of an order that a client's impatience
leads to, or of words that are lost."""

import asyncio

from tests.bus.bench import until
from tests.relay.bench import SUBJECT, Client, House
from voltyard.bus.memory import MemoryBroker, MemoryBus
from voltyard.relay.messages import (
    AnswerPart,
    AskAnswer,
    AskBody,
    CheckIn,
    HandOver,
    Leave,
    RequestHead,
    read_checked_in,
    read_to_asking,
    written,
)
from voltyard.relay.request_server import RequestServer

REPLY = "answers"


class Lab:
    """The answering end, and one who speaks to it."""

    def __init__(self) -> None:
        broker = MemoryBroker()
        self.house = House()
        self.bus, self.near = MemoryBus(broker), MemoryBus(broker)
        self.server = RequestServer(self.house.app, self.bus, SUBJECT)
        self.came: list[AnswerPart | AskBody] = []

    async def open(self) -> "Lab":
        await self.server.open()
        await self.near.subscribe(REPLY, self._heard)
        return self

    async def _heard(self, subject: str, data: bytes) -> None:
        self.came.append(read_to_asking(data))

    async def tell(self, *messages: object) -> None:
        for one in messages:
            await self.near.publish(SUBJECT, written(one))

    async def check(self, *waiting: tuple[int, int]) -> tuple[list[int], list[tuple[int, int]]]:
        asking = CheckIn(REPLY, list(waiting))
        answer = read_checked_in(await self.near.request(SUBJECT, written(asking), 60))
        return answer.unknown, answer.body_parts


def request(number: int, path: str, method: str = "GET", is_whole: bool = True) -> HandOver:
    head = RequestHead.of(Client(path, method).scope)
    return HandOver(REPLY, number, head, b"", is_whole)


async def test_what_was_given_up_before_it_began_is_not_carried_out() -> None:
    lab = await Lab().open()

    await lab.tell(request(1, "/things/one"), Leave(REPLY, 1), request(2, "/things/two"))
    await until(lambda: bool(lab.came))

    assert lab.house.asked == ["/things/two"]
    assert [one.number for one in lab.came] == [2]
    assert await lab.check((1, 0), (2, 0)) == ([1, 2], [])


async def test_a_part_of_an_answer_comes_again_until_the_next_is_asked_for() -> None:
    lab = await Lab().open()
    lab.house.told.put_nowait(b"one")
    await lab.tell(request(1, "/events"))
    await until(lambda: len(lab.came) == 1)

    assert await lab.check((1, 0)) == ([], [])
    await lab.tell(AskAnswer(REPLY, 1, 7))
    await lab.check((1, -1))

    assert [(one.part, one.body) for one in lab.came if isinstance(one, AnswerPart)] == [
        (0, b"one"),
        (0, b"one"),
    ]
    lab.house.told.put_nowait(b"two")
    await lab.tell(AskAnswer(REPLY, 1, 1))
    await until(lambda: len(lab.came) == 3)
    await lab.tell(AskAnswer(REPLY, 1, 0))
    await lab.check((1, -1))
    assert len(lab.came) == 3
    await lab.server.close()


async def test_an_answer_that_could_not_be_sent_waits_until_it_is_asked_for() -> None:
    lab = await Lab().open()
    lab.house.door.clear()
    await lab.tell(request(1, "/slow", "POST"))
    await until(lambda: lab.house.at_once == 1)

    lab.bus.cut()
    lab.house.door.set()
    await until(lambda: lab.house.at_once == 0)
    await asyncio.sleep(0)
    lab.bus.mend()

    assert lab.came == []
    assert await lab.check((1, 0)) == ([], [])
    await until(lambda: len(lab.came) == 1)
    assert await lab.check((1, 0)) == ([1], [])


async def test_a_part_of_the_body_that_is_waited_for_is_told_at_each_sign_of_life() -> None:
    lab = await Lab().open()
    await lab.tell(request(1, "/echo", "POST", is_whole=False))
    await until(lambda: len(lab.came) == 1)

    assert isinstance(lab.came[0], AskBody)
    assert await lab.check((1, 0)) == ([], [(1, 1)])
    await lab.server.close()
