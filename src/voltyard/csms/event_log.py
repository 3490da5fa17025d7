"""The backend's event log: its events as they are kept, with ids that never come again."""

from functools import partial
from random import Random
from typing import TypeAlias

import msgspec

from voltyard.csms.events import NAMES, BackendEvent, WebhookPaused, is_live
from voltyard.csms.records import Record
from voltyard.events.event_log import EventLog
from voltyard.events.event_records import EventLogged, WebhookStored
from voltyard.events.followers import EventStore
from voltyard.events.record_writer import RecordWriter
from voltyard.events.webhooks.sender import PendingDeliveries
from voltyard.events.webhooks.webhooks import Webhooks
from voltyard.kernel import ids, limits
from voltyard.kernel.quotas import Quota
from voltyard.ocpp.secrets import masked
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster
from voltyard.ports.journal import Journal

_encode = msgspec.json.Encoder().encode
_ID = "evt_"
_PREFIX_CHARACTERS = 12
"""Of an id, before the number: each start of the server has its own."""

BackendEventLog: TypeAlias = EventLog[BackendEvent, EventLogged]
BackendWriter: TypeAlias = RecordWriter[Record, BackendEvent]


def backend_event_log(
    journal: Journal[Record],
    store: EventStore[EventLogged],
    random: Random = ids.SYSTEM,
    streams: Quota | None = None,
) -> BackendEventLog:
    """The log of the backend's events."""
    prefix = ids.token(random, _PREFIX_CHARACTERS)
    return EventLog(journal, store, partial(_logged, prefix), is_live, streams)


def backend_webhooks(
    event_log: BackendEventLog,
    journal: Journal[Record],
    deliveries: PendingDeliveries,
    poster: Poster,
    clock: Clock,
    random: Random = ids.SYSTEM,
    quota: Quota | None = None,
) -> Webhooks:
    """The webhooks to which the backend's events are delivered."""
    writer = RecordWriter(journal, event_log)
    return Webhooks(
        event_log.outbox,
        writer,
        deliveries,
        poster,
        clock,
        random,
        names=NAMES,
        paused=_paused,
        quota=quota,
    )


def number_in(event_id: str) -> int:
    """The number in the id of an event; 0 where there is none."""
    digits = event_id[len(_ID) + _PREFIX_CHARACTERS :]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


def _logged(prefix: str, event: BackendEvent, number: int) -> EventLogged:
    data = masked(_encode(event.data()).decode())
    if len(data) > limits.EVENT_DATA_CHARS:
        data = _encode({"chargeBoxId": event.charge_box_id, "dataOmitted": True}).decode()
    return EventLogged(
        number=number,
        id=f"{_ID}{prefix}{number}" if number else "",
        organization_id=event.organization_id,
        charger_id=event.charger_id,
        charge_box_id=event.charge_box_id,
        at=round(event.at, 3),
        event=event.name,
        data=data,
    )


def _paused(row: WebhookStored, reason: str) -> WebhookPaused:
    return WebhookPaused(
        organization_id=row.organization_id,
        at=row.updated_at,
        webhook_id=row.id,
        url=row.url,
        reason=reason,
    )
