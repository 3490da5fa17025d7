"""Events of nodes come into the server's log once, and are delivered and followed as its own."""

import asyncio

import pytest

from tests.events.bench import Kept, WatchedJournal
from voltyard.csms.event_log import BackendEventLog, backend_event_log, number_in
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored, EventLogged, EventStaged, StagedEventTaken
from voltyard.events.followers import Follower
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable

ORG = "org_default"


def staged(number: int, event: str = "charger.connected") -> EventStaged:
    return EventStaged(
        node="n1",
        id=f"stg_{number}" if number else "",
        organization_id=ORG,
        charger_id="chg_1",
        charge_box_id="CP1",
        at=1.0,
        event=event,
        data='{"a":1}',
    )


class Server:
    """A server's log, and two staged events."""

    def __init__(self) -> None:
        self.journal = WatchedJournal()
        self.log: BackendEventLog = backend_event_log(self.journal, Kept(self.journal))
        self.events = [staged(1), staged(2)]
        self.taken = [StagedEventTaken(number=1), StagedEventTaken(number=2)]
        self.delivered: list[int] = []

    async def stage(self) -> None:
        self.journal.write(self.events)
        await self.journal.flush()
        self.journal.writes.clear()

    def subscribe(self) -> None:
        self.log.outbox.subscribe(
            lambda organization_id, name: ["wh_1"],
            lambda event, deliveries: self.delivered.append(event.number),
        )

    def follow(self) -> Follower[EventLogged]:
        return self.log.follow(EventQuery(organization_id=ORG), None)


async def test_they_are_numbered_and_taken_in_one_commit() -> None:
    server = Server()
    server.log.load(7)
    await server.stage()

    await server.log.adopt(server.events, server.taken)

    (write,) = server.journal.writes
    assert {type(record) for record in write} == {StagedEventTaken, EventLogged}
    logged = list(server.journal.events)
    assert [one.number for one in logged] == [8, 9]
    assert [number_in(one.id) for one in logged] == [8, 9]
    assert [(one.event, one.data, one.charger_id) for one in logged] == [
        ("charger.connected", '{"a":1}', "chg_1")
    ] * 2
    assert server.journal.staged == {}


async def test_whoever_wants_them_is_told_once_they_are_durable() -> None:
    server = Server()
    server.subscribe()
    await server.stage()
    follower = server.follow()
    server.journal.stall(True)
    adopting = asyncio.create_task(server.log.adopt(server.events, server.taken))
    await asyncio.sleep(0)
    before = list(server.delivered)

    server.journal.stall(False)
    await adopting

    assert (before, server.delivered) == ([], [1, 2])
    told = await follower.next(1.0)
    assert [one.number for one in told if isinstance(one, EventLogged)] == [1, 2]
    (write,) = server.journal.writes
    deliveries = [record for record in write if isinstance(record, DeliveryStored)]
    assert [one.event_number for one in deliveries] == [1, 2]


async def test_what_cannot_be_stored_is_told_to_none_and_adopted_later() -> None:
    server = Server()
    server.subscribe()
    await server.stage()
    server.journal.fail(Unavailable("the database is away"), groups=1)

    with pytest.raises(Unavailable):
        await server.log.adopt(server.events, server.taken)
    after_failure = (list(server.delivered), len(server.journal.staged))
    await server.log.adopt(server.events, server.taken)

    assert after_failure == ([], 2)
    assert len(server.delivered) == len(server.journal.events) == 2


async def test_what_is_read_twice_is_adopted_once() -> None:
    server = Server()
    await server.stage()

    await server.log.adopt(server.events, server.taken)
    await server.log.adopt(server.events, [])

    assert len(server.journal.events) == 2


async def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EVENTS_ADOPTED", 2)
    server = Server()

    await server.log.adopt([staged(n) for n in range(1, 4)], [])
    await server.log.adopt([staged(3), staged(1)], [])

    assert len(server.journal.events) == 4  # the first is not remembered


async def test_live_events_of_nodes_are_told_to_whoever_listens() -> None:
    server = Server()
    server.log.hear(staged(0, "transaction.updated"))
    follower = server.follow()

    server.log.hear(staged(0, "transaction.updated"))

    (told,) = await follower.next(1.0)
    assert isinstance(told, EventLogged)
    assert (told.number, told.id) == (0, "")
    assert server.journal.writes == []


async def test_a_node_can_be_told_who_wants_live_events() -> None:
    server = Server()
    interest = [server.log.interest(ORG, "transaction.updated")]
    follower = server.follow()
    interest.append(server.log.interest(ORG, "transaction.updated"))
    server.subscribe()
    interest.append(server.log.interest(ORG, "transaction.updated"))

    follower.close()

    assert interest == [None, "follower", "webhook"]
