"""Webhooks in virtual time: order, retries, rests and pauses, and what outlives a restart."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.fakes.journals import MemoryJournal
from voltyard.csms import events
from voltyard.csms.event_log import backend_event_log, backend_webhooks
from voltyard.csms.records import TransactionStored
from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored, EventLogged, WebhookStored
from voltyard.events.webhooks.queues import DeliveryLane, PendingDelivery
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import DAY_S, HOUR_S, Instant, Seconds
from voltyard.ports.http import PostFailed, PostResponse
from voltyard.simulation.virtual_loop import VirtualLoop, run

ORG = "org_default"
START = 1_770_732_000.0
URL = "https://one.example/hook"
OTHER = "https://other.example/hook"

Answer = Callable[[str, dict[str, Any]], int | Awaitable[int]]


class Receivers:
    """A Poster, and all who are posted to."""

    def __init__(self) -> None:
        self.answer: Answer = lambda url, message: 204
        self.got: list[tuple[Instant, str, dict[str, Any]]] = []
        self.under_way: dict[str, int] = {}
        self.most: dict[str, int] = {}

    def check(self, organization_id: str, url: str) -> None:
        """Any will do."""

    async def post(
        self,
        organization_id: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        timeout_s: Seconds,
    ) -> PostResponse:
        message = json.loads(body)
        assert headers["webhook-id"] == message["id"]
        self.got.append((asyncio.get_running_loop().time(), url, message))
        now = self.under_way[url] = self.under_way.get(url, 0) + 1
        self.most[url] = max(self.most.get(url, 0), now)
        try:
            answer = self.answer(url, message)
            if isinstance(answer, int):
                await asyncio.sleep(0.01)
                return PostResponse(answer, b"")
            async with asyncio.timeout(timeout_s):
                return PostResponse(await answer, b"")
        except TimeoutError:
            raise PostFailed("no answer within 10 s") from None
        finally:
            self.under_way[url] -= 1

    async def close(self) -> None:
        """Nothing is open."""

    def told(self, url: str = URL) -> list[str]:
        """Which transactions, in the order they came."""
        return [message["data"].get("id", "") for _, to, message in self.got if to == url]

    def moments(self, id: str) -> list[Seconds]:
        """When each attempt for a transaction was made, since the start."""
        return [at - START for at, _, message in self.got if message["data"].get("id") == id]


class Store:
    """The journal in memory, read as a database would be."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.journal = journal
        self.readings = 0

    async def oldest(self) -> int:
        return 1

    async def after(self, query: EventQuery, number: int, limit: int) -> list[EventLogged]:
        return []

    async def lanes(self) -> Sequence[tuple[str, str]]:
        pending = (d for d in self.journal.deliveries.values() if d.status == "pending")
        return list(dict.fromkeys((one.webhook_id, one.lane) for one in pending))

    async def pending(
        self, webhook_id: str, lane: str, after: int, limit: int
    ) -> Sequence[PendingDelivery]:
        self.readings += 1
        await asyncio.sleep(0.001)
        known = {event.number: event for event in self.journal.events}
        found = (
            PendingDelivery(one, known[one.event_number])
            for _, one in sorted(self.journal.deliveries.items())
            if (one.webhook_id, one.lane, one.status) == (webhook_id, lane, "pending")
            and one.number > after
        )
        return list(found)[:limit]


class Office:
    """Webhooks, with receivers that answer as they are told."""

    def __init__(self, journal: MemoryJournal | None = None) -> None:
        self.journal = journal or MemoryJournal()
        self.store = Store(self.journal)
        self.receivers = Receivers()
        self.loop = asyncio.get_running_loop()
        self.event_log = backend_event_log(self.journal, self.store, Random(3))
        self.webhooks = backend_webhooks(
            self.event_log, self.journal, self.store, self.receivers, self.loop.time, Random(7)
        )

    async def start(self) -> "Office":
        contents = self.journal.contents()
        self.event_log.load(contents.highest_event_number)
        self.event_log.outbox.load(contents.highest_delivery_number)
        await self.webhooks.start(contents.webhooks)
        return self

    async def webhook(self, url: str = URL, names: Sequence[str] = ("*",)) -> WebhookStored:
        return await self.webhooks.add(ORG, url=url, events=names)

    def happen(self, number: int, charger: str = "chg_1") -> None:
        """A transaction stops."""
        self.event_log.write((), (stopped(f"txn_{number}", charger, self.loop.time()),))

    def delivery(self, number: int) -> DeliveryStored:
        event = next(e for e in self.journal.events if f'"txn_{number}"' in e.data)
        return next(d for d in self.journal.deliveries.values() if d.event_number == event.number)

    async def pass_time(self, seconds: Seconds) -> None:
        await asyncio.sleep(seconds)

    async def restarted(self) -> "Office":
        """Another process on what this one has stored; this one is gone."""
        await self.webhooks.close()
        return await Office(self.journal).start()


