"""Events of a node: staged in one commit with their records, live ones where they are wanted."""

from typing import Any

import pytest

from tests.csms.bench import ORG, Yard
from tests.events.bench import WatchedJournal, charge
from voltyard.csms.event_log import staging_event_log
from voltyard.csms.records import TransactionStored
from voltyard.events.event_log import Interest
from voltyard.events.event_records import EventStaged
from voltyard.kernel.errors import Unavailable


class Node:
    """A node, what is wanted of it, and what it has handed on."""

    def __init__(self, interest: Interest | None = None) -> None:
        self.asked: list[tuple[str, str]] = []
        self.interest = interest
        self.published: list[EventStaged] = []
        self.journal = WatchedJournal()
        event_log = staging_event_log(self.journal, "n1", self._wanted, self.published.append)
        self.yard = Yard(self.journal, event_log=event_log)

    def _wanted(self, organization_id: str, name: str) -> Interest | None:
        self.asked.append((organization_id, name))
        return self.interest

    def staged(self) -> list[str]:
        return [one.event for one in self.journal.staged.values()]


async def test_each_event_is_staged_in_the_write_of_what_it_tells_of() -> None:
    node = Node()

    await charge(node.yard)

    assert len(node.journal.events) == 0
    for name, status in (("started", "in_progress"), ("stopped", "completed")):
        (write,) = [
            write
            for write in node.journal.writes
            if any(isinstance(r, EventStaged) and r.event == f"transaction.{name}" for r in write)
        ]
        assert [r.status for r in write if isinstance(r, TransactionStored)] == [status]
    staged = list(node.journal.staged.values())
    assert {one.node for one in staged} == {"n1"}
    assert len({one.id for one in staged}) == len(staged)
    assert all(one.id.startswith("stg_") for one in staged)
    await node.yard.backend.close()


@pytest.mark.parametrize(
    ("interest", "is_staged", "is_published"),
    [(None, False, False), ("webhook", True, False), ("follower", False, True)],
)
async def test_live_events_go_where_they_are_wanted(
    interest: Interest | None, is_staged: bool, is_published: bool
) -> None:
    node = Node(interest)

    await charge(node.yard)

    assert ("transaction.updated" in node.staged()) is is_staged
    assert [one.event for one in node.published] == ["transaction.updated"] * is_published
    assert all(one.id == "" for one in node.published)
    assert (ORG, "transaction.updated") in node.asked
    await node.yard.backend.close()


async def test_a_live_event_is_handed_on_once_its_records_are_durable() -> None:
    node = Node("follower")
    peer = await node.yard.booted()
    sample = {"timestamp": "2026-02-10T14:00:00Z", "sampledValue": [{"value": "600"}]}
    start = {
        "connectorId": 1,
        "idTag": "TAG",
        "meterStart": 100,
        "timestamp": "2026-02-10T14:00:00Z",
    }
    await peer.say("StartTransaction", start)
    node.journal.stall(True)

    peer.call("MeterValues", {"connectorId": 1, "transactionId": 1, "meterValue": [sample]})
    await node.yard.settle()
    before = list(node.published)
    node.journal.stall(False)
    await node.yard.settle()

    assert (len(before), len(node.published)) == (0, 1)
    await node.yard.backend.close()


async def test_of_what_cannot_be_stored_nothing_is_handed_on() -> None:
    node = Node("follower")
    peer = await node.yard.booted()
    await node.yard.settle()
    count = len(node.journal.staged)
    node.journal.fail(Unavailable("the disk is full"), groups=1)

    start = {"connectorId": 1, "idTag": "T", "meterStart": 1, "timestamp": "2026-02-10T14:00:00Z"}
    await peer.ask("StartTransaction", start)

    assert len(node.journal.staged) == count
    assert node.published == []
    await node.yard.backend.close()


async def test_a_write_of_nothing_is_none() -> None:
    journal = WatchedJournal()
    published: list[Any] = []
    event_log = staging_event_log(
        journal, "n1", lambda organization_id, name: None, published.append
    )

    event_log.write((), ())

    assert journal.writes == []
