"""Sessions of the links that are open: their inputs, and their effects carried out."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.event_log import BackendWriter
from voltyard.csms.events import ChargerReplaced
from voltyard.csms.links.back_pressure import BackPressure
from voltyard.csms.links.frame_quota import FrameQuota
from voltyard.csms.links.links_by_address import LinksByAddress
from voltyard.csms.links.sockets import Socket
from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.csms.session import effects, inputs
from voltyard.csms.session.effects import Effect
from voltyard.csms.session.inputs import Input
from voltyard.csms.session.session import Session, session_of
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant
from voltyard.ports.clock import Clock
from voltyard.ports.links import PeerCertificate

REPLACED = inputs.CloseRequested(1008, "a newer connection of this charger took its place")
REVOKED = inputs.CloseRequested(1008, "its certificate was revoked")
DELETED = inputs.CloseRequested(1008, "the charger was deleted")
ENDING = inputs.CloseRequested(1012, "the server restarts")
MOVED = inputs.CloseRequested(1012, "another server goes on with this charger")


class OpenSessions:
    """Steps the session of each open link, and carries out its effects."""

    def __init__(
        self,
        registry: ChargerRegistry,
        writer: BackendWriter,
        clock: Clock,
        wake: Callable[[Session, Instant | None], None],
        finished: Callable[[CommandTicket, BackendCommandResult | VoltyardError], None],
        issue: Callable[[Session, BackendCommand], None],
        is_revoked: Callable[[PeerCertificate | None], bool],
        frame_quota: FrameQuota | None = None,
        links_by_address: LinksByAddress | None = None,
    ) -> None:
        """`wake` has a session ticked at a moment, `finished` hears of the results of commands, and
        `issue` sends the backend's own."""
        self._registry = registry
        self._writer = writer
        self._clock = clock
        self._wake = wake
        self._finished = finished
        self._issue = issue
        self._is_revoked = is_revoked
        self._sockets: dict[Session, Socket] = {}
        self._replaced: dict[str, dict[Socket, None]] = {}
        """Links that a newer one has replaced, and that are not gone yet, by their charger's id."""
        self._back_pressure = BackPressure(writer, self._sockets)
        self._frame_quota = frame_quota
        self._by_address = LinksByAddress() if links_by_address is None else links_by_address
        self._verdicts: dict[asyncio.Future[TagDecision], str] = {}
        """Decisions that are awaited, with the ids of the chargers that await them."""
        self._is_closing = False
        self.opened_ones = 0
        """Links so far."""
        self.replaced = 0
        """Links so far that a newer one of their charger replaced."""
        self._carry_out: Mapping[type[Effect], Callable[[Session, Any], None]] = {
            effects.Transmit: self._transmit,
            effects.HangUp: self._hang_up,
            effects.Store: self._store,
            effects.Commit: self._commit,
            effects.AwaitAuthorization: self._decide,
            effects.FinishCommand: self._finish,
            effects.IssueCommand: self._ask,
            effects.ReportInternalError: self._report_internal_error,
        }

    def __len__(self) -> int:
        return len(self._sockets)

    def __contains__(self, session: Session) -> bool:
        return session in self._sockets

    @property
    def paused(self) -> Mapping[str, int]:
        """Links that are not read, by what they wait for: answers, database, quota."""
        quota = 0 if self._frame_quota is None else self._frame_quota.paused
        return {**self._back_pressure.paused, "quota": quota}

    @property
    def all(self) -> list[Session]:
        """The sessions of all open links."""
        return list(self._sockets)

    def refuse_more(self) -> None:
        """Hang up on each link that opens from now on: the server ends."""
        self._is_closing = True

    def cancel_decisions(self) -> None:
        """Await no decision about a tag any more."""
        for verdict in tuple(self._verdicts):
            verdict.cancel()

    def opened(self, socket: Socket) -> None:
        """A link is up. The newest of a charger wins: an older one is told, and hung up."""
        self.opened_ones += 1
        session, charger = socket.session, socket.session.charger
        self._sockets[session] = socket
        self._by_address.opened(socket.remote)
        if self._is_closing:
            socket.hang_up(ENDING.code, ENDING.reason)
            return
        if (barred := self._barred(charger)) is not None:
            socket.hang_up(barred.code, barred.reason)
            return
        if self._is_revoked(session.certificate):
            socket.hang_up(REVOKED.code, REVOKED.reason)
            return
        older = session_of(charger)
        former = None if older is None else self._sockets.get(older)
        if older is not None:
            self._tell_replaced(charger, "" if former is None else former.remote, socket.remote)
        self.step(session, inputs.LinkUp(socket.remote))
        if older is not None:
            self.step(older, REPLACED)
            if former is not None:
                self._replaced.setdefault(charger.row.id, {})[former] = None

    def part(self, charger: RegisteredCharger, replaced_by: str | None) -> bool:
        """Hang up on a charger that leaves this process, and take its link as gone at once; what it
        waits for is decided no more. `replaced_by` is the address of a newer connection of it at
        another; None: there is none. True where it had a link."""
        own = [verdict for verdict, id in self._verdicts.items() if id == charger.row.id]
        for verdict in own:
            del self._verdicts[verdict]
            verdict.cancel()
        for former in tuple(self._replaced.get(charger.row.id, ())):
            self.closed(former, REPLACED.code, REPLACED.reason)
        session = session_of(charger)
        socket = None if session is None else self._sockets.get(session)
        if socket is None:
            return False
        closing = MOVED
        if replaced_by is not None:
            closing = REPLACED
            self._tell_replaced(charger, socket.remote, replaced_by)
            # It ends without a word, as where the newer one is here: the charger is connected.
            charger.session = None
            self._writer.write((charger.seen(self._clock()),))
        socket.hang_up(closing.code, closing.reason)
        self.closed(socket, closing.code, closing.reason)
        return True

    def take_as_gone(self) -> None:
        """Take all links as gone, whatever their chargers have still to say: what comes later of
        them is written by nobody."""
        for socket in list(self._sockets.values()):
            socket.hang_up(ENDING.code, ENDING.reason)
            self.closed(socket, ENDING.code, ENDING.reason)

    def _barred(self, charger: RegisteredCharger) -> inputs.CloseRequested | None:
        """The close of a link whose charger has gone since it was let in; None: it is here."""
        row = charger.row
        if self._registry.is_leaving(row.id):
            return MOVED
        if self._registry.by_id(row.id) is charger:
            return None
        is_moved = self._registry.elsewhere.node_of(row.organization_id, row.charge_box_id)
        return DELETED if is_moved is None else MOVED

    async def lives(self, session: Session) -> bool:
        """Ask the charger at the other end for a sign of life; False where none comes in time."""
        answered = asyncio.Event()
        socket = self._sockets.get(session)
        if socket is not None:
            socket.probe(answered.set)
        try:
            async with asyncio.timeout(limits.TAKEOVER_PING_S):
                await answered.wait()
        except TimeoutError:
            return False
        return True

    def have_room(self, remote: str, charger: RegisteredCharger | None) -> bool:
        """True where one more link of that address may open, or takes the place of the charger's
        own from there."""
        older = None if charger is None else session_of(charger)
        socket = None if older is None else self._sockets.get(older)
        return self._by_address.has_room(remote, None if socket is None else socket.remote)

    def _tell_replaced(self, charger: RegisteredCharger, former: str, newer: str) -> None:
        self.replaced += 1
        replaced = ChargerReplaced(
            **charger.event_fields(self._clock()), remote=newer, former_remote=former
        )
        self._writer.write((), (replaced,))
        self._writer.told((replaced,))

    def received(self, socket: Socket, text: str) -> None:
        """A frame came."""
        self.step(socket.session, inputs.Received(text))
        self._back_pressure.received(socket)
        if self._frame_quota is not None:
            self._frame_quota.received(socket)

    def closed(self, socket: Socket, code: int, reason: str) -> None:
        """A link is gone. One that was taken as gone is so already."""
        if socket.session not in self._sockets:
            return
        self.step(socket.session, inputs.LinkDown(code, reason))
        if self._sockets.pop(socket.session, None) is not None:
            self._by_address.closed(socket.remote)
            self._forget_replaced(socket)
        self._back_pressure.closed(socket.session)
        if self._frame_quota is not None:
            self._frame_quota.closed(socket)
        self._wake(socket.session, None)

    def _forget_replaced(self, socket: Socket) -> None:
        charger_id = socket.session.charger.row.id
        replaced = self._replaced.get(charger_id)
        if replaced is not None:
            replaced.pop(socket, None)
            if not replaced:
                del self._replaced[charger_id]

    def step(self, session: Session, incoming: Input) -> None:
        """Give a session an input, and carry out what it wants done."""
        for effect in session.step(incoming, self._clock()):
            self._carry_out[type(effect)](session, effect)
        self._wake(session, session.deadline())

    def _transmit(self, session: Session, effect: effects.Transmit) -> None:
        self._sockets[session].send(effect.text)

    def _hang_up(self, session: Session, effect: effects.HangUp) -> None:
        socket = self._sockets.get(session)
        if socket is not None:
            socket.hang_up(effect.code, effect.reason)

    def _store(self, session: Session, effect: effects.Store) -> None:
        self._writer.write(effect.records, effect.events)
        self._writer.told(effect.events)

    def _commit(self, session: Session, effect: effects.Commit) -> None:
        key = effect.key

        def committed() -> None:
            self.step(session, inputs.Committed(key))
            self._writer.told(effect.events)
            self._back_pressure.answered(session)

        def failed(error: Exception) -> None:
            self.step(session, inputs.NotCommitted(key, error))
            self._back_pressure.answered(session)

        self._writer.write(effect.records, effect.events, committed, failed)

    def _decide(self, session: Session, effect: effects.AwaitAuthorization) -> None:
        verdict = asyncio.ensure_future(effect.verdict)
        self._verdicts[verdict] = session.charger.row.id

        def decided(verdict: asyncio.Future[TagDecision]) -> None:
            if self._verdicts.pop(verdict, None) is None or verdict.cancelled():
                return
            error = verdict.exception()
            if error is None:
                self.step(session, inputs.AuthorizationDecided(effect.key, verdict.result()))
            elif isinstance(error, Exception):
                self.step(session, inputs.AuthorizationFailed(effect.key, error))
            self._back_pressure.answered(session)

        verdict.add_done_callback(decided)

    def _finish(self, session: Session, effect: effects.FinishCommand) -> None:
        self._finished(effect.ticket, effect.result)

    def _ask(self, session: Session, effect: effects.IssueCommand) -> None:
        self._issue(session, effect.command)

    def _report_internal_error(self, session: Session, effect: effects.ReportInternalError) -> None:
        self._writer.complain(effect.error)