def stopped(id: str, charger: str, at: Instant) -> events.TransactionStopped:
    row = TransactionStored(
        id=id,
        organization_id=ORG,
        charger_id=charger,
        charge_box_id=charger,
        version="1.6",
        status="completed",
        created_at=at,
        updated_at=at,
    )
    return events.TransactionStopped(
        organization_id=ORG, charger_id=charger, charge_box_id=charger, at=at, transaction=row
    )


def virtually(test: Callable[[Office], Awaitable[None]]) -> Callable[[], None]:
    async def whole() -> None:
        office = await Office().start()
        await test(office)
        await office.webhooks.close()

    def timeless() -> None:
        run(whole(), VirtualLoop(START))

    timeless.__name__ = test.__name__
    return timeless


def failing(*ids: str, status: int = 500) -> Answer:
    return lambda url, message: status if message["data"].get("id") in ids else 204


@virtually
async def test_each_event_arrives_once(office: Office) -> None:
    await office.webhook()
    for number in range(100):
        office.happen(number, f"chg_{number % 7}")
    await office.pass_time(60)

    assert sorted(office.receivers.told()) == sorted(f"txn_{n}" for n in range(100))
    assert {d.status for d in office.journal.deliveries.values()} == {"delivered"}


@virtually
async def test_one_chargers_events_wait_for_each_other_and_others_do_not(office: Office) -> None:
    await office.webhook()
    office.receivers.answer = failing("txn_1")
    for number in (1, 2, 3):
        office.happen(number, "chg_1")
    for number in range(10, 60):
        office.happen(number, "chg_2")
    await office.pass_time(20)

    others = [id for id in office.receivers.told() if id != "txn_1"]
    assert others == [f"txn_{number}" for number in range(10, 60)]

    office.receivers.answer = failing()
    await office.pass_time(HOUR_S)

    assert office.receivers.told()[-3:] == ["txn_1", "txn_2", "txn_3"]


@virtually
async def test_a_refused_event_is_tried_ever_more_rarely_for_a_day(office: Office) -> None:
    await office.webhook()
    office.receivers.answer = failing("txn_1")
    office.happen(1, "chg_1")
    office.happen(2, "chg_1")
    # Others arrive, so that the webhook itself fares well.
    for hour in range(26):
        for minute in range(60):
            office.happen(1_000 + hour * 60 + minute, "chg_2")
            await office.pass_time(60)

    attempts = office.receivers.moments("txn_1")
    pauses = [after - before for before, after in pairwise(attempts)]
    assert 25 < len(attempts) < 45
    assert all(0.75 < pause / (5 * 2**n) < 1.25 for n, pause in enumerate(pauses[:8]))
    assert max(pauses) <= 1.2 * HOUR_S + 1
    assert DAY_S - 1 < attempts[-1] < DAY_S + 1
    failed = office.delivery(1)
    assert (failed.status, failed.status_code, failed.error) == ("failed", 500, "answered 500")
    assert failed.attempts == len(attempts)
    assert office.receivers.moments("txn_2")[0] > DAY_S - 1
    assert office.delivery(2).status == "delivered"


@virtually
async def test_a_dead_receiver_is_paused_told_of_and_resumed(office: Office) -> None:
    row = await office.webhook()
    await office.webhook(OTHER, ["webhook.paused"])
    office.receivers.answer = lambda url, message: 503 if url == URL else 204
    for number in range(200):
        office.happen(number, f"chg_{number}")
    await office.pass_time(3 * HOUR_S)

    paused = office.webhooks.get(ORG, row.id)
    assert paused.paused_at is not None
    assert HOUR_S <= paused.paused_at - START < 1.2 * HOUR_S
    assert office.receivers.most[URL] <= limits.WEBHOOK_POSTS_EACH
    attempts = len(office.receivers.told(URL))
    assert limits.WEBHOOK_FAILURES <= attempts < 50  # not 200 times so many
    (told,) = [message for _, url, message in office.receivers.got if url == OTHER]
    assert told["event"] == "webhook.paused"
    assert told["data"]["webhookId"] == row.id
    assert office.journal.webhooks[row.id].paused_at == paused.paused_at

    office.happen(900, "chg_1")
    await office.pass_time(HOUR_S)
    assert len(office.receivers.got) == attempts + 1
    office.receivers.answer = lambda url, message: 204
    await office.webhooks.change(ORG, row.id, {"enabled": True})
    await office.pass_time(60)

    delivered = [d for d in office.journal.deliveries.values() if d.webhook_id == row.id]
    assert {one.status for one in delivered} == {"delivered"}
    told_of_1 = [id for id in office.receivers.told(URL)[attempts:] if id in ("txn_1", "txn_900")]
    assert told_of_1 == ["txn_1", "txn_900"]


