"""Event log: events are written in one commit with their records, and told after it.

So no event is lost with the server, and none tells of what is not so. Whoever was told of an event
finds it there after a kill -9. Its number is fixed when it is written: whoever is told twice can
know.

Live events, which are of high volume, are kept only where a webhook asks for them. Else they are
told to those who listen just then, and cost nothing where nobody does.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored, EventStaged
from voltyard.events.followers import EventStore, Follower, Followers
from voltyard.events.outbox import DeliverableEvent, Outbox
from voltyard.kernel import limits
from voltyard.kernel.quotas import Quota
from voltyard.ports.journal import Journal

Interest: TypeAlias = Literal["webhook", "follower"]
"""Whoever wants live events of some name: a webhook, which takes them from the log as followers do
then, or followers alone."""


class NewEvent(Protocol):
    """An event that is not in the log yet."""

    @property
    def name(self) -> str:
        """The kind of event."""

    @property
    def organization_id(self) -> str: ...


NewEventT = TypeVar("NewEventT", bound=NewEvent)
NewEventT_contra = TypeVar("NewEventT_contra", bound=NewEvent, contravariant=True)
LoggedT = TypeVar("LoggedT", bound=DeliverableEvent)


class WritableEventLog(Protocol[NewEventT_contra]):
    """The log of events as far as it is written to: the server's own, or that of a node."""

    def write(
        self,
        records: Sequence[Any],
        events: Sequence[NewEventT_contra],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """See EventLog."""


class _Entry(Struct, Generic[LoggedT], frozen=True):
    event: LoggedT
    deliveries: tuple[DeliveryStored, ...]


class EventLog(Generic[NewEventT, LoggedT]):
    """Numbers and writes the events of one half, and tells them once they are durable."""

    def __init__(
        self,
        journal: Journal[Any],
        store: EventStore[LoggedT],
        row: Callable[[NewEventT, int], LoggedT],
        is_live: Callable[[NewEventT], bool],
        streams: Quota | None = None,
        adopted: Callable[[EventStaged, int], LoggedT] | None = None,
    ) -> None:
        """`row` makes the record of an event that has that number; 0: it is kept nowhere. `streams`
        bounds the followers. `adopted` does as `row` for events of nodes, where there are any."""
        self._adopted = adopted
        self._adopted_ids: OrderedDict[str, None] = OrderedDict()
        """Of the last staged events that were written, or are being written."""
        self._journal = journal
        self._row = row
        self._is_live = is_live
        self._number = 0
        self._followers: Followers[LoggedT] = Followers(store, streams)
        self.outbox = Outbox()

    def load(self, newest: int) -> None:
        """Go on after the highest number that is stored; nothing is written before."""
        if newest > self._number:
            self._number = newest
            self._followers.load(newest)

    def write(
        self,
        records: Sequence[Any],
        events: Sequence[NewEventT],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Write as Journal.write does, with the events that tell of the records."""
        entries = [entry for entry in map(self._entry, events) if entry is not None]
        if entries:
            written = list(records)
            for entry in entries:
                written += (entry.event, *entry.deliveries)
            self._journal.write(written, partial(self._committed, entries, committed), failed)
        elif records or committed is not None or failed is not None:
            self._journal.write(records, committed, failed)

    async def adopt(self, staged: Sequence[EventStaged], taken: Sequence[Any]) -> None:
        """Number the events of nodes, and write them with their deliveries in one commit with
        `taken`, the records by which they are staged no more; tell of them after it.

        Returns once that is done. Where it cannot be stored the journal's error is raised: they are
        still staged then, and told of to no one. One that is asked for again is passed over, for
        whoever asks may have read it before it was taken.
        """
        new = [event for event in staged if event.id not in self._adopted_ids]
        entries = [self._numbered(event) for event in new]
        written = list(taken)
        for entry in entries:
            written += (entry.event, *entry.deliveries)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def committed() -> None:
            if not future.done():
                future.set_result(None)

        def failed(error: Exception) -> None:
            for event in new:
                self._adopted_ids.pop(event.id, None)
            if not future.done():
                future.set_exception(error)

        self._journal.write(written, partial(self._committed, entries, committed), failed)
        await future

    def _numbered(self, staged: EventStaged) -> _Entry[LoggedT]:
        assert self._adopted is not None
        self._adopted_ids[staged.id] = None
        if len(self._adopted_ids) > limits.EVENTS_ADOPTED:
            self._adopted_ids.popitem(last=False)
        self._number += 1
        return self._logged(self._adopted(staged, self._number))

    def hear(self, live: EventStaged) -> None:
        """Tell followers of a live event of a node that is kept nowhere."""
        assert self._adopted is not None
        followers = self._followers.of(live.organization_id)
        if any(follower.query.hears(live.event) for follower in followers):
            self._followers.tell(self._adopted(live, 0))

    def interest(self, organization_id: str, name: str) -> Interest | None:
        """Whoever wants live events of that name."""
        if self.outbox.subscribers(organization_id, name):
            return "webhook"
        followers = self._followers.of(organization_id)
        return "follower" if any(one.query.hears(name) for one in followers) else None

    def follow(self, query: EventQuery, after: int | None) -> Follower[LoggedT]:
        """See Followers.follow."""
        return self._followers.follow(query, after)

    def close(self) -> None:
        """Let every stream end after what it was told; no further one begins."""
        self._followers.close()

    def _entry(self, event: NewEventT) -> _Entry[LoggedT] | None:
        """The record of an event with its deliveries; None where it is kept nowhere."""
        webhooks = self.outbox.subscribers(event.organization_id, event.name)
        if not webhooks and self._is_live(event):
            followers = self._followers.of(event.organization_id)
            if any(follower.query.hears(event.name) for follower in followers):
                self._followers.tell(self._row(event, 0))
            return None
        self._number += 1
        return self._logged(self._row(event, self._number), webhooks)

    def _logged(self, row: LoggedT, webhooks: Sequence[str] | None = None) -> _Entry[LoggedT]:
        """With its deliveries to those webhooks, or to those that want it."""
        if webhooks is None:
            webhooks = self.outbox.subscribers(row.organization_id, row.name)
        return _Entry(row, tuple(self.outbox.delivery(id, row) for id in webhooks))

    def _committed(
        self, entries: Sequence[_Entry[LoggedT]], then: Callable[[], None] | None
    ) -> None:
        for entry in entries:
            self._followers.tell(entry.event)
            if entry.deliveries:
                self.outbox.deliver(entry.event, entry.deliveries)
        if then is not None:
            then()
