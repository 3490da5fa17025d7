"""The yard's event log: its events as they are kept."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from voltyard.events.event_log import EventLog
from voltyard.events.followers import EventStore, Follower
from voltyard.kernel.quotas import Quota
from voltyard.kernel.time import Instant
from voltyard.ocpp.secrets import masked
from voltyard.ports.journal import Journal
from voltyard.yard.events.event_json import json_text
from voltyard.yard.events.event_types import EVENT_TYPES
from voltyard.yard.records import YardEventLogged, YardRecord


class YardEvent(Struct, frozen=True, kw_only=True):
    """An event of the yard that is not in the log yet."""

    name: str
    """One of EVENT_TYPES."""
    at: Instant
    organization_id: str
    data: Mapping[str, Any]
    deployment_id: str | None = None
    identity: str | None = None
    location_id: str | None = None


YardEventLog: TypeAlias = EventLog[YardEvent, YardEventLogged]
YardEventFollower: TypeAlias = Follower[YardEventLogged]


def yard_event_log(
    journal: Journal[YardRecord],
    events: EventStore[YardEventLogged],
    streams: Quota | None = None,
) -> YardEventLog:
    """The log of the yard's events."""
    return EventLog(
        journal, events, _logged, lambda event: not EVENT_TYPES[event.name].stored, streams
    )


def _logged(event: YardEvent, number: int) -> YardEventLogged:
    return YardEventLogged(
        number=number,
        at=round(event.at, 3),
        organization_id=event.organization_id,
        deployment_id=event.deployment_id,
        identity=event.identity,
        location_id=event.location_id,
        type=event.name,
        data=masked(json_text(event.data)),
    )