@virtually
async def test_what_a_pause_has_held_for_more_than_a_day_has_failed(office: Office) -> None:
    row = await office.webhook()
    office.receivers.answer = failing("txn_1", status=410)
    office.happen(1)
    await office.pass_time(1)
    assert office.webhooks.get(ORG, row.id).pause_reason == "the receiver answered 410 Gone"
    office.happen(2)
    await office.pass_time(DAY_S)
    office.happen(3)
    office.receivers.answer = failing()
    await office.pass_time(60)

    await office.webhooks.change(ORG, row.id, {"enabled": True})
    await office.pass_time(60)

    assert [office.delivery(n).status for n in (1, 2, 3)] == ["failed", "failed", "delivered"]
    assert office.receivers.told() == ["txn_1", "txn_3"]


@virtually
async def test_a_receiver_that_is_back_gets_what_waits_at_once(office: Office) -> None:
    await office.webhook()
    office.receivers.answer = lambda url, message: 503
    for number in range(20):
        office.happen(number, f"chg_{number}")
    await office.pass_time(HOUR_S / 2)
    office.receivers.answer = lambda url, message: 204
    await office.pass_time(1.2 * limits.WEBHOOK_REST_S + 10)

    assert {d.status for d in office.journal.deliveries.values()} == {"delivered"}


@virtually
async def test_one_arrival_ends_the_waits_of_all(office: Office) -> None:
    await office.webhook()
    office.receivers.answer = lambda url, message: 503
    office.happen(1, "chg_1")
    await office.pass_time(0.9 * HOUR_S)
    next_at = office.delivery(1).next_attempt_at
    assert next_at is not None and next_at > office.loop.time() + 2 * limits.WEBHOOK_REST_S

    office.receivers.answer = lambda url, message: 204
    office.happen(2, "chg_2")
    await office.pass_time(1.2 * limits.WEBHOOK_REST_S)

    assert office.receivers.told()[-2:] == ["txn_2", "txn_1"]


@virtually
async def test_what_waits_is_tried_as_soon_as_a_webhook_is_resumed(office: Office) -> None:
    row = await office.webhook()
    office.receivers.answer = lambda url, message: (
        410 if message["data"].get("id") == "txn_2" else 503
    )
    office.happen(1, "chg_1")
    await office.pass_time(0.9 * HOUR_S)
    office.happen(2, "chg_2")
    await office.pass_time(1.2 * limits.WEBHOOK_REST_S)
    assert office.webhooks.get(ORG, row.id).paused_at is not None

    office.receivers.answer = failing()
    await office.webhooks.change(ORG, row.id, {"enabled": True})
    await office.pass_time(1)

    assert sorted(office.receivers.told()[-2:]) == ["txn_1", "txn_2"]


def due(number: int) -> PendingDelivery:
    event = EventLogged(
        number=number,
        id=f"evt_{number}",
        organization_id=ORG,
        charger_id="chg_1",
        charge_box_id="CP",
        at=START,
        event="charger.boot",
        data="{}",
    )
    delivery = DeliveryStored(
        number=number,
        webhook_id="wh_1",
        organization_id=ORG,
        event_number=number,
        event_id=event.id,
        event=event.event,
        lane="chg_1",
        created_at=START,
    )
    return PendingDelivery(delivery, event)


def test_what_is_told_after_it_was_read_is_not_taken_again() -> None:
    lane = DeliveryLane("chg_1")
    lane.fall_behind()
    lane.reading()
    lane.read([due(1), due(2)], 8)

    assert not lane.take(due(2), 8)
    assert lane.take(due(3), 8)
    assert [one.delivery.number for one in lane.due] == [1, 2, 3]


def test_what_is_told_while_the_store_is_read_is_read_next() -> None:
    lane = DeliveryLane("chg_1")
    lane.fall_behind()
    lane.reading()
    assert not lane.take(due(2), 8)
    lane.read([due(1)], 8)
    assert lane.is_behind

    lane.reading()
    lane.read([due(2)], 8)
    assert not lane.is_behind


