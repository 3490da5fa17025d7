"""Completion of commands: their records, their events, and follow-ups of their results."""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.commands import control, maintenance, results
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.ticket import CommandTicket
from voltyard.csms.dialect import CsmsDialect
from voltyard.csms.events import BackendEvent, CommandFinished
from voltyard.csms.handlers.data_transfer import DataTransfers
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.reservations import Reservations, reservation_events
from voltyard.csms.transactions.transactions import Transactions
from voltyard.kernel import limits
from voltyard.kernel.errors import NoAnswer, NotConnected, OutcomeUnknown, PeerError, VoltyardError
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import to_json
from voltyard.ocpp.secrets import is_charger_password, masked

_FAILURES: Mapping[type[VoltyardError], str] = {
    NoAnswer: "timeout",
    NotConnected: "unsent",
    OutcomeUnknown: "lost",
}

_TAKEN = frozenset({"Accepted", "RebootRequired"})
"""Statuses of a charger that will use a password."""


class CommandCompletion:
    """Records the results of commands."""

    def __init__(
        self,
        transactions: Transactions,
        data_transfers: DataTransfers,
        outcomes: OutcomeTracker,
        reservations: Reservations,
    ) -> None:
        self._transactions = transactions
        self._data_transfers = data_transfers
        self._outcomes = outcomes
        self._reservations = reservations

    def queued(self, charger: RegisteredCharger, ticket: CommandTicket) -> CommandStored:
        """The row of a command whose caller does not wait, before it is sent."""
        row = _row(charger, ticket)
        return replace(row, due_at=ticket.asked_at + limits.QUEUED_COMMAND_S)

    def finished(
        self,
        charger: RegisteredCharger,
        dialect: CsmsDialect,
        ticket: CommandTicket,
        result: BackendCommandResult | VoltyardError,
        now: Instant,
    ) -> tuple[BackendCommandResult | VoltyardError, tuple[Record, ...], list[BackendEvent]]:
        """The result as the caller gets it, with all there is to keep and to tell."""
        records: list[Record] = []
        happened: list[BackendEvent] = []
        command = ticket.command
        if isinstance(command, control.RemoteStartTransaction) and isinstance(
            result, results.RemoteStartResult
        ):
            result, expected = self._expected(charger, dialect, ticket, result, now)
            records.extend(expected)
        if isinstance(command, maintenance.SendDataTransfer) and ticket.sent_at is not None:
            answer = result if isinstance(result, results.DataTransferResult) else None
            records.append(self._data_transfers.sent(charger, command, answer, now))
        if ticket.password_hash is not None:
            records.append(_password_settled(charger, dialect, ticket, result))
        if ticket.request is not None and _is_accepted(result):
            reservation_change = dialect.reservation_change(ticket.request)
            if reservation_change is not None:
                changed = self._reservations.accepted(charger, reservation_change, now)
                records.extend(changed)
                happened.extend(reservation_events(changed, now))
        stored = completed_row(_row(charger, ticket), ticket.sent_at, result, now)
        expected_outcome = (
            None if ticket.request is None else dialect.expected_outcome(ticket.request)
        )
        told = self._outcomes.begun(stored, expected_outcome, ticket, now)
        finished = CommandFinished(
            **charger.event_fields(now),
            command_id=ticket.id,
            command=stored.command,
            status=stored.status,
        )
        return result, (*told.rows, *records), [finished, *happened, *told.events]

    def _expected(
        self,
        charger: RegisteredCharger,
        dialect: CsmsDialect,
        ticket: CommandTicket,
        result: results.RemoteStartResult,
        now: Instant,
    ) -> tuple[results.RemoteStartResult, tuple[Record, ...]]:
        """An accepted start is a transaction that is expected."""
        command = ticket.command
        assert isinstance(command, control.RemoteStartTransaction)
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
    charger: RegisteredCharger,
    dialect: CsmsDialect,
    ticket: CommandTicket,
    result: BackendCommandResult | VoltyardError,
) -> Record:
    """A password is in force once its charger has taken it. Where no answer came it may have: then
    both are good, until it shows which it has. So too the first one of a charger of security
    profile 0, which need not use it before its profile is raised: it would be locked out."""
    row = charger.row
    unknown = isinstance(result, NoAnswer | OutcomeUnknown)
    if isinstance(result, results.RawCallResult):
        taken = dialect.password_status(result.payload) in _TAKEN
    elif isinstance(result, results.VariablesSetResult):
        taken = result.status_of(is_charger_password) in _TAKEN
    else:
        taken = not isinstance(result, VoltyardError) and result.status in _TAKEN
    unused = taken and row.password_hash is None and row.security_profile == 0
    if not (unknown or unused) and row.next_password_hash == ticket.password_hash:
        row = replace(row, next_password_hash=None)
    if taken and not unused:
        row = replace(row, password_hash=ticket.password_hash)
    charger.row = row
    return charger.stored()


def _is_accepted(result: BackendCommandResult | VoltyardError) -> bool:
    return not isinstance(result, VoltyardError) and result.status in ("accepted", "Accepted")


class HasStatus(Protocol):
    """A result with a status."""

    @property
    def status(self) -> str:
        """Its word."""


def command_row(
    charger: RegisteredCharger, id: str, command: Struct, asked_at: Instant
) -> CommandStored:
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


def completed_row(
    row: CommandStored, sent_at: Instant | None, result: HasStatus | VoltyardError, now: Instant
) -> CommandStored:
    """The row, now that it has."""
    latency_ms = None if sent_at is None else round((now - sent_at) * 1000, 3)
    row = replace(row, answered_at=now, latency_ms=latency_ms, due_at=None)
    if not isinstance(result, VoltyardError):
        return replace(row, status=result.status, answer=masked(to_json(_plain(result))))
    code = str(result.details["code"]) if isinstance(result, PeerError) else result.code
    return replace(row, status=failure_status(result), error_code=code)


def failure_status(error: VoltyardError) -> str:
    """Status of a command that has failed so: timeout, unsent, lost or error."""
    return _FAILURES.get(type(error), "error")


def _row(charger: RegisteredCharger, ticket: CommandTicket) -> CommandStored:
    return command_row(charger, ticket.id, ticket.command, ticket.asked_at)


def _plain(outcome: Any) -> Any:
    return msgspec.to_builtins(outcome)
