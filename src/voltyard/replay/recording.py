"""Recorded conversation of a charger with its CSMS, read from a log.

Two logs are known, a JSON object a line: the frames of a simulated charger (GET
/ocpp/chargers/{id}/logs/export), where call and answer are lines of their own, and the messages of
the backend (GET /api/v1/chargers/{id}/messages/export), where they share one.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, from_rfc3339
from voltyard.ocpp.frames import Call, CallError, CallResult, Unreadable, read

VERSIONS = ("1.6", "2.0.1")


class RecordedAnswer(Struct, frozen=True):
    """A recorded answer: a payload, or the code of a CALLERROR."""

    payload: Any = None
    error: str | None = None
    description: str = ""


class Exchange(Struct, frozen=True, kw_only=True):
    """A call, and its answer if one came."""

    at: Instant
    action: str
    payload: Any
    answer: RecordedAnswer | None = None


class Recording(Struct, frozen=True, kw_only=True):
    """A recorded conversation: calls of either side, in the order in which they were made."""

    calls: tuple[Exchange, ...]
    """Of the charger."""
    asked: tuple[Exchange, ...]
    """Of the CSMS."""
    version: str | None
    """1.6 or 2.0.1, where the log tells."""


class _Line(Struct):
    """A line of either log; which it is shows in whether it has a `message`."""

    timestamp: str
    direction: str
    message: str | None = None
    request: str | None = None
    response: str | None = None
    ocppVersion: str | None = None  # its wire name


class _Heard(Struct):
    at: Instant
    action: str
    payload: Any
    answer: RecordedAnswer | None = None


def read_log(lines: Iterable[str]) -> Recording:
    """Read a log. Invalid, with the number of the line, where it is none; what was no OCPP frame
    on the wire either is left out."""
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if number > limits.REPLAY_LINES:
            raise Invalid(f"a log to replay has {limits.REPLAY_LINES} lines at most")
        try:
            reading.take(_decode(line))
        except (msgspec.MsgspecError, ValueError) as error:
            raise Invalid(
                f"line {number} of the log cannot be read: {error}",
                hint="the log is NDJSON as the gateway or the backend exports it",
            ) from None
    return reading.done()


_decode = msgspec.json.Decoder(_Line).decode

_BY_CHARGER = {"cp_to_csms": True, "incoming": True, "csms_to_cp": False, "outgoing": False}


class _Reading:
    """Pairs calls with their answers."""

    def __init__(self) -> None:
        self._heard: dict[bool, list[_Heard]] = {True: [], False: []}
        self._open: dict[tuple[bool, str], _Heard] = {}
        self._version: str | None = None

    def take(self, line: _Line) -> None:
        """One line; ValueError where it makes no sense."""
        if line.direction not in _BY_CHARGER:
            raise ValueError(f"there is no direction {line.direction!r}")
        by_charger = _BY_CHARGER[line.direction]
        at = from_rfc3339(line.timestamp)
        self._version = self._version or line.ocppVersion
        if line.message is not None:
            self._frame(line.message, by_charger, at)
            return
        if line.request is None:
            raise ValueError("it has neither `message` nor `request`")
        self._frame(line.request, by_charger, at)
        if line.response is not None:
            self._frame(line.response, not by_charger, at)

    def done(self) -> Recording:
        """Everything that was read."""
        calls, asked = (
            tuple(
                Exchange(at=one.at, action=one.action, payload=one.payload, answer=one.answer)
                for one in self._heard[by_charger]
            )
            for by_charger in (True, False)
        )
        if not calls:
            raise Invalid("nothing in the log was called by the charger")
        version = self._version or next(map(_version, calls), None)
        return Recording(calls=calls, asked=asked, version=version if version in VERSIONS else None)

    def _frame(self, text: str, by_charger: bool, at: Instant) -> None:
        match read(text):
            case Call(id=id, action=action, payload=payload):
                # A message that is sent again under its id is a call anew.
                heard = _Heard(at, action, msgspec.json.decode(payload))
                self._heard[by_charger].append(heard)
                self._open[by_charger, id] = heard
            case CallResult(id=id, payload=payload):
                self._answered(not by_charger, id, RecordedAnswer(msgspec.json.decode(payload)))
            case CallError(id=id, code=code, description=description):
                answer = RecordedAnswer(error=code, description=description)
                self._answered(not by_charger, id, answer)
            case Unreadable():
                pass

    def _answered(self, by_charger: bool, id: str, answer: RecordedAnswer) -> None:
        heard = self._open.pop((by_charger, id), None)
        if heard is not None:
            heard.answer = answer


def _version(call: Exchange) -> str | None:
    """The OCPP version that the first call shows."""
    payload = call.payload if isinstance(call.payload, dict) else {}
    if call.action != "BootNotification":
        return None
    return "2.0.1" if "chargingStation" in payload else "1.6"
