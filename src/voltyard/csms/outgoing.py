"""What comes of commands: records, events, and what an outcome starts."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms import commands as ask
from voltyard.csms.commands import Outcome
from voltyard.csms.data_transfer import DataTransfers
from voltyard.csms.dialects.dialect import Dialect
from voltyard.csms.events import BackendEvent, CommandFinished
from voltyard.csms.incoming import about, reservation_events
from voltyard.csms.jobs import Jobs
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import Charger
from voltyard.csms.reservations import Reservations
from voltyard.csms.steps import Ticket
from voltyard.csms.transactions import Transactions
from voltyard.kernel import limits
from voltyard.kernel.errors import (
    NoAnswer,
    NotConnected,
    OutcomeUnknown,
    PeerError,
    VoltyardError,
)
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import to_json
from voltyard.ocpp.secrets import masked

_FAILURES: Mapping[type[VoltyardError], str] = {
    NoAnswer: "timeout",
    NotConnected: "unsent",
    OutcomeUnknown: "lost",
}

_TAKEN = frozenset({"Accepted", "RebootRequired"})
"""What a charger says of a password that it will use."""


class Outgoing:
    """Keeps account of commands."""

    def __init__(
        self,
        transactions: Transactions,
        data_transfers: DataTransfers,
        jobs: Jobs,
        reservations: Reservations,
    ) -> None:
        self._transactions = transactions
        self._data_transfers = data_transfers
        self._jobs = jobs
        self._reservations = reservations

    def queued(self, charger: Charger, ticket: Ticket) -> CommandStored:
        """The row of a command that nobody waits for, before it is sent."""
        row = _row(charger, ticket)
        return replace(row, due_at=ticket.asked_at + limits.QUEUED_COMMAND_S)

    def finished(
        self,
        charger: Charger,
        dialect: Dialect,
        ticket: Ticket,
        result: Outcome | VoltyardError,
        now: Instant,
    ) -> tuple[Outcome | VoltyardError, tuple[Record, ...], list[BackendEvent]]:
        """The result as the caller gets it, with all there is to keep and to tell."""
        records: list[Record] = []
        happened: list[BackendEvent] = []
        command = ticket.command
        if isinstance(command, ask.RemoteStart) and isinstance(result, ask.RemoteStartAnswered):
            result, expected = self._expected(charger, dialect, ticket, result, now)
            records.extend(expected)
        if isinstance(command, ask.TransferData) and ticket.sent_at is not None:
            answer = result if isinstance(result, ask.DataAnswered) else None
            records.append(self._data_transfers.sent(charger, command, answer, now))
        if ticket.password_hash is not None:
            records.append(_password_settled(charger, dialect, ticket, result))
        if ticket.request is not None and _is_accepted(result):
            keeping = dialect.keeping(ticket.request)
            if keeping is not None:
                changed = self._reservations.accepted(charger, keeping, now)
                records.extend(changed)
                happened.extend(reservation_events(changed, now))
        stored = ended(_row(charger, ticket), ticket.sent_at, result, now)
        promise = None if ticket.request is None else dialect.promised(ticket.request)
        told = self._jobs.begun(stored, promise, ticket, now)
        finished = CommandFinished(
            **about(charger, now),
            command_id=ticket.id,
            command=stored.command,
            status=stored.status,
        )
        return result, (*told.rows, *records), [finished, *happened, *told.events]

    def _expected(
        self,
        charger: Charger,
        dialect: Dialect,
        ticket: Ticket,
        result: ask.RemoteStartAnswered,
        now: Instant,
    ) -> tuple[ask.RemoteStartAnswered, tuple[Record, ...]]:
        """An accepted start is a transaction that is expected."""
        command = ticket.command
        assert isinstance(command, ask.RemoteStart)
        if result.status != "accepted":
            return result, ()
        evse_id, connector_id = dialect.aim(command.connector_id, command.evse_id)
        row, records = self._transactions.expect(
            charger,
            dialect.version.name,
            id_tag=command.id_tag,
            evse_id=evse_id,
            connector_id=connector_id,
            remote_start_id=getattr(ticket.request, "remote_start_id", None),
            now=now,
        )
        return replace(result, id=row.id), records


def _password_settled(
    charger: Charger, dialect: Dialect, ticket: Ticket, result: Outcome | VoltyardError
) -> Record:
    """A password is in force once its charger has taken it. Where no answer came it may have: then
    both are good, until it shows which it has. So too the first one of a charger of security
    profile 0, which need not use it before its profile is raised: it would be locked out."""
    row = charger.row
    unknown = isinstance(result, NoAnswer | OutcomeUnknown)
    if isinstance(result, ask.CallAnswered):
        taken = dialect.password_status(result.payload) in _TAKEN
    else:
        taken = not isinstance(result, VoltyardError) and result.status in _TAKEN
    unused = taken and row.password_hash is None and row.security_profile == 0
    if not (unknown or unused) and row.next_password_hash == ticket.password_hash:
        row = replace(row, next_password_hash=None)
    if taken and not unused:
        row = replace(row, password_hash=ticket.password_hash)
    charger.row = row
    return charger.stored()


def _is_accepted(result: Outcome | VoltyardError) -> bool:
    return not isinstance(result, VoltyardError) and result.status in ("accepted", "Accepted")


class Result(Protocol):
    """What a charger's answer comes to."""

    @property
    def status(self) -> str:
        """Its word."""


def on_record(charger: Charger, id: str, command: Struct, asked_at: Instant) -> CommandStored:
    """The row of a command that has not ended."""
    return CommandStored(
        id=id,
        organization_id=charger.row.organization_id,
        charger_id=charger.row.id,
        charge_box_id=charger.row.charge_box_id,
        command=str(command.__struct_config__.tag),
        request=masked(to_json(command)),
        status="queued",
        asked_at=asked_at,
    )


def ended(
    row: CommandStored, sent_at: Instant | None, result: Result | VoltyardError, now: Instant
) -> CommandStored:
    """The row, now that it has."""
    latency_ms = None if sent_at is None else round((now - sent_at) * 1000, 3)
    row = replace(row, answered_at=now, latency_ms=latency_ms, due_at=None)
    if not isinstance(result, VoltyardError):
        return replace(row, status=result.status, answer=masked(to_json(_plain(result))))
    code = str(result.details["code"]) if isinstance(result, PeerError) else result.code
    return replace(row, status=_FAILURES.get(type(result), "error"), error_code=code)


def _row(charger: Charger, ticket: Ticket) -> CommandStored:
    return on_record(charger, ticket.id, ticket.command, ticket.asked_at)


def _plain(outcome: Any) -> Any:
    return msgspec.to_builtins(outcome)
