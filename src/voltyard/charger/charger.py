"""The simulated charger: a machine of smaller machines, without I/O.

    charger = Charger(spec, now)
    effects = charger.step(incoming, now)
    at = charger.deadline()          # step(Tick(), at) is due then

This module composes the parts and routes inputs, frames and their answers to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.authorization import card_readers
from voltyard.charger.authorization.authorizer import Authorizer
from voltyard.charger.authorization.card_readers import CardReaders
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.authorization.plug_and_charge import PlugAndCharge
from voltyard.charger.commands.command_queue import CommandQueue
from voltyard.charger.commands.handlers import HANDLERS
from voltyard.charger.commands.outcome import CommandOutcome
from voltyard.charger.commands.remote_control import RemoteControl
from voltyard.charger.connection.connection import CsmsConnection, LinkPhase
from voltyard.charger.connection.evse_resets import EvseResets
from voltyard.charger.connection.link_loss import LinkLoss, LinkRecovery
from voltyard.charger.connection.outage import Outage
from voltyard.charger.connection.power_and_reset import PowerAndReset
from voltyard.charger.connection.registration import Registration
from voltyard.charger.connection.responses import Responses
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.evses import evses_of
from voltyard.charger.description.memory import ChargerMemory
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.description.view import StateView
from voltyard.charger.display.display import Display
from voltyard.charger.effects import Effect, Failed, Remember
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.firmware.file_inputs import FileInputs
from voltyard.charger.firmware.firmware_publication import FirmwarePublication
from voltyard.charger.firmware.firmware_update import FirmwareUpdate
from voltyard.charger.firmware.log_upload import LogUpload
from voltyard.charger.inputs import (
    CommandReceived,
    FileDownloads,
    FilePublished,
    Input,
    LinkDown,
    LinkUp,
    Received,
    Tick,
    Transferred,
)
from voltyard.charger.monitoring.monitoring import Monitoring
from voltyard.charger.reservation.reservation_controller import ReservationController
from voltyard.charger.security.security import Security
from voltyard.charger.smart_charging.external_limits import ExternalLimits
from voltyard.charger.smart_charging.negotiations import Negotiations
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.snapshot import Snapshot
from voltyard.charger.state import ChargerState
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.variables.standard import BY_NAME
from voltyard.charger.versions.dialect import Refusal
from voltyard.charger.versions.handler_groups import made
from voltyard.charger.versions.versions import Configurable, version_of
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, earliest
from voltyard.ocpp import rpc
from voltyard.ocpp.violations import Kind, in_words

_NOTHING: Final = (None,) * 6
"""Compared at once with what is hardly ever there: that is done after every step."""


class Charger:
    """One simulated charger."""

    __slots__ = (
        "_due",
        "_evses_due",
        "_is_calm",
        "authorization",
        "authorizer",
        "card_readers",
        "command_queue",
        "connection",
        "context",
        "display",
        "evses",
        "firmware",
        "log_upload",
        "monitoring",
        "outbox",
        "plug_and_charge",
        "power",
        "profile_limits",
        "publication",
        "registration",
        "remote_control",
        "reports",
        "reservations",
        "responses",
        "security",
        "sessions",
        "smart",
        "statuses",
        "transactions",
        "wire",
    )

    def __init__(self, spec: ChargerSpec, now: Instant) -> None:
        """A charger that has just got power. Invalid where its settings cannot be."""
        context = ChargerContext(spec, version_of(spec.version).dialect, now)
        context.settings.begin(spec.settings, BY_NAME)
        if not spec.evses or not all(evse.connectors for evse in spec.evses):
            raise Invalid("a charger has an EVSE, and every EVSE a connector")
        card_readers.check(spec)
        self.context = context
        self.evses = evses_of(spec, now)
        self.wire = ChargerWire(context)
        self.security = Security(context, self.wire)
        self.connection = CsmsConnection(context, self.security.credentials)
        self.registration = Registration(context, self.wire, self.security.events, self.evses)
        self.outbox = TransactionOutbox(context, self.wire, self.security.events)
        self.authorization = LocalAuthorization(context.settings)
        self.statuses = Statuses(context, self.wire, self.evses)
        self.reservations = ReservationController(context, self.wire, self.statuses)
        self.transactions = TransactionLifecycle(context, self.outbox, self.statuses)
        self.profile_limits = ProfileLimits(context, self.evses)
        self.display = Display(context, self.evses, self.statuses, self.transactions)
        self.sessions = Sessions(
            context, self.wire, self.transactions, self.statuses, self.profile_limits, self.evses
        )
        self.smart = SmartCharging(context, self.profile_limits, self.sessions)
        self.authorizer = Authorizer(
            context, self.wire, self.authorization, self.transactions, self.sessions, self.smart
        )
        self.plug_and_charge = PlugAndCharge(
            context, self.wire, self.security, self.authorization, self.authorizer, self.sessions
        )
        self.card_readers = CardReaders(spec, self.evses, self.authorizer, self.sessions)
        self.power = PowerAndReset(
            context,
            self.connection,
            self.security.events,
            self.registration,
            self.outbox,
            self.transactions,
            self.statuses,
            self.sessions,
        )
        self.remote_control = RemoteControl(
            context,
            self.registration,
            self.transactions,
            self.statuses,
            self.sessions,
            self.authorizer,
            self.power,
        )
        self.firmware = FirmwareUpdate(
            context,
            self.wire,
            self.connection,
            self.statuses,
            self.sessions,
            self.power,
            self.security,
        )
        self.publication: FirmwarePublication | None = None
        if spec.local_controller:
            self.publication = FirmwarePublication(
                context, self.wire, self.connection, self.statuses, self.security
            )
        self.reports = DeviceModelReports(self.wire)
        self.monitoring = Monitoring(context, self.wire, self.evses)
        self.log_upload = LogUpload(context, self.wire, self.connection, self.security)
        self.responses = Responses(
            context,
            self.registration,
            self.outbox,
            self.authorization,
            self.statuses,
            self.reservations,
            self.transactions,
            self.sessions,
            self.authorizer,
            self.security,
            self.firmware,
            self.log_upload,
            self.reports,
            self.plug_and_charge,
            self.monitoring,
            self.publication,
        )
        self.command_queue = CommandQueue(
            context, self.connection, self.registration, self.power, self._carry_out
        )
        self._due = self._find_due(self._is_busy)

    @classmethod
    def restore(cls, spec: ChargerSpec, snapshot: Snapshot, now: Instant) -> Charger:
        """A charger that gets power again after it had been remembered: open transactions end with
        PowerLoss as of then, and what persists has persisted. The next step tells of it."""
        charger = cls(spec, now)
        charger._restore(snapshot)
        return charger

    def _restore(self, snapshot: Snapshot) -> None:
        made(ChargerMemory, self).restore(snapshot)
        self._due = self._find_due(self._is_busy)

    # --- the machine ---------------------------------------------------------------------------

    def step(self, incoming: Input, now: Instant) -> list[Effect]:
        """Take one input; the effects to be carried out, in order."""
        context = self.context
        effects = context.begin_step(now)
        if self.profile_limits.active and self.power.powered:
            self.smart.catch_up()
        if isinstance(incoming, Received):  # frames and ticks are nearly all there is
            if self._received(incoming.text):
                self._conclude()
            else:
                self._due = self._find_soonest()
        elif type(incoming) is not Tick:
            self._happen(incoming)
            self._conclude()
        elif self._has_waiting:
            self._conclude()
        while ((due := self._due) is not None and due <= now) or self.power.restart_is_pending:
            self._tick()
            self._conclude()
            if self._due == due:
                break  # what is due waits for somebody else
        if context.take_needs_saving():
            effects.append(Remember(self))
        return effects

    def _happen(self, incoming: Input) -> None:
        match incoming:
            case CommandReceived(command=command, id=id):
                self.command_queue.ask(id, command)
            case LinkUp(subprotocol=subprotocol):
                self._link_up(subprotocol)
            case LinkDown(reason=reason, cause=cause):
                self._link_down(reason, cause)
            case Transferred() | FilePublished() | FileDownloads():
                made(FileInputs, self).happen(incoming)

    def run_at(self, rate: float, before: Instant, now: Instant) -> None:
        """Its time was `before` and is `now`, no earlier, and passes `rate` times as fast as real
        time from here on. What waits for the peer waits as long as it would have. A Tick is due."""
        context = self.context
        factor = rate / context.rate
        context.set_pace(rate, now)
        self.wire.change_time(before, now, factor)
        self.connection.change_time(before, now, factor)
        self.command_queue.change_time(before, now, factor)
        self._due = self._find_due(self._is_busy)

    def deadline(self) -> Instant | None:
        """The moment by which a Tick is due, None while only others can make something happen."""
        return self._due

    @property
    def _has_waiting(self) -> bool:
        """Something may go on with whatever happens next, be it only that time has passed."""
        return bool(
            self.context.outcomes
            or self.command_queue.has_waiting
            or self.statuses.book.entries
            or self.firmware.order is not None
            or self.log_upload.wish is not None
            or (self.publication is not None and self.publication.is_active)
            or self.profile_limits.active
            or self.profile_limits.negotiating
        )

    def _conclude(self) -> None:
        """Whatever has happened: go on with what waited for it, and let follow what depends on
        it."""
        self.command_queue.proceed()
        busy = self._is_busy
        if busy and self.power.powered:
            self._go_on()
        self._due = self._find_due(busy)

    @property
    def _is_busy(self) -> bool:
        """Any of those that are hardly ever busy is: who is not, is neither let go on nor asked for
        a deadline."""
        statuses, limits, connection = self.statuses, self.profile_limits, self.connection
        seldom = (
            connection.restore_at,
            self.command_queue.patience_at,
            self.outbox.retry_at,
            self.firmware.order,
            self.log_upload.wish,
            self.publication,
        )
        return bool(
            seldom != _NOTHING
            or not connection.up
            or self.context.restarting
            or self.security.has_plans
            or statuses.resets
            or statuses.book.entries
            or self.reservations.freed
            or limits.active  # charging profiles and external limits
            or limits.untold
            or limits.negotiating
            or self.monitoring.active
        )

    def _go_on(self) -> None:
        if self.statuses.resets:
            made(EvseResets, self).proceed()
        if self.statuses.book.entries:
            self.reservations.review()
        if self.reservations.take_freed():
            self.sessions.resume()
        if self.firmware.order is not None:
            self.firmware.proceed()
        if self.log_upload.wish is not None:
            self.log_upload.proceed()
        if self.publication is not None and self.publication.is_active:
            self.publication.proceed()
        if self.profile_limits.external or self.profile_limits.untold:
            made(ExternalLimits, self).proceed()
        if self.profile_limits.active:
            self.smart.follow()
        if self.monitoring.active:
            made(version_of(self.context.spec.version).monitoring_round, self).happen()
        if self.profile_limits.negotiating:
            made(Negotiations, self).proceed()

    def _find_due(self, busy: bool) -> Instant | None:
        self._is_calm = not busy and self.power.powered
        if not self.power.powered:
            return earliest(self.power.deadline(), self.connection.restore_at)
        self._evses_due = self.sessions.deadline()
        soonest = self._find_soonest()
        return earliest(soonest, *self._deadlines()) if busy else soonest

    def _find_soonest(self) -> Instant | None:
        """The deadline of a charger of which nothing is busy."""
        soonest = self._evses_due
        answer_at = self.wire.rpc.due_at
        if answer_at is not None and (soonest is None or answer_at < soonest):
            soonest = answer_at
        if self.wire.open:
            beat_at = self.registration.deadline()
            if beat_at is not None and (soonest is None or beat_at < soonest):
                soonest = beat_at
        return soonest

    def _deadlines(self) -> Iterator[Instant | None]:
        yield self.connection.deadline()
        yield self.command_queue.patience_at
        yield self.outbox.deadline()
        yield self.security.deadline()
        if self.context.restarting:
            yield self.power.deadline()
        if self.statuses.resets:
            yield made(EvseResets, self).deadline()
        if self.statuses.book.entries:
            yield self.reservations.deadline()
        if self.profile_limits.active:
            yield self.smart.deadline()
        if self.profile_limits.negotiating:
            yield made(Negotiations, self).deadline()
        if self.firmware.order is not None:
            yield self.firmware.deadline()
        if self.log_upload.wish is not None:
            yield self.log_upload.deadline()
        if self.publication is not None:
            yield self.publication.deadline()
        if self.monitoring.active:
            yield self.monitoring.deadline()

    def state(self, now: Instant) -> ChargerState:
        """The state as seen from outside, at that moment."""
        return made(StateView, self).state(now)

    def snapshot(self, now: Instant | None = None) -> Snapshot:
        """The memory that persists, as of that moment, or of the last step."""
        if now is not None and self.power.powered:
            self.context.set_moment(now)
            for evse in self.evses:
                evse.go_on(now)
        return made(ChargerMemory, self).snapshot()

    # --- time ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self.context.now
        if self.connection.restore_at is not None:
            self.connection.recover()
        if not self.power.powered:
            if self.power.power_at is not None and self.power.power_at <= now:
                self.power.restore()
            return
        timed_out = self.wire.expire()
        if timed_out is not None:
            failure = Failed("no_answer", "the CSMS did not answer in time")
            self.responses.failed(timed_out.token, failure)
            self.wire.follow()
        self.sessions.tick()
        if self.power.idle_reset is not None and not self.power.busy:
            self.power.reset(self.power.idle_reset, "ScheduledReset", graceful=True)
        if self.power.reserve_is_over:
            made(Outage, self).cut_power(self.power.left_s)
            return
        if self.power.restart_is_due:
            made(Outage, self).restart()
        if self.security.credentials.take_redial():
            made(LinkLoss, self).happen()
            self.connection.hang_up("new credentials", now)
        self.connection.tick()
        if self.connection.up:
            self.registration.tick()
            self.outbox.send()
            self.security.tick()

    # --- the link ------------------------------------------------------------------------------

    def _link_up(self, subprotocol: str) -> None:
        if not self.connection.opened(subprotocol):
            return
        self.wire.opened()
        self.security.opened()
        if self.registration.status == "Accepted":
            made(LinkRecovery, self).happen()
        elif self.registration.status == "Unknown":
            self.registration.boot_now()

    def _link_down(self, reason: str, cause: str) -> None:
        made(LinkLoss, self).happen()
        if self.connection.phase is LinkPhase.DIALLING:
            self.security.dial_failed(cause, reason)
        self.connection.closed(reason)

    # --- frames --------------------------------------------------------------------------------

    def _received(self, text: str) -> bool:
        """Take a frame; False where it is an answer that changes nothing but the messages on their
        way: then a charger that was calm is so still, and nothing becomes due at its EVSEs."""
        if not self.connection.up:
            return True
        self.connection.heard()
        event = self.wire.receive(text)
        if isinstance(event, rpc.ResultReceived):  # nearly always
            changes = self.responses.answered(event.token, event.request, event.response)
            self.wire.follow()
            self.outbox.send()
            return changes or not self._is_calm or self.command_queue.has_waiting
        match event:
            case rpc.FrameRejected(violation=violation):
                self.security.events.notice_once("InvalidMessages", in_words(violation))
                self.wire.reject(event, shunned=self.registration.status == "Rejected")
            case rpc.CallReceived():
                self._asked(event)
            case rpc.CallRefused(token=token, code=code, description=description, details=details):
                failure = Failed(code, description or f"the CSMS answered {code}", details)
                self.responses.failed(token, failure)
                self.wire.follow()
                self.outbox.send()
        return True

    def _asked(self, asked: rpc.CallReceived) -> None:
        """Answer a call of the CSMS, then do what it asks."""
        context = self.context
        if self.registration.status == "Rejected":
            if context.dialect.answers_while_rejected:
                self.wire.refuse(asked, Kind.SECURITY, "the boot was rejected")
            return
        unsupported = Refusal(Kind.NOT_SUPPORTED, f"{asked.action} is not supported")
        version = version_of(context.spec.version)
        handler = version.handler_of(context.settings, type(asked.request)) or unsupported
        if isinstance(handler, Refusal):
            self.wire.refuse(asked, handler.kind, handler.description)
            return
        group, method = handler
        obeying = method(made(group, self), asked.request)
        answer = next(obeying, unsupported)
        if isinstance(answer, Refusal):
            self.wire.refuse(asked, answer.kind, answer.description)
            return
        self.wire.answer(asked, answer)
        for _ in obeying:
            raise AssertionError(f"{asked.action} was answered twice")

    # --- commands ------------------------------------------------------------------------------

    def _carry_out(self, command: ChargerCommand, id: str) -> CommandOutcome:
        group, method = HANDLERS[type(command)]
        return method(made(group, self), command, id)

    @property
    def configuration(self) -> Configurable:
        """The settings by their names in its version."""
        return made(version_of(self.context.spec.version).configuration, self)
