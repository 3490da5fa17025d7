"""The queue of one webhook: a lane for each charger, sent in order.

A lane keeps few deliveries in memory, and the store has all. So an endpoint that is down for a day
costs little, and a charger whose event is refused again and again holds up nobody else.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from enum import Enum

from msgspec import Struct

from voltyard.events.event_records import DeliveryStored, EventLogged, WebhookStored
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class PendingDelivery(Struct, frozen=True):
    """A pending delivery with its event."""

    delivery: DeliveryStored
    event: EventLogged


class LaneState(Enum):
    """The state of a lane."""

    IDLE = "idle"
    READY = "ready"
    SENDING = "sending"
    WAITING = "waiting"
    """For the moment of the next attempt."""


class DeliveryLane:
    """Deliveries in the order of their numbers."""

    __slots__ = ("_last", "_missed", "due", "is_behind", "key", "state", "was_held_up")

    def __init__(self, key: str) -> None:
        self.key = key
        self.state = LaneState.IDLE
        self.due: deque[PendingDelivery] = deque()
        self.is_behind = False
        """The store has more."""
        self.was_held_up = False
        """By one that was tried for as long as it may be."""
        self._last = 0
        self._missed = False

    @property
    def last(self) -> int:
        """The highest number it has had."""
        return self._last

    def take(self, due: PendingDelivery, room: int) -> bool:
        """Add one that is durable; whether it is kept here, or only in the store."""
        if due.delivery.number <= self._last:
            return False  # it was read from the store before it was told of
        if self.is_behind or len(self.due) >= room:
            self.fall_behind()
            return False
        self.due.append(due)
        self._last = due.delivery.number
        return True

    def fall_behind(self) -> None:
        """The store has something that is not here."""
        self.is_behind = self._missed = True

    def reading(self) -> None:
        """Note that the store's rows after `last` are about to be read."""
        self._missed = False

    def read(self, found: Sequence[PendingDelivery], wanted: int) -> None:
        """Take the rows that were read, where so many were wanted."""
        self.due.extend(found)
        if found:
            self._last = found[-1].delivery.number
        # What was written while it was being read may be in it or not.
        self.is_behind = len(found) == wanted or self._missed


class WebhookQueue:
    """All lanes of a webhook, and its recent failures."""

    def __init__(self, row: WebhookStored) -> None:
        self.row = row
        self.in_flight = 0
        self.failures = 0
        """Failed attempts since the last that succeeded."""
        self.failing_since: Instant | None = None
        self.rests_until: Instant = 0.0
        self.is_listed = False
        """True while it waits for its turn with the sender."""
        self._lanes: dict[str, DeliveryLane] = {}
        self._idle: OrderedDict[str, None] = OrderedDict()
        """Lanes with nothing to do, the longest idle first."""
        self._ready: deque[DeliveryLane] = deque()
        self._held = 0
        self._read_up_to = 0

    @property
    def held(self) -> int:
        """Deliveries in memory."""
        return self._held

    @property
    def is_open(self) -> bool:
        """True where deliveries are sent to it."""
        return self.row.enabled and self.row.paused_at is None

    @property
    def oldest_at(self) -> Instant | None:
        """The moment of the oldest event in memory that is to be sent, None where there is none."""
        return min(
            (one.due[0].delivery.created_at for one in self._lanes.values() if one.due),
            default=None,
        )

    def take(self, due: PendingDelivery) -> None:
        """One more is durable."""
        lane = self._lane(due.delivery.lane)
        if not lane.last and due.delivery.number <= self._read_up_to:
            # It may have been read from the store, and its lane forgotten since.
            lane.fall_behind()
        room = limits.WEBHOOK_LANE if self._held < limits.WEBHOOK_HELD else 1
        self._held += lane.take(due, room)
        self._awake(lane)

    def remind(self, keys: Iterable[str]) -> None:
        """The store has something for these lanes."""
        for key in keys:
            lane = self._lane(key)
            lane.fall_behind()
            self._awake(lane)

    def read(self, lane: DeliveryLane, found: Sequence[PendingDelivery]) -> None:
        """Add to a lane what was read of the store for it."""
        lane.read(found, limits.WEBHOOK_LANE)
        self._held += len(found)
        self._read_up_to = max(self._read_up_to, lane.last)

    def may_send(self, *, is_busy: bool) -> bool:
        """True where there is something to send, and room for it: one at a time while it fails, or
        while the courier is busy, so that slow webhooks together leave room to the others."""
        room = 1 if self.failures or is_busy else limits.WEBHOOK_POSTS_EACH
        return self.is_open and bool(self._ready) and self.in_flight < room

    def next(self) -> DeliveryLane:
        """The lane whose turn it is."""
        lane = self._ready.popleft()
        lane.state = LaneState.SENDING
        self.in_flight += 1
        return lane

    def sent(self, lane: DeliveryLane, *, is_done: bool) -> None:
        """A lane's head has had its attempt; it is done with, or waits for the next."""
        self.in_flight -= 1
        if not is_done:
            lane.state = LaneState.WAITING
            return
        if lane.due:
            lane.due.popleft()
            self._held -= 1
        lane.state = LaneState.IDLE
        self._awake(lane)

    def wake(self, key: str) -> None:
        """A lane has waited long enough."""
        lane = self._lanes.get(key)
        if lane is not None and lane.state is LaneState.WAITING:
            self._make_ready(lane)

    def waiting(self) -> list[DeliveryLane]:
        """Lanes whose heads wait for their next attempts."""
        return [lane for lane in self._lanes.values() if lane.state is LaneState.WAITING]

    def _lane(self, key: str) -> DeliveryLane:
        found = self._lanes.get(key)
        if found is None:
            found = self._lanes[key] = DeliveryLane(key)
        return found

    def _awake(self, lane: DeliveryLane) -> None:
        """Let it have a turn if it has any use for one, else forget the lane longest idle."""
        if lane.state is not LaneState.IDLE:
            return
        if lane.due or lane.is_behind:
            self._make_ready(lane)
            return
        self._idle[lane.key] = None
        if len(self._idle) > limits.WEBHOOK_IDLE_LANES:
            key, _ = self._idle.popitem(last=False)
            del self._lanes[key]

    def _make_ready(self, lane: DeliveryLane) -> None:
        self._idle.pop(lane.key, None)
        lane.state = LaneState.READY
        self._ready.append(lane)
