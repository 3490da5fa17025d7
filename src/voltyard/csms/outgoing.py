"""What comes of commands: records, events, and what an outcome starts."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from voltyard.csms import commands as ask
from voltyard.csms.commands import Outcome
from voltyard.csms.data_transfer import DataTransfers
from voltyard.csms.dialects.dialect import Dialect
from voltyard.csms.events import BackendEvent, CommandFinished
from voltyard.csms.incoming import about
from voltyard.csms.records import CommandStored, Record
from voltyard.csms.registry import Charger
from voltyard.csms.steps import Ticket
from voltyard.csms.transactions import Transactions
from voltyard.kernel.errors import NoAnswer, NotConnected, PeerError, VoltyardError
from voltyard.kernel.time import Instant
from voltyard.ocpp.payload import to_json
from voltyard.ocpp.secrets import masked

_FAILURES: Mapping[type[VoltyardError], str] = {NoAnswer: "timeout", NotConnected: "lost"}

_TELL_LATER = (ask.UpdateFirmware, ask.GetDiagnostics)
"""Commands whose outcome shows later, in status notifications."""


class Outgoing:
    """Keeps account of commands."""

    def __init__(self, transactions: Transactions, data_transfers: DataTransfers) -> None:
        self._transactions = transactions
        self._data_transfers = data_transfers

    def finished(
        self,
        charger: Charger,
        dialect: Dialect,
        ticket: Ticket,
        result: Outcome | VoltyardError,
        now: Instant,
    ) -> tuple[Outcome | VoltyardError, tuple[Record, ...], BackendEvent]:
        """The result as the caller gets it, with all there is to keep and to tell."""
        records: list[Record] = []
        command = ticket.command
        if isinstance(command, ask.RemoteStart) and isinstance(result, ask.RemoteStartAnswered):
            result, expected = self._expected(charger, dialect, ticket, result, now)
            records.extend(expected)
        if isinstance(command, ask.TransferData) and ticket.sent_at is not None:
            answer = result if isinstance(result, ask.DataAnswered) else None
            records.append(self._data_transfers.sent(charger, command, answer, now))
        stored = _stored(charger, ticket, result, now)
        if isinstance(command, _TELL_LATER):
            charger.under_way[stored.command] = stored
        event = CommandFinished(
            **about(charger, now),
            command_id=ticket.id,
            command=stored.command,
            status=stored.status,
        )
        return result, (stored, *records), event

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


def _stored(
    charger: Charger, ticket: Ticket, result: Outcome | VoltyardError, now: Instant
) -> CommandStored:
    failed = isinstance(result, VoltyardError)
    error_code = None
    if isinstance(result, PeerError):
        error_code = str(result.details["code"])
    elif isinstance(result, VoltyardError):
        error_code = result.code
    return CommandStored(
        id=ticket.id,
        organization_id=charger.row.organization_id,
        charger_id=charger.row.id,
        charge_box_id=charger.row.charge_box_id,
        command=str(ticket.command.__struct_config__.tag),
        request=masked(to_json(ticket.command)),
        status=_FAILURES.get(type(result), "error") if failed else result.status,  # type: ignore[arg-type,union-attr]
        answer=None if failed else masked(to_json(_plain(result))),
        error_code=error_code,
        asked_at=ticket.asked_at,
        answered_at=now,
        latency_ms=None if ticket.sent_at is None else round((now - ticket.sent_at) * 1000, 3),
    )


def _plain(outcome: Any) -> Any:
    return msgspec.to_builtins(outcome)
