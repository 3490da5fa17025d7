"""The backend: every charger's link, and what may be asked of them. One object a process.

Everything runs on one thread, that of the event loop, and from memory. The journal alone knows of
storage, the links alone of sockets.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor
from random import Random
from typing import Any

import msgspec

from voltyard.csms import events, steps
from voltyard.csms.asking import Asking
from voltyard.csms.authority import Signer
from voltyard.csms.authorization_hook import AuthorizationHook
from voltyard.csms.back_pressure import BackPressure
from voltyard.csms.commands import Command, Outcome
from voltyard.csms.data_transfer import DataTransfers, Vendor
from voltyard.csms.dialects import DIALECTS
from voltyard.csms.events import BackendEvent
from voltyard.csms.gate import Porter
from voltyard.csms.handshakes import Handshakes
from voltyard.csms.happenings import Tag
from voltyard.csms.id_tags import IdTags, Judge, leaves_it
from voltyard.csms.incoming import Incoming, reservation_events
from voltyard.csms.jobs import Jobs
from voltyard.csms.ledger import Ledger
from voltyard.csms.list_delivery import ListDelivery
from voltyard.csms.lists_begun import DeliverLocalList, ListsBegun
from voltyard.csms.outbox import Outbox
from voltyard.csms.outgoing import Outgoing
from voltyard.csms.passwords import Passwords
from voltyard.csms.records import (
    ChargerDeleted,
    ChargerStored,
    CommandStored,
    Contents,
    Record,
    SettingsStored,
    TransactionStored,
)
from voltyard.csms.registry import Charger, ChargerChange, Registry
from voltyard.csms.reservations import Reservations
from voltyard.csms.session import Services, Session
from voltyard.csms.settings import Settings
from voltyard.csms.settings_keeping import SettingsKeeping
from voltyard.csms.sockets import Socket
from voltyard.csms.steps import Effect, Happening
from voltyard.csms.tag_keeping import TagKeeping
from voltyard.csms.tag_register import TagRegister
from voltyard.csms.tally import Tally
from voltyard.csms.transactions import Transactions
from voltyard.csms.writing import Writing
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import (
    Conflict,
    Invalid,
    NotFound,
    Unavailable,
)
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.versions import Version
from voltyard.ports import Clock, Handshake, Journal, Poster, Verdict
from voltyard.turns import Turns
from voltyard.wheel import Wheel

DEFAULT_ORGANIZATION_ID = "org_default"
_PENDING = "pending"
_PATIENCE_S: Seconds = 5.0
_DRAIN_LOOK_S: Seconds = 0.01
_JOBS = "jobs"
_RESERVATIONS = "reservations"
_REPLACED = steps.Dismissed(1008, "a newer connection of this charger took its place")
_DELETED = steps.Dismissed(1008, "the charger was deleted")
_ENDING = steps.Dismissed(1012, "the server restarts")


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
        judge: Judge = leaves_it,
        poster: Poster | None = None,
        vendors: Mapping[str, Vendor] | None = None,
        default_organization_id: str = DEFAULT_ORGANIZATION_ID,
        outbox: Outbox | None = None,
        signer: Signer | None = None,
        has_tls_door: bool = False,
        turns: Turns | None = None,
        executor: Executor | None = None,
    ) -> None:
        """Events are kept where there is an `outbox`; `report` hears of them here and now.
        `complain` hears of faults of the backend's own; without it the event loop does. `poster`
        asks the authorization hooks of organizations, in the place of `judge`; `signer` signs the
        certificates that chargers ask for. With `has_tls_door`, chargers of the security profiles
        2 and 3 come by that one alone. `turns` are shared with whoever else has links on this
        loop, and passwords are hashed by the `executor`; without one, on the loop itself."""
        self.tally = Tally()
        """The CALLs there were."""
        self._clock = clock
        self._turns = turns or Turns(clock)
        self._random = random
        self._writing = Writing(journal, outbox, report, complain)
        durable = self._writing.durable
        self._registry = Registry()
        self._settings = Settings()
        self._tag_register = TagRegister()
        hook = None if poster is None else AuthorizationHook(poster, self._settings, clock)
        self._settings_keeping = SettingsKeeping(self._settings, hook, durable, random)
        self._tags = IdTags(self._settings, self._tag_register, hook or judge)
        self.id_tags = TagKeeping(self._tag_register, durable, clock, random)
        self.local_lists = ListDelivery(self._registry, self._tag_register, self.command, clock)
        self._lists_begun = ListsBegun(
            self.local_lists, self._writing.durable, self._writing.complain, clock, random
        )
        self._wheel: Wheel[Session | str] = Wheel(clock, self._ring)
        self._transactions = Transactions(
            Ledger(), random, lambda at: self._wheel.set(_PENDING, at)
        )
        self._jobs = Jobs(lambda at: self._wheel.set(_JOBS, at))
        self._reservations = Reservations(random, lambda at: self._wheel.set(_RESERVATIONS, at))
        kept = (self._transactions, DataTransfers(random, vendors or {}), self._jobs)
        outgoing = Outgoing(*kept, self._reservations)
        self._services = Services(
            settings=self._settings,
            incoming=Incoming(self._settings, self._tags, *kept, self._reservations, signer),
            outgoing=outgoing,
            jobs=self._jobs,
            number=lambda: 1 + random.getrandbits(30),
            tally=self.tally,
        )
        self._passwords = Passwords(random, executor)
        self._asking = Asking(
            self._settings,
            self._transactions,
            outgoing,
            self._step,
            durable,
            self._passwords.hashed,
            clock,
            random,
        )
        self._porter = Porter(
            self._registry,
            self._settings,
            self._passwords,
            default_organization_id,
            has_tls_door=has_tls_door,
        )
        self._handshakes = Handshakes(
            self._porter, self._passwords, self._writing, self._begin, lambda: self._closing
        )
        self._sockets: dict[Session, Socket] = {}
        self._back_pressure = BackPressure(self._writing, self._sockets)
        self._verdicts: set[asyncio.Future[Tag]] = set()
        self._closing = False

    # --- the life of it ------------------------------------------------------------------------

    def load(self, contents: Contents) -> None:
        """Take over what storage holds, once, before the first handshake."""
        self._settings.load(contents.settings)
        self._registry.load(contents.chargers, contents.connectors)
        self._transactions.load(contents.transactions, contents.highest_transaction_number)
        self._tag_register.load(contents.id_tags)
        self._reservations.load(contents.reservations)
        ended = self._jobs.load(contents.commands, self._clock())
        if ended:
            self._writing.write(ended)

    def gate(self, handshake: Handshake) -> Verdict | Awaitable[Verdict]:
        """See `ports.Gate`: later where a password has to be hashed for it."""
        return self._handshakes.judged(handshake)

    def _begin(
        self, charger: Charger, handshake: Handshake, version: Version, profile: int
    ) -> tuple[Socket, Seconds]:
        """The end of a link that is let in, and how often it is pinged."""
        prefix = ids.token(self._random, 12)
        session = Session(
            charger, DIALECTS[version], self._services, prefix=prefix, profile=profile
        )
        settings = self._settings.of(charger.row.organization_id)
        socket = Socket(self, session, handshake.remote, self._turns)
        return socket, settings.web_socket_ping_interval_s

    def deadline(self) -> Instant | None:
        """When `tick` is due next."""
        return self._wheel.next()

    def tick(self) -> None:
        """Do what is due. The backend's own wheel does; a test may."""
        self._wheel.tick()

    def _ring(self, key: Session | str) -> None:
        if isinstance(key, Session):
            self._step(key, steps.TICK)
        else:
            self._expire(key, self._clock())

    def _expire(self, what: str, now: Instant) -> None:
        records: tuple[Record, ...]
        happened: Sequence[BackendEvent] = ()
        if what == _JOBS:
            told = self._jobs.expire(now, self._is_online)
            records, happened = told.rows, told.events
        elif what == _RESERVATIONS:
            ended = self._reservations.expire(now)
            records, happened = ended, reservation_events(ended, now)
        else:
            records = tuple(self._transactions.expire(now))
        if records:
            self._writing.write(records, happened)
        self._writing.told(happened)

    def _is_online(self, charger_id: str) -> bool:
        charger = self._registry.by_id(charger_id)
        return charger is not None and charger.online

    async def close(self, patience_s: Seconds = _PATIENCE_S) -> None:
        """Take nobody in, then hang up, limits.DRAIN_LOT at a time; on whoever is owed an answer
        only once it has been given, or after that time: then it will be asked for again."""
        self._closing = True
        self._passwords.close()
        now = asyncio.get_running_loop().time
        last = now() + patience_s
        open_ones = list(self._sockets)
        while open_ones:
            await self._writing.flush()
            # Nothing comes in between the flush and here, but what it has let others ask.
            free = [one for one in open_ones if not one.owed or now() >= last]
            gone = set(free[: limits.DRAIN_LOT])
            for session in gone:
                self._step(session, _ENDING)
            open_ones = [one for one in open_ones if one not in gone and one in self._sockets]
            # Others are heard in between; a verdict from outside takes its time.
            await asyncio.sleep(0 if free else _DRAIN_LOOK_S)
        await self._lists_begun.close()
        await self._writing.flush()
        for verdict in tuple(self._verdicts):
            verdict.cancel()
        self._wheel.stop()
        await self._writing.flush()

    @property
    def links(self) -> int:
        """Chargers that are connected."""
        return len(self._sockets)

    def tell(self, event: BackendEvent) -> None:
        """Have an event of the server's own kept and heard of."""
        self._writing.write((), (event,))
        self._writing.told((event,))

    # --- the registry --------------------------------------------------------------------------

    async def register(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> Charger:
        """Add a charger; returns once it is durable. Conflict where there is one of that id."""
        if not 0 < len(charge_box_id) <= limits.IDENTITY_CHARACTERS:
            most = limits.IDENTITY_CHARACTERS
            raise Invalid(f"a chargeBoxId has 1 to {most} characters", field="chargeBoxId")
        row = ChargerStored(
            id=ids.prefixed("chg_", self._random),
            organization_id=organization_id,
            charge_box_id=charge_box_id,
            registered_at=self._clock(),
        )
        charger = Charger(msgspec.structs.replace(row, **await self._fields(change)))
        self._registry.add(charger)
        try:
            await self._writing.durable((charger.row,))
        except BaseException:
            self._registry.remove(charger)
            raise
        return charger

    def charger(self, organization_id: str, charge_box_id: str) -> Charger:
        """NotFound where there is none, or it is another organization's."""
        return self._registry.get(organization_id, charge_box_id)

    def chargers(self, organization_id: str, *, online: bool | None = None) -> list[Charger]:
        """An organization's chargers in the order they were registered."""
        chargers = self._registry.of(organization_id)
        return chargers if online is None else [c for c in chargers if c.online is online]

    async def update(
        self, organization_id: str, charge_box_id: str, change: ChargerChange
    ) -> Charger:
        """Change what an operator may set; returns once it is durable."""
        self._registry.get(organization_id, charge_box_id)
        fields = await self._fields(change)
        charger = self._registry.get(organization_id, charge_box_id)  # as it is by now
        before = charger.row
        charger.row = after = msgspec.structs.replace(before, **fields)
        if charger.session is not None:
            charger.session.revise()
        try:
            await self._writing.durable((charger.stored(),))
        except Unavailable:
            if charger.row is after:
                charger.row = before
            raise
        if before.password_hash is not None and before.password_hash != after.password_hash:
            self._passwords.forget(before.password_hash)
        return charger

    async def delete(self, organization_id: str, charge_box_id: str) -> None:
        """Forget a charger and close its link; its history stays. Returns once it is durable."""
        charger = self._registry.get(organization_id, charge_box_id)
        deleted = ChargerDeleted(charger_id=charger.row.id, deleted_at=self._clock())
        await self._writing.durable((deleted,))
        self._registry.remove(charger)
        if charger.session is not None:
            self._step(charger.session, _DELETED)

    def connection_path(self, charger: Charger) -> str:
        """The path of its socket's URL, percent-encoded."""
        return self._porter.path(charger)

    async def _fields(self, change: ChargerChange) -> dict[str, Any]:
        fields = change.fields()
        if "password" in fields:
            password = fields.pop("password")
            fields["password_hash"] = await self._passwords.hashed(password) if password else None
        return fields

    # --- settings ------------------------------------------------------------------------------

    def settings(self, organization_id: str) -> SettingsStored:
        """An organization's settings."""
        return self._settings.of(organization_id)

    def requests_per_minute(self, organization_id: str) -> int | None:
        """How many its keys may make; None: as many as they like."""
        return self._settings.of(organization_id).requests_per_minute

    async def change_settings(self, organization_id: str, **changes: Any) -> SettingsStored:
        """Change some, by the names of `SettingsStored`; in force for links opened from now on.
        An authorization hook that has no secret is given one."""
        return await self._settings_keeping.change(organization_id, changes)

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
        """End one whose charger is gone. Conflict where it is over, or has not begun."""
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
            await self._writing.durable(change.records, (stopped,))
        except Unavailable:
            self._transactions.undo(change)
            raise
        return change.after

    # --- commands ------------------------------------------------------------------------------

    async def command(
        self,
        organization_id: str,
        charge_box_id: str,
        command: Command,
        timeout_s: Seconds | None = None,
        id: str | None = None,
    ) -> Outcome:
        """Ask a charger, and wait for its own answer. The errors are those of `csms.commands`."""
        charger = self._registry.get(organization_id, charge_box_id)
        return await self._asking.answer(charger, command, timeout_s, id)

    def connected(self, organization_id: str, charge_box_id: str) -> Charger:
        """A charger that may be asked now. NotFound, NotConnected, WrongState."""
        charger = self._registry.get(organization_id, charge_box_id)
        barred = charger.barred()
        if barred is not None:
            raise barred
        return charger

    def uploaded(self, charger_id: str, command_id: str, file_id: str) -> None:
        """A charger has uploaded a file for that command."""
        row = self._jobs.uploaded(charger_id, command_id, file_id)
        if row is not None:
            self._writing.write((row,))

    async def begin(
        self, organization_id: str, charge_box_id: str, command: Command, id: str | None = None
    ) -> CommandStored:
        """Ask a charger, and wait only until that is on record: the command's row, which is
        rewritten with its answer and its outcome. Errors as above, but for those of the answer."""
        charger = self._registry.get(organization_id, charge_box_id)
        return await self._asking.begin(charger, command, id)

    async def begin_local_list(
        self, organization_id: str, charge_box_id: str, command: DeliverLocalList
    ) -> CommandStored:
        """Send a local list as `local_lists.send` does, and wait only until that is on record."""
        charger = self._registry.get(organization_id, charge_box_id)
        return await self._lists_begun.begin(charger, command)

    # --- sockets -------------------------------------------------------------------------------

    def opened(self, socket: Socket) -> None:
        """A link is up. The newest of a charger wins: an older one is told, and hung up."""
        session, charger = socket.session, socket.session.charger
        self._sockets[session] = socket
        if self._closing:
            socket.hang_up(_ENDING.code, _ENDING.reason)
            return
        if self._registry.by_id(charger.row.id) is not charger:
            socket.hang_up(_DELETED.code, _DELETED.reason)
            return
        older = charger.session
        self._step(session, steps.LinkUp(socket.remote))
        if older is not None:
            self._step(older, _REPLACED)

    def received(self, socket: Socket, text: str) -> None:
        """A frame came."""
        self._step(socket.session, steps.Received(text))
        self._back_pressure.received(socket)

    def closed(self, socket: Socket, code: int, reason: str) -> None:
        """A link is gone."""
        self._step(socket.session, steps.LinkDown(code, reason))
        self._sockets.pop(socket.session, None)
        self._back_pressure.closed(socket.session)
        self._wheel.set(socket.session, None)

    # --- effects -------------------------------------------------------------------------------

    def _step(self, session: Session, happening: Happening) -> None:
        for effect in session.step(happening, self._clock()):
            _CARRY_OUT[type(effect)](self, session, effect)
        self._wheel.set(session, session.deadline())

    def _transmit(self, session: Session, effect: steps.Transmit) -> None:
        self._sockets[session].send(effect.text)

    def _hang_up(self, session: Session, effect: steps.HangUp) -> None:
        socket = self._sockets.get(session)
        if socket is not None:
            socket.hang_up(effect.code, effect.reason)

    def _store(self, session: Session, effect: steps.Store) -> None:
        self._writing.write(effect.records, effect.events)
        self._writing.told(effect.events)

    def _commit(self, session: Session, effect: steps.Commit) -> None:
        key = effect.key

        def committed() -> None:
            self._step(session, steps.Committed(key))
            self._writing.told(effect.events)
            self._back_pressure.answered(session)

        def failed(error: Exception) -> None:
            self._step(session, steps.NotCommitted(key, error))
            self._back_pressure.answered(session)

        self._writing.write(effect.records, effect.events, committed, failed)

    def _decide(self, session: Session, effect: steps.Decide) -> None:
        verdict = asyncio.ensure_future(effect.verdict)
        self._verdicts.add(verdict)

        def decided(verdict: asyncio.Future[Tag]) -> None:
            self._verdicts.discard(verdict)
            if verdict.cancelled():
                return
            error = verdict.exception()
            if error is None:
                self._step(session, steps.Decided(effect.key, verdict.result()))
            elif isinstance(error, Exception):
                self._step(session, steps.Undecided(effect.key, error))
            self._back_pressure.answered(session)

        verdict.add_done_callback(decided)

    def _finish(self, session: Session, effect: steps.Finish) -> None:
        self._asking.finish(effect.ticket, effect.result)

    def _ask(self, session: Session, effect: steps.Ask) -> None:
        self._asking.send(session, effect.command)

    def _heed(self, session: Session, effect: steps.Complain) -> None:
        self._writing.complain(effect.error)


_CARRY_OUT: Mapping[type[Effect], Callable[[Backend, Session, Any], None]] = {
    steps.Transmit: Backend._transmit,
    steps.HangUp: Backend._hang_up,
    steps.Store: Backend._store,
    steps.Commit: Backend._commit,
    steps.Decide: Backend._decide,
    steps.Finish: Backend._finish,
    steps.Ask: Backend._ask,
    steps.Complain: Backend._heed,
}
