"""The backend (CSMS): one object a process, with the links of all chargers and their commands.

Everything runs on one thread, that of the event loop, and from memory. The journal alone knows of
storage, the links alone of sockets.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from random import Random
from typing import Any

from voltyard.csms import events
from voltyard.csms.admission import Admission
from voltyard.csms.authorization.authorization_hook import AuthorizationHook
from voltyard.csms.authorization.authorizer import IdTagAuthorizer, TagDecider, leaves_undecided
from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.authorization.id_tag_service import IdTagService
from voltyard.csms.charger_registration import ChargerRegistration
from voltyard.csms.commands.charger_commands import ChargerCommands
from voltyard.csms.commands.command_sender import CommandSender
from voltyard.csms.commands.completion import CommandCompletion
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialects import DIALECTS
from voltyard.csms.event_log import WritableBackendEventLog
from voltyard.csms.events import BackendEvent
from voltyard.csms.handlers.authorization import ChargingElsewhere
from voltyard.csms.handlers.data_transfer import DataTransfers, VendorHandler
from voltyard.csms.handlers.handlers import RequestHandlers
from voltyard.csms.handlers.security import SecurityHandlers
from voltyard.csms.links.admission_pace import AdmissionPace
from voltyard.csms.links.closing_pace import ClosingPace
from voltyard.csms.links.frame_quota import FrameQuota
from voltyard.csms.links.handshakes import Handshakes
from voltyard.csms.links.link_drain import LinkDrain
from voltyard.csms.links.links_by_address import LinksByAddress
from voltyard.csms.links.open_sessions import DELETED, REVOKED, OpenSessions
from voltyard.csms.links.sockets import Socket
from voltyard.csms.ownership.charger_moves import ChargerMoves, HandOver
from voltyard.csms.ownership.chargers_elsewhere import ChargersElsewhere
from voltyard.csms.ownership.chargers_in_memory import ChargersInMemory
from voltyard.csms.ownership.chargers_in_use import ChargersInUse
from voltyard.csms.ownership.claims import ClaimDesk, Claims
from voltyard.csms.ownership.shared_records import SharedRecords
from voltyard.csms.reading.totals import BackendTotals, totals_of
from voltyard.csms.records import CommandStored, Contents, Record, SettingsStored, TransactionStored
from voltyard.csms.refusals.node_refusals import NodeRefusals, RefusalNotes, Refused
from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_record import RefusalRecord
from voltyard.csms.refusals.refusals import Refusals
from voltyard.csms.registry import ChargerChange, ChargerRegistry, RegisteredCharger
from voltyard.csms.reservations import Reservations, reservation_events
from voltyard.csms.security.certificate_authority import CertificateSigner
from voltyard.csms.security.certificate_record import CertificateRecord
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.security.contracts import ContractJudge
from voltyard.csms.security.issued_certificates import IssuedCertificates
from voltyard.csms.security.passwords import Passwords
from voltyard.csms.security.vehicle_pki import NO_VEHICLE_PKI, VehiclePki
from voltyard.csms.session import inputs
from voltyard.csms.session.call_counts import CallCounts
from voltyard.csms.session.session import Session, SessionServices, session_of
from voltyard.csms.settings import OrganizationSettings
from voltyard.csms.settings_service import SettingsService
from voltyard.csms.smart_charging.charging_plans import ChargingPlans
from voltyard.csms.tariffs.pricing import TransactionPricing
from voltyard.csms.tariffs.tariff_registry import TariffRegistry
from voltyard.csms.tariffs.tariff_service import TariffService
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.csms.transactions.transactions import TransactionNumbers, Transactions
from voltyard.csms.transactions.unsettled_changes import UnsettledChanges
from voltyard.events.record_writer import RecordWriter
from voltyard.kernel import ids
from voltyard.kernel.errors import Conflict, NotFound, Unavailable
from voltyard.kernel.quotas import Quota, unbounded
from voltyard.kernel.time import Instant, Seconds
from voltyard.loop.turns import Turns
from voltyard.loop.wheel import Wheel
from voltyard.ocpp.versions import Version
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.clock import Clock
from voltyard.ports.http import Poster
from voltyard.ports.journal import Journal
from voltyard.ports.links import BrokenHandshake, GateDecision, Handshake
from voltyard.ports.spans import Span

_PENDING = "pending"
_PATIENCE_S: Seconds = 5.0
_JOBS = "outcomes"
_RESERVATIONS = "reservations"
_REFUSALS = "refusals"


class Backend:
    """Drives the sessions of all chargers."""

    def __init__(
        self,
        journal: Journal[Record],
        clock: Clock,
        *,
        random: Random = ids.SYSTEM,
        report: Callable[[BackendEvent], None] = lambda event: None,
        complain: Callable[[Exception], None] | None = None,
        judge: TagDecider = leaves_undecided,
        poster: Poster | None = None,
        vendors: Mapping[str, VendorHandler] | None = None,
        default_organization_id: str = DEFAULT_ORGANIZATION_ID,
        event_log: WritableBackendEventLog | None = None,
        signer: CertificateSigner | None = None,
        vehicle_pki: VehiclePki = NO_VEHICLE_PKI,
        has_tls_door: bool = False,
        recorded_only: bool = False,
        hides_identities: bool = False,
        turns: Turns | None = None,
        executor: Executor | None = None,
        charger_quota: Quota | None = None,
        frame_quota: FrameQuota | None = None,
        links_by_address: LinksByAddress | None = None,
        links_per_s: float = 0.0,
        closes_per_s: float = 0.0,
        is_organization: Callable[[str], bool] = lambda organization_id: False,
        is_node: bool = False,
        claims: Claims | None = None,
        numbers: TransactionNumbers | None = None,
        charging_elsewhere: ChargingElsewhere | None = None,
        refused: Refused | None = None,
    ) -> None:
        """Events are kept where there is an `event_log`; `report` hears of them here and now.
        `complain` hears of faults of the backend's own; without it the event loop does. `poster`
        asks authorization hooks, in the place of `judge`, and OCSP responders; `signer` signs the
        certificates that chargers ask for. With `has_tls_door`, chargers of the security profiles 2
        and 3 come by that one alone; with `recorded_only`, by certificates issued here alone; with
        `hides_identities`, strangers cannot tell which identities are registered. `turns` are
        shared with whoever else has links on this loop, and passwords are hashed by the `executor`;
        without one, on the loop itself. The two quotas bound the chargers of an organization and
        what they say, `links_by_address` the open links of an address, `links_per_s` how many
        open in a second (0: all that dial), and `closes_per_s` how many are closed in one as the
        server ends (0: all at once). Refusals of strangers who
        dial by an organization's name are told to it if `is_organization`, else to the default.

        Where several processes share the chargers, a node (`is_node`) knows its own alone: any
        other name may be another's. `claims` has chargers brought here that dial here, `numbers`
        are the transactions' of OCPP 1.6, `charging_elsewhere` tells of a tag's transactions at
        other processes, and `refused` hears of refused handshakes in the place of the record."""
        self._charger_quota = charger_quota or unbounded("chargers")
        self._frame_quota = frame_quota
        self.call_counts = CallCounts()
        """The CALLs there were."""
        self._clock = clock
        self._turns = turns or Turns(clock)
        self._random = random
        self._writer = RecordWriter(journal, event_log, report, complain)
        durable = self._writer.durable
        self.elsewhere = ChargersElsewhere(are_unknown=is_node)
        """Chargers that other processes have."""
        self._registry = ChargerRegistry(self.elsewhere)
        self._in_use = ChargersInUse()
        self._settings = OrganizationSettings()
        self._id_tag_registry = IdTagRegistry()
        self._tariff_registry = TariffRegistry()
        self._issued = IssuedCertificates()
        hook = None if poster is None else AuthorizationHook(poster, self._settings, clock)
        self._settings_service = SettingsService(self._settings, hook, durable, random)
        self._authorizer = IdTagAuthorizer(self._settings, self._id_tag_registry, hook or judge)
        self.id_tags = IdTagService(self._id_tag_registry, durable, clock, random)
        self.tariffs = TariffService(self._tariff_registry, durable, clock, random)
        self._wheel: Wheel[Session | str] = Wheel(clock, self._ring)
        self._transactions = Transactions(
            TransactionLedger(),
            random,
            lambda at: self._wheel.set(_PENDING, at),
            TransactionPricing(self._tariff_registry).priced,
            numbers,
        )
        self._outcomes = OutcomeTracker(lambda at: self._wheel.set(_JOBS, at))
        self._reservations = Reservations(random, lambda at: self._wheel.set(_RESERVATIONS, at))
        self.charging_plans = ChargingPlans()
        """Needs of vehicles, and the schedules planned from them."""
        kept = (self._transactions, DataTransfers(random, vendors or {}), self._outcomes)
        outgoing = CommandCompletion(*kept, self._reservations)
        security = SecurityHandlers(self._settings, signer, self._issued, random, vehicle_pki)
        contracts = ContractJudge(vehicle_pki, poster, clock)
        self._services = SessionServices(
            settings=self._settings,
            incoming=RequestHandlers(
                self._settings,
                self._authorizer,
                *kept,
                self._reservations,
                security,
                contracts,
                self.charging_plans,
                self._tariff_registry,
                UnsettledChanges(),
                charging_elsewhere,
            ),
            outgoing=outgoing,
            outcomes=self._outcomes,
            number=lambda: 1 + random.getrandbits(30),
            call_counts=self.call_counts,
        )
        self._passwords = Passwords(random, executor)
        self._registration = ChargerRegistration(
            self._registry,
            self._passwords,
            self._issued,
            self._writer,
            clock,
            random,
            self._charger_quota,
            self._in_use,
        )
        self.certificates = CertificateRecord(
            self._issued, self._writer, clock, self._revoked, self._registry
        )
        by_address = LinksByAddress() if links_by_address is None else links_by_address
        self._sessions = OpenSessions(
            self._registry,
            self._writer,
            clock,
            wake=self._wheel.set,
            finished=lambda ticket, result: self._sender.finish(ticket, result),
            issue=lambda session, command: self._sender.send(session, command),
            is_revoked=self._issued.is_revoked,
            frame_quota=frame_quota,
            links_by_address=by_address,
        )
        pace = ClosingPace(closes_per_s, random)
        self._drain = LinkDrain(self._sessions, self._writer, pace)
        self._sender = CommandSender(
            self._settings,
            self._transactions,
            outgoing,
            self._sessions.step,
            durable,
            self._passwords.hashed,
            clock,
            random,
        )
        self._commands = ChargerCommands(
            self._registry,
            self._id_tag_registry,
            self._sender,
            self._outcomes,
            self._in_use,
            self._writer,
            clock,
            random,
        )
        self.local_lists = self._commands.local_lists
        self._memory = ChargersInMemory(
            self._registry,
            self._transactions,
            self._outcomes,
            self._reservations,
            self._issued,
            self.charging_plans,
            self._passwords,
            self._charger_quota,
        )
        self.shared = SharedRecords(
            self._settings,
            self._id_tag_registry,
            self._tariff_registry,
            self._issued,
            lambda id: not is_node or self._registry.by_id(id) is not None,
            self._revoked,
        )
        """Records of organizations, which another process may have written."""
        self._moves = ChargerMoves(
            self._registry,
            self._memory,
            self._sessions,
            self._commands,
            self._in_use,
            self._writer,
            clock,
        )
        self._admission = Admission(
            self._registry,
            self._settings,
            self._passwords,
            self._issued,
            clock,
            default_organization_id,
            has_tls_door=has_tls_door,
            recorded_only=recorded_only,
        )
        self.refusal_record = RefusalRecord(self._writer, self._settings, random)
        """Handshakes that were refused, by identity and reason."""
        self._told_refusals = Refusals(
            self._registry,
            self.refusal_record,
            self.tell,
            lambda at: self._wheel.set(_REFUSALS, at),
            default_organization_id,
            is_organization,
        )
        self.refusals: RefusalNotes = (
            self._told_refusals if refused is None else NodeRefusals(refused)
        )
        self._claims = None if claims is None else ClaimDesk(claims, clock, by_address.is_proxy)
        self._handshakes = Handshakes(
            self._admission,
            self._passwords,
            self._writer,
            self._begin,
            lambda: self._drain.duration_s if self._closing else None,
            self.refusals,
            clock,
            self._sessions.lives,
            self._sessions.have_room,
            AdmissionPace(links_per_s),
            hides_identities=hides_identities,
            claims=self._claims,
        )
        self._closing = False

    # --- the life of it ------------------------------------------------------------------------

    def load(self, contents: Contents) -> None:
        """Take over what storage holds, once, before the first handshake."""
        self._settings.load(contents.settings)
        self._id_tag_registry.load(contents.id_tags)
        self._tariff_registry.load(contents.tariffs)
        ended = self._memory.load(contents, self._clock())
        self.refusal_record.load(contents.refusals, self._registry)
        if ended:
            self._writer.write(ended)

    def gate(self, handshake: Handshake) -> GateDecision | Awaitable[GateDecision]:
        """See `ports.links.Gate`: later where a password has to be hashed for it."""
        return self._handshakes.judged(handshake)

    def refused(
        self,
        path: str,
        remote: str,
        subprotocols: tuple[str, ...],
        reason: RefusalReason,
        detail: str,
        at: Instant,
    ) -> None:
        """Take note of a handshake that a node has refused, and counted."""
        self._told_refusals.take(path, remote, subprotocols, reason, detail, at)

    def broken(self, handshake: BrokenHandshake) -> None:
        """See `ports.links.BrokenHandshakes`."""
        self.refusals.note_broken(handshake, self._clock())

    def _begin(
        self, charger: RegisteredCharger, handshake: Handshake, version: Version, profile: int
    ) -> tuple[Socket, Seconds]:
        """The end of a link that is let in, and how often it is pinged."""
        prefix = ids.token(self._random, 12)
        session = Session(
            charger,
            DIALECTS[version],
            self._services,
            prefix=prefix,
            profile=profile,
            certificate=handshake.certificate,
        )
        settings = self._settings.of(charger.row.organization_id)
        socket = Socket(self._sessions, session, handshake.remote, self._turns)
        return socket, settings.web_socket_ping_interval_s

    def deadline(self) -> Instant | None:
        """The moment at which `tick` is due next."""
        return self._wheel.next()

    def tick(self) -> None:
        """Do what is due. The backend's own wheel does; a test may."""
        self._wheel.tick()

    def _ring(self, key: Session | str) -> None:
        if isinstance(key, Session):
            self._sessions.step(key, inputs.TICK)
        else:
            self._expire(key, self._clock())

    def _expire(self, what: str, now: Instant) -> None:
        records: tuple[Record, ...]
        happened: Sequence[BackendEvent] = ()
        if what == _REFUSALS:
            self.refusals.tick(now)
            return
        if what == _JOBS:
            registry = self._registry
            told = self._outcomes.expire(now, registry.is_online, registry.is_leaving)
            records, happened = told.rows, told.events
        elif what == _RESERVATIONS:
            ended = self._reservations.expire(now, self._registry.is_leaving)
            records, happened = ended, reservation_events(ended, now)
        else:
            records = tuple(self._transactions.expire(now, self._registry.is_leaving))
        if records:
            self._writer.write(records, happened)
        self._writer.told(happened)

    def refuse_more(self) -> None:
        """Let no charger in from now on, and begin no command: the server ends."""
        self._closing = True
        self._commands.refuse_more()
        self._sessions.refuse_more()

    async def drain(self, commands_s: Seconds, within_s: Seconds) -> None:
        """Hang up on all chargers, as `LinkDrain` does, while all else goes on."""
        self.refuse_more()
        await self._drain.run(commands_s, within_s)

    async def close(self, patience_s: Seconds = _PATIENCE_S) -> None:
        """Hang up on who is connected still, whatever commands are under way; on whoever is owed
        an answer only once it has been given, or after that time: then it will be asked for
        again."""
        self.refuse_more()
        self._passwords.close()
        if self._claims is not None:
            await self._claims.close()
        await self._drain.run(0.0, patience_s)
        # Its chargers may be another's once it is closed, before they have answered the close.
        self._sessions.take_as_gone()
        await self._commands.close()
        await self._moves.close()
        await self._writer.flush()
        self._sessions.cancel_decisions()
        if self._frame_quota is not None:
            self._frame_quota.close()
        self._wheel.stop()
        self.refusal_record.write_all()
        await self._writer.flush()

    @property
    def links(self) -> int:
        """Chargers that are connected."""
        return len(self._sessions)

    @property
    def links_opened(self) -> int:
        """Links so far."""
        return self._sessions.opened_ones

    @property
    def links_paused(self) -> Mapping[str, int]:
        """Links that are not read, by what they wait for."""
        return self._sessions.paused

    @property
    def registered(self) -> int:
        """Chargers of all organizations."""
        return len(self._registry)

    @property
    def commands_finished(self) -> Mapping[tuple[str, str], int]:
        """Commands so far, by name and status."""
        return self._sender.finished

    @property
    def replaced(self) -> int:
        """Links that a newer one of their charger replaced, so far."""
        return self._sessions.replaced

    def tell(self, event: BackendEvent) -> None:
        """Have an event of the server's own kept and heard of."""
        self._writer.write((), (event,))
        self._writer.told((event,))

    # --- the registry --------------------------------------------------------------------------

    async def register(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> RegisteredCharger:
        """Add a charger; returns once it is durable. Conflict where there is one of that id."""
        charger = await self._registration.add(organization_id, charge_box_id, change)
        self.refusal_record.registered(organization_id, charge_box_id)
        return charger

    def charger(self, organization_id: str, charge_box_id: str) -> RegisteredCharger:
        """NotFound where there is none, or it is another organization's; HeldElsewhere where
        another process has it, Unavailable while it moves there."""
        return self._registry.get(organization_id, charge_box_id)

    def owner_check(self, organization_id: str, charge_box_id: str) -> None:
        """HeldElsewhere, Unavailable as above: for what was read from storage, and is a charger's
        that may be registered no more."""
        self._registry.check_here(organization_id, charge_box_id)

    def is_registered(self, organization_id: str, charge_box_id: str) -> bool:
        """True where the organization has such a charger, here or elsewhere."""
        return self._registry.is_registered(organization_id, charge_box_id)

    def chargers(
        self, organization_id: str, *, online: bool | None = None
    ) -> list[RegisteredCharger]:
        """An organization's chargers in the order they were registered."""
        chargers = self._registry.of(organization_id)
        return chargers if online is None else [c for c in chargers if c.online is online]

    def totals(self, organization_id: str) -> BackendTotals:
        """Totals of an organization."""
        refused = self.refusal_record.book.list(organization_id)
        return totals_of(self.chargers(organization_id), self._transactions.ledger, refused)

    async def update(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> RegisteredCharger:
        """Change what an operator may set; returns once it is durable."""
        return await self._registration.change(organization_id, charge_box_id, change)

    async def delete(self, organization_id: str, charge_box_id: str) -> None:
        """Forget a charger and close its link; its history stays. Returns once it is durable."""
        charger = await self._registration.delete(organization_id, charge_box_id)
        if (session := session_of(charger)) is not None:
            self._sessions.step(session, DELETED)

    def _revoked(self, row: CertificateStored) -> None:
        charger = self._registry.by_id(row.charger_id)
        session = None if charger is None else session_of(charger)
        if session is not None and self._issued.is_revoked(session.certificate):
            self._sessions.step(session, REVOKED)

    def connection_path(self, charger: RegisteredCharger) -> str:
        """The path of its socket's URL, percent-encoded."""
        return self._admission.path(charger)

    # --- chargers of several processes ---------------------------------------------------------

    def is_here(self, organization_id: str, charge_box_id: str) -> bool:
        """True where this process has the charger."""
        return self._registry.find(organization_id, charge_box_id) is not None

    def take(self, contents: Contents) -> None:
        """Have some chargers here from now on, with all that is theirs. One that is here already
        stays as it is; Conflict where another of its name is."""
        self._moves.take(contents)

    async def release(
        self,
        organization_id: str,
        charge_box_id: str,
        hand_over: HandOver,
        *,
        to: str = "",
        replaced_by: str | None = None,
    ) -> None:
        """Have a charger no more; see `ChargerMoves.release`."""
        await self._moves.release(
            organization_id, charge_box_id, hand_over, to=to, replaced_by=replaced_by
        )

    def note_elsewhere(
        self, organization_id: str, charge_box_id: str, node: str, charger_id: str
    ) -> None:
        """Take note at the server that a node has that charger: at the start, before `load`, and
        where one node has it from another."""
        if (organization_id, charge_box_id) not in self.elsewhere:
            self._charger_quota.load(organization_id)
        self.elsewhere.set(organization_id, charge_box_id, node, charger_id)

    def note_deleted(self, organization_id: str, charge_box_id: str) -> None:
        """Take note at the server that a charger was deleted by the node that had it."""
        place = self.elsewhere.find(organization_id, charge_box_id)
        if place is not None:
            self.elsewhere.drop(organization_id, charge_box_id)
            self._issued.forget(place.charger_id)
            self._charger_quota.give_back(organization_id)

    # --- settings ------------------------------------------------------------------------------

    def settings(self, organization_id: str) -> SettingsStored:
        """An organization's settings."""
        return self._settings.of(organization_id)

    def requests_per_minute(self, organization_id: str) -> int | None:
        """The number of requests its keys may make; None: as many as they like."""
        return self._settings.of(organization_id).requests_per_minute

    async def change_settings(self, organization_id: str, **changes: Any) -> SettingsStored:
        """Change some, by the names of `SettingsStored`; in force for links opened from now on.
        An authorization hook that has no secret is given one."""
        return await self._settings_service.change(organization_id, changes)

    # --- transactions --------------------------------------------------------------------------

    def transaction(self, organization_id: str, transaction_id: str) -> TransactionStored:
        """One that is pending, in progress or lately completed, by its txn_ or OCPP id. NotFound
        otherwise: storage may still have it."""
        row = self._transactions.ledger.find(organization_id, transaction_id)
        if row is None:
            raise NotFound(f"no transaction {transaction_id}")
        return row

    async def close_transaction(
        self, row: TransactionStored, *, meter_stop_wh: float | None, reason: str
    ) -> TransactionStored:
        """End one whose charger is gone. Conflict where it is over, or has not begun; else the
        errors of `owner_check`."""
        self.owner_check(row.organization_id, row.charge_box_id)
        current = self._transactions.ledger.get(row.id) or row
        if current.status != "in_progress":
            raise Conflict(f"transaction {row.id} is {current.status}")
        now = self._clock()
        change = self._transactions.closed_by_hand(current, meter_stop_wh, reason, now)
        stopped = events.TransactionStopped(
            organization_id=row.organization_id,
            charger_id=row.charger_id,
            charge_box_id=row.charge_box_id,
            at=now,
            transaction=change.after,
        )
        try:
            await self._writer.durable(change.records, (stopped,))
        except Unavailable:
            self._transactions.undo(change)
            raise
        return change.after

    # --- commands ------------------------------------------------------------------------------

    async def command(
        self,
        organization_id: str,
        charge_box_id: str,
        command: BackendCommand,
        timeout_s: Seconds | None = None,
        id: str | None = None,
        span: Span | None = None,
    ) -> BackendCommandResult:
        """Ask a charger, and wait for its own answer; `span` is that of the request it comes of.
        The errors are those of `csms.commands.control`, and ServerEnding."""
        return await self._commands.answer(
            organization_id, charge_box_id, command, timeout_s, id, span
        )

    def connected(self, organization_id: str, charge_box_id: str) -> RegisteredCharger:
        """A charger that may be asked now. NotFound, NotConnected, WrongState."""
        return self._commands.connected(organization_id, charge_box_id)

    def uploaded(self, charger_id: str, command_id: str, file_id: str) -> bool:
        """A charger has uploaded a file for that command; False where it is elsewhere."""
        return self._commands.uploaded(charger_id, command_id, file_id)

    async def begin(
        self,
        organization_id: str,
        charge_box_id: str,
        command: BackendCommand,
        id: str | None = None,
        span: Span | None = None,
    ) -> CommandStored:
        """Ask a charger, and wait only until that is on record: the command's row, which is
        rewritten with its answer and its outcome. Errors as above, but for those of the answer."""
        return await self._commands.begin(organization_id, charge_box_id, command, id, span)
