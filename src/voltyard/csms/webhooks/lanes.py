"""What waits for one webhook: a lane for each charger, in which one follows the other.

A lane keeps few deliveries in memory, and the store has all. So an endpoint that is down for a day
costs little, and a charger whose event is refused again and again holds up nobody else.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from enum import Enum

from msgspec import Struct

from voltyard.csms.event_records import DeliveryStored, EventLogged, WebhookStored
from voltyard.kernel import limits
from voltyard.kernel.time import Instant


class Due(Struct, frozen=True):
    """A delivery, and what is to be delivered."""

    delivery: DeliveryStored
    event: EventLogged


class State(Enum):
    """What a lane does."""

    IDLE = "idle"
    READY = "ready"
    SENDING = "sending"
    WAITING = "waiting"
    """For the moment of the next attempt."""


class Lane:
    """Deliveries in the order of their numbers."""

    __slots__ = ("_last", "_missed", "due", "is_behind", "key", "state", "was_held_up")

    def __init__(self, key: str) -> None:
        self.key = key
        self.state = State.IDLE
        self.due: deque[Due] = deque()
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

    def take(self, due: Due, room: int) -> bool:
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
        """What the store has after `last` is about to be read."""
        self._missed = False

    def read(self, found: Sequence[Due], wanted: int) -> None:
        """That is what was read, where so many were wanted."""
        self.due.extend(found)
        if found:
            self._last = found[-1].delivery.number
        # What was written while it was being read may be in it or not.
        self.is_behind = len(found) == wanted or self._missed


class Queue:
    """All lanes of a webhook, and how it fares."""

    def __init__(self, row: WebhookStored) -> None:
        self.row = row
        self.in_flight = 0
        self.failures = 0
        """Failed attempts since the last that succeeded."""
        self.failing_since: Instant | None = None
        self.rests_until: Instant = 0.0
        self.is_listed = False
        """It waits for its turn with the courier."""
        self._lanes: dict[str, Lane] = {}
        self._idle: OrderedDict[str, None] = OrderedDict()
        """Lanes with nothing to do, the longest idle first."""
        self._ready: deque[Lane] = deque()
        self._held = 0
        self._read_up_to = 0

    @property
    def held(self) -> int:
        """Deliveries in memory."""
        return self._held

    def take(self, due: Due) -> None:
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

    def read(self, lane: Lane, found: Sequence[Due]) -> None:
        """Add to a lane what was read of the store for it."""
        lane.read(found, limits.WEBHOOK_LANE)
        self._held += len(found)
        self._read_up_to = max(self._read_up_to, lane.last)

    def may_send(self, *, is_busy: bool) -> bool:
        """Whether there is something to send, and room for it: one at a time while it fails, or
        while the courier is busy, so that slow webhooks together leave room to the others."""
        room = 1 if self.failures or is_busy else limits.WEBHOOK_POSTS_EACH
        is_open = self.row.enabled and self.row.paused_at is None
        return is_open and bool(self._ready) and self.in_flight < room

    def next(self) -> Lane:
        """The lane whose turn it is."""
        lane = self._ready.popleft()
        lane.state = State.SENDING
        self.in_flight += 1
        return lane

    def sent(self, lane: Lane, *, is_done: bool) -> None:
        """A lane's head has had its attempt; it is done with, or waits for the next."""
        self.in_flight -= 1
        if not is_done:
            lane.state = State.WAITING
            return
        if lane.due:
            lane.due.popleft()
            self._held -= 1
        lane.state = State.IDLE
        self._awake(lane)

    def wake(self, key: str) -> None:
        """A lane has waited long enough."""
        lane = self._lanes.get(key)
        if lane is not None and lane.state is State.WAITING:
            self._make_ready(lane)

    def waiting(self) -> list[Lane]:
        """Lanes whose heads wait for their next attempts."""
        return [lane for lane in self._lanes.values() if lane.state is State.WAITING]

    def _lane(self, key: str) -> Lane:
        found = self._lanes.get(key)
        if found is None:
            found = self._lanes[key] = Lane(key)
        return found

    def _awake(self, lane: Lane) -> None:
        """Let it have a turn if it has any use for one, else forget the lane longest idle."""
        if lane.state is not State.IDLE:
            return
        if lane.due or lane.is_behind:
            self._make_ready(lane)
            return
        self._idle[lane.key] = None
        if len(self._idle) > limits.WEBHOOK_IDLE_LANES:
            key, _ = self._idle.popitem(last=False)
            del self._lanes[key]

    def _make_ready(self, lane: Lane) -> None:
        self._idle.pop(lane.key, None)
        lane.state = State.READY
        self._ready.append(lane)
