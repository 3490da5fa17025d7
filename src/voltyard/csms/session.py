"""One connected charger, as a machine without I/O.

A session lives as long as its link. What must outlive links (registration, transactions, the last
status) belongs to the `Charger` and the services. Each direction has one CALL outstanding at a
time; commands wait in a queue here, and none of them is ever sent twice.

An answer is held back until what follows from its question is durable. Other frames are handled
meanwhile: answers find their questions by message id.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from voltyard.csms import events
from voltyard.csms.calls import Calls, MessageIds
from voltyard.csms.commands import Outcome
from voltyard.csms.dialects.dialect import Dialect, Number
from voltyard.csms.happenings import Booted, DiagnosticsProgress, FirmwareProgress, ReportPart
from voltyard.csms.incoming import Deferred, Handled, Handling, Incoming, about
from voltyard.csms.jobs import Jobs, Told
from voltyard.csms.messages import MessageLog
from voltyard.csms.outgoing import Outgoing
from voltyard.csms.promises import Message
from voltyard.csms.records import ConnectionStored, MessageLogged
from voltyard.csms.registry import Charger
from voltyard.csms.settings import Settings
from voltyard.csms.steps import (
    Ask,
    Commit,
    Committed,
    Complain,
    Decide,
    Decided,
    Dismissed,
    Effect,
    Finish,
    HangUp,
    Happening,
    LinkDown,
    LinkUp,
    NotCommitted,
    Received,
    Send,
    Store,
    Tick,
    Ticket,
    Transmit,
    Undecided,
    Withdraw,
)
from voltyard.csms.tally import Tally
from voltyard.kernel import limits
from voltyard.kernel.errors import NotConnected, Overfull, Unavailable, VoltyardError
from voltyard.kernel.time import Instant, earliest
from voltyard.ocpp import rpc
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.rpc import Rpc
from voltyard.ocpp.violations import Kind, Violation


class Services(Struct, frozen=True):
    """What all sessions share."""

    settings: Settings
    incoming: Incoming
    outgoing: Outgoing
    jobs: Jobs
    number: Number
    """Request ids and remote start ids."""
    tally: Tally


class _Held(Struct, frozen=True):
    """A charger's CALL whose answer has to wait."""

    asked: rpc.Asked
    text: str
    received_at: Instant
    handling: Handling


