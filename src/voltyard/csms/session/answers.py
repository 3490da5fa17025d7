"""Answers to a charger's CALLs, held back until what follows from them is durable.

Other frames are handled meanwhile: answers find their questions by message id.
"""

from msgspec import Struct

from voltyard.csms.dialect import CsmsDialect
from voltyard.csms.handlers.handling import Deferred, Handled, Handling
from voltyard.csms.records import MessageLogged
from voltyard.csms.session.effects import (
    AwaitAuthorization,
    Commit,
    Effect,
    IssueCommand,
    ReportInternalError,
    Store,
    Transmit,
)
from voltyard.csms.session.inputs import (
    AuthorizationDecided,
    AuthorizationFailed,
    Committed,
    NotCommitted,
)
from voltyard.csms.session.message_log import MessageLog
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Instant
from voltyard.ocpp import rpc
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.rpc import Rpc
from voltyard.ocpp.violations import Kind, Violation


class HeldCall(Struct, frozen=True):
    """A charger's CALL whose answer has to wait."""

    asked: rpc.CallReceived
    text: str
    received_at: Instant
    handling: Handling


class Answers:
    """The answers that one link owes its charger."""

    __slots__ = ("_dialect", "_held", "_is_up", "_keys", "_log", "_rpc")

    def __init__(self, dialect: CsmsDialect, rpc: Rpc, log: MessageLog) -> None:
        self._dialect = dialect
        self._rpc = rpc
        self._log = log
        self._held: dict[int, HeldCall] = {}
        self._keys = 0
        self._is_up = False

    @property
    def owed(self) -> int:
        """Answers that the charger waits for."""
        return len(self._held)

    def link_up(self) -> None:
        """Send what is answered from now on."""
        self._is_up = True

    def link_down(self) -> None:
        """Send nothing more; what is owed is logged as lost."""
        self._is_up = False

    def take(self, held: HeldCall, now: Instant, out: list[Effect]) -> None:
        """Answer now, or once what follows from it is stored or decided."""
        handling = held.handling
        if isinstance(handling, Handled):
            if (aside := handling.aside) is not None:
                out.append(Store(aside.records, aside.events))
            if not handling.waits:
                if handling.records or handling.events:
                    out.append(Store(handling.records, handling.events))
                self._answer(held, handling, now, out)
                return
        self._keys += 1
        self._held[self._keys] = held
        if isinstance(handling, Deferred):
            out.append(AwaitAuthorization(self._keys, handling.verdict))
        else:
            out.append(Commit(self._keys, handling.records, handling.events))

    def _answer(self, held: HeldCall, handled: Handled, now: Instant, out: list[Effect]) -> None:
        try:
            response = self._dialect.answer(held.asked.request, handled.reply, now)
        except Exception as error:
            self._give_up(held, error, "", now, out)
        else:
            out.append(Store((self._respond(held, response, now, out),)))
        for command in handled.commands:
            out.append(IssueCommand(command))

    def _respond(
        self, held: HeldCall, response: Payload, now: Instant, out: list[Effect]
    ) -> MessageLogged:
        """Send the CALLRESULT, if there is still a link; the log's record of it."""
        asked = held.asked
        text = self._rpc.answer(asked, response)
        if self._is_up:
            out.append(Transmit(text))
        return self._log.incoming(
            at=held.received_at,
            request=held.text,
            message_id=asked.id,
            action=asked.action,
            response=text if self._is_up else None,
            answered_at=now if self._is_up else None,
            outcome="result" if self._is_up else "lost",
            violations=asked.violations,
        )

    def refuse(
        self,
        asked: rpc.CallReceived,
        text: str,
        received_at: Instant,
        kind: Kind,
        why: str,
        now: Instant,
        out: list[Effect],
    ) -> None:
        """Answer with a CALLERROR."""
        code = self._dialect.version.errors[kind]
        reply = self._rpc.refuse(asked, code, why)
        if self._is_up:
            out.append(Transmit(reply))
        record = self._log.incoming(
            at=received_at,
            request=text,
            message_id=asked.id,
            action=asked.action,
            response=reply if self._is_up else None,
            answered_at=now if self._is_up else None,
            outcome="error" if self._is_up else "lost",
            error_code=code,
            violations=(*asked.violations, Violation(kind, "$", why)),
        )
        out.append(Store((record,)))

    def reject(self, event: rpc.FrameRejected, text: str, now: Instant, out: list[Effect]) -> None:
        """Log a frame that is no CALL to be answered as one, and send the error that is due."""
        if event.reply is not None:
            out.append(Transmit(event.reply))
        record = self._log.incoming(
            at=now,
            request=text,
            message_id=event.id,
            action=event.action,
            response=event.reply,
            answered_at=None if event.reply is None else now,
            outcome="none" if event.reply is None else "error",
            error_code=self._dialect.version.errors[event.violation.kind],
            violations=(event.violation,),
        )
        out.append(Store((record,)))

    def committed(self, incoming: Committed, now: Instant, out: list[Effect]) -> None:
        """Give the answer that waited for records which are stored now."""
        held = self._held.pop(incoming.key)
        handled = held.handling
        assert isinstance(handled, Handled)
        if handled.settle is not None:
            handled.settle(True)
        self._answer(held, handled, now, out)

    def not_committed(self, incoming: NotCommitted, now: Instant, out: list[Effect]) -> None:
        """Refuse the answer that waited for records which could not be stored."""
        held = self._held.pop(incoming.key)
        handled = held.handling
        assert isinstance(handled, Handled)
        if handled.regardless:
            out.append(Store(handled.records, handled.events))
            self._answer(held, handled, now, out)
            return
        if handled.settle is not None:
            handled.settle(False)
        self._give_up(held, incoming.error, "it could not be stored", now, out)

    def decided(self, incoming: AuthorizationDecided, now: Instant, out: list[Effect]) -> None:
        """The tag that an answer waited for is decided about."""
        held = self._held.pop(incoming.key)
        assert isinstance(held.handling, Deferred)
        try:
            handled = held.handling.resume(incoming.tag, now)
        except Exception as error:
            self._give_up(held, error, "", now, out)
            return
        self.take(HeldCall(held.asked, held.text, held.received_at, handled), now, out)

    def undecided(self, incoming: AuthorizationFailed, now: Instant, out: list[Effect]) -> None:
        """The tag that an answer waited for could not be decided about."""
        held = self._held.pop(incoming.key)
        self._give_up(held, incoming.error, "the tag could not be looked up", now, out)

    def _give_up(
        self, held: HeldCall, error: Exception, why: str, now: Instant, out: list[Effect]
    ) -> None:
        self.refuse(held.asked, held.text, held.received_at, Kind.INTERNAL, why, now, out)
        if not isinstance(error, Unavailable | Overfull):  # the database's own, and told of there
            out.append(ReportInternalError(error))
