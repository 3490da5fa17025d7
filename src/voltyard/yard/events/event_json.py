"""JSON form of an event."""

from typing import Any

import msgspec
from msgspec import Struct

from voltyard.kernel.time import to_rfc3339
from voltyard.yard.records import YardEventLogged


class _Shown(Struct, kw_only=True):
    """The part of an event that a caller sees."""

    id: int | None
    type: str
    at: str
    charger_id: str | None
    identity: str | None
    location_id: str | None
    data: msgspec.Raw


_encode = msgspec.json.Encoder().encode


def event_json(event: YardEventLogged) -> bytes:
    """The event as JSON, in one line."""
    return _encode(
        _Shown(
            id=event.number or None,
            type=event.type,
            at=to_rfc3339(event.at),
            charger_id=event.deployment_id,
            identity=event.identity,
            location_id=event.location_id,
            data=msgspec.Raw(event.data.encode()),
        )
    )


def json_text(data: Any) -> str:
    """Data as it is kept."""
    return _encode(data).decode()
