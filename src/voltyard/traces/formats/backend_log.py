"""Messages of the backend, as GET /api/v1/chargers/{chargeBoxId}/messages/export gives them.

A call and its answer share a line.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec import Struct

from voltyard.kernel.time import Seconds
from voltyard.traces.formats.log_entries import (
    LogContext,
    LogEntry,
    LogFormat,
    LoggedEvent,
    LoggedVersion,
    WireFrame,
    members_of,
    moment,
)

_MS_PER_S = 1_000.0


class _Line(Struct):
    timestamp: str
    direction: Literal["incoming", "outgoing"]
    request: str | None = None
    response: str | None = None
    answeredAt: str | None = None  # wire names
    latencyMs: float | None = None
    ocppVersion: str | None = None
    missing: int | None = None


_decode = msgspec.json.Decoder(_Line).decode


def _recognizes(line: str) -> bool:
    return {"direction", "request"} <= members_of(line)


def _entries(line: str, context: LogContext) -> Iterator[LogEntry]:
    one = _decode(line)
    at = moment(one.timestamp, "timestamp")
    by_charger = one.direction == "incoming"
    charger = context.charger
    if one.ocppVersion is not None:
        yield LoggedVersion(charger=charger, version=one.ocppVersion)
    if one.missing:
        data = {"messages": one.missing}
        yield LoggedEvent(at=at, charger=charger, type="messages.missing", data=data)
    if one.request is not None:
        yield WireFrame(at=at, charger=charger, by_charger=by_charger, text=one.request)
    if one.response is not None:
        yield WireFrame(
            at=_answered_at(one, at),
            charger=charger,
            by_charger=not by_charger,
            text=one.response,
        )


def _answered_at(one: _Line, at: Seconds) -> Seconds:
    """The latency is exact; `answeredAt` is rounded, and may be missing in older logs."""
    if one.latencyMs is not None and one.latencyMs >= 0.0:
        return at + one.latencyMs / _MS_PER_S
    return at if one.answeredAt is None else moment(one.answeredAt, "answeredAt")


BACKEND_LOG = LogFormat(name="the backend's export", recognizes=_recognizes, entries=_entries)
