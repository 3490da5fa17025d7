"""The backend: every charger's link, and what may be asked of them. One object a process.

Everything runs on one thread, that of the event loop, and from memory. The journal alone knows of
storage, the links alone of sockets.
"""

import asyncio
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import msgspec

from voltyard.csms import events, steps
from voltyard.csms.alarm import Alarm
from voltyard.csms.commands import Command, Outcome, RemoteStop
from voltyard.csms.data_transfer import DataTransfers, Vendor
from voltyard.csms.dialects import DIALECTS
from voltyard.csms.events import BackendEvent
from voltyard.csms.gate import Porter
from voltyard.csms.happenings import Tag
from voltyard.csms.id_tags import IdTags, Judge, knows_nobody
from voltyard.csms.incoming import Incoming
from voltyard.csms.ledger import Ledger
from voltyard.csms.outgoing import Outgoing
from voltyard.csms.passwords import Passwords, hashed
from voltyard.csms.records import (
    ChargerDeleted,
    ChargerStored,
    Contents,
    Record,
    SettingsStored,
    TransactionStored,
)
from voltyard.csms.registry import Charger, ChargerChange, Registry
from voltyard.csms.session import Services, Session
from voltyard.csms.settings import Settings
from voltyard.csms.steps import Effect, Happening, Ticket
from voltyard.csms.transactions import Transactions
from voltyard.kernel import ids, limits
from voltyard.kernel.deadlines import Deadlines
from voltyard.kernel.errors import (
    Conflict,
    Invalid,
    NotConnected,
    NotFound,
    Unauthorized,
    Unavailable,
    VoltyardError,
)
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports import Admitted, Barred, Clock, Handshake, Journal, Link

