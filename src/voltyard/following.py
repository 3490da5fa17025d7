"""Somebody who follows events: a place in the order of the numbers, moved on by what is told.

What is told is kept in a queue while it is short. When it grows too long it is dropped, and the
follower reads on from the store, at its own pace: a slow one holds little memory and misses
nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Seconds


class Event(Protocol):
    """What followers are told."""

    @property
    def number(self) -> int:
        """Its place in the order; 0: it is kept nowhere, and never told again."""

    @property
    def organization_id(self) -> str: ...


class Query(Protocol):
    """Which events of an organization."""

    @property
    def organization_id(self) -> str: ...

    def wants(self, event: Any, /) -> bool:
        """Whether the event is one of them."""


EventT = TypeVar("EventT", bound=Event)
QueryT = TypeVar("QueryT", bound=Query)
QueryT_contra = TypeVar("QueryT_contra", bound=Query, contravariant=True)
EventT_co = TypeVar("EventT_co", bound=Event, covariant=True)


class Events(Protocol[QueryT_contra, EventT_co]):
    """What is kept of events."""

    async def oldest(self) -> int:
        """The lowest number that is kept; 1 where there is none."""

    async def after(self, query: QueryT_contra, number: int, limit: int, /) -> Sequence[EventT_co]:
        """The first ones with a higher number, rising."""


class Gap(Struct, frozen=True, kw_only=True):
    """Events after `after` are kept no more; those from `oldest` on are."""

    after: int
    oldest: int


class Quiet(Struct, frozen=True, kw_only=True):
    """Nothing happened for a while; all up to `number` was told."""

    number: int


class Following(Generic[QueryT, EventT]):
    """What one follower has still to be told."""

    def __init__(
        self,
        query: QueryT,
        after: int | None,
        events: Events[QueryT, EventT],
        *,
        newest: Callable[[], int],
        left: Callable[["Following[QueryT, EventT]"], None],
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

    async def next(self, patience_s: Seconds) -> list[EventT | Gap | Quiet]:
        """What comes next: events in their order, or that there was none for so long. Nothing, once
        all is said and the server ends."""
        if self._resumes:
            self._resumes = False
            gap = await self._gap()
            if gap is not None:
                return [gap]
        while True:
            while self._behind:
                if read := await self._read():
                    return [*read]
            if taken := self._taken():
                return [*taken]
            if self._ending:
                return []
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), patience_s)
            except TimeoutError:
                if self._news.is_set():
                    continue  # both at once
                self._place = max(self._place, self._newest())
                return [Quiet(number=self._place)]

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
        """Whether something between its place and the rest is kept no more, or never was here."""
        oldest, newest = await self._events.oldest(), self._newest()
        before, self._place = self._place, min(max(self._place, oldest - 1), newest)
        return None if self._place == before else Gap(after=before, oldest=self._place + 1)


class Followers(Generic[QueryT, EventT]):
    """All who follow, by organization."""

    def __init__(self, events: Events[QueryT, EventT]) -> None:
        self._events = events
        self._newest = 0
        self._by_organization: dict[str, list[Following[QueryT, EventT]]] = {}
        self._closed = False

    def load(self, newest: int) -> None:
        """Go on after the highest number that is kept."""
        self._newest = newest

    def follow(self, query: QueryT, after: int | None) -> Following[QueryT, EventT]:
        """Have events told that come after that number, or from now on; to be closed by the caller.
        Overfull beyond limits.EVENT_STREAMS of an organization, Unavailable while the server
        ends."""
        if self._closed:
            raise Unavailable("the server is ending", hint="try again when it is back")
        others = self._by_organization.setdefault(query.organization_id, [])
        if len(others) >= limits.EVENT_STREAMS:
            raise Overfull(
                f"{limits.EVENT_STREAMS} streams of events are open", hint="close one of them"
            )
        following = Following(
            query, after, self._events, newest=lambda: self._newest, left=others.remove
        )
        others.append(following)
        return following

    def of(self, organization_id: str) -> Sequence[Following[QueryT, EventT]]:
        """Those of an organization."""
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
