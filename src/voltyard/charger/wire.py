"""The charger's end of the link: calls out, calls in, and every frame reported."""

from __future__ import annotations

from typing import Any

from voltyard.charger import standard
from voltyard.charger.core import Core
from voltyard.charger.effects import Transmit
from voltyard.charger.events import Framed
from voltyard.charger.purposes import TOLD, Purpose
from voltyard.kernel.errors import Overfull
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import Payload, Untyped
from voltyard.ocpp.rpc import Answered, Asked, Faulty, Refused, Rpc, RpcEvent, Stray, TimedOut
from voltyard.ocpp.violations import Kind, Violation

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class Wire:
    """Frames both ways while the link is up."""

    __slots__ = ("_core", "_prefix", "_rpc", "_serial", "open", "sent_at")

    def __init__(self, core: Core) -> None:
        self._core = core
        # Ids differ from all this identity ever used, also before a restart (OCPP-J 1.6 errata to
        # 4.1.4).
        self._prefix = _base36(round(core.now * 1000))
        self._serial = 0
        self._rpc = Rpc(core.dialect.version, "charger", ids=self._next_id)
        self.open = False
        self.sent_at: Instant = core.now
        """When a frame was last sent: silence is counted from here."""

    def _next_id(self) -> str:
        self._serial += 1
        return f"{self._prefix}-{self._serial}"

    # --- out -----------------------------------------------------------------------------------

    def call(self, request: Payload, purpose: Purpose = TOLD) -> bool:
        """Call the CSMS, at once or when earlier calls are done; False where there is no link or
        too many calls wait already."""
        core = self._core
        if not self.open:
            return False
        timeout_s = core.settings.number(standard.MESSAGE_TIMEOUT)
        try:
            text = self._rpc.call(request, core.now, timeout_s=timeout_s, token=purpose)
        except Overfull:
            return False
        self._transmit_call(text)
        return True

    def call_raw(self, action: str, payload: dict[str, Any], purpose: Purpose) -> bool:
        """Call with a payload of somebody else's making, unchecked."""
        return self.call(Untyped(action=action, content=payload), purpose)

    def follow(self) -> None:
        """After a call is over: send what waits."""
        self._transmit_call(self._rpc.following(self._core.now))

    def answer(self, asked: Asked, response: Payload) -> None:
        """The CALLRESULT."""
        self._transmit(self._rpc.answer(asked, response), "result", asked.action, asked.id)

    def refuse(self, asked: Asked, kind: Kind, description: str) -> None:
        """The CALLERROR, in the version's own word for it."""
        code = self._core.dialect.version.errors[kind]
        self._transmit(self._rpc.refuse(asked, code, description), "error", asked.action, asked.id)

    def _transmit_call(self, text: str | None) -> None:
        if text is None:
            return
        # Own ids hold no quotes; a foreign action may, and is then reported up to its first.
        parts = text.split('"', 4)
        self._transmit(text, "call", parts[3], parts[1])

    def _transmit(self, text: str, kind: Any, action: str, id: str) -> None:
        core = self._core
        self.sent_at = core.now
        core.effects.append(Transmit(text))
        core.report(
            Framed(
                at=core.now,
                direction="cp_to_csms",
                kind=kind,
                action=action,
                message_id=id,
                text=text,
            )
        )

    # --- in ------------------------------------------------------------------------------------

    def receive(self, text: str) -> RpcEvent:
        """Take a frame, report it, and answer it where it is faulty."""
        core = self._core
        event = self._rpc.receive(text, core.now)
        match event:
            case Asked(id=id, action=action, violations=violations):
                self._report_in("call", action, id, text, None, _lenient(violations))
            case Answered(request=request, latency_s=latency_s, violations=violations):
                action, id = self._of(request), _message_id(text)
                self._report_in("result", action, id, text, latency_s, _lenient(violations))
            case Refused(request=request, latency_s=latency_s, code=code):
                action, id = self._of(request), _message_id(text)
                self._report_in("error", action, id, text, latency_s, f"refused: {code}")
            case Faulty(violation=violation, reply=reply, id=faulty_id, action=faulty_action):
                self._report_faulty(text, violation, faulty_id or "", faulty_action or "", reply)
            case Stray(id=stray_id, why=why):
                self._report_in("other", "", stray_id or "", text, None, f"stray: {why}")
            case _:  # a frame never times out
                raise AssertionError(event)
        return event

    def _report_faulty(
        self, text: str, violation: Violation, id: str, action: str, reply: str | None
    ) -> None:
        self._report_in("other", action, id, text, None, f"refused: {violation.message}")
        if reply is not None:
            self._transmit(reply, "error", action, id)

    def _report_in(
        self,
        kind: Any,
        action: str,
        id: str,
        text: str,
        latency_s: float | None,
        verdict: str,
    ) -> None:
        self._core.report(
            Framed(
                at=self._core.now,
                direction="csms_to_cp",
                kind=kind,
                action=action,
                message_id=id,
                text=text,
                latency_s=latency_s,
                verdict=verdict,
            )
        )

    def _of(self, request: Payload) -> str:
        return self._core.dialect.action_name(request)

    # --- time and the link ---------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """When the outstanding call times out."""
        return self._rpc.deadline()

    def expire(self) -> TimedOut | None:
        """The outstanding call, given up, if its time is over."""
        return self._rpc.expire(self._core.now)

    def drop(self) -> list[tuple[Purpose, Payload]]:
        """The link is gone: the calls that came to nothing, in their order."""
        self.open = False
        return self._rpc.drop()


def _message_id(text: str) -> str:
    """The id of an answer that was matched to our call: one of ours, without quotes in it."""
    return text.split('"', 2)[1]


def _lenient(violations: tuple[Violation, ...]) -> str:
    return f"lenient: {violations[0].message}" if violations else "valid"


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits or "0"