@virtually
async def test_slow_receivers_hold_up_nobody_else(office: Office) -> None:
    async def slow() -> int:
        await asyncio.sleep(9)
        return 204

    slow_urls = [f"https://slow-{n}.example/" for n in range(19)]
    for url in slow_urls:
        await office.webhook(url)
    await office.webhook(URL)
    office.receivers.answer = lambda url, message: 204 if url == URL else slow()
    for number in range(500):
        office.happen(number, f"chg_{number % 100}")
    await office.pass_time(5)

    assert len(office.receivers.told(URL)) == 500
    assert sum(office.receivers.most[url] for url in slow_urls) < limits.WEBHOOK_POSTS


@virtually
async def test_a_receiver_that_never_answers_has_failed(office: Office) -> None:
    async def never() -> int:
        await asyncio.Event().wait()
        return 204

    await office.webhook()
    office.receivers.answer = lambda url, message: never()
    office.happen(1)
    await office.pass_time(limits.WEBHOOK_TIMEOUT_S + 1)

    tried = office.delivery(1)
    assert (tried.status, tried.attempts, tried.status_code) == ("pending", 1, None)
    assert tried.error == "no answer within 10 s"
    assert tried.next_attempt_at is not None


@virtually
async def test_a_receiver_that_nobody_has_thought_of_has_failed_too(office: Office) -> None:
    def surprise(url: str, message: dict[str, Any]) -> int:
        raise ArithmeticError

    await office.webhook()
    office.receivers.answer = surprise
    office.happen(1)
    await office.pass_time(1)

    assert (office.delivery(1).attempts, office.delivery(1).error) == (1, "the request failed")


@virtually
async def test_what_is_pending_goes_out_after_a_restart_in_order(office: Office) -> None:
    await office.webhook()
    office.receivers.answer = failing("txn_0", "txn_1", "txn_2")
    for number in range(90):
        office.happen(number, f"chg_{number % 3}")
    await office.pass_time(2)
    ids = {e.id for e in office.journal.events}

    again = await office.restarted()
    again.happen(90, "chg_0")
    await again.pass_time(60)

    told = again.receivers.told()
    for charger in range(3):
        own = [id for id in told if int(id[4:]) % 3 == charger]
        assert own == [f"txn_{n}" for n in range(charger, 91, 3)]
    assert ids <= {message["id"] for _, _, message in again.receivers.got}
    await again.webhooks.close()


@virtually
async def test_few_deliveries_wait_in_memory_however_many_there_are(office: Office) -> None:
    row = await office.webhook()
    office.receivers.answer = failing("txn_0")
    for number in range(500):
        office.happen(number, "chg_1")
    await office.pass_time(3)
    queue = office.webhooks.sender._queues[row.id]
    held = queue.held

    office.receivers.answer = failing()
    await office.pass_time(60)

    assert held <= limits.WEBHOOK_LANE
    assert office.receivers.told()[-500:] == [f"txn_{n}" for n in range(500)]
    assert queue.held == 0


@virtually
async def test_few_idle_chargers_are_remembered_and_none_is_told_of_twice(office: Office) -> None:
    row = await office.webhook()
    count = limits.WEBHOOK_IDLE_LANES + 200
    for again in range(2):
        for number in range(count):
            office.happen(again * count + number, f"chg_{number}")
        await office.pass_time(60)

    queue = office.webhooks.sender._queues[row.id]
    assert len(queue._lanes) == limits.WEBHOOK_IDLE_LANES
    told = office.receivers.told()
    assert len(told) == len(set(told)) == 2 * count


@virtually
async def test_events_while_a_webhook_is_disabled_are_not_delivered(office: Office) -> None:
    row = await office.webhook()
    await office.webhooks.change(ORG, row.id, {"enabled": False})
    office.happen(1)
    await office.pass_time(1)
    await office.webhooks.change(ORG, row.id, {"enabled": True})
    office.happen(2)
    await office.pass_time(1)

    assert office.receivers.told() == ["txn_2"]


@virtually
async def test_only_what_a_webhook_asks_for_is_sent(office: Office) -> None:
    await office.webhook(names=["charger.*"])
    await office.webhook(OTHER, ["transaction.stopped"])
    office.happen(1)
    await office.pass_time(1)

    assert office.receivers.told(URL) == []
    assert office.receivers.told(OTHER) == ["txn_1"]


