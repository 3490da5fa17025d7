"""The JSON envelope of an event, in webhooks, streams and lists alike."""

import msgspec
from msgspec import Struct

from voltyard.events.event_records import EventLogged
from voltyard.kernel.time import to_rfc3339


class _Envelope(Struct):
    id: str | None
    event: str
    timestamp: str
    data: msgspec.Raw


_encode = msgspec.json.Encoder().encode


def envelope(event: EventLogged) -> bytes:
    """`{id, event, timestamp, data}` as JSON, in one line; without an id where it is not kept."""
    data = msgspec.Raw(event.data.encode())
    return _encode(_Envelope(event.id or None, event.event, to_rfc3339(event.at), data))
