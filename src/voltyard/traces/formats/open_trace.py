"""Open OCPP Trace 1.x, the records that shiv3/ocpp-cp-simulator writes by --trace-output.

The format is open-ocpp-trace/specification's (schema/trace-v1.schema.json, version 1.1): a record a
frame. `raw` is the frame as it was; without it, as in 1.0, the frame is put together from its
parts. SOAP is not supported.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from voltyard.ocpp import frames
from voltyard.traces.formats.log_entries import (
    LogContext,
    LogEntry,
    LogFormat,
    LoggedVersion,
    WireFrame,
    members_of,
    moment,
)

_EMPTY = msgspec.Raw(b"{}")


class _Error(Struct):
    code: str = ""
    description: str = ""
    details: dict[str, Any] = {}


class _Line(Struct):
    schemaVersion: str  # wire names
    timestamp: str
    transport: Literal["json", "soap"]
    direction: Literal["cp-to-csms", "csms-to-cp"]
    messageType: Literal["CALL", "CALLRESULT", "CALLERROR"]
    ocppVersion: str | None = None
    chargePointId: str | None = None
    messageId: str | None = None
    action: str | None = None
    payload: msgspec.Raw = _EMPTY
    raw: str | None = None
    error: _Error | None = None


_decode = msgspec.json.Decoder(_Line).decode


def _recognizes(line: str) -> bool:
    return "schemaVersion" in members_of(line)


def _entries(line: str, context: LogContext) -> Iterator[LogEntry]:
    one = _decode(line)
    if one.schemaVersion.partition(".")[0] != "1":
        raise ValueError(f"`schemaVersion` {one.schemaVersion[:20]!r} is not supported, 1.x is")
    if one.transport != "json":
        raise ValueError("`transport` soap is not supported, json is")
    charger = one.chargePointId or context.charger
    if one.ocppVersion is not None:
        yield LoggedVersion(charger=charger, version=one.ocppVersion)
    yield WireFrame(
        at=moment(one.timestamp, "timestamp"),
        charger=charger,
        by_charger=one.direction == "cp-to-csms",
        text=_frame(one) if one.raw is None else one.raw,
    )


def _frame(one: _Line) -> str:
    id = one.messageId or ""
    if one.messageType == "CALL":
        if one.action is None:
            raise ValueError("a CALL without `action`")
        return frames.call(id, one.action, one.payload)
    if one.messageType == "CALLRESULT":
        return frames.result(id, one.payload)
    error = one.error or _Error()
    return frames.error(id, error.code, error.description, error.details)


OPEN_TRACE = LogFormat(name="Open OCPP Trace 1.1 (shiv3)", recognizes=_recognizes, entries=_entries)
