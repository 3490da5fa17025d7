"""Commands on their way from callers to sessions, and their results on the way back."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import Final, TypeAlias

from msgspec.structs import replace

from voltyard.csms.commands.command_span import CommandSpan
from voltyard.csms.commands.completion import CommandCompletion, failure_status
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.security import ChangePassword
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.session import inputs
from voltyard.csms.session.session import Session, session_of
from voltyard.csms.settings import OrganizationSettings
from voltyard.csms.transactions.transactions import Transactions
from voltyard.kernel import ids
from voltyard.kernel.errors import Conflict, NotFound, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.ports.spans import Span

StepSession: TypeAlias = Callable[[Session, inputs.Input], None]
Durably: TypeAlias = Callable[[tuple[Record, ...]], Awaitable[None]]
"""Returns once the records are durable."""
HashPassword: TypeAlias = Callable[[str], Awaitable[str]]
"""A password's form to store."""
_STATUSES: Final = frozenset({"accepted", "answered", "rejected"})
"""Statuses of a charger's answer that are counted as they are; others are `other`."""


class CommandSender:
    """Sends commands, and hands each result to the caller that waits for it."""

    def __init__(
        self,
        settings: OrganizationSettings,
        transactions: Transactions,
        outgoing: CommandCompletion,
        step: StepSession,
        durably: Durably,
        hashed: HashPassword,
        clock: Clock,
        random: Random,
    ) -> None:
        self._settings = settings
        self._transactions = transactions
        self._outgoing = outgoing
        self._step = step
        self._durably = durably
        self._hashed = hashed
        self._clock = clock
        self._random = random
        self._waiting: dict[str, asyncio.Future[BackendCommandResult]] = {}
        self.finished: Counter[tuple[str, str]] = Counter()
        """Commands by name and status."""

    async def answer(
        self,
        charger: RegisteredCharger,
        command: BackendCommand,
        timeout_s: Seconds | None = None,
        id: str | None = None,
        span: Span | None = None,
    ) -> BackendCommandResult:
        """Send it, and wait for the charger's own answer; `span` is that of the request."""
        ticket = self._ticket(charger, command, timeout_s, id)
        session = _session(charger)
        await self._prepare(session, ticket)
        if _session(charger) is not session:
            # It has connected anew meanwhile, and may speak another version now.
            session, ticket.request = _session(charger), None
        future: asyncio.Future[BackendCommandResult] = asyncio.get_running_loop().create_future()
        self._waiting[ticket.id] = future
        ticket.span = _span(charger, ticket, span)
        self._step(session, inputs.CommandSubmitted(ticket))
        try:
            return await future
        finally:
            if self._waiting.pop(ticket.id, None) is not None:
                self._step(session, inputs.CommandWithdrawn(ticket))

    async def begin(
        self,
        charger: RegisteredCharger,
        command: BackendCommand,
        id: str | None = None,
        span: Span | None = None,
    ) -> CommandStored:
        """Send it, and wait only until it is on record; its row tells what came of it."""
        ticket = self._ticket(charger, command, None, id)
        session = _session(charger)
        session.translate(ticket)
        ticket.is_recorded = True
        row = self._outgoing.queued(charger, ticket)
        await self._durably((row,))
        await self._prepare(session, ticket)
        ticket.span = _span(charger, ticket, span)
        # A link that went meanwhile takes the command to its end all the same: as lost.
        self._step(session, inputs.CommandSubmitted(ticket))
        return row

    def send(self, session: Session, command: BackendCommand) -> None:
        """Send a command of the backend's own accord, without waiting for it."""
        ticket = self._ticket(session.charger, command, None, None)
        ticket.is_recorded = True
        self._step(session, inputs.CommandSubmitted(ticket))

    def finish(self, ticket: CommandTicket, result: BackendCommandResult | VoltyardError) -> None:
        """Give a command its one result."""
        self.finished[str(ticket.command.__struct_config__.tag), _counted_status(result)] += 1
        if ticket.span is not None:
            status = failure_status(result) if isinstance(result, VoltyardError) else ""
            ticket.span.finished(status, result, self._clock())
        future = self._waiting.pop(ticket.id, None)
        if future is None or future.done():
            return
        if isinstance(result, VoltyardError):
            future.set_exception(result)
        else:
            future.set_result(result)

    def _ticket(
        self,
        charger: RegisteredCharger,
        command: BackendCommand,
        timeout_s: Seconds | None,
        id: str | None,
    ) -> CommandTicket:
        organization_id = charger.row.organization_id
        if timeout_s is None:
            timeout_s = self._settings.of(organization_id).command_timeout_s
        command = self._resolved(charger, command)
        return CommandTicket(
            id or ids.prefixed("cmd_", self._random), command, timeout_s, self._clock()
        )

    def _resolved(self, charger: RegisteredCharger, command: BackendCommand) -> BackendCommand:
        """A transaction under the id that its charger knows."""
        named = getattr(command, "transaction_id", None)
        if not isinstance(named, str) or not named.startswith("txn_"):
            return command
        row = self._transactions.ledger.find(charger.row.organization_id, named)
        if row is None or row.charger_id != charger.row.id:
            raise NotFound(f"no transaction {named} of {charger.row.charge_box_id}")
        if row.ocpp_id is None:
            raise Conflict(f"transaction {row.id} has not begun")
        return replace(command, transaction_id=row.ocpp_id)

    async def _prepare(self, session: Session, ticket: CommandTicket) -> None:
        """A password is on record before it is sent: a charger may take it and be gone before it
        says so, and must be let in with it then, also by the next server."""
        charger = session.charger
        password = session.new_password(ticket)
        # One written as any other setting counts where the charger has a password already: it would
        # be locked out with the one it was given.
        meant = isinstance(ticket.command, ChangePassword) or charger.row.password_hash is not None
        if password is None or not meant:
            return
        password_hash = await self._hashed(password)
        if charger.session is None:
            return  # it has gone meanwhile, or was deleted, and is sent nothing
        ticket.password_hash = password_hash
        ticket.is_recorded = True
        charger.row = replace(charger.row, next_password_hash=ticket.password_hash)
        await self._durably((charger.stored(),))


def _counted_status(result: BackendCommandResult | VoltyardError) -> str:
    """One of few: a charger may write any status."""
    if isinstance(result, VoltyardError):
        return failure_status(result)
    status = result.status.lower()
    return status if status in _STATUSES else "other"


def _span(
    charger: RegisteredCharger, ticket: CommandTicket, request: Span | None
) -> CommandSpan | None:
    """Of a command whose request is sampled."""
    if request is None:
        return None
    tag = str(ticket.command.__struct_config__.tag)
    return CommandSpan(request, ticket.id, tag, charger.row.charge_box_id, ticket.asked_at)


def _session(charger: RegisteredCharger) -> Session:
    barred = charger.barred()
    if barred is not None:
        raise barred
    session = session_of(charger)
    assert session is not None
    return session
