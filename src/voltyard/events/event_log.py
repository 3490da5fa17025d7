"""Event log: events are written in one commit with their records, and told after it.

So no event is lost with the server, and none tells of what is not so. Whoever was told of an event
finds it there after a kill -9. Its number is fixed when it is written: whoever is told twice can
know.

Live events, which are of high volume, are kept only where a webhook asks for them. Else they are
told to those who listen just then, and cost nothing where nobody does.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

from voltyard.events.event_query import EventQuery
from voltyard.events.event_records import DeliveryStored
from voltyard.events.followers import EventStore, Follower, Followers
from voltyard.events.outbox import DeliverableEvent, Outbox
from voltyard.kernel.quotas import Quota
from voltyard.ports.journal import Journal


class NewEvent(Protocol):
    """An event that is not in the log yet."""

    @property
    def name(self) -> str:
        """The kind of event."""

    @property
    def organization_id(self) -> str: ...


NewEventT = TypeVar("NewEventT", bound=NewEvent)
LoggedT = TypeVar("LoggedT", bound=DeliverableEvent)


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
    ) -> None:
        """`row` makes the record of an event that has that number; 0: it is kept nowhere. `streams`
        bounds the followers."""
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
        row = self._row(event, self._number)
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
