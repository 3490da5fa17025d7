"""Membership: which node is ended, and which is given time."""

import pytest

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.nodes.membership import Membership


class Leases:
    """Leases whose holders end when they are told to."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def end_silent(self) -> list[str]:
        return []

    async def end(self, name: str) -> bool:
        self.ended.append(name)
        return True


class Members:
    """A membership of nodes whose processes live, at a time that is set."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.leases = Leases()
        self.membership = Membership(
            "server", str, self.leases, self.take_over, self.reconcile, lambda: self.now_s
        )

    async def take_over(self, node: str) -> bool:
        return node in self.leases.ended

    async def reconcile(self, node: str) -> None:
        pass

    async def given_time(self, node: str) -> bool:
        """False where it was ended."""
        try:
            await self.membership.unreachable(node)
        except Unavailable:
            return True
        return False


@pytest.fixture
def members() -> Members:
    return Members()


async def test_a_node_that_answers_no_more_is_ended(members: Members) -> None:
    assert await members.given_time("a")
    members.now_s += limits.NODE_UNREACHED_S + 1

    assert not await members.given_time("a")
    assert members.leases.ended == ["a"]


async def test_a_node_that_has_answered_since_is_given_time_anew(members: Members) -> None:
    assert await members.given_time("a")
    members.membership.reached("a")
    members.now_s += limits.NODE_UNREACHED_S + 1

    assert await members.given_time("a")
    assert members.leases.ended == []


async def test_silence_of_long_ago_does_not_count(members: Members) -> None:
    assert await members.given_time("a")
    members.now_s += limits.NODE_DOUBTED_S + 1
    assert await members.given_time("a")
    assert members.leases.ended == []

    members.now_s += limits.NODE_UNREACHED_S + 1
    assert not await members.given_time("a")