class Session:
    """`step` takes what happened and gives what is to be done; `deadline` says when to `Tick`."""

    __slots__ = (
        "_calls",
        "_dialect",
        "_held",
        "_id",
        "_keys",
        "_log",
        "_opened_at",
        "_rpc",
        "_services",
        "_silent_at",
        "_up",
        "charger",
        "profile",
        "remote",
    )

    def __init__(
        self,
        charger: Charger,
        dialect: Dialect,
        services: Services,
        *,
        prefix: str,
        profile: int = 0,
    ) -> None:
        self.charger = charger
        self.profile = profile
        """The security profile that fits what who opened it has shown (`gate.Admission`)."""
        self.remote = ""
        self._dialect = dialect
        self._services = services
        self._id = f"con_{prefix}"
        self._opened_at: Instant | None = None
        ids = MessageIds(prefix)
        mode = services.settings.mode(charger)
        self._rpc = Rpc(dialect.version, "csms", ids=ids, mode=mode)
        self._log = MessageLog(charger, dialect.version, prefix, services.tally)
        self._calls = Calls(dialect, self._rpc, ids, self._log, services.number, self._finish)
        self._held: dict[int, _Held] = {}
        self._keys = 0
        self._silent_at: Instant | None = None
        self._up = False

    @property
    def version(self) -> str:
        """The version spoken on this link."""
        return self._dialect.version.name

    def step(self, happening: Happening, now: Instant) -> list[Effect]:
        """Take a happening. What cannot be understood is answered or logged, never raised."""
        out: list[Effect] = []
        _STEPS[type(happening)](self, happening, now, out)
        return out

    @property
    def owed(self) -> int:
        """Answers that the charger waits for."""
        return len(self._held)

    def deadline(self) -> Instant | None:
        """When a `Tick` is due; None: not at all."""
        due_at = self._calls.deadline()
        return due_at if self._silent_at is None else earliest(due_at, self._silent_at)

    def revise(self) -> None:
        """What the charger's deviations meet has been changed."""
        self._rpc.mode = self._services.settings.mode(self.charger)

    # --- the link ------------------------------------------------------------------------------

    def _link_up(self, happening: LinkUp, now: Instant, out: list[Effect]) -> None:
        self._up = True
        self.remote = happening.remote
        charger = self.charger
        charger.session = self
        charger.last_seen_at = now
        self._silent_at = self._silent_after(now)
        event = events.ChargerConnected(
            **about(charger, now), version=self.version, remote=self.remote
        )
        self._opened_at = now
        records = (charger.connected_as(self.version), self._connection(now))
        if charger.connected(now):
            flapped = events.ChargerFlapped(
                **about(charger, now),
                connections=charger.connections(now),
                within_s=limits.FLAPPING_WITHIN_S,
            )
            out.append(Store(records, (event, flapped)))
        else:
            out.append(Store(records, (event,)))

    def _connection(self, opened_at: Instant, **end: Any) -> ConnectionStored:
        row = self.charger.row
        return ConnectionStored(
            id=self._id,
            organization_id=row.organization_id,
            charger_id=row.id,
            charge_box_id=row.charge_box_id,
            version=self.version,
            remote=self.remote,
            opened_at=opened_at,
            **end,
        )

    def _link_down(self, happening: LinkDown, now: Instant, out: list[Effect]) -> None:
        self._end(f"the link was lost ({happening.code})", now, out)
        charger = self.charger
        if self._opened_at is not None:
            end = {"closed_at": now, "code": happening.code, "reason": happening.reason or None}
            out.append(Store((self._connection(self._opened_at, **end),)))
        # A session that was replaced ends without a word: its charger is still connected.
        if charger.session is not self:
            return
        charger.session = None
        event = events.ChargerDisconnected(
            **about(charger, now), code=happening.code, reason=happening.reason
        )
        out.append(Store((charger.seen(now),), (event,)))

    def _dismissed(self, happening: Dismissed, now: Instant, out: list[Effect]) -> None:
        self._end(happening.reason, now, out)
        out.append(HangUp(happening.code, happening.reason))

    def _end(self, why: str, now: Instant, out: list[Effect]) -> None:
        """Nothing more is sent or taken; every command that waits fails now."""
        if not self._up:
            return
        self._up = False
        self._silent_at = None
        self._calls.end(why, now, out)

    def _silent_after(self, now: Instant) -> Instant | None:
        silence_s = self._services.settings.silence_s(self.charger, limits.SILENT_INTERVALS)
        return None if silence_s is None else now + silence_s

    # --- frames --------------------------------------------------------------------------------

    def _received(self, happening: Received, now: Instant, out: list[Effect]) -> None:
        if not self._up:
            return
        text = happening.text
        self.charger.last_seen_at = now
        event = self._rpc.receive(text, now)
        match event:
            case rpc.Asked():
                self._asked(event, text, now, out)
            case rpc.Answered():
                self._calls.answered(event, text, now, out)
            case rpc.Refused():
                self._calls.refused(event, text, now, out)
            case rpc.Faulty():
                self._faulty(event, text, now, out)
            case rpc.Stray(id=id, why=why):
                record = self._log.stray(at=now, text=text, message_id=id, why=why)
                out.append(Store((record,)))

    def _asked(self, asked: rpc.Asked, text: str, now: Instant, out: list[Effect]) -> None:
        if not self._may_ask(asked.action):
            why = "BootNotification comes first, and has to be accepted"
            self._refuse(asked, text, now, Kind.SECURITY, why, now, out)
            return
        try:
            said = self._dialect.understand(asked.request)
            handling = self._services.incoming.handle(self.charger, self.version, said, now)
        except Exception as error:
            # One frame that the backend chokes on must not cost the charger its link.
            self._refuse(asked, text, now, Kind.INTERNAL, "", now, out)
            out.append(Complain(error))
            return
        if type(said) is Booted:
            self._calls.released = frozenset()
            if (barred := self.charger.barred()) is not None:
                self._calls.give_up(barred, now, out)
        self._take(_Held(asked, text, now, handling), now, out)
        if type(said) is ReportPart:
            self._calls.collect(said, now, out)
        if self._calls.outstanding is not None or self._services.jobs.awaits(self.charger.row.id):
            mark = self._dialect.mark(asked.request)
            self._heard(Message(asked.action, getattr(said, "evse_id", None), mark), now, out)
            if isinstance(said, FirmwareProgress | DiagnosticsProgress):
                self._progressed(said, handling, now)

    def _heard(self, message: Message, now: Instant, out: list[Effect]) -> None:
        """It may be what was asked for: by a command that is over, or by one not answered yet, if
        it says so itself, for the answer comes first (1.6 5.17, F06.FR.04)."""
        _tell(self._services.jobs.heard(self.charger.row.id, message, now), out)
        ticket = self._calls.outstanding
        if ticket is None or ticket.request is None or ticket.heard_at is not None:
            return
        promise = self._dialect.promised(ticket.request)
        if promise is not None and message.is_meant(promise) and message.has_mark:
            ticket.heard_at = now

    def _progressed(
        self, said: FirmwareProgress | DiagnosticsProgress, handling: Handling, now: Instant
    ) -> None:
        """A status that no job has taken is that of the command which is not answered yet."""
        ticket = self._calls.outstanding
        if ticket is None or ticket.request is None or said.status == "Idle":
            return
        promise = self._dialect.promised(ticket.request)
        kind = "firmware" if isinstance(said, FirmwareProgress) else "log"
        if (
            promise is not None
            and promise.kind == kind
            and said.request_id in (None, promise.request_id)
            and (promise.begins_at is None or promise.begins_at <= now)
            and isinstance(handling, Handled)
            and handling.aside is None
        ):
            ticket.last_word = said.status

    def _may_ask(self, action: str) -> bool:
        """1.6 errata 3.10, 2.0.1 B01.FR.10, B02.FR.09, B03.FR.07. Registration outlives links."""
        registration = self.charger.row.registration
        return (
            registration == "accepted"
            or action == "BootNotification"
            or (registration == "pending" and action in self._calls.released)
        )

    def _take(self, held: _Held, now: Instant, out: list[Effect]) -> None:
        """Answer now, or once it can be."""
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
            out.append(Decide(self._keys, handling.verdict))
        else:
            out.append(Commit(self._keys, handling.records, handling.events))

    def _answer(self, held: _Held, handled: Handled, now: Instant, out: list[Effect]) -> None:
        try:
            response = self._dialect.answer(held.asked.request, handled.reply, now)
        except Exception as error:
            self._give_up(held, error, "", now, out)
        else:
            out.append(Store((self._respond(held, response, now, out),)))
        for command in handled.commands:
            out.append(Ask(command))

    def _respond(
        self, held: _Held, response: Payload, now: Instant, out: list[Effect]
    ) -> MessageLogged:
        """Send the CALLRESULT, if there is still a link; the log's record of it."""
        asked = held.asked
        text = self._rpc.answer(asked, response)
        if self._up:
            out.append(Transmit(text))
        return self._log.incoming(
            at=held.received_at,
            request=held.text,
            message_id=asked.id,
            action=asked.action,
            response=text if self._up else None,
            answered_at=now if self._up else None,
            outcome="result" if self._up else "lost",
            violations=asked.violations,
        )

    def _refuse(
        self,
        asked: rpc.Asked,
        text: str,
        received_at: Instant,
        kind: Kind,
        why: str,
        now: Instant,
        out: list[Effect],
    ) -> None:
        code = self._dialect.version.errors[kind]
        reply = self._rpc.refuse(asked, code, why)
        if self._up:
            out.append(Transmit(reply))
        record = self._log.incoming(
            at=received_at,
            request=text,
            message_id=asked.id,
            action=asked.action,
            response=reply if self._up else None,
            answered_at=now if self._up else None,
            outcome="error" if self._up else "lost",
            error_code=code,
            violations=(*asked.violations, Violation(kind, "$", why)),
        )
        out.append(Store((record,)))

    def _faulty(self, event: rpc.Faulty, text: str, now: Instant, out: list[Effect]) -> None:
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

    # --- answers that waited -------------------------------------------------------------------

    def _committed(self, happening: Committed, now: Instant, out: list[Effect]) -> None:
        held = self._held.pop(happening.key)
        handled = held.handling
        assert isinstance(handled, Handled)
        if handled.settle is not None:
            handled.settle(True)
        self._answer(held, handled, now, out)

    def _not_committed(self, happening: NotCommitted, now: Instant, out: list[Effect]) -> None:
        held = self._held.pop(happening.key)
        handled = held.handling
        assert isinstance(handled, Handled)
        if handled.regardless:
            out.append(Store(handled.records, handled.events))
            self._answer(held, handled, now, out)
            return
        if handled.settle is not None:
            handled.settle(False)
        self._give_up(held, happening.error, "it could not be stored", now, out)

    def _decided(self, happening: Decided, now: Instant, out: list[Effect]) -> None:
        held = self._held.pop(happening.key)
        assert isinstance(held.handling, Deferred)
        try:
            handled = held.handling.resume(happening.tag, now)
        except Exception as error:
            self._give_up(held, error, "", now, out)
            return
        self._take(_Held(held.asked, held.text, held.received_at, handled), now, out)

    def _undecided(self, happening: Undecided, now: Instant, out: list[Effect]) -> None:
        held = self._held.pop(happening.key)
        self._give_up(held, happening.error, "the tag could not be looked up", now, out)

    def _give_up(
        self, held: _Held, error: Exception, why: str, now: Instant, out: list[Effect]
    ) -> None:
        self._refuse(held.asked, held.text, held.received_at, Kind.INTERNAL, why, now, out)
        if not isinstance(error, Unavailable | Overfull):  # the database's own, and told of there
            out.append(Complain(error))

    # --- commands ------------------------------------------------------------------------------

    def _send(self, happening: Send, now: Instant, out: list[Effect]) -> None:
        barred = self.charger.barred() if self._up else NotConnected("the link is closing")
        if barred is None:
            self._calls.send(happening.ticket, now, out)
        else:
            self._calls.unsent(happening.ticket, barred, now, out)

    def translate(self, ticket: Ticket) -> None:
        """Put a command into the words of this link's version; Invalid where it has none."""
        self._calls.translate(ticket)

    def new_password(self, ticket: Ticket) -> str | None:
        """The password that the command gives to the charger; Invalid as `translate`."""
        self._calls.translate(ticket)
        assert ticket.request is not None
        return self._dialect.new_password(ticket.request)

    def _withdraw(self, happening: Withdraw, now: Instant, out: list[Effect]) -> None:
        self._calls.withdraw(happening.ticket)

    def _finish(
        self, ticket: Ticket, result: Outcome | VoltyardError, now: Instant, out: list[Effect]
    ) -> None:
        if ticket.finished:
            return
        ticket.finished = True
        result, records, happened = self._services.outgoing.finished(
            self.charger, self._dialect, ticket, result, now
        )
        out.append(Store(records, tuple(happened)))
        out.append(Finish(ticket, result))

    # --- time ----------------------------------------------------------------------------------

    def _tick(self, happening: Tick, now: Instant, out: list[Effect]) -> None:
        self._calls.expire(now, out)
        if self._silent_at is not None and self._silent_at <= now:
            self._look_for_silence(now, out)

    def _look_for_silence(self, now: Instant, out: list[Effect]) -> None:
        """Frames do not move the deadline; when it comes, the last of them is looked at."""
        last = self.charger.last_seen_at
        self._silent_at = self._silent_after(now if last is None else last)
        if self._silent_at is not None and self._silent_at <= now:
            self._dismissed(Dismissed(1001, "nothing was heard for too long"), now, out)


def _tell(told: Told, out: list[Effect]) -> None:
    if told.rows:
        out.append(Store(told.rows, told.events))


_STEPS: Mapping[type[Any], Callable[[Session, Any, Instant, list[Effect]], None]] = {
    LinkUp: Session._link_up,
    LinkDown: Session._link_down,
    Dismissed: Session._dismissed,
    Received: Session._received,
    Send: Session._send,
    Withdraw: Session._withdraw,
    Committed: Session._committed,
    NotCommitted: Session._not_committed,
    Decided: Session._decided,
    Undecided: Session._undecided,
    Tick: Session._tick,
}
