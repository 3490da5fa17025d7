"""The simulated charger: a machine of smaller machines, without I/O.

    charger = Charger(spec, now)
    effects = charger.step(happening, now)
    at = charger.deadline()          # step(Tick(), at) is due then

This module composes the parts and routes happenings, frames and their answers to them.
"""

from __future__ import annotations

from voltyard.charger import answers, card_readers
from voltyard.charger.authorization import Authorization
from voltyard.charger.card_readers import CardReaders
from voltyard.charger.conduct import Conduct
from voltyard.charger.connection import Connection, Phase
from voltyard.charger.core import Core
from voltyard.charger.dialects import dialect_of
from voltyard.charger.dialects.dialect import Refusal
from voltyard.charger.effects import Effect, Failed, Remember
from voltyard.charger.evse import Evse
from voltyard.charger.firmware import Firmware
from voltyard.charger.happenings import (
    Asked,
    Happening,
    LinkDown,
    LinkUp,
    Received,
    Tick,
    Transferred,
)
from voltyard.charger.ledger import Ledger
from voltyard.charger.life import Life
from voltyard.charger.orders import Orders
from voltyard.charger.outbox import Outbox
from voltyard.charger.reader import Reader
from voltyard.charger.registration import Registration
from voltyard.charger.reports import Reports
from voltyard.charger.reserving import Reserving
from voltyard.charger.security.security import Security
from voltyard.charger.sessions import Sessions
from voltyard.charger.smart.charging import SmartCharging
from voltyard.charger.snapshot import Snapshot, restore, take
from voltyard.charger.specification import ChargerSpec
from voltyard.charger.standard import BY_NAME, OFFLINE_THRESHOLD
from voltyard.charger.state import ChargerState
from voltyard.charger.statuses import Statuses
from voltyard.charger.uploads import Uploads
from voltyard.charger.view import view
from voltyard.charger.wire import Wire
from voltyard.kernel.errors import Invalid
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant, earliest
from voltyard.ocpp import rpc
from voltyard.ocpp.violations import Kind
from voltyard.physics.meter import IDEAL


