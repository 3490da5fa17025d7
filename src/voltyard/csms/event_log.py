"""The backend's event log: its events as they are kept, with ids that never come again."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import TypeAlias

import msgspec

from voltyard.csms.events import NAMES, BackendEvent, WebhookPaused, is_live
from voltyard.csms.records import Record
from voltyard.events.event_log import EventLog, WritableEventLog
from voltyard.events.event_records import EventLogged, EventStaged, WebhookStored
from voltyard.events.followers import EventStore
from voltyard.events.record_writer import RecordWriter
from voltyard.events.staging_event_log import StagingEventLog, Wanted
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
WritableBackendEventLog: TypeAlias = WritableEventLog[BackendEvent]
BackendStagingEventLog: TypeAlias = StagingEventLog[BackendEvent]
BackendWriter: TypeAlias = RecordWriter[Record, BackendEvent]


def backend_event_log(
    journal: Journal[Record],
    store: EventStore[EventLogged],
    random: Random = ids.SYSTEM,
    streams: Quota | None = None,
) -> BackendEventLog:
    """The log of the backend's events."""
    prefix = ids.token(random, _PREFIX_CHARACTERS)
    row, adopted = partial(_logged, prefix), partial(_adopted, prefix)
    return EventLog(journal, store, row, is_live, streams, adopted)


def staging_event_log(
    journal: Journal[Record],
    node: str,
    wanted: Wanted,
    publish: Callable[[EventStaged], None],
    random: Random = ids.SYSTEM,
) -> BackendStagingEventLog:
    """The log of a node's events, which the server's log adopts."""
    row = partial(_staged, node, random)
    return StagingEventLog(journal, row, is_live, wanted, publish)


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
    return EventLogged(
        number=number,
        id=_id(prefix, number),
        organization_id=event.organization_id,
        charger_id=event.charger_id,
        charge_box_id=event.charge_box_id,
        at=round(event.at, 3),
        event=event.name,
        data=_data(event),
    )


def _staged(node: str, random: Random, event: BackendEvent, is_kept: bool) -> EventStaged:
    return EventStaged(
        node=node,
        id=ids.prefixed("stg_", random) if is_kept else "",
        organization_id=event.organization_id,
        charger_id=event.charger_id,
        charge_box_id=event.charge_box_id,
        at=round(event.at, 3),
        event=event.name,
        data=_data(event),
    )


def _adopted(prefix: str, staged: EventStaged, number: int) -> EventLogged:
    return EventLogged(
        number=number,
        id=_id(prefix, number),
        organization_id=staged.organization_id,
        charger_id=staged.charger_id,
        charge_box_id=staged.charge_box_id,
        at=staged.at,
        event=staged.event,
        data=staged.data,
    )


def _id(prefix: str, number: int) -> str:
    return f"{_ID}{prefix}{number}" if number else ""


def _data(event: BackendEvent) -> str:
    data = masked(_encode(event.data()).decode())
    if len(data) > limits.EVENT_DATA_CHARS:
        return _encode({"chargeBoxId": event.charge_box_id, "dataOmitted": True}).decode()
    return data


def _paused(row: WebhookStored, reason: str) -> WebhookPaused:
    return WebhookPaused(
        organization_id=row.organization_id,
        at=row.updated_at,
        webhook_id=row.id,
        url=row.url,
        reason=reason,
    )
