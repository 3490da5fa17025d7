"""The outbox: what happened is written in one commit with what tells of it, and told once both are
durable.

So no event is lost with the server, and none tells of what is not so. Its number and id are fixed
when it is written: whoever is told twice can know.

Events of high volume (events.is_live) are kept only where a webhook asks for them. Else they are
told to those who listen just then, and cost nothing where nobody does.
"""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random
from typing import TypeAlias

import msgspec
from msgspec import Struct

from voltyard.csms.event_records import DeliveryStored, EventLogged
from voltyard.csms.events import BackendEvent, is_live
from voltyard.csms.records import Contents, Record
from voltyard.following import Events, Followers, Following
from voltyard.kernel import ids, limits
from voltyard.ports import Journal

_encode = msgspec.json.Encoder().encode
_ID = "evt_"
_PREFIX_CHARACTERS = 12
"""Of an id, before the number: each start of the server has its own."""


class EventQuery(Struct, frozen=True, kw_only=True):
    """Which events of an organization; what is None does not matter."""

    organization_id: str
    charge_box_id: str | None = None
    names: frozenset[str] | None = None

    def wants(self, event: EventLogged) -> bool:
        """Whether the event is one of them."""
        return (
            (self.names is None or event.event in self.names)
            and (self.charge_box_id is None or event.charge_box_id == self.charge_box_id)
            and self.organization_id == event.organization_id
        )


EventFollowing: TypeAlias = Following[EventQuery, EventLogged]

Subscribers: TypeAlias = Callable[[str, str], Sequence[str]]
"""The ids of an organization's webhooks that want events of that name."""

Deliver: TypeAlias = Callable[[EventLogged, Sequence[DeliveryStored]], None]
"""Is given an event that is durable, and its deliveries, which are so too."""


class _Entry(Struct, frozen=True):
    event: EventLogged
    deliveries: tuple[DeliveryStored, ...]


class Outbox:
    """Writes events, and tells them."""

    def __init__(
        self,
        journal: Journal[Record],
        kept: Events[EventQuery, EventLogged],
        random: Random = ids.SYSTEM,
    ) -> None:
        self._journal = journal
        self.followers: Followers[EventQuery, EventLogged] = Followers(kept)
        self._prefix = ids.token(random, _PREFIX_CHARACTERS)
        self._number = 0
        self._delivery_number = 0
        self._subscribers: Subscribers = lambda organization_id, name: ()
        self._deliver: Deliver = lambda event, deliveries: None

    def load(self, contents: Contents) -> None:
        """Go on after the highest numbers that are stored; nothing is written before."""
        self._number = contents.highest_event_number
        self._delivery_number = contents.highest_delivery_number
        self.followers.load(self._number)

    def subscribe(self, subscribers: Subscribers, deliver: Deliver) -> None:
        """Have deliveries written with the events, for those whom `subscribers` names."""
        self._subscribers = subscribers
        self._deliver = deliver

    def write(
        self,
        records: Sequence[Record],
        events: Sequence[BackendEvent],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """As Journal.write, with what tells of the records."""
        entries = [entry for entry in map(self._entry, events) if entry is not None]
        if not entries:
            self._journal.write(records, committed, failed)
            return
        written = list(records)
        for entry in entries:
            written += (entry.event, *entry.deliveries)
        self._journal.write(
            written,
            partial(self._committed, entries, committed),
            failed,
        )

    def delivery(self, webhook_id: str, event: EventLogged) -> DeliveryStored:
        """A delivery to be written. What is written later is sent later."""
        self._delivery_number += 1
        return DeliveryStored(
            number=self._delivery_number,
            webhook_id=webhook_id,
            organization_id=event.organization_id,
            event_number=event.number,
            event_id=event.id,
            event=event.event,
            lane=event.charger_id or "",
            created_at=event.at,
        )

    def _entry(self, event: BackendEvent) -> _Entry | None:
        """What is kept of it, if anything."""
        webhooks = self._subscribers(event.organization_id, event.name)
        if not webhooks and is_live(event):
            if self.followers.of(event.organization_id):
                self.followers.tell(_logged(event, 0, ""))
            return None
        self._number += 1
        logged = _logged(event, self._number, f"{_ID}{self._prefix}{self._number}")
        return _Entry(logged, tuple(self.delivery(id, logged) for id in webhooks))

    def _committed(self, entries: Sequence[_Entry], then: Callable[[], None] | None) -> None:
        for entry in entries:
            self.followers.tell(entry.event)
            if entry.deliveries:
                self._deliver(entry.event, entry.deliveries)
        if then is not None:
            then()


def number_in(event_id: str) -> int:
    """The number in the id of an event; 0 where there is none."""
    digits = event_id[len(_ID) + _PREFIX_CHARACTERS :]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def _logged(event: BackendEvent, number: int, id: str) -> EventLogged:
    data = _encode(event.data())
    if len(data) > limits.EVENT_DATA_CHARS:
        data = _encode({"chargeBoxId": event.charge_box_id, "dataOmitted": True})
    return EventLogged(
        number=number,
        id=id,
        organization_id=event.organization_id,
        charger_id=event.charger_id,
        charge_box_id=event.charge_box_id,
        at=round(event.at, 3),
        event=event.name,
        data=data.decode(),
    )
