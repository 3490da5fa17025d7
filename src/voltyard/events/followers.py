"""Followers of an event log: each one's place in the order of event numbers, and its queue.

What is told is kept in a queue while it is short. When it grows too long it is dropped, and the
follower reads on from the store, at its own pace: a slow one holds little memory and misses
nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from voltyard.events.event_query import EventQuery, FollowedEvent
from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.quotas import Most, Quota
from voltyard.kernel.time import Seconds

EventT = TypeVar("EventT", bound=FollowedEvent)
EventT_co = TypeVar("EventT_co", bound=FollowedEvent, covariant=True)


class EventStore(Protocol[EventT_co]):
    """The stored events, read in the order of their numbers."""

    async def newest(self) -> int:
        """The highest number given; 0 before the first."""

    async def oldest(self) -> int:
        """The lowest number that is kept; 1 where there is none."""

    async def after(self, query: EventQuery, number: int, limit: int, /) -> Sequence[EventT_co]:
        """The first ones with a higher number, rising."""

    async def before(
        self, query: EventQuery, number: int | None, limit: int, /
    ) -> Sequence[EventT_co]:
        """The last ones with a lower number, or of all; falling."""


class Gap(Struct, frozen=True, kw_only=True):
    """Events after `after` are kept no more; those from `oldest` on are."""

    after: int
    oldest: int


class Quiet(Struct, frozen=True, kw_only=True):
    """A sign of life: nothing happened for a while; all up to `number` was told."""

    number: int


class Aside(Struct, frozen=True):
    """Something that is told beside the events: it has no number, and is kept nowhere."""

    name: str
    data: bytes
    """JSON, in one line."""


class Companion(Protocol):
    """Source of what one follower is told beside the events."""

    def take(self) -> list[Aside]:
        """All there is to be told now."""

    def close(self) -> None:
        """The follower is gone."""


class Follower(Generic[EventT]):
    """One follower of the event log, with the events it has still to be told."""

    def __init__(
        self,
        query: EventQuery,
        after: int | None,
        events: EventStore[EventT],
        *,
        newest: Callable[[], int],
        left: Callable[["Follower[EventT]"], None],
    ) -> None:
        self.query = query
        self._events = events
        self._newest = newest
        self._left = left
        self._queue: deque[EventT] = deque()
        self._news = asyncio.Event()
        self._ending = False
        self._place = newest() if after is None else after
        self._behind = after is not None
        self._resumes = after is not None
        self._companion: Companion | None = None

    @property
    def place(self) -> int:
        """All that is wanted up to this number was handed out."""
        return self._place

    def tell(self, event: EventT) -> None:
        """An event is stored, or needs not be."""
        if self._behind or not self.query.wants(event):
            return
        if len(self._queue) >= limits.EVENT_QUEUE:
            self._queue.clear()
            self._behind = True
        else:
            self._queue.append(event)
        self._news.set()

    def end(self) -> None:
        """Nothing more comes than what was told so far."""
        self._ending = True
        self._news.set()

    def close(self) -> None:
        """The follower is gone."""
        self._left(self)
        if self._companion is not None:
            self._companion.close()

    def accompany(self, companion: Companion) -> None:
        """Have told beside the events what that has to tell; it calls `wake` when there is
        something."""
        self._companion = companion

    def wake(self) -> None:
        """Have `next` look for what there is to be told."""
        self._news.set()

    async def next(self, patience_s: Seconds) -> list[EventT | Gap | Quiet | Aside]:
        """The next events in their order, or a sign that there was none for so long. Nothing, once
        all is said and the server ends."""
        if self._resumes:
            self._resumes = False
            gap = await self._gap()
            if gap is not None:
                return [gap]
        while True:
            while self._behind:
                if read := await self._read():
                    return [*read, *self._asides()]
            events, asides = self._taken(), self._asides()
            if events or asides:
                return [*events, *asides]
            if self._ending:
                return []
            self._news.clear()
            try:
                # Not wait_for, which in Python 3.11 may swallow that it is cancelled.
                async with asyncio.timeout(patience_s):
                    await self._news.wait()
            except TimeoutError:
                if self._news.is_set():
                    continue  # both at once
                self._place = max(self._place, self._newest())
                return [Quiet(number=self._place)]

    def _asides(self) -> list[Aside]:
        return [] if self._companion is None else self._companion.take()

    def _taken(self) -> list[EventT]:
        events = [one for one in self._queue if one.number > self._place or not one.number]
        self._queue.clear()
        self._place = max((event.number for event in events), default=self._place)
        return events

    async def _read(self) -> list[EventT]:
        """The next part from the store. Once there is nothing beyond its place, it is not behind
        any more: from that very moment on, what is told goes to the queue."""
        newest = self._newest()
        if self._place >= newest:
            self._behind = False
            return []
        events = list(await self._events.after(self.query, self._place, limits.EVENT_PART))
        full = len(events) == limits.EVENT_PART
        self._place = events[-1].number if full else max(newest, *(one.number for one in events), 0)
        return events

    async def _gap(self) -> Gap | None:
        """The gap between its place and the rest, where something is kept no more, or never was
        here."""
        oldest, newest = await self._events.oldest(), self._newest()
        before, self._place = self._place, min(max(self._place, oldest - 1), newest)
        return None if self._place == before else Gap(after=before, oldest=self._place + 1)


def stream_quota(most: Most) -> Quota:
    """The quota of event streams."""
    return Quota("streams of events", most, error=Overfull)


class Followers(Generic[EventT]):
    """The followers of one event log, by organization."""

    def __init__(self, events: EventStore[EventT], streams: Quota | None = None) -> None:
        """`streams` counts them, with those of whoever else it is handed to."""
        self._events = events
        self._streams = streams or stream_quota(lambda organization_id: limits.EVENT_STREAMS)
        self._newest = 0
        self._by_organization: dict[str, list[Follower[EventT]]] = {}
        self._closed = False

    def load(self, newest: int) -> None:
        """Go on after the highest number that is kept."""
        self._newest = newest

    def follow(self, query: EventQuery, after: int | None) -> Follower[EventT]:
        """Have events told that come after that number, or from now on; to be closed by the caller.
        Overfull beyond the organization's quota, Unavailable while the server ends."""
        if self._closed:
            raise Unavailable("the server is ending", hint="try again when it is back")
        others = self._by_organization.setdefault(query.organization_id, [])
        self._streams.take(query.organization_id)
        following = Follower(
            query, after, self._events, newest=lambda: self._newest, left=self._left
        )
        others.append(following)
        return following

    def _left(self, following: Follower[EventT]) -> None:
        organization_id = following.query.organization_id
        self._by_organization[organization_id].remove(following)
        self._streams.give_back(organization_id)

    def of(self, organization_id: str) -> Sequence[Follower[EventT]]:
        """The followers of an organization."""
        return self._by_organization.get(organization_id, ())

    def tell(self, event: EventT) -> None:
        """Tell whom it concerns; it is stored, or needs not be."""
        if event.number > self._newest:
            self._newest = event.number
        for following in self._by_organization.get(event.organization_id, ()):
            following.tell(event)

    def close(self) -> None:
        """Let every stream end after what it was told; no further one begins."""
        self._closed = True
        for followings in self._by_organization.values():
            for following in followings:
                following.end()
