"""RPC of OCPP-J: one end of one connection with its calls and answers, without I/O.

Each direction has one call outstanding at a time (OCPP-J 1.6 section 4.1.1, 2.0.1 Part 4 section
4.1.1); what is asked meanwhile waits its turn. A call's time begins when its text is handed out, so
a slow predecessor costs it nothing.

text = rpc.call(request, now)          # transmit it, or None: it waits event = rpc.receive(text,
now)         # exactly one event a frame text = rpc.following(now)              # after
ResultReceived, CallRefused, CallTimedOut: what waited rpc.expire(now)                        # once
now >= rpc.due_at"""

from typing import Any, Literal, TypeAlias

import msgspec

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull
from voltyard.kernel.ids import IdSource
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp import frames
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.versions import Decoded, Version
from voltyard.ocpp.violations import Kind, ValidationMode, Violation, not_json

Role: TypeAlias = Literal["charger", "csms"]

INVALID_ANSWER = "InvalidAnswer"
"""The code of `CallRefused` for an answer that breaks its schema. It is ours and never
transmitted."""

_ANSWERED = "its call has been answered"

UNREADABLE_ID = "-1"
"""The id of a CALLERROR to a frame whose own cannot be read (2.0.1 Part 4 section 4.2.3)."""


class CallReceived(msgspec.Struct, frozen=True, gc=False):
    """A CALL of the peer, to be answered with `answer` or `refuse`."""

    id: str
    action: str
    request: Payload
    violations: tuple[Violation, ...] = ()


class ResultReceived(msgspec.Struct, frozen=True, gc=False):
    """The CALLRESULT to our call."""

    id: str
    action: str
    token: Any
    request: Payload
    response: Payload
    latency_s: Seconds
    violations: tuple[Violation, ...] = ()


class CallRefused(msgspec.Struct, frozen=True):
    """A CALLERROR to our call, or an answer that cannot be accepted (`INVALID_ANSWER`)."""

    id: str
    action: str
    token: Any
    request: Payload
    code: str
    description: str
    details: dict[str, Any]
    latency_s: Seconds
    violation: Violation | None = None
    """The violation that makes the answer `INVALID_ANSWER`."""


class CallTimedOut(msgspec.Struct, frozen=True):
    """Our call without an answer in its time; a later answer is a `StrayAnswer`."""

    token: Any
    request: Payload


class FrameRejected(msgspec.Struct, frozen=True):
    """A frame that cannot be accepted. `reply` is the CALLERROR to transmit, where one is due."""

    violation: Violation
    reply: str | None = None
    id: str | None = None
    action: str | None = None


class StrayAnswer(msgspec.Struct, frozen=True):
    """An answer to no outstanding call: late, repeated, or of an unknown id. It is dropped."""

    id: str | None
    why: str


RpcEvent: TypeAlias = (
    CallReceived | ResultReceived | CallRefused | CallTimedOut | FrameRejected | StrayAnswer
)


class _Waiting(msgspec.Struct):
    """A call that is queued."""

    action: str
    request: Payload
    timeout_s: Seconds
    token: Any
    asked_at: Instant
    id: str | None = None


class OutstandingCall(msgspec.Struct):
    """The call that awaits its answer."""

    id: str
    action: str
    request: Payload
    token: Any
    sent_at: Instant
    asked_at: Instant
    """Moment when it was asked for: earlier than `sent_at` where it had to wait for its turn."""