class Charger:
    """One simulated charger."""

    __slots__ = (
        "_due",
        "authorization",
        "card_readers",
        "conduct",
        "connection",
        "core",
        "evses",
        "firmware",
        "ledger",
        "life",
        "orders",
        "outbox",
        "reader",
        "registration",
        "reports",
        "reserving",
        "security",
        "sessions",
        "smart",
        "statuses",
        "uploads",
        "wire",
    )

    def __init__(self, spec: ChargerSpec, now: Instant) -> None:
        """A charger that has just got power. Invalid where its settings cannot be."""
        core = Core(spec, dialect_of(spec.version), now)
        core.settings.begin(spec.settings, BY_NAME)
        if not spec.evses or not all(evse.connectors for evse in spec.evses):
            raise Invalid("a charger has an EVSE, and every EVSE a connector")
        card_readers.check(spec)
        self.core = core
        self.evses = _evses(spec, now)
        self.wire = Wire(core)
        self.security = Security(core, self.wire)
        self.connection = Connection(core, self.security.credentials)
        self.registration = Registration(core, self.wire, self.evses)
        self.outbox = Outbox(core, self.wire)
        self.authorization = Authorization(core.settings)
        self.statuses = Statuses(core, self.wire, self.evses)
        self.reserving = Reserving(core, self.wire, self.statuses)
        self.ledger = Ledger(core, self.outbox, self.statuses)
        self.sessions = Sessions(core, self.wire, self.ledger, self.statuses, self.evses)
        self.smart = SmartCharging(core, self.sessions)
        self.reader = Reader(
            core, self.wire, self.authorization, self.ledger, self.sessions, self.smart
        )
        self.card_readers = CardReaders(spec, self.evses, self.reader, self.sessions)
        self.life = Life(
            core,
            self.connection,
            self.registration,
            self.outbox,
            self.ledger,
            self.statuses,
            self.sessions,
        )
        self.orders = Orders(
            core,
            self.registration,
            self.ledger,
            self.statuses,
            self.sessions,
            self.reader,
            self.life,
        )
        self.firmware = Firmware(
            core, self.wire, self.connection, self.statuses, self.sessions, self.life, self.security
        )
        self.reports = Reports(self.wire)
        self.uploads = Uploads(core, self.wire, self.connection, self.security)
        self.conduct = Conduct(self)
        self._due = self._find_due()

    @classmethod
    def restore(cls, spec: ChargerSpec, snapshot: Snapshot, now: Instant) -> Charger:
        """A charger that gets power again after it had been remembered: open transactions end with
        PowerLoss as of then, and what persists has persisted. The next step tells of it."""
        charger = cls(spec, now)
        restore(charger, snapshot)
        charger._due = charger._find_due()
        return charger

    # --- the machine ---------------------------------------------------------------------------

    def step(self, happening: Happening, now: Instant) -> list[Effect]:
        """Take one happening; what is to be done about it, in order."""
        core = self.core
        core.now = now
        effects = core.owed
        core.owed = []
        core.effects = effects
        if self.smart.active and self.life.powered:
            self.smart.catch_up()
        match happening:
            case Received(text=text):
                self._received(text)
            case Asked(command=command, id=id):
                self.conduct.ask(id, command)
            case LinkUp(subprotocol=subprotocol):
                self._link_up(subprotocol)
            case LinkDown(reason=reason, cause=cause):
                self._link_down(reason, cause)
            case Transferred():
                self.firmware.transferred(happening)
                self.uploads.transferred(happening)
        if type(happening) is not Tick or self._has_waiting:
            self._conclude()
        while (self._due is not None and self._due <= now) or self.life.pends:
            before = self._due
            self._tick()
            self._conclude()
            if self._due == before:
                break  # what is due waits for somebody else
        if core.forgetful:
            core.forgetful = False
            effects.append(Remember(self))
        return effects

    def run_at(self, rate: float, before: Instant, now: Instant) -> None:
        """Its time was `before` and is `now`, no earlier, and passes `rate` times as fast as real
        time from here on. What waits for the peer waits as long as it would have. A Tick is due."""
        core = self.core
        factor = rate / core.rate
        core.rate, core.now = rate, now
        self.wire.change_time(before, now, factor)
        self.connection.change_time(before, now, factor)
        self.conduct.change_time(before, now, factor)
        self._due = self._find_due()

    def deadline(self) -> Instant | None:
        """The moment by which a Tick is due, None while only others can make something happen."""
        return self._due

    @property
    def _has_waiting(self) -> bool:
        """Something may go on with whatever happens next, be it only that time has passed."""
        return bool(
            self.core.outcomes
            or self.conduct.has_waiting
            or self.statuses.book.entries
            or self.firmware.order is not None
            or self.uploads.wish is not None
            or self.smart.active
        )

    def _conclude(self) -> None:
        """Whatever has happened: go on with what waited for it, and let follow what depends on
        it."""
        self.conduct.proceed()
        if self.life.powered:
            if self.statuses.book.entries:
                self.reserving.review()
            if self.reserving.freed:
                self.reserving.freed = False
                self.sessions.resume()
            if self.firmware.order is not None:
                self.firmware.proceed()
            if self.uploads.wish is not None:
                self.uploads.proceed()
            if self.smart.active:
                self.smart.follow()
        self._due = self._find_due()

    def _find_due(self) -> Instant | None:
        if not self.life.powered:
            return earliest(self.life.deadline(), self.connection.restore_at)
        soonest = self.sessions.deadline()
        wire, connection = self.wire, self.connection
        for at in (
            wire.rpc.due_at,
            self.registration.deadline() if wire.open else None,
            self.conduct.patience_at,
            self.security.deadline(),
            # Who is hardly ever busy is not asked until it is.
            connection.restore_at if connection.up else connection.deadline(),
            self.outbox.deadline() if self.outbox.retry_at is not None else None,
            self.life.deadline() if self.core.restarting else None,
            self.reserving.deadline() if self.statuses.book.entries else None,
            self.smart.deadline() if self.smart.active else None,
            self.firmware.deadline() if self.firmware.order is not None else None,
            self.uploads.deadline() if self.uploads.wish is not None else None,
        ):
            if at is not None and (soonest is None or at < soonest):
                soonest = at
        return soonest

    def state(self, now: Instant) -> ChargerState:
        """What it looks like from outside, at that moment."""
        return view(self, now)

    def snapshot(self, now: Instant | None = None) -> Snapshot:
        """What persists, as of that moment, or of the last step."""
        if now is not None and self.life.powered:
            self.core.now = now
            for evse in self.evses:
                evse.go_on(now)
        return take(self)

    # --- time ----------------------------------------------------------------------------------

    def _tick(self) -> None:
        now = self.core.now
        if self.connection.restore_at is not None:
            self.connection.recover()
        if not self.life.powered:
            if self.life.power_at is not None and self.life.power_at <= now:
                self.life.restore()
            return
        timed_out = self.wire.expire()
        if timed_out is not None:
            failure = Failed("no_answer", "the CSMS did not answer in time")
            answers.failed(self, timed_out.token, failure)
            self.wire.follow()
        self.sessions.tick()
        if self.life.idle_reset is not None and not self.life.busy:
            self.life.reset(self.life.idle_reset, "ScheduledReset", graceful=True)
        if self.life.fades:
            self.cut_power(self.life.left_s)
            return
        if self.life.falls:
            self.lose_link()
            self._interrupt_transfers()
            self.connection.hang_up("restart", None)
            self.life.fall()
        redial_at = self.security.credentials.redial_at
        if redial_at is not None and redial_at <= now:
            self._dial_anew()
        self.connection.tick()
        if self.connection.up:
            self.registration.tick()
            self.outbox.send()
            self.security.tick()

    # --- the link ------------------------------------------------------------------------------

    def _link_up(self, subprotocol: str) -> None:
        if not self.connection.opened(subprotocol):
            return
        self.wire.open = True
        self.security.opened()
        if self.registration.status == "Accepted":
            self._online()
        elif self.registration.status == "Unknown":
            self.registration.boot_at = self.core.now

    def _link_down(self, reason: str, cause: str) -> None:
        self.lose_link()
        if self.connection.phase is Phase.DIALLING:
            self.security.dial_failed(cause, reason)
        self.connection.closed(reason)

    def lose_link(self) -> None:
        """Whatever was under way over the link has come to nothing."""
        core = self.core
        core.online = False
        dropped = self.wire.drop()
        self.registration.disconnected()
        self.outbox.disconnected()
        self.security.disconnected()
        self.reports.disconnected()
        self.ledger.unconfirmed()
        for purpose, _ in dropped:
            answers.lost(self, purpose)

    def _dial_anew(self) -> None:
        """There are other credentials: they are for another link."""
        self.security.credentials.redial_at = None
        self.lose_link()
        self.connection.hang_up("new credentials", self.core.now)

    def cut_power(self, duration_s: float | None) -> None:
        """The mains fails: the link is cut without a word, and nothing runs."""
        self.core.restarting = True  # what was asked of the CSMS begins nothing any more
        self.lose_link()
        self._interrupt_transfers()
        self.connection.hang_up("power cut", None, abruptly=True)
        self.life.cut(duration_s)

    def _interrupt_transfers(self) -> None:
        self.firmware.interrupted()
        self.uploads.interrupted()

    def _online(self) -> None:
        """The CSMS can be told everything again (2.0.1 B04: all of it after OfflineThreshold)."""
        core = self.core
        core.online = True
        lost_at = self.connection.lost_at
        threshold_s = core.settings.number(OFFLINE_THRESHOLD)
        long = lost_at is not None and core.now - lost_at > threshold_s
        if long and not core.dialect.station_is_apart:
            self.statuses.tell_all()
        else:
            self.statuses.tell_changes()
        self.reserving.tell()
        self.firmware.progress.online()
        self.uploads.progress.online()
        self.outbox.send()
        self.security.online()

    # --- frames --------------------------------------------------------------------------------

    def _received(self, text: str) -> None:
        if not self.connection.up:
            return
        self.connection.heard()
        rejected = self.registration.status == "Rejected"
        event = self.wire.receive(text, shunned=rejected)
        match event:
            case rpc.Asked():
                self._asked(event)
            case rpc.Answered(token=token, request=request, response=response):
                answers.answered(self, token, request, response)
                self.wire.follow()
                self.outbox.send()
            case rpc.Refused(token=token, code=code, description=description, details=details):
                failure = Failed(code, description or f"the CSMS answered {code}", details)
                answers.failed(self, token, failure)
                self.wire.follow()
                self.outbox.send()

    def _asked(self, asked: rpc.Asked) -> None:
        """Answer a call of the CSMS, then do what it asks."""
        dialect = self.core.dialect
        if self.registration.status == "Rejected":
            if dialect.answers_while_rejected:
                self.wire.refuse(asked, Kind.SECURITY, "the boot was rejected")
            return
        obeying = dialect.obey(self, asked.request)
        answer = None if obeying is None else next(obeying, None)
        if obeying is None or answer is None:
            self.wire.refuse(asked, Kind.NOT_SUPPORTED, f"{asked.action} is not supported")
            return
        if isinstance(answer, Refusal):
            self.wire.refuse(asked, answer.kind, answer.description)
            return
        self.wire.answer(asked, answer)
        for _ in obeying:
            raise AssertionError(f"{asked.action} was answered twice")

    # --- settings ------------------------------------------------------------------------------

    def settings_changed(self) -> None:
        """Settings have been changed: what depends on them is set anew."""
        self.reschedule()
        self.core.remember()

    def reschedule(self) -> None:
        """Set the moments of the next meter values anew."""
        for evse in self.evses:
            self.ledger.schedule(evse)
        if self.registration.status == "Accepted":
            self.ledger.schedule_aligned()


def _evses(spec: ChargerSpec, now: Instant) -> tuple[Evse, ...]:
    evses = []
    before = 0
    for number, evse in enumerate(spec.evses, 1):
        key = 0
        if spec.meter != IDEAL:
            key = stream(spec.seed, spec.identity, "meter", number).getrandbits(63)
        evses.append(Evse(number, evse, spec.meter_start_wh, now, before, spec.meter, key))
        before += len(evse.connectors)
    return tuple(evses)
