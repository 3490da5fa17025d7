"""Sends due deliveries to all webhooks, with retries and bounded concurrency.

At most limits.WEBHOOK_POSTS requests are under way, each a task; everything else waits in queues
and on one wheel. An endpoint that fails gets one request at a time, and rests ever longer between
them, so that slow and dead ones leave the room to the others.

What is written of a delivery follows its attempt: after a kill what was under way goes out again,
under the same id.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from random import Random
from typing import Any, Final, Protocol, TypeAlias

import structlog
from msgspec import Struct
from msgspec.structs import replace

from voltyard import __version__
from voltyard.events.envelope import envelope
from voltyard.events.event_records import DeliveryStored, EventLogged, WebhookStored
from voltyard.events.record_writer import RecordWriter
from voltyard.events.webhook_signatures import signed_headers
from voltyard.events.webhooks.queues import DeliveryLane, PendingDelivery, WebhookQueue
from voltyard.kernel import limits
from voltyard.kernel.counting.buckets import Buckets
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.wheel import Wheel
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster

log = structlog.get_logger(__name__)

_GONE = 410
_DELAYS_S: Final[tuple[Seconds, ...]] = (0.05, 0.25, 1.0, 5.0, 30.0, 300.0, 3_600.0, 86_400.0)
_HEADERS = {"content-type": "application/json", "user-agent": f"voltyard/{__version__}"}

RetryKey: TypeAlias = tuple[str, str | None]
"""A webhook's lane that waits for its next attempt; without a lane, a webhook that rests."""


class PendingDeliveries(Protocol):
    """Stored deliveries that are pending."""

    async def lanes(self) -> Sequence[tuple[str, str]]:
        """(webhook id, lane) of all that have something pending."""

    async def pending(
        self, webhook_id: str, lane: str, after: int, limit: int
    ) -> Sequence[PendingDelivery]:
        """The first pending ones of a lane with a higher number, rising."""


class DeliveryAttempt(Struct, frozen=True):
    """The result of one delivery attempt."""

    at: Instant
    latency_ms: float
    status_code: int | None = None
    error: str | None = None

    @property
    def arrived(self) -> bool:
        """True where the receiver has taken it."""
        return self.error is None


class WebhookState(StrEnum):
    """State of a webhook, as it is counted."""

    WORKING = "working"
    FAILING = "failing"
    """The last attempt has failed."""
    PAUSED = "paused"
    DISABLED = "disabled"


class WebhookFigures:
    """Figures of all webhooks since the start of the server."""

    def __init__(self) -> None:
        self.attempts = {"delivered": 0, "failed": 0}
        self.given_up = 0
        """Deliveries that are not tried again."""
        self.delays = Buckets(_DELAYS_S)
        """Times from an event to its delivery."""


