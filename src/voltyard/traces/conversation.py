"""The conversation of one charger with its CSMS: calls paired with answers, and judged."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.ocpp import frames
from voltyard.ocpp.frames import Call, CallError, CallResult, Unreadable
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.versions import V16, V201, VERSIONS, Decoded, Version
from voltyard.ocpp.violations import Kind, ValidationMode, Violation
from voltyard.traces.formats.log_entries import WireFrame
from voltyard.traces.rules import CONCURRENT_CALL, STRAY_ANSWER, UNANSWERED

FrameKind: TypeAlias = Literal["call", "result", "error", "unreadable"]


class TraceViolation(Struct, frozen=True):
    """A rule that a frame breaks, with the place in its payload and in words."""

    rule: str
    """A key of `rules.RULES`."""
    path: str
    message: str


class TraceFrame(Struct, kw_only=True):
    """A frame, with what is known of it."""

    at: Instant
    charger: int
    """Its number in the trace."""
    by_charger: bool
    kind: FrameKind
    text: str
    action: str | None = None
    pair: int | None = None
    """The number of the frame that answers this one, or that this one answers."""
    payload: Payload | None = None
    """Typed, where it can be read at all."""
    violations: list[TraceViolation] = []


class _OpenCall(Struct):
    number: int
    frame: TraceFrame
    later: list[TraceFrame]
    """Calls of the same side that were made before it was answered."""


_NAMES: Final = {version.name: version for version in VERSIONS}
_ONLY: Final = {
    action: version
    for version, other in ((V16, V201), (V201, V16))
    for action in version.actions.keys() - other.actions.keys()
}
"""Actions that only one of the versions has."""


def version_shown(frame: WireFrame) -> Version | None:
    """The OCPP version that a frame shows by itself."""
    one = frames.read(frame.text)
    if not isinstance(one, Call):
        return None
    if one.action in _ONLY:
        return _ONLY[one.action]
    telling = {"BootNotification": b'"chargingStation"', "StatusNotification": b'"connectorStatus"'}
    if one.action in telling:
        return V201 if telling[one.action] in bytes(one.payload) else V16
    return None


def version_named(name: str) -> Version | None:
    """The version of that name; None where it is not judged here, such as 2.1."""
    return _NAMES.get(name.lower().removeprefix("ocpp").strip())


class Conversation:
    """One charger's conversation; the frames are given in their order."""

    def __init__(self, charger: int, version: Version | None) -> None:
        """Without a version payloads are not judged."""
        self._charger = charger
        self._version = version
        self._open: dict[tuple[bool, str], _OpenCall] = {}
        self._last_at: Instant = 0.0

    def take(self, logged: WireFrame, number: int) -> TraceFrame:
        """Judge a frame; `number` is its place in the trace."""
        self._last_at = logged.at
        frame = TraceFrame(
            at=logged.at,
            charger=self._charger,
            by_charger=logged.by_charger,
            kind="unreadable",
            text=logged.text,
        )
        match frames.read(logged.text):
            case Call() as call:
                self._call(frame, call, number)
            case (CallResult() | CallError()) as answer:
                self._answer(frame, answer, number)
            case Unreadable(violation=violation, action=action):
                frame.action = action
                _note(frame, violation)
        return frame

    def finish(self) -> None:
        """The log is over: calls that had time enough for an answer and got none are noted."""
        for one in self._open.values():
            self._give_up(one)

    def _call(self, frame: TraceFrame, call: Call, number: int) -> None:
        frame.kind, frame.action = "call", call.action
        if len(call.id) > frames.ID_CHARACTERS:
            _note(frame, Violation(Kind.BAD_ID, "$[1]", f"{len(call.id)} characters"))
        for (by_charger, _), earlier in self._open.items():
            if by_charger is frame.by_charger and len(earlier.later) < limits.RPC_QUEUE_CALLS:
                earlier.later.append(frame)
        key = (frame.by_charger, call.id)
        if key in self._open:
            self._give_up(self._open.pop(key))
        elif len(self._open) >= limits.RPC_QUEUE_CALLS:
            self._give_up(self._open.pop(next(iter(self._open))))
        self._open[key] = _OpenCall(number, frame, [])
        if self._version is not None:
            self._judge_call(frame, call, self._version)

    def _judge_call(self, frame: TraceFrame, call: Call, version: Version) -> None:
        known = version.actions.get(call.action)
        sender = "charger" if frame.by_charger else "csms"
        if known is not None and known.sender not in ("both", sender):
            words = f"{call.action} is sent by the {known.sender}"
            _note(frame, Violation(Kind.WRONG_DIRECTION, "$", words))
        decoded = version.decode_request(
            call.action, frames.object_of(call.payload), ValidationMode.LENIENT
        )
        _keep(frame, decoded)

    def _answer(self, frame: TraceFrame, answer: CallResult | CallError, number: int) -> None:
        frame.kind = "result" if isinstance(answer, CallResult) else "error"
        found = self._open.pop((not frame.by_charger, answer.id), None)
        if found is None:
            words = f"no CALL of the id {answer.id[:50]!r} waits for it"
            frame.violations = [TraceViolation(STRAY_ANSWER, "$", words)]
            return
        frame.action, frame.pair, found.frame.pair = found.frame.action, found.number, number
        for later in found.later:
            if later.at - found.frame.at > limits.CALL_TIMEOUT_S:
                break
            # The earlier call was answered after this one, so both were open on one link.
            words = f"{found.frame.action} was not answered yet"
            later.violations = [*later.violations, TraceViolation(CONCURRENT_CALL, "$", words)]
        version = self._version
        if version is None:
            return
        if isinstance(answer, CallError):
            if answer.code not in version.errors.values():
                words = f"{answer.code[:50]!r} is no error code of OCPP {version.name}"
                _note(frame, Violation(Kind.BAD_ENUM, "$[2]", words))
        elif frame.action is not None and frame.action in version.actions:
            raw = frames.object_of(answer.payload)
            _keep(frame, version.decode_response(frame.action, raw, ValidationMode.LENIENT))

    def _give_up(self, one: _OpenCall) -> None:
        if self._last_at - one.frame.at > limits.CALL_TIMEOUT_S:
            words = f"nothing came within {limits.CALL_TIMEOUT_S:g} s"
            one.frame.violations = [
                *one.frame.violations,
                TraceViolation(UNANSWERED, "$", words),
            ]


def _keep(frame: TraceFrame, decoded: Decoded | Violation) -> None:
    if isinstance(decoded, Violation):
        _note(frame, decoded)
        return
    frame.payload = decoded.payload
    for violation in decoded.violations:
        _note(frame, violation)


def _note(frame: TraceFrame, violation: Violation) -> None:
    noted = TraceViolation(violation.kind.value, violation.path, violation.message)
    frame.violations = [*frame.violations, noted]
