"""Commands on their way from callers to sessions, and their results on the way back."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeAlias

from msgspec.structs import replace

from voltyard.csms import steps
from voltyard.csms.commands import Command, Outcome, RemoteStop
from voltyard.csms.outgoing import Outgoing
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import Charger
from voltyard.csms.security import ChangePassword
from voltyard.csms.session import Session
from voltyard.csms.settings import Settings
from voltyard.csms.steps import Ticket
from voltyard.csms.transactions import Transactions
from voltyard.kernel import ids
from voltyard.kernel.errors import Conflict, NotFound, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports import Clock

Step: TypeAlias = Callable[[Session, steps.Happening], None]
Durably: TypeAlias = Callable[[tuple[Record, ...]], Awaitable[None]]
"""Returns once the records are durable."""
Hashed: TypeAlias = Callable[[str], Awaitable[str]]
"""A password's form to store."""


class Asking:
    """Those who wait for chargers' answers, by command id."""

    def __init__(
        self,
        settings: Settings,
        transactions: Transactions,
        outgoing: Outgoing,
        step: Step,
        durably: Durably,
        hashed: Hashed,
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
        self._waiting: dict[str, asyncio.Future[Outcome]] = {}

    async def answer(
        self,
        charger: Charger,
        command: Command,
        timeout_s: Seconds | None = None,
        id: str | None = None,
    ) -> Outcome:
        """Send it, and wait for the charger's own answer."""
        ticket = self._ticket(charger, command, timeout_s, id)
        session = _session(charger)
        await self._prepare(session, ticket)
        if _session(charger) is not session:
            # It has connected anew meanwhile, and may speak another version now.
            session, ticket.request = _session(charger), None
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[ticket.id] = future
        self._step(session, steps.Send(ticket))
        try:
            return await future
        finally:
            if self._waiting.pop(ticket.id, None) is not None:
                self._step(session, steps.Withdraw(ticket))

    async def begin(
        self, charger: Charger, command: Command, id: str | None = None
    ) -> CommandStored:
        """Send it, and wait only until it is on record; its row tells what came of it."""
        ticket = self._ticket(charger, command, None, id)
        session = _session(charger)
        session.translate(ticket)
        ticket.leaves_traces = True
        row = self._outgoing.queued(charger, ticket)
        await self._durably((row,))
        await self._prepare(session, ticket)
        # A link that went meanwhile takes the command to its end all the same: as lost.
        self._step(session, steps.Send(ticket))
        return row

    def send(self, session: Session, command: Command) -> None:
        """Send it of the backend's own accord; nobody waits."""
        ticket = self._ticket(session.charger, command, None, None)
        ticket.leaves_traces = True
        self._step(session, steps.Send(ticket))

    def finish(self, ticket: Ticket, result: Outcome | VoltyardError) -> None:
        """It has its one result."""
        future = self._waiting.pop(ticket.id, None)
        if future is None or future.done():
            return
        if isinstance(result, VoltyardError):
            future.set_exception(result)
        else:
            future.set_result(result)

    def _ticket(
        self, charger: Charger, command: Command, timeout_s: Seconds | None, id: str | None
    ) -> Ticket:
        organization_id = charger.row.organization_id
        if timeout_s is None:
            timeout_s = self._settings.of(organization_id).command_timeout_s
        command = self._resolved(organization_id, command)
        return Ticket(id or ids.prefixed("cmd_", self._random), command, timeout_s, self._clock())

    def _resolved(self, organization_id: str, command: Command) -> Command:
        """A transaction under the id that its charger knows."""
        if not isinstance(command, RemoteStop) or not command.transaction_id.startswith("txn_"):
            return command
        row = self._transactions.ledger.find(organization_id, command.transaction_id)
        if row is None:
            raise NotFound(f"no transaction {command.transaction_id}")
        if row.ocpp_id is None:
            raise Conflict(f"transaction {row.id} has not begun")
        return RemoteStop(transaction_id=row.ocpp_id)

    async def _prepare(self, session: Session, ticket: Ticket) -> None:
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
        ticket.leaves_traces = True
        charger.row = replace(charger.row, next_password_hash=ticket.password_hash)
        await self._durably((charger.stored(),))


def _session(charger: Charger) -> Session:
    barred = charger.barred()
    if barred is not None:
        raise barred
    assert charger.session is not None
    return charger.session