class Rpc:
    """One end of one connection. `receives` is this end's role, which says what it may be asked."""

    __slots__ = (
        "_ids",
        "_last_id",
        "_last_why",
        "_queue",
        "_queue_limit",
        "_receives",
        "_version",
        "due_at",
        "mode",
        "outstanding",
    )

    def __init__(
        self,
        version: Version,
        receives: Role,
        *,
        ids: IdSource,
        mode: ValidationMode = ValidationMode.STRICT,
        queue_limit: int = limits.RPC_QUEUE_CALLS,
    ) -> None:
        self._version = version
        self._receives = receives
        self._ids = ids
        self.mode = mode
        """Treatment of the peer's deviations; it may be changed between frames."""
        self._queue_limit = queue_limit
        self._queue: list[_Waiting] = []
        self.outstanding: OutstandingCall | None = None
        """The call that awaits its answer."""
        self.due_at: Instant | None = None
        """Moment when the outstanding call times out."""
        self._last_id: str | None = None
        self._last_why = ""

    @property
    def busy(self) -> bool:
        """True where a call is outstanding."""
        return self.outstanding is not None

    @property
    def waiting(self) -> int:
        """The number of calls that wait behind it."""
        return len(self._queue)

    # Our calls.

    def call(
        self,
        request: Payload,
        now: Instant,
        *,
        timeout_s: Seconds = limits.CALL_TIMEOUT_S,
        token: Any = None,
        id: str | None = None,
    ) -> str | None:
        """Call the peer: the text to transmit now, or None where it waits for its turn.

        `token` comes back with the outcome. With `id`, a message that was sent before is sent again
        under that (OCPP-J 1.6 errata of 2025-04). `Overfull` at the queue's bound; then nothing
        changed.
        """
        if isinstance(request, Untyped):
            action = request.action
        else:
            action = self._version.action_of(type(request)).name
        if self.outstanding is None and not self._queue:
            return self._send(action, request, timeout_s, token, id, now, now)
        if len(self._queue) >= self._queue_limit:
            raise Overfull("too many calls wait for this peer", waiting=len(self._queue))
        self._queue.append(_Waiting(action, request, timeout_s, token, now, id))
        return None

    def call_raw(
        self,
        action: str,
        payload: object,
        now: Instant,
        *,
        timeout_s: Seconds = limits.CALL_TIMEOUT_S,
        token: Any = None,
    ) -> str | None:
        """Call with a payload of the caller's making, sent unchecked: plain JSON values or a Raw.

        The answer is typed where the action is known, else it is an `Untyped` too.
        """
        request = Untyped(action=action, content=payload)
        return self.call(request, now, timeout_s=timeout_s, token=token)

    def following(self, now: Instant) -> str | None:
        """The next queued call's text, if there is one and its turn has come."""
        if self.outstanding is not None or not self._queue:
            return None
        call = self._queue.pop(0)
        return self._send(
            call.action, call.request, call.timeout_s, call.token, call.id, call.asked_at, now
        )

    def change_time(self, before: Instant, now: Instant, factor: float) -> None:
        """Time was `before` and is `now`, and passes `factor` times as fast: calls wait on for
        the rest of what they had."""
        if self.outstanding is not None:
            self.outstanding.sent_at = now + (self.outstanding.sent_at - before) * factor
            self.outstanding.asked_at = now + (self.outstanding.asked_at - before) * factor
        if self.due_at is not None:
            self.due_at = now + (self.due_at - before) * factor
        for waiting in self._queue:
            waiting.timeout_s *= factor
            waiting.asked_at = now + (waiting.asked_at - before) * factor

    def expire(self, now: Instant) -> CallTimedOut | None:
        """Give up the outstanding call if its time is over."""
        call = self.outstanding
        if call is None or self.due_at is None or now < self.due_at:
            return None
        self._settle(call, "its call has timed out")
        return CallTimedOut(call.token, call.request)

    def drop(self) -> list[tuple[Any, Payload]]:
        """The link is gone: forget the outstanding and the queued calls, and return them."""
        dropped: list[tuple[Any, Payload]] = []
        if self.outstanding is not None:
            dropped.append((self.outstanding.token, self.outstanding.request))
            self._settle(self.outstanding, "its call was dropped")
        dropped.extend((call.token, call.request) for call in self._queue)
        self._queue.clear()
        return dropped

    # The peer's frames.

    def receive(self, text: str, now: Instant) -> RpcEvent:
        """Take one frame; whatever it holds, one event comes of it and nothing is raised."""
        frame = frames.read(text)
        if isinstance(frame, frames.CallResult):
            return self._answered(frame.id, frame.payload, now)
        if isinstance(frame, frames.Call):
            return self._asked(frame)
        if isinstance(frame, frames.CallError):
            return self._refused(frame, now)
        return self._unreadable(frame, now)

    def answer(self, asked: CallReceived, response: Payload) -> str:
        """The CALLRESULT to the peer's call."""
        return frames.result(asked.id, response)

    def refuse(
        self,
        asked: CallReceived,
        code: str,
        description: str = "",
        details: dict[str, Any] | None = None,
    ) -> str:
        """The CALLERROR to the peer's call; `version.errors` has the codes."""
        return frames.error(asked.id, code, description, details)

    def _send(
        self,
        action: str,
        request: Payload,
        timeout_s: Seconds,
        token: Any,
        id: str | None,
        asked_at: Instant,
        now: Instant,
    ) -> str:
        id = id or self._ids()
        self.outstanding = OutstandingCall(id, action, request, token, now, asked_at)
        self.due_at = now + timeout_s
        content = request.content if isinstance(request, Untyped) else request
        return frames.call(id, action, content)

    def _settle(self, call: OutstandingCall, why: str) -> None:
        self.outstanding = self.due_at = None
        self._last_id, self._last_why = call.id, why

    def _take(self, id: str | None) -> OutstandingCall | None:
        """The outstanding call, settled, if it is the one of that id."""
        call = self.outstanding
        if call is None or call.id != id:
            return None
        self._settle(call, _ANSWERED)
        return call

    def _stray(self, id: str | None) -> StrayAnswer:
        return StrayAnswer(
            id, self._last_why if id == self._last_id else "no call of that id is outstanding"
        )

    def _asked(self, call: frames.Call) -> CallReceived | FrameRejected:
        known = self._version.actions.get(call.action)
        violations: tuple[Violation, ...] = ()
        if len(call.id) > frames.ID_CHARACTERS:
            long = Violation(Kind.BAD_ID, "$[1]", f"a message id of {len(call.id)} characters")
            if self.mode is ValidationMode.STRICT:
                return self._faulty(long, call.id, call.action)
            violations = (long,)
        if known is not None and known.sender == self._receives:
            direction = Violation(
                Kind.WRONG_DIRECTION, "$[2]", f"{call.action} is for the {self._receives} to send"
            )
            return self._faulty(direction, call.id, call.action)
        decoded = self._version.decode_request(
            call.action, frames.object_of(call.payload), self.mode
        )
        if isinstance(decoded, Violation):
            return self._faulty(decoded, call.id, call.action)
        return CallReceived(call.id, call.action, decoded.payload, violations + decoded.violations)

    def _answered(
        self, id: str, raw: msgspec.Raw, now: Instant
    ) -> ResultReceived | CallRefused | StrayAnswer:
        call = self.outstanding
        if call is None or call.id != id:
            return self._stray(id)
        self.outstanding = self.due_at = None
        self._last_id, self._last_why = call.id, _ANSWERED
        action, latency_s = call.action, now - call.sent_at
        decoded = self._version.decode_response(action, frames.object_of(raw), self.mode)
        if isinstance(decoded, Decoded):
            return ResultReceived(
                call.id,
                action,
                call.token,
                call.request,
                decoded.payload,
                latency_s,
                decoded.violations,
            )
        if action not in self._version.actions:
            content = _plain(raw)
            if isinstance(content, Violation):
                return self._invalid(call, content, now)
            untyped = Untyped(action=call.action, content=content)
            return ResultReceived(
                call.id, call.action, call.token, call.request, untyped, latency_s
            )
        return self._invalid(call, decoded, now)

    def _refused(self, error: frames.CallError, now: Instant) -> CallRefused | StrayAnswer:
        call = self._take(error.id)
        if call is None:
            return self._stray(error.id)
        details = _plain(error.details)
        return CallRefused(
            call.id,
            call.action,
            call.token,
            call.request,
            error.code,
            error.description,
            details if isinstance(details, dict) else {},
            now - call.sent_at,
        )

    def _invalid(self, call: OutstandingCall, violation: Violation, now: Instant) -> CallRefused:
        return CallRefused(
            call.id,
            call.action,
            call.token,
            call.request,
            INVALID_ANSWER,
            f"{violation.message} at {violation.path}",
            {"kind": violation.kind.value, "path": violation.path},
            now - call.sent_at,
            violation,
        )

    def _unreadable(self, frame: frames.Unreadable, now: Instant) -> CallRefused | FrameRejected:
        if frame.type in (3, 4):
            # An answer is never answered; if it was to be ours, the call is over all the same.
            call = self._take(frame.id)
            if call is not None:
                return self._invalid(call, frame.violation, now)
            return FrameRejected(frame.violation, None, frame.id)
        return self._faulty(frame.violation, frame.id, frame.action)

    def _faulty(self, violation: Violation, id: str | None, action: str | None) -> FrameRejected:
        """With its CALLERROR, unless the version has the frame ignored.

        1.6 has no reply to a frame without a readable id, and ignores unknown message types
        (section 4.1.3); 2.0.1 answers both (Part 4 sections 4.2.3 and 4.4).
        """
        silent = id is None or violation.kind is Kind.UNKNOWN_TYPE
        if silent and not self._version.replies:
            return FrameRejected(violation, None, id, action)
        code = self._version.errors[violation.kind]
        where = "" if violation.path == "$" else f" at {violation.path}"
        text = frames.error(
            UNREADABLE_ID if id is None else id, code, f"{violation.message}{where}"
        )
        return FrameRejected(violation, text, id, action)


def _plain(raw: msgspec.Raw) -> Any:
    """The JSON value, or the violation where it is none after all (a number beyond any range)."""
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError) as error:
        return not_json(error)
