"""Frames of a simulated charger, as GET /ocpp/chargers/{id}/logs/export gives them."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from voltyard.traces.formats.log_entries import (
    LogContext,
    LogEntry,
    LogFormat,
    WireFrame,
    members_of,
    moment,
)


class _Line(Struct):
    timestamp: str
    direction: Literal["cp_to_csms", "csms_to_cp"]
    message: str


_decode = msgspec.json.Decoder(_Line).decode


def _recognizes(line: str) -> bool:
    return {"direction", "message"} <= members_of(line)


def _entries(line: str, context: LogContext) -> Iterator[LogEntry]:
    one = _decode(line)
    yield WireFrame(
        at=moment(one.timestamp, "timestamp"),
        charger=context.charger,
        by_charger=one.direction == "cp_to_csms",
        text=one.message,
    )


GATEWAY_LOG = LogFormat(name="the yard's export", recognizes=_recognizes, entries=_entries)