DEFAULT_ORGANIZATION_ID = "org_default"
_PENDING = "pending"
_REPLACED = steps.Dismissed(1008, "a newer connection of this charger took its place")
_DELETED = steps.Dismissed(1008, "the charger was deleted")
_ENDING = steps.Dismissed(1012, "the server restarts")
_STATUSES: Mapping[type[VoltyardError], int] = {NotFound: 404, Unauthorized: 401, Invalid: 400}


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
        judge: Judge = knows_nobody,
        vendors: Mapping[str, Vendor] | None = None,
        default_organization_id: str = DEFAULT_ORGANIZATION_ID,
    ) -> None:
        """`complain` hears of faults of the backend's own; without it the event loop does."""
        self._journal = journal
        self._clock = clock
        self._random = random
        self._report = report
        self._complain = complain or _tell_loop
        self._registry = Registry()
        self._settings = Settings()
        self._tags = IdTags(self._settings, judge)
        self._transactions = Transactions(Ledger(), random)
        data_transfers = DataTransfers(random, vendors or {})
        self._services = Services(
            settings=self._settings,
            incoming=Incoming(self._settings, self._tags, self._transactions, data_transfers),
            outgoing=Outgoing(self._transactions, data_transfers),
            number=lambda: 1 + random.getrandbits(30),
        )
        self._passwords = Passwords(random)
        self._porter = Porter(
            self._registry, self._settings, self._passwords, default_organization_id
        )
        self._sockets: dict[Session, _Socket] = {}
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}
        self._verdicts: set[asyncio.Future[Tag]] = set()
        self._wheel: Deadlines[Session | str] = Deadlines()
        self._alarm = Alarm(clock, self.tick)
        self._closing = False

    # --- the life of it ------------------------------------------------------------------------

    def load(self, contents: Contents) -> None:
        """Take over what storage holds, once, before the first handshake."""
        self._settings.load(contents.settings)
        self._registry.load(contents.chargers, contents.connectors)
        self._transactions.load(contents.transactions, contents.highest_transaction_number)
        self._tags.count(contents.organizations_with_id_tags)
        self._wheel.set(_PENDING, self._transactions.next_expiry())

    def gate(self, handshake: Handshake) -> Admitted | Barred:
        """See `ports.Gate`."""
        if self._closing:
            return Barred(503, "the server ends")
        try:
            charger, version, subprotocol = self._porter.admit(handshake)
        except VoltyardError as error:
            status = _STATUSES[type(error)]
            challenge = (("WWW-Authenticate", 'Basic realm="ocpp"'),) if status == 401 else ()
            return Barred(status, str(error), challenge)
        session = Session(
            charger, DIALECTS[version], self._services, prefix=ids.token(self._random, 12)
        )
        settings = self._settings.of(charger.row.organization_id)
        socket = _Socket(self, session, handshake.remote)
        return Admitted(socket, subprotocol, settings.web_socket_ping_interval_s)

    def deadline(self) -> Instant | None:
        """When `tick` is due next."""
        return self._wheel.next()

    def tick(self, now: Instant) -> None:
        """Do what is due. The backend's own alarm calls it; a test may."""
        while (key := self._wheel.pop(now)) is not None:
            if isinstance(key, Session):
                self._step(key, steps.TICK)
            else:
                forgotten = self._transactions.expire(now)
                if forgotten:
                    self._journal.write(forgotten)
                self._wheel.set(_PENDING, self._transactions.next_expiry())
        self._set_alarm()

    async def close(self, code: int = _ENDING.code, reason: str = _ENDING.reason) -> None:
        """Take nobody in, let what is being stored be stored and answered, then hang up."""
        self._closing = True
        await self._journal.flush()
        for session in tuple(self._sockets):
            self._step(session, steps.Dismissed(code, reason))
        for verdict in tuple(self._verdicts):
            verdict.cancel()
        self._alarm.set(None)
        await self._journal.flush()

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
        charger = Charger(msgspec.structs.replace(row, **self._fields(change)))
        self._registry.add(charger)
        try:
            await self._durable((charger.row,))
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
        charger = self._registry.get(organization_id, charge_box_id)
        before = charger.row
        charger.row = after = msgspec.structs.replace(before, **self._fields(change))
        if charger.session is not None:
            charger.session.revise()
        try:
            await self._durable((charger.stored(),))
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
        await self._durable((ChargerDeleted(charger_id=charger.row.id, deleted_at=self._clock()),))
        self._registry.remove(charger)
        if charger.session is not None:
            self._step(charger.session, _DELETED)

    def connection_path(self, charger: Charger) -> str:
        """The path of its socket's URL, percent-encoded."""
        return self._porter.path(charger)

    def _fields(self, change: ChargerChange) -> dict[str, Any]:
        fields = change.fields()
        if "password" in fields:
            password = fields.pop("password")
            fields["password_hash"] = hashed(password, self._random) if password else None
        return fields

    # --- settings ------------------------------------------------------------------------------

    def settings(self, organization_id: str) -> SettingsStored:
        """An organization's settings."""
        return self._settings.of(organization_id)

    async def change_settings(self, organization_id: str, **changes: Any) -> SettingsStored:
        """Change some, by the names of `SettingsStored`; in force for links opened from now on."""
        row = self._settings.changed(organization_id, changes)
        await self._durable((row,))
        self._settings.put(row)
        return row

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
        try:
            await self._durable(change.records)
        except Unavailable:
            self._transactions.undo(change)
            raise
        self._report(
            events.TransactionStopped(
                organization_id=row.organization_id,
                charger_id=row.charger_id,
                charge_box_id=row.charge_box_id,
                at=now,
                transaction=change.after,
            )
        )
        return change.after

    # --- commands ------------------------------------------------------------------------------

    async def command(
        self,
        organization_id: str,
        charge_box_id: str,
        command: Command,
        timeout_s: Seconds | None = None,
    ) -> Outcome:
        """Ask a charger, and wait for its own answer. The errors are those of `csms.commands`."""
        charger = self._registry.get(organization_id, charge_box_id)
        command = self._resolved(organization_id, command)
        session = charger.session
        if session is None:
            raise NotConnected(f"charger {charge_box_id} is not connected")
        if timeout_s is None:
            timeout_s = self._settings.of(organization_id).command_timeout_s
        id = ids.prefixed("cmd_", self._random)
        ticket = Ticket(id, command, timeout_s, self._clock())
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[id] = future
        self._step(session, steps.Send(ticket))
        try:
            return await future
        finally:
            if self._waiting.pop(id, None) is not None:
                self._step(session, steps.Withdraw(ticket))

    def _resolved(self, organization_id: str, command: Command) -> Command:
        """A transaction under the id that its charger knows."""
        if not isinstance(command, RemoteStop) or not command.transaction_id.startswith("txn_"):
            return command
        row = self.transaction(organization_id, command.transaction_id)
        if row.ocpp_id is None:
            raise Conflict(f"transaction {row.id} has not begun")
        return RemoteStop(transaction_id=row.ocpp_id)

    # --- sockets -------------------------------------------------------------------------------

    def opened(self, socket: "_Socket") -> None:
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

    def received(self, socket: "_Socket", text: str) -> None:
        """A frame came."""
        self._step(socket.session, steps.Received(text))

    def closed(self, socket: "_Socket", code: int, reason: str) -> None:
        """A link is gone."""
        self._step(socket.session, steps.LinkDown(code, reason))
        self._sockets.pop(socket.session, None)
        self._wheel.set(socket.session, None)
        self._set_alarm()

    # --- effects -------------------------------------------------------------------------------

    def _step(self, session: Session, happening: Happening) -> None:
        for effect in session.step(happening, self._clock()):
            _CARRY_OUT[type(effect)](self, session, effect)
        self._wheel.set(session, session.deadline())
        self._wheel.set(_PENDING, self._transactions.next_expiry())
        self._set_alarm()

    def _set_alarm(self) -> None:
        if not self._closing:
            self._alarm.set(self._wheel.next())

    def _transmit(self, session: Session, effect: steps.Transmit) -> None:
        self._sockets[session].send(effect.text)

    def _hang_up(self, session: Session, effect: steps.HangUp) -> None:
        socket = self._sockets.get(session)
        if socket is not None:
            socket.hang_up(effect.code, effect.reason)

    def _store(self, session: Session, effect: steps.Store) -> None:
        self._journal.write(effect.records)

    def _commit(self, session: Session, effect: steps.Commit) -> None:
        key = effect.key
        self._journal.write(
            effect.records,
            lambda: self._step(session, steps.Committed(key)),
            lambda error: self._step(session, steps.NotCommitted(key, error)),
        )

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

        verdict.add_done_callback(decided)

    def _tell(self, session: Session, effect: steps.Report) -> None:
        self._report(effect.event)

    def _finish(self, session: Session, effect: steps.Finish) -> None:
        future = self._waiting.pop(effect.ticket.id, None)
        if future is None or future.done():
            return
        if isinstance(effect.result, VoltyardError):
            future.set_exception(effect.result)
        else:
            future.set_result(effect.result)

    def _heed(self, session: Session, effect: steps.Complain) -> None:
        self._complain(effect.error)

    async def _durable(self, records: tuple[Record, ...]) -> None:
        """Return once the records are; Unavailable where they cannot be stored."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def failed(error: Exception) -> None:
            if not future.done():
                future.set_exception(Unavailable("it could not be stored"))
                self._complain(error)

        self._journal.write(
            records, lambda: None if future.done() else future.set_result(None), failed
        )
        await future


_CARRY_OUT: Mapping[type[Effect], Callable[[Backend, Session, Any], None]] = {
    steps.Transmit: Backend._transmit,
    steps.HangUp: Backend._hang_up,
    steps.Store: Backend._store,
    steps.Commit: Backend._commit,
    steps.Decide: Backend._decide,
    steps.Report: Backend._tell,
    steps.Finish: Backend._finish,
    steps.Complain: Backend._heed,
}


class _Socket:
    """The backend's end of one link."""

    __slots__ = ("_backend", "_link", "remote", "session")

    def __init__(self, backend: Backend, session: Session, remote: str) -> None:
        self._backend = backend
        self._link: Link | None = None
        self.session = session
        self.remote = remote

    def opened(self, link: Link) -> None:
        self._link = link
        self._backend.opened(self)

    def received(self, text: str) -> None:
        self._backend.received(self, text)

    def closed(self, code: int, reason: str) -> None:
        self._link = None
        self._backend.closed(self, code, reason)

    def send(self, text: str) -> None:
        if self._link is not None:
            self._link.send(text)

    def hang_up(self, code: int, reason: str) -> None:
        if self._link is not None:
            self._link.close(code, reason)


def _tell_loop(error: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler(
        {"message": "a fault in the backend", "exception": error}
    )
