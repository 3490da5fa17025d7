"""The charger's end of the link: calls out, calls in, and every frame reported."""

from __future__ import annotations

from typing import Any

from voltyard.charger.connection.call_purposes import ANSWER_IGNORED, CallPurpose
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import AnswerRefused, FaultsForgiven, ForgivenFault, Framed
from voltyard.charger.effects import Report, Transmit
from voltyard.charger.variables.standard.communication import MESSAGE_TIMEOUT
from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant
from voltyard.ocpp import frames
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.rpc import (
    CallReceived,
    CallRefused,
    CallTimedOut,
    FrameRejected,
    ResultReceived,
    Rpc,
    RpcEvent,
    StrayAnswer,
)
from voltyard.ocpp.violations import Kind, ValidationMode, Violation, in_words

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"

_PREFIX_BITS = 40
"""Drawn for the ids of a charger: of 10,000 that begin in one millisecond hardly two draw alike."""

_FAULTS_SHOWN = 5
"""Of one frame, in its verdict."""


class ChargerWire:
    """The charger's end of OCPP-J: frames both ways while the link is up."""

    __slots__ = (
        "_context",
        "_forgiven",
        "_prefix",
        "_serial",
        "_timeout_of",
        "_timeout_s",
        "open",
        "refused",
        "rpc",
        "sent_at",
    )

    def __init__(self, context: ChargerContext) -> None:
        self._context = context
        self._prefix = _prefix(context)
        self._serial = 0
        mode = ValidationMode(context.spec.validation)
        self._timeout_s = 0
        self._timeout_of = -1
        """Count of changed settings when MessageTimeout was read."""
        self.rpc = Rpc(context.dialect.version, "charger", ids=self.new_id, mode=mode)
        self._forgiven: set[tuple[str, str, Kind]] | None = None
        self.open = False
        self.refused: AnswerRefused | None = None
        """The last answer that could not be accepted, until one to such a call is."""
        self.sent_at: Instant = context.now
        """Moment when a frame was last sent: silence is counted from here."""

    # --- out -----------------------------------------------------------------------------------

    def new_id(self) -> str:
        """An id that this charger has not used before."""
        self._serial += 1
        return f"{self._prefix}-{self._serial}"

    def call(
        self, request: Payload, purpose: CallPurpose = ANSWER_IGNORED, id: str | None = None
    ) -> bool:
        """Call the CSMS, at once or when earlier calls are done; False where there is no link or
        too many calls wait already. With `id` it is what was sent under that before."""
        context = self._context
        if not self.open:
            return False
        settings = context.settings
        if self._timeout_of != settings.changes:  # it is asked for with every call
            self._timeout_of = settings.changes
            self._timeout_s = settings.number(MESSAGE_TIMEOUT)
        timeout_s = self._timeout_s * context.rate
        try:
            text = self.rpc.call(request, context.now, timeout_s=timeout_s, token=purpose, id=id)
        except Overfull:
            return False
        if text is not None:
            self._transmit_call(text)
        return True

    def call_raw(self, action: str, payload: dict[str, Any], purpose: CallPurpose) -> bool:
        """Call with a payload of somebody else's making, unchecked."""
        return self.call(Untyped(action=action, content=payload), purpose)

    def follow(self) -> None:
        """After a call is over: send what waits."""
        text = self.rpc.following(self._context.now)
        if text is not None:
            self._transmit_call(text)

    def answer(self, asked: CallReceived, response: Payload) -> None:
        """The CALLRESULT."""
        self._transmit(self.rpc.answer(asked, response), "result", asked.action, asked.id)

    def refuse(self, asked: CallReceived, kind: Kind, description: str) -> None:
        """The CALLERROR, in the version's own word for it."""
        code = self._context.dialect.version.errors[kind]
        self._transmit(self.rpc.refuse(asked, code, description), "error", asked.action, asked.id)

    def _transmit_call(self, text: str) -> None:
        call = self.rpc.outstanding
        assert call is not None, "what is sent awaits its answer"
        self._transmit(text, "call", call.action, call.id)

    def _transmit(self, text: str, kind: Any, action: str, id: str) -> None:
        context = self._context
        now = self.sent_at = context.now
        framed = Framed(
            at=now, direction="cp_to_csms", kind=kind, action=action, message_id=id, text=text
        )
        context.effects.extend((Transmit(text), Report(framed)))

    # --- in ------------------------------------------------------------------------------------

    def receive(self, text: str) -> RpcEvent:
        """Take a frame and report it; one that is faulty is still to be rejected."""
        context = self._context
        event = self.rpc.receive(text, context.now)
        if isinstance(event, ResultReceived):  # nearly always
            verdict = self._judge(event) if event.violations else "valid"
            framed = Framed(
                at=context.now,
                direction="csms_to_cp",
                kind="result",
                action=event.action,
                message_id=event.id,
                text=text,
                latency_s=event.latency_s,
                verdict=verdict,
            )
            context.effects.append(Report(framed))
            if self.refused is not None and self.refused.action == event.action:
                self.refused = None
            return event
        match event:
            case CallReceived(id=id, action=action, violations=violations):
                verdict = self._judge(event) if violations else "valid"
                self._report_in("call", action, id, text, None, verdict)
            case CallRefused(id=id, action=action, latency_s=latency_s, violation=None):
                verdict = f"refused: {event.code}"
                self._report_in("error", action, id, text, latency_s, verdict)
            case CallRefused(violation=Violation() as violation):
                self._refuse_answer(event, violation, text)
            case FrameRejected(violation=faulty, id=faulty_id, action=faulty_action):
                verdict = f"refused: {in_words(faulty)}"
                self._report_in("other", faulty_action or "", faulty_id or "", text, None, verdict)
            case StrayAnswer(id=stray_id, why=why):
                self._report_in("other", "", stray_id or "", text, None, f"stray: {why}")
            case _:  # a frame never times out
                raise AssertionError(event)
        return event

    def _judge(self, event: CallReceived | ResultReceived) -> str:
        """The verdict on a frame that strays and was taken all the same. The first time a fault is
        met in an action it is an event: it comes again with every such frame."""
        violations = event.violations
        faults = {(event.action, one.path, one.kind) for one in violations}
        known = self._forgiven or set()
        if not faults <= known and len(known) < limits.FORGIVEN_FAULTS:
            self._forgiven = known | faults
            self._context.report(
                FaultsForgiven(
                    at=self._context.now,
                    action=event.action,
                    kind="call" if isinstance(event, CallReceived) else "result",
                    message_id=event.id,
                    faults=tuple(
                        ForgivenFault(one.path, one.kind.value, one.message) for one in violations
                    ),
                )
            )
        shown = "; ".join(map(in_words, violations[:_FAULTS_SHOWN]))
        more = len(violations) - _FAULTS_SHOWN
        return f"lenient: {shown} (and {more} more)" if more > 0 else f"lenient: {shown}"

    def _refuse_answer(self, event: CallRefused, violation: Violation, text: str) -> None:
        """Say of an answer that it cannot be accepted, and why."""
        verdict = f"refused: {in_words(violation)}"
        self._report_in("error", event.action, event.id, text, event.latency_s, verdict)
        self.refused = AnswerRefused(
            at=self._context.now,
            action=event.action,
            message_id=event.id,
            field=violation.path,
            rule=violation.kind.value,
            message=violation.message,
        )
        self._context.report(self.refused)

    def reject(self, event: FrameRejected, *, shunned: bool) -> None:
        """The CALLERROR of a faulty frame, where there is one; a peer that is shunned, since it has
        rejected the boot, gets no other answer than that."""
        reply = self._shunning(event.id) if shunned else event.reply
        if reply is not None:
            self._transmit(reply, "error", event.action or "", event.id or "")

    def _shunning(self, id: str | None) -> str | None:
        """The answer to a CSMS that has rejected the boot (2.0.1 B03.FR.08), if there is one."""
        dialect = self._context.dialect
        if id is None or not dialect.answers_while_rejected:
            return None
        return frames.error(id, dialect.version.errors[Kind.SECURITY], "the boot was rejected", {})

    def _report_in(
        self,
        kind: Any,
        action: str,
        id: str,
        text: str,
        latency_s: float | None,
        verdict: str,
    ) -> None:
        self._context.report(
            Framed(
                at=self._context.now,
                direction="csms_to_cp",
                kind=kind,
                action=action,
                message_id=id,
                text=text,
                latency_s=latency_s,
                verdict=verdict,
            )
        )

    # --- time and the link ---------------------------------------------------------------------

    def change_time(self, before: Instant, now: Instant, factor: float) -> None:
        """Time was `before` and is `now`, and passes `factor` times as fast."""
        self.rpc.change_time(before, now, factor)
        self.sent_at += now - before

    def expire(self) -> CallTimedOut | None:
        """The outstanding call, given up, if its time is over."""
        return self.rpc.expire(self._context.now)

    def opened(self) -> None:
        """A link is open."""
        self.open = True

    def drop(self) -> list[tuple[CallPurpose, Payload]]:
        """The link is gone: the calls that came to nothing, in their order."""
        self.open = False
        return self.rpc.drop()


def _prefix(context: ChargerContext) -> str:
    """The beginning of one charger's ids. They differ from all this identity ever used, also before
    a restart (OCPP-J 1.6 errata to 4.1.4), and from those of other chargers."""
    lot = stream(context.spec.seed, context.spec.identity, "ids").getrandbits(_PREFIX_BITS)
    return f"{_base36(round(context.now * 1000))}-{_base36(lot)}"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits or "0"
