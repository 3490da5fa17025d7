"""OCPP-J frames, the four-element arrays: read without trust, written compactly.

The payload stays raw until its action is known (OCPP-J 1.6 section 4.2, 2.0.1 Part 4 section 4.2).
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from voltyard.ocpp.payload import to_plain
from voltyard.ocpp.violations import Kind, Violation, not_json

ID_CHARACTERS = 36
"""Longest message id (OCPP-J 1.6 and 2.0.1, section 4.1.4)."""

_CALL, _RESULT, _ERROR = 2, 3, 4
_EMPTY = msgspec.Raw(b"{}")


class Call(
    msgspec.Struct, array_like=True, tag=_CALL, frozen=True, forbid_unknown_fields=True, gc=False
):
    """A CALL; `payload` is a JSON object or whatever the peer sent instead."""

    id: str
    action: str
    payload: msgspec.Raw


class CallResult(
    msgspec.Struct, array_like=True, tag=_RESULT, frozen=True, forbid_unknown_fields=True, gc=False
):
    """A CALLRESULT."""

    id: str
    payload: msgspec.Raw


class CallError(
    msgspec.Struct, array_like=True, tag=_ERROR, frozen=True, forbid_unknown_fields=True, gc=False
):
    """A CALLERROR. A peer that leaves description or details away still refuses."""

    id: str
    code: str
    description: str = ""
    details: msgspec.Raw = _EMPTY


class Unreadable(msgspec.Struct, frozen=True):
    """A text that is no OCPP frame; `type`, `id` and `action` as far as they could be read."""

    violation: Violation
    type: int | None = None
    id: str | None = None
    action: str | None = None


Frame: TypeAlias = Call | CallResult | CallError | Unreadable


class _Outgoing(msgspec.Struct, array_like=True, tag=_CALL, gc=False):
    id: str
    action: str
    payload: Any


class _OutgoingResult(msgspec.Struct, array_like=True, tag=_RESULT, gc=False):
    id: str
    payload: Any


class _OutgoingError(msgspec.Struct, array_like=True, tag=_ERROR, gc=False):
    id: str
    code: str
    description: str
    details: Mapping[str, Any]


_DECODER = msgspec.json.Decoder(Call | CallResult | CallError)
_PARTS = msgspec.json.Decoder(list[msgspec.Raw])
_INTEGER = msgspec.json.Decoder(int)
_TEXT = msgspec.json.Decoder(str)
_ENCODER = msgspec.json.Encoder(enc_hook=to_plain)


def read(text: str) -> Frame:
    """Read one frame; whatever the text is, nothing is raised."""
    try:
        frame: Call | CallResult | CallError = _DECODER.decode(text)
    except msgspec.ValidationError as error:
        return _salvage(text, str(error))
    except (ValueError, RecursionError) as error:
        return Unreadable(not_json(error))
    return frame


def call(id: str, action: str, payload: object) -> str:
    """A CALL's text; the payload is a Payload, plain JSON values or `msgspec.Raw`."""
    return _ENCODER.encode(_Outgoing(id, action, payload)).decode()


def result(id: str, payload: object) -> str:
    """A CALLRESULT's text."""
    return _ENCODER.encode(_OutgoingResult(id, payload)).decode()


def error(
    id: str, code: str, description: str = "", details: Mapping[str, Any] | None = None
) -> str:
    """A CALLERROR's text; the description is cut to 255 characters (2.0.1 Part 4 section 4.2.3)."""
    return _ENCODER.encode(_OutgoingError(id, code, description[:255], details or {})).decode()


def object_of(payload: msgspec.Raw) -> bytes:
    """The payload's JSON, null standing for the empty object (1.6 and 2.0.1, section 4.1.5)."""
    text = bytes(payload)
    return b"{}" if text == b"null" else text


def _salvage(text: str, why: str) -> Unreadable:
    """Sound JSON that is no frame: say so with whatever of the frame can be read."""
    try:
        parts = _PARTS.decode(text)
    except (ValueError, RecursionError):
        return Unreadable(Violation(Kind.BAD_FRAME, "$", "a frame is a JSON array"))
    type_ = _part(parts, 0, _INTEGER)
    id_ = _part(parts, 1, _TEXT)
    action = _part(parts, 2, _TEXT) if type_ == _CALL else None
    if type_ is not None and type_ not in (_CALL, _RESULT, _ERROR):
        violation = Violation(Kind.UNKNOWN_TYPE, "$[0]", f"message type {type_} is not known"[:200])
    elif type_ is not None and id_ is None:
        violation = Violation(Kind.BAD_ID, "$[1]", "the message id cannot be read")
    else:
        violation = Violation(Kind.BAD_FRAME, "$", f"no OCPP frame: {why}"[:200])
    return Unreadable(violation, type_, id_, action)


def _part(parts: list[msgspec.Raw], index: int, decoder: "msgspec.json.Decoder[Any]") -> Any:
    if index >= len(parts):
        return None
    try:
        return decoder.decode(parts[index])
    except (ValueError, RecursionError):
        return None