class WebhookSender:
    """Sends deliveries. `unreachable` is told of a webhook that should be paused, and why."""

    def __init__(
        self,
        writer: RecordWriter[Any, Any],
        deliveries: PendingDeliveries,
        poster: Poster,
        clock: Clock,
        random: Random,
        unreachable: Callable[[WebhookStored, str], None],
    ) -> None:
        self._writer = writer
        self._deliveries = deliveries
        self._poster = poster
        self._clock = clock
        self._random = random
        self._unreachable = unreachable
        self._queues: dict[str, WebhookQueue] = {}
        self._turns: deque[WebhookQueue] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._wheel: Wheel[RetryKey] = Wheel(clock, self._ring)
        self._closed = False
        self.figures = WebhookFigures()

    @property
    def states(self) -> Mapping[WebhookState, int]:
        """Webhooks by state."""
        counts = dict.fromkeys(WebhookState, 0)
        for queue in self._queues.values():
            counts[_state(queue)] += 1
        return counts

    @property
    def held(self) -> int:
        """Deliveries in memory; the store may have more."""
        return sum(queue.held for queue in self._queues.values())

    def oldest_s(self) -> Seconds:
        """Age of the oldest event in memory that is to be sent to a webhook which is not paused."""
        oldest = [queue.oldest_at for queue in self._queues.values() if queue.is_open]
        return max((self._clock() - at for at in oldest if at is not None), default=0.0)

    async def resume(self, only: str | None = None) -> None:
        """Go on with all that is pending of the webhooks that are known, or of that one."""
        for webhook_id, lane in await self._deliveries.lanes():
            if only in (None, webhook_id):
                self.remind(webhook_id, [lane])

    def revise(self, row: WebhookStored) -> None:
        """A webhook is there, or has been changed: what waited is tried at once."""
        queue = self._queues.get(row.id)
        if queue is None:
            queue = self._queues[row.id] = WebhookQueue(row)
        was_open = queue.row.enabled and queue.row.paused_at is None
        has_moved = queue.row.url != row.url
        queue.row = row
        if has_moved or not was_open:
            self._recovered(queue)
        self._list(queue)
        self._pump()

    def forget(self, webhook_id: str) -> None:
        """Forget a webhook that is gone."""
        queue = self._queues.pop(webhook_id, None)
        if queue is None:
            return
        queue.row = replace(queue.row, enabled=False)
        for lane in queue.waiting():
            self._wheel.set((webhook_id, lane.key), None)
        self._wheel.set((webhook_id, None), None)

    def take(self, event: EventLogged, deliveries: Sequence[DeliveryStored]) -> None:
        """Take deliveries that are durable."""
        for delivery in deliveries:
            queue = self._queues.get(delivery.webhook_id)
            if queue is not None:
                queue.take(PendingDelivery(delivery, event))
                self._list(queue)
        self._pump()

    def remind(self, webhook_id: str, lanes: Iterable[str]) -> None:
        """The store has something for these lanes."""
        queue = self._queues.get(webhook_id)
        if queue is not None:
            queue.remind(lanes)
            self._list(queue)
            self._pump()

    async def attempt(self, row: WebhookStored, event: EventLogged) -> DeliveryAttempt:
        """One request, whatever comes of it."""
        began = self._clock()
        body = envelope(event)
        headers = signed_headers(_secrets(row, began), event.id, began, body)
        try:
            posted = await self._poster.post(
                row.organization_id,
                row.url,
                {**_HEADERS, **headers},
                body,
                limits.WEBHOOK_TIMEOUT_S,
            )
        except VoltyardError as error:
            return DeliveryAttempt(began, self._since(began), None, error.message)
        except Exception:
            # A receiver nobody has thought of must not be tried for ever.
            log.exception("webhook_attempt_failed", webhook=row.id)
            return DeliveryAttempt(began, self._since(began), None, "the request failed")
        if 200 <= posted.status < 300:
            return DeliveryAttempt(began, self._since(began), posted.status)
        return DeliveryAttempt(
            began, self._since(began), posted.status, f"answered {posted.status}"
        )

    async def close(self) -> None:
        """Leave off; what is under way is cut, and goes out again after the next start."""
        self._closed = True
        self._wheel.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- whose turn it is ------------------------------------------------------------------------

    def _list(self, queue: WebhookQueue) -> None:
        """Let it have a turn, if it has any use for one."""
        if queue.is_listed or not queue.may_send(is_busy=self._is_busy):
            return
        if queue.rests_until > self._clock():
            self._wheel.set((queue.row.id, None), queue.rests_until)
            return
        queue.is_listed = True
        self._turns.append(queue)

    @property
    def _is_busy(self) -> bool:
        return len(self._tasks) >= limits.WEBHOOK_POSTS // 2

    def _pump(self) -> None:
        while self._turns and len(self._tasks) < limits.WEBHOOK_POSTS and not self._closed:
            queue = self._turns.popleft()
            queue.is_listed = False
            if queue.rests_until > self._clock():
                self._list(queue)
            elif queue.may_send(is_busy=self._is_busy):
                task = asyncio.create_task(self._serve(queue, queue.next()))
                self._tasks.add(task)
                task.add_done_callback(self._served)
                self._list(queue)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("webhook_courier_failed", error=repr(error))
        self._pump()

    def _ring(self, key: RetryKey) -> None:
        webhook_id, lane = key
        queue = self._queues.get(webhook_id)
        if queue is None:
            return
        if lane is not None:
            queue.wake(lane)
        self._list(queue)
        self._pump()

    # --- one delivery ----------------------------------------------------------------------------

    async def _serve(self, queue: WebhookQueue, lane: DeliveryLane) -> None:
        next_at: Instant | None = None
        try:
            if not lane.due:
                await self._read(queue, lane)
            if lane.due:
                next_at = await self._deliver(queue, lane, lane.due[0])
        except Exception:
            # Of the store: what is pending is pending still.
            log.exception("webhook_delivery_failed", webhook=queue.row.id)
            next_at = self._clock() + limits.WEBHOOK_RETRY_S
        finally:
            queue.sent(lane, is_done=next_at is None)
            if next_at is not None and not self._closed:
                self._wheel.set((queue.row.id, lane.key), next_at)
            self._list(queue)

    async def _read(self, queue: WebhookQueue, lane: DeliveryLane) -> None:
        lane.reading()
        found = await self._deliveries.pending(
            queue.row.id, lane.key, lane.last, limits.WEBHOOK_LANE
        )
        queue.read(lane, found)

    async def _deliver(
        self, queue: WebhookQueue, lane: DeliveryLane, due: PendingDelivery
    ) -> Instant | None:
        """One attempt; the moment of the next, None where there is none. What had to wait for
        another of its lane all day is tried once."""
        delivery, now = due.delivery, self._clock()
        if delivery.next_attempt_at is not None and delivery.next_attempt_at > now:
            return delivery.next_attempt_at
        give_up_at = delivery.created_at + limits.WEBHOOK_TRY_S
        is_late = now > give_up_at + limits.WEBHOOK_TIMEOUT_S  # timers may come late
        if is_late and (delivery.attempts or not lane.was_held_up):
            self.figures.given_up += 1
            self._settle(lane, replace(delivery, status="failed", error=_LATE))
            return None
        attempt = await self.attempt(queue.row, due.event)
        tried = after_attempt(delivery, attempt)
        if attempt.arrived:
            self.figures.attempts["delivered"] += 1
            self.figures.delays.add(self._clock() - delivery.created_at)
            lane.was_held_up = False
            self._succeeded(queue)
            self._settle(lane, tried)
            return None
        self.figures.attempts["failed"] += 1
        self._failed(queue, attempt)
        if attempt.at >= give_up_at:
            self.figures.given_up += 1
            lane.was_held_up = True
            self._settle(lane, tried)
            return None
        next_at = min(self._clock() + self._back_off(tried.attempts), give_up_at)
        self._settle(lane, replace(tried, status="pending", next_attempt_at=next_at))
        return next_at

    def _settle(self, lane: DeliveryLane, delivery: DeliveryStored) -> None:
        """Keep what became of the lane's head."""
        self._writer.write((delivery,))
        lane.due[0] = PendingDelivery(delivery, lane.due[0].event)

    # --- how a webhook fares ---------------------------------------------------------------------

    def _succeeded(self, queue: WebhookQueue) -> None:
        was_resting = queue.failures >= limits.WEBHOOK_STRIKES
        queue.failures, queue.failing_since = 0, None
        if was_resting:
            self._recovered(queue)

    def _failed(self, queue: WebhookQueue, attempt: DeliveryAttempt) -> None:
        queue.failures += 1
        if queue.failing_since is None:
            queue.failing_since = attempt.at
        beyond = queue.failures - limits.WEBHOOK_STRIKES
        if beyond >= 0:
            rest_s = min(limits.WEBHOOK_RETRY_S * 2.0 ** min(beyond, 30), limits.WEBHOOK_REST_S)
            queue.rests_until = self._clock() + rest_s * self._jitter()
        if attempt.status_code == _GONE:
            self._unreachable(queue.row, "the receiver answered 410 Gone")
        elif (
            queue.failures >= limits.WEBHOOK_FAILURES
            and attempt.at - queue.failing_since >= limits.WEBHOOK_FAILING_S
        ):
            why = f"{queue.failures} attempts in a row have failed; the last: {attempt.error}"
            self._unreachable(queue.row, why)

    def _recovered(self, queue: WebhookQueue) -> None:
        """Go on with a webhook that takes deliveries again: what waits for a later moment need
        not."""
        queue.failures, queue.failing_since, queue.rests_until = 0, None, 0.0
        for lane in queue.waiting():
            self._wheel.set((queue.row.id, lane.key), None)
            if lane.due:
                head = lane.due[0]
                lane.due[0] = PendingDelivery(
                    replace(head.delivery, next_attempt_at=None), head.event
                )
            queue.wake(lane.key)

    def _back_off(self, attempts: int) -> Seconds:
        doubled = limits.WEBHOOK_RETRY_S * 2.0 ** min(attempts - 1, 30)
        return min(doubled, limits.WEBHOOK_RETRY_MOST_S) * self._jitter()

    def _jitter(self) -> float:
        """So that those that failed together do not come again together."""
        return self._random.uniform(0.8, 1.2)

    def _since(self, began: Instant) -> float:
        return round(max(0.0, self._clock() - began) * 1000, 3)


def _state(queue: WebhookQueue) -> WebhookState:
    if not queue.row.enabled:
        return WebhookState.DISABLED
    if queue.row.paused_at is not None:
        return WebhookState.PAUSED
    return WebhookState.FAILING if queue.failures else WebhookState.WORKING


_LATE = "it could not be delivered within a day"


def after_attempt(delivery: DeliveryStored, attempt: DeliveryAttempt) -> DeliveryStored:
    """The delivery after that attempt, which was its last one."""
    return replace(
        delivery,
        status="delivered" if attempt.arrived else "failed",
        attempts=delivery.attempts + 1,
        attempted_at=attempt.at,
        status_code=attempt.status_code,
        latency_ms=attempt.latency_ms,
        error=attempt.error,
        next_attempt_at=None,
    )


def _secrets(row: WebhookStored, now: Instant) -> list[str]:
    """The secrets to sign with, the newest first."""
    secrets = [row.secret]
    if row.former_secret and row.former_secret_until and row.former_secret_until > now:
        secrets.append(row.former_secret)
    return secrets
