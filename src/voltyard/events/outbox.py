"""Outbox: deliveries of events to webhooks, written in one commit with their events."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from voltyard.events.event_query import FollowedEvent
from voltyard.events.event_records import DeliveryStored
from voltyard.kernel.time import Instant


class DeliverableEvent(FollowedEvent, Protocol):
    """An event in the log that can be delivered."""

    @property
    def id(self) -> str:
        """The same whenever and to whomever it is told."""

    @property
    def at(self) -> Instant: ...


Subscribers: TypeAlias = Callable[[str, str], Sequence[str]]
"""The ids of an organization's webhooks that want events of that name."""

Deliver: TypeAlias = Callable[[Any, Sequence[DeliveryStored]], None]
"""Is given an event that is durable, and its deliveries, which are so too."""


class Outbox:
    """Numbers the deliveries of an event log, for those who have subscribed to it."""

    def __init__(self) -> None:
        self._number = 0
        self._subscribers: Subscribers = lambda organization_id, name: ()
        self._deliver: Deliver = lambda event, deliveries: None

    def load(self, newest: int) -> None:
        """Go on after the highest number that is stored; nothing is written before."""
        self._number = newest

    def subscribe(self, subscribers: Subscribers, deliver: Deliver) -> None:
        """Have deliveries written with the events, for those whom `subscribers` names."""
        self._subscribers = subscribers
        self._deliver = deliver

    def subscribers(self, organization_id: str, name: str) -> Sequence[str]:
        """The ids of the webhooks that want events of that name."""
        return self._subscribers(organization_id, name)

    def delivery(self, webhook_id: str, event: DeliverableEvent) -> DeliveryStored:
        """A delivery to be written. What is written later is sent later."""
        self._number += 1
        return DeliveryStored(
            number=self._number,
            webhook_id=webhook_id,
            organization_id=event.organization_id,
            event_number=event.number,
            event_id=event.id,
            event=event.name,
            lane=event.charger_id or "",
            created_at=event.at,
        )

    def deliver(self, event: DeliverableEvent, deliveries: Sequence[DeliveryStored]) -> None:
        """Have these sent, which are durable."""
        self._deliver(event, deliveries)
