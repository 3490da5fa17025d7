"""One connected charger, as a machine without I/O.

A session lives as long as its link. What must outlive links (registration, transactions, the last
status) belongs to the `RegisteredCharger` and the services. Each direction has one CALL outstanding
at a time; commands wait in a queue here, and none of them is ever sent twice.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from voltyard.csms import events
from voltyard.csms.commands.completion import CommandCompletion
from voltyard.csms.commands.expected_outcomes import ObservedCall
from voltyard.csms.commands.outcome_tracker import OutcomeTracker, OutcomeUpdate
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.dialect import CsmsDialect, NextNumber
from voltyard.csms.handlers.handlers import RequestHandlers
from voltyard.csms.handlers.handling import Handled, Handling, LinkRefused
from voltyard.csms.records import Awaited, ConnectionStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import (
    BootNotification,
    ChargerRequest,
    FirmwareStatusNotification,
    LogStatusNotification,
    OtherRequest,
    PublishFirmwareStatusNotification,
    ReportPart,
    StatusNotification,
)
from voltyard.csms.session.answers import Answers, HeldCall
from voltyard.csms.session.call_counts import CallCounts
from voltyard.csms.session.calls import Calls, MessageIds
from voltyard.csms.session.effects import (
    Effect,
    FinishCommand,
    HangUp,
    ReportInternalError,
    Store,
)
from voltyard.csms.session.inputs import (
    AuthorizationDecided,
    AuthorizationFailed,
    CloseRequested,
    CommandSubmitted,
    CommandWithdrawn,
    Committed,
    Input,
    LinkDown,
    LinkUp,
    NotCommitted,
    Received,
    Tick,
)
from voltyard.csms.session.message_log import MessageLog
from voltyard.csms.settings import OrganizationSettings
from voltyard.kernel import limits
from voltyard.kernel.errors import NotConnected, Unavailable, VoltyardError
from voltyard.kernel.time import Instant, earliest
from voltyard.ocpp import rpc
from voltyard.ocpp.rpc import Rpc
from voltyard.ocpp.violations import Kind
from voltyard.ports.links import PeerCertificate

_POLICY_VIOLATION = 1008

_Progress: TypeAlias = (
    FirmwareStatusNotification | LogStatusNotification | PublishFirmwareStatusNotification
)
_PROGRESS: Final[Mapping[type[Any], Awaited]] = {
    FirmwareStatusNotification: "firmware",
    PublishFirmwareStatusNotification: "publication",
    LogStatusNotification: "log",
}
"""Outcomes by the notifications that tell how they come about."""


class SessionServices(Struct, frozen=True):
    """The services shared by all sessions."""

    settings: OrganizationSettings
    incoming: RequestHandlers
    outgoing: CommandCompletion
    outcomes: OutcomeTracker
    number: NextNumber
    """Request ids and remote start ids."""
    call_counts: CallCounts


class Session:
    """A machine: `step` turns inputs into effects, `deadline` says when a `Tick` is due."""

    __slots__ = (
        "_answers",
        "_calls",
        "_dialect",
        "_id",
        "_log",
        "_opened_at",
        "_rpc",
        "_services",
        "_silent_at",
        "_up",
        "certificate",
        "charger",
        "profile",
        "remote",
    )

    def __init__(
        self,
        charger: RegisteredCharger,
        dialect: CsmsDialect,
        services: SessionServices,
        *,
        prefix: str,
        profile: int = 0,
        certificate: PeerCertificate | None = None,
    ) -> None:
        self.charger = charger
        self.certificate = certificate
        """The certificate that who opened it has shown."""
        self.profile = profile
        """The security profile that fits what who opened it has shown
        (`admission.AdmittedCharger`)."""
        self.remote = ""
        self._dialect = dialect
        self._services = services
        self._id = f"con_{prefix}"
        self._opened_at: Instant | None = None
        ids = MessageIds(prefix)
        mode = services.settings.mode(charger)
        self._rpc = Rpc(dialect.version, "csms", ids=ids, mode=mode)
        self._log = MessageLog(charger, dialect.version, prefix, services.call_counts)
        self._calls = Calls(dialect, self._rpc, ids, self._log, services.number, self._finish)
        self._answers = Answers(dialect, self._rpc, self._log)
        self._silent_at: Instant | None = None
        self._up = False

    @property
    def version(self) -> str:
        """The version spoken on this link."""
        return self._dialect.version.name

    def step(self, incoming: Input, now: Instant) -> list[Effect]:
        """Take an input. What cannot be understood is answered or logged, never raised."""
        out: list[Effect] = []
        _STEPS[type(incoming)](self, incoming, now, out)
        return out

    @property
    def owed(self) -> int:
        """See Answers."""
        return self._answers.owed

    @property
    def is_idle(self) -> bool:
        """True where neither end waits for an answer of the other."""
        return not self._answers.owed and self._calls.are_idle

    def deadline(self) -> Instant | None:
        """The moment at which a `Tick` is due; None: not at all."""
        due_at = self._calls.deadline()
        return due_at if self._silent_at is None else earliest(due_at, self._silent_at)

    def revise(self) -> None:
        """Take up a change in how the charger's deviations are met."""
        self._rpc.mode = self._services.settings.mode(self.charger)

    # --- the link ------------------------------------------------------------------------------

    def _link_up(self, incoming: LinkUp, now: Instant, out: list[Effect]) -> None:
        self._up = True
        self._answers.link_up()
        self.remote = incoming.remote
        charger = self.charger
        charger.session = self
        charger.last_seen_at = now
        self._silent_at = self._silent_after(now)
        event = events.ChargerConnected(
            **charger.event_fields(now), version=self.version, remote=self.remote
        )
        self._opened_at = now
        happened: list[events.BackendEvent] = [event]
        before = charger.row.security_profile
        if charger.came_up_with(self.profile):
            raised = events.ChargerProfileChanged(
                **charger.event_fields(now),
                previous_profile=before,
                security_profile=self.profile,
                by="charger",
            )
            happened.append(raised)
        records = (charger.connected_as(self.version), self._connection(now))
        if charger.connected(now):
            flapped = events.ChargerFlapped(
                **charger.event_fields(now),
                connections=charger.connections(now),
                within_s=limits.FLAPPING_WITHIN_S,
            )
            happened.append(flapped)
        out.append(Store(records, tuple(happened)))

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

    def _link_down(self, incoming: LinkDown, now: Instant, out: list[Effect]) -> None:
        self._end(f"the link was lost ({incoming.code})", now, out)
        charger = self.charger
        if self._opened_at is not None:
            end = {"closed_at": now, "code": incoming.code, "reason": incoming.reason or None}
            out.append(Store((self._connection(self._opened_at, **end),)))
        # A session that was replaced ends without a word: its charger is still connected.
        if charger.session is not self:
            return
        charger.session = None
        event = events.ChargerDisconnected(
            **charger.event_fields(now), code=incoming.code, reason=incoming.reason
        )
        out.append(Store((charger.seen(now),), (event,)))

    def _dismissed(self, incoming: CloseRequested, now: Instant, out: list[Effect]) -> None:
        self._end(incoming.reason, now, out)
        out.append(HangUp(incoming.code, incoming.reason))

    def _end(self, why: str, now: Instant, out: list[Effect]) -> None:
        """Nothing more is sent or taken; every command that waits fails now."""
        if not self._up:
            return
        self._up = False
        self._answers.link_down()
        self._silent_at = None
        self._calls.end(why, now, out)

    def _silent_after(self, now: Instant) -> Instant | None:
        silence_s = self._services.settings.silence_s(self.charger, limits.SILENT_INTERVALS)
        return None if silence_s is None else now + silence_s

    # --- frames --------------------------------------------------------------------------------

    def _received(self, incoming: Received, now: Instant, out: list[Effect]) -> None:
        if not self._up:
            return
        text = incoming.text
        self.charger.last_seen_at = now
        event = self._rpc.receive(text, now)
        match event:
            case rpc.CallReceived():
                self._asked(event, text, now, out)
            case rpc.ResultReceived():
                self._calls.answered(event, text, now, out)
            case rpc.CallRefused():
                self._calls.refused(event, text, now, out)
            case rpc.FrameRejected():
                self._answers.reject(event, text, now, out)
            case rpc.StrayAnswer(id=id, why=why):
                record = self._log.stray(at=now, text=text, message_id=id, why=why)
                out.append(Store((record,)))

    def _asked(self, asked: rpc.CallReceived, text: str, now: Instant, out: list[Effect]) -> None:
        if not self._may_ask(asked.action):
            why = "BootNotification comes first, and has to be accepted"
            self._answers.refuse(asked, text, now, Kind.SECURITY, why, now, out)
            return
        try:
            said = self._dialect.understand(asked.request)
            handling = self._services.incoming.handle(self.charger, self.version, said, now)
        except LinkRefused as error:
            self._answers.refuse(asked, text, now, Kind.SECURITY, error.message, now, out)
            out.append(Store((), (error.event,)))
            self._dismissed(CloseRequested(_POLICY_VIOLATION, error.message), now, out)
            return
        except Unavailable as error:
            self._answers.refuse(asked, text, now, Kind.INTERNAL, error.message, now, out)
            return  # whoever could not do it has complained already; the charger sends it again
        except Exception as error:
            # One frame that the backend chokes on must not cost the charger its link.
            self._answers.refuse(asked, text, now, Kind.INTERNAL, "", now, out)
            out.append(ReportInternalError(error))
            return
        if type(said) is BootNotification:
            self._calls.released = frozenset()
            if (barred := self.charger.barred()) is not None:
                self._calls.give_up(barred, now, out)
        self._answers.take(HeldCall(asked, text, now, handling), now, out)
        if type(said) is ReportPart:
            self._calls.collect(said, now, out)
        if self._calls.outstanding is not None or self._services.outcomes.awaits(
            self.charger.row.id
        ):
            says_triggered = self._dialect.says_triggered(asked.request)
            self._heard(
                ObservedCall(asked.action, getattr(said, "evse_id", None), says_triggered), now, out
            )
            for one in _statuses(said):
                told = self._services.outcomes.evse_status(
                    self.charger.row.id, one.evse_id, one.status, now
                )
                _tell(told, out)
            if isinstance(said, _Progress):
                self._progressed(said, handling, now)

    def _heard(self, message: ObservedCall, now: Instant, out: list[Effect]) -> None:
        """Match a CALL with what was asked for: by a command that is over, or by one not answered
        yet, if it says so itself, for the answer comes first (1.6 5.17, F06.FR.04)."""
        _tell(self._services.outcomes.heard(self.charger.row.id, message, now), out)
        ticket = self._calls.outstanding
        if ticket is None or ticket.request is None or ticket.heard_at is not None:
            return
        expected_outcome = self._dialect.expected_outcome(ticket.request)
        if (
            expected_outcome is not None
            and message.is_meant(expected_outcome)
            and message.says_triggered
        ):
            ticket.heard_at = now

    def _progressed(
        self,
        said: _Progress,
        handling: Handling,
        now: Instant,
    ) -> None:
        """A status that no job has taken is that of the command which is not answered yet."""
        ticket = self._calls.outstanding
        if ticket is None or ticket.request is None or said.status == "Idle":
            return
        expected_outcome = self._dialect.expected_outcome(ticket.request)
        if (
            expected_outcome is not None
            and expected_outcome.kind == _PROGRESS[type(said)]
            and said.request_id in (None, expected_outcome.request_id)
            and (expected_outcome.begins_at is None or expected_outcome.begins_at <= now)
            and isinstance(handling, Handled)
            and handling.aside is None
        ):
            ticket.last_status = said.status

    def _may_ask(self, action: str) -> bool:
        """1.6 errata 3.10, 2.0.1 B01.FR.10, B02.FR.09, B03.FR.07. Registration outlives links."""
        registration = self.charger.row.registration
        return (
            registration == "accepted"
            or action == "BootNotification"
            or (registration == "pending" and action in self._calls.released)
        )

    def _committed(self, incoming: Committed, now: Instant, out: list[Effect]) -> None:
        self._answers.committed(incoming, now, out)

    def _not_committed(self, incoming: NotCommitted, now: Instant, out: list[Effect]) -> None:
        self._answers.not_committed(incoming, now, out)

    def _decided(self, incoming: AuthorizationDecided, now: Instant, out: list[Effect]) -> None:
        self._answers.decided(incoming, now, out)

    def _undecided(self, incoming: AuthorizationFailed, now: Instant, out: list[Effect]) -> None:
        self._answers.undecided(incoming, now, out)

    # --- commands ------------------------------------------------------------------------------

    def _send(self, incoming: CommandSubmitted, now: Instant, out: list[Effect]) -> None:
        barred = self.charger.barred() if self._up else NotConnected("the link is closing")
        if barred is None:
            self._calls.send(incoming.ticket, now, out)
        else:
            self._calls.unsent(incoming.ticket, barred, now, out)

    def translate(self, ticket: CommandTicket) -> None:
        """Put a command into the words of this link's version; Invalid where it has none."""
        self._calls.translate(ticket)

    def new_password(self, ticket: CommandTicket) -> str | None:
        """The password that the command gives to the charger; Invalid as `translate`."""
        self._calls.translate(ticket)
        assert ticket.request is not None
        return self._dialect.new_password(ticket.request)

    def _withdraw(self, incoming: CommandWithdrawn, now: Instant, out: list[Effect]) -> None:
        self._calls.withdraw(incoming.ticket)

    def _finish(
        self,
        ticket: CommandTicket,
        result: BackendCommandResult | VoltyardError,
        now: Instant,
        out: list[Effect],
    ) -> None:
        if ticket.finished:
            return
        ticket.finished = True
        result, records, happened = self._services.outgoing.finished(
            self.charger, self._dialect, ticket, result, now
        )
        out.append(Store(records, tuple(happened)))
        out.append(FinishCommand(ticket, result))

    # --- time ----------------------------------------------------------------------------------

    def _tick(self, incoming: Tick, now: Instant, out: list[Effect]) -> None:
        self._calls.expire(now, out)
        if self._silent_at is not None and self._silent_at <= now:
            self._look_for_silence(now, out)

    def _look_for_silence(self, now: Instant, out: list[Effect]) -> None:
        """Frames do not move the deadline; when it comes, the last of them is looked at."""
        last = self.charger.last_seen_at
        self._silent_at = self._silent_after(now if last is None else last)
        if self._silent_at is not None and self._silent_at <= now:
            self._dismissed(CloseRequested(1001, "nothing was heard for too long"), now, out)


def _statuses(said: ChargerRequest) -> tuple[StatusNotification, ...]:
    """The statuses of connectors that a request tells of."""
    match said:
        case StatusNotification():
            return (said,)
        case OtherRequest(statuses=statuses):
            return statuses
        case _:
            return ()


def _tell(told: OutcomeUpdate, out: list[Effect]) -> None:
    if told.rows:
        out.append(Store(told.rows, told.events))


_STEPS: Mapping[type[Any], Callable[[Session, Any, Instant, list[Effect]], None]] = {
    LinkUp: Session._link_up,
    LinkDown: Session._link_down,
    CloseRequested: Session._dismissed,
    Received: Session._received,
    CommandSubmitted: Session._send,
    CommandWithdrawn: Session._withdraw,
    Committed: Session._committed,
    NotCommitted: Session._not_committed,
    AuthorizationDecided: Session._decided,
    AuthorizationFailed: Session._undecided,
    Tick: Session._tick,
}


def session_of(charger: RegisteredCharger) -> Session | None:
    """The session that holds a charger's link."""
    session = charger.session
    assert session is None or isinstance(session, Session)
    return session
