"""Nodes that do not answer: how long each is borne with, before its chargers are the server's."""

from collections.abc import Sequence

import msgspec
import pytest
from structlog.testing import capture_logs

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.nodes.membership import Membership
from voltyard.nodes.messages import Join


class Node:
    """A node's lease and chargers, as its server sees them; its process lives until it is ended."""

    def __init__(self) -> None:
        self.lives = True
        self.now = 0.0
        self.membership = Membership(
            "server", lambda: "", self, self.take_over, self.reconcile, lambda: self.now
        )

    async def end_silent(self) -> Sequence[str]:
        return ()

    async def end(self, name: str) -> bool:
        self.lives = False
        return True

    async def take_over(self, node: str) -> bool:
        return not self.lives

    async def reconcile(self, node: str) -> None: ...

    async def join(self) -> None:
        await self.membership.joined("", msgspec.json.encode(Join("hall-2", "p", "0.1.0")))

    async def is_silent(self, *, after_s: float = 0) -> None:
        self.now += after_s
        await self.membership.unreachable("hall-2")


@pytest.fixture
async def node() -> Node:
    node = Node()
    await node.join()
    return node


async def test_a_node_that_was_asked_lately_and_did_not_answer_says_so(node: Node) -> None:
    assert [one.name for one in node.membership.members] == ["hall-2"]
    assert node.membership.answers("hall-2")

    with pytest.raises(Unavailable):
        await node.is_silent()
    answered = [node.membership.answers("hall-2")]
    node.membership.reached("hall-2")
    answered.append(node.membership.answers("hall-2"))
    with pytest.raises(Unavailable):
        await node.is_silent()
    node.now += limits.NODE_DOUBTED_S + 1
    answered.append(node.membership.answers("hall-2"))

    assert answered == [False, True, True]


async def test_a_node_that_does_not_answer_for_long_is_ended(node: Node) -> None:
    with pytest.raises(Unavailable):
        await node.is_silent()
    with pytest.raises(Unavailable):
        await node.is_silent(after_s=limits.NODE_UNREACHED_S)
    assert node.lives

    await node.is_silent(after_s=0.1)

    assert not node.lives
    assert node.membership.names == []


async def test_silences_of_a_node_that_answers_between_them_are_not_one(node: Node) -> None:
    with pytest.raises(Unavailable):
        await node.is_silent()
    node.membership.reached("hall-2")

    with pytest.raises(Unavailable):
        await node.is_silent(after_s=3_600)

    assert node.lives


async def test_a_node_that_is_lost_is_said_so_once_however_many_ask_for_it(node: Node) -> None:
    node.lives = False

    with capture_logs() as lines:
        await node.is_silent()
        await node.is_silent()

    assert [line["event"] for line in lines] == ["node_lost"]


async def test_a_silence_of_long_ago_does_not_count(node: Node) -> None:
    with pytest.raises(Unavailable):
        await node.is_silent()
    with pytest.raises(Unavailable):
        await node.is_silent(after_s=limits.NODE_DOUBTED_S + 1)

    assert node.lives