@virtually
async def test_a_deleted_webhook_gets_nothing_more(office: Office) -> None:
    row = await office.webhook()
    office.receivers.answer = failing("txn_1")
    office.happen(1)
    await office.pass_time(1)
    await office.webhooks.delete(ORG, row.id)
    office.happen(2)
    await office.pass_time(HOUR_S)

    assert office.receivers.told() == ["txn_1"]
    again = await office.restarted()
    await again.pass_time(HOUR_S)
    assert again.receivers.got == []
    await again.webhooks.close()


@virtually
async def test_what_is_sent_again_keeps_its_id_and_goes_behind_what_waits(office: Office) -> None:
    row = await office.webhook()
    for number in (1, 2):
        office.happen(number)
    await office.pass_time(1)
    first = {message["data"]["id"]: message["id"] for _, _, message in office.receivers.got}

    await office.webhooks.resend(ORG, row.id, list(office.journal.events))
    office.happen(3)
    await office.pass_time(1)

    assert office.receivers.told() == ["txn_1", "txn_2", "txn_1", "txn_2", "txn_3"]
    again = {message["data"]["id"]: message["id"] for _, _, message in office.receivers.got[2:4]}
    assert again == first


@virtually
async def test_after_a_rotation_both_secrets_sign_for_a_day(office: Office) -> None:
    row = await office.webhook()
    new = await office.webhooks.rotate(ORG, row.id)
    assert new.secret != row.secret

    async def signatures() -> int:
        signed: list[str] = []
        real = office.receivers.post

        async def noting(
            whose: str, url: str, headers: Mapping[str, str], *rest: Any
        ) -> PostResponse:
            signed.append(headers["webhook-signature"])
            return await real(whose, url, headers, *rest)

        office.webhooks.sender._poster.post = noting  # type: ignore[method-assign]
        office.happen(len(office.journal.events))
        await office.pass_time(1)
        return len(signed[0].split())

    assert await signatures() == 2
    await office.pass_time(limits.WEBHOOK_SECRET_OVERLAP_S)
    assert await signatures() == 1


@virtually
async def test_changes_at_the_same_time_do_not_undo_each_other(office: Office) -> None:
    row = await office.webhook()
    await asyncio.gather(
        office.webhooks.change(ORG, row.id, {"url": OTHER}),
        office.webhooks.change(ORG, row.id, {"description": "one"}),
    )

    stored = office.journal.webhooks[row.id]
    assert (stored.url, stored.description) == (OTHER, "one")
    assert office.webhooks.get(ORG, row.id) == stored


@virtually
async def test_what_cannot_be_stored_has_not_been_changed(office: Office) -> None:
    row = await office.webhook()
    office.journal.fail(OSError("disk full"))

    for change in (
        office.webhooks.change(ORG, row.id, {"url": OTHER}),
        office.webhooks.delete(ORG, row.id),
        office.webhook(OTHER),
    ):
        with pytest.raises(Unavailable):
            await change
    office.journal.fail(None)

    assert office.webhooks.of(ORG) == [row]
    office.happen(1)
    await office.pass_time(1)
    assert office.receivers.told(URL) == ["txn_1"]
    assert office.receivers.told(OTHER) == []


@virtually
async def test_a_deletion_that_cannot_be_stored_leaves_what_waits_in_its_order(
    office: Office,
) -> None:
    row = await office.webhook()
    office.receivers.answer = failing("txn_1")
    office.happen(1)
    await office.pass_time(1)
    office.journal.fail(OSError("disk full"))
    with pytest.raises(Unavailable):
        await office.webhooks.delete(ORG, row.id)
    office.journal.fail(None)
    office.receivers.got.clear()
    office.receivers.answer = failing()
    office.happen(2)

    await office.pass_time(HOUR_S)

    assert office.receivers.told(URL) == ["txn_1", "txn_2"]


def test_no_secret_is_printed() -> None:
    row = WebhookStored(
        id="wh_1",
        organization_id=ORG,
        url=URL,
        events=("*",),
        secret="whsec_secret",
        former_secret="whsec_former",
        created_at=0,
        updated_at=0,
    )

    assert "secret='" not in repr(row) and "whsec_" not in repr(row)


@pytest.mark.parametrize("count", [limits.WEBHOOKS])
def test_the_number_of_webhooks_has_a_bound(count: int) -> None:
    async def whole() -> None:
        office = await Office().start()
        for _ in range(count):
            await office.webhook()
        with pytest.raises(Exception, match=str(count)):
            await office.webhook()

    run(whole(), VirtualLoop(START))
