"""Journals in memory, for tests that need no file: tables of the backend, and a mere list."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Generic, TypeAlias, TypeVar

from msgspec.structs import replace

from voltyard.csms.records import (
    ChargerDeleted,
    ChargerSeen,
    ChargerStored,
    CommandStored,
    ConnectionStored,
    ConnectorStored,
    Contents,
    DataTransferLogged,
    IdTagDeleted,
    IdTagStored,
    MessageLogged,
    MeterValuesLogged,
    Record,
    ReservationStored,
    SettingsStored,
    TransactionForgotten,
    TransactionStored,
)
from voltyard.csms.refusals.refusal_rows import RefusalForgotten, RefusalStored
from voltyard.csms.security.certificate_rows import CertificateForgotten, CertificateStored
from voltyard.csms.smart_charging.plan_rows import ChargingPlanForgotten, ChargingPlanStored
from voltyard.events.event_records import (
    DeliveryStored,
    EventLogged,
    EventStaged,
    StagedEventTaken,
    WebhookDeleted,
    WebhookStored,
)
from voltyard.kernel import limits
from voltyard.ports.journal import Pressure

_Write: TypeAlias = tuple[
    Sequence[Record], Callable[[], None] | None, Callable[[Exception], None] | None
]


_LOG_ROWS: Final = 100_000

RecordT = TypeVar("RecordT")


class MemoryJournal:
    """A ports.journal.Journal: the backend's records as tables in memory. What is logged is
    kept to a bound.

    A write is durable at the loop's next turn, as a commit would be: never within the call.
    """

    def __init__(self, log_limit: int = _LOG_ROWS) -> None:
        self.settings: dict[str, SettingsStored] = {}
        self.chargers: dict[str, ChargerStored] = {}
        self.connections: dict[str, ConnectionStored] = {}
        self._log_limit = log_limit
        self.connectors: dict[tuple[str, int, int], ConnectorStored] = {}
        self.id_tags: dict[str, IdTagStored] = {}
        self.transactions: dict[str, TransactionStored] = {}
        self.commands: dict[str, CommandStored] = {}
        self.reservations: dict[str, ReservationStored] = {}
        self.certificates: dict[str, CertificateStored] = {}
        self.charging_plans: dict[str, ChargingPlanStored] = {}
        self.refusals: dict[str, RefusalStored] = {}
        self.messages: deque[MessageLogged] = deque(maxlen=log_limit)
        self.meter_values: deque[MeterValuesLogged] = deque(maxlen=log_limit)
        self.data_transfers: deque[DataTransferLogged] = deque(maxlen=log_limit)
        self.events: deque[EventLogged] = deque(maxlen=log_limit)
        self.staged: dict[int, EventStaged] = {}
        self._staged_ones = 0
        self.webhooks: dict[str, WebhookStored] = {}
        self.deliveries: dict[int, DeliveryStored] = {}
        self.commits = 0
        """How many groups have become durable."""
        self._highest_number = 0
        self._failure: Exception | None = None
        self._failures_left: int | None = None
        self._groups: deque[_Write] = deque()
        self._turn: asyncio.Handle | None = None
        self._is_stalled = False
        self._relieved: list[Callable[[], None]] = []
        self._pressure = Pressure.NONE
        self.lost: list[Sequence[Record]] = []
        """Writes that were to be kept and cannot be."""

    def write(
        self,
        records: Sequence[Record],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        self._groups.append((records, committed, failed))
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self.settle)

    @property
    def pressure(self) -> Pressure:
        """See ports.journal.Journal; what it was set to."""
        return self._pressure

    def press(self, pressure: Pressure) -> None:
        """Say that it is so far behind."""
        before, self._pressure = self._pressure, pressure
        if before is Pressure.FULL and pressure is not Pressure.FULL:
            for callback in self._relieved:
                callback()

    def on_relief(self, callback: Callable[[], None]) -> None:
        self._relieved.append(callback)

    async def flush(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Make what was written durable, and tell those who wait."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        if self._is_stalled:
            return
        again: list[_Write] = []
        for _ in range(len(self._groups)):
            records, committed, failed = self._groups.popleft()
            error = self._next_failure()
            unknown = self._unknown(records)
            if error is None and unknown is None:
                for record in records:
                    _TABLES[type(record)](self, record)
                self.commits += 1
                if committed is not None:
                    committed()
            elif failed is not None:
                failed(error or unknown or AssertionError())
            elif unknown is not None:
                self.lost.append(records)
            else:
                again.append((records, committed, failed))
        self._groups.extendleft(reversed(again))
        if again:
            self._try_again_later()

    def _try_again_later(self) -> None:
        with contextlib.suppress(RuntimeError):  # no loop: a test settles by hand
            loop = asyncio.get_running_loop()
            if self._turn is not None:
                self._turn.cancel()
            self._turn = loop.call_later(limits.WRITER_RETRY_S, self.settle)

    def stall(self, stalled: bool) -> None:
        """Let nothing become durable, nor fail, until told otherwise."""
        self._is_stalled = stalled
        if not stalled:
            self.settle()

    def fail(self, error: Exception | None, groups: int | None = None) -> None:
        """Let the next so many groups fail with this error, or all of them until told otherwise."""
        self._failure = error
        self._failures_left = groups

    def contents(self) -> Contents:
        """The contents that a backend which starts on this journal is handed."""
        kept = self.chargers.keys()
        open_ones = [t for t in self.transactions.values() if t.status != "completed"]
        closed = [t for t in self.transactions.values() if t.status == "completed"]
        closed.sort(key=lambda row: row.updated_at)
        return Contents(
            settings=tuple(self.settings.values()),
            chargers=tuple(self.chargers.values()),
            connectors=tuple(c for c in self.connectors.values() if c.charger_id in kept),
            id_tags=tuple(self.id_tags.values()),
            transactions=(*open_ones, *closed[-limits.CLOSED_TRANSACTIONS :]),
            highest_transaction_number=self._highest_number,
            webhooks=tuple(self.webhooks.values()),
            highest_event_number=max((one.number for one in self.events), default=0),
            highest_delivery_number=max(self.deliveries, default=0),
            commands=tuple(c for c in self.commands.values() if c.due_at is not None),
            reservations=tuple(r for r in self.reservations.values() if r.status == "active"),
            certificates=tuple(c for c in self.certificates.values() if c.charger_id in kept),
            charging_plans=sorted(self.charging_plans.values(), key=lambda row: row.needs_at),
            refusals=tuple(sorted(self.refusals.values(), key=lambda row: row.last_at)),
        )

    def contents_of(self, charger_ids: Collection[str]) -> Contents:
        """The part of it that is some chargers'."""
        whole = self.contents()
        transactions = [row for row in whole.transactions if row.charger_id in charger_ids]
        ids = {row.id for row in transactions}
        return Contents(
            chargers=[row for row in whole.chargers if row.id in charger_ids],
            connectors=[row for row in whole.connectors if row.charger_id in charger_ids],
            transactions=transactions,
            highest_transaction_number=whole.highest_transaction_number,
            commands=[row for row in whole.commands if row.charger_id in charger_ids],
            reservations=[row for row in whole.reservations if row.charger_id in charger_ids],
            certificates=[row for row in whole.certificates if row.charger_id in charger_ids],
            charging_plans=[row for row in whole.charging_plans if row.transaction_id in ids],
            connections=[row for row in self.connections.values() if row.charger_id in charger_ids],
        )

    def _next_failure(self) -> Exception | None:
        if self._failures_left is not None:
            if self._failures_left == 0:
                return None
            self._failures_left -= 1
        return self._failure

    def _unknown(self, records: Sequence[Any]) -> Exception | None:
        for record in records:
            if type(record) not in _TABLES:
                return TypeError(f"no table for {type(record).__name__}")
        return None

    def _settings(self, record: SettingsStored) -> None:
        self.settings[record.organization_id] = record

    def _charger(self, record: ChargerStored) -> None:
        self.chargers[record.id] = record

    def _seen(self, record: ChargerSeen) -> None:
        row = self.chargers.get(record.charger_id)
        if row is not None:
            self.chargers[record.charger_id] = replace(
                row,
                last_seen_at=record.last_seen_at,
                last_heartbeat_at=record.last_heartbeat_at,
            )

    def _connection(self, record: ConnectionStored) -> None:
        self.connections[record.id] = record
        if len(self.connections) > self._log_limit:
            del self.connections[next(iter(self.connections))]

    def _deleted(self, record: ChargerDeleted) -> None:
        self.chargers.pop(record.charger_id, None)

    def _connector(self, record: ConnectorStored) -> None:
        self.connectors[record.charger_id, record.evse_id, record.connector_id] = record

    def _id_tag(self, record: IdTagStored) -> None:
        self.id_tags[record.id] = record

    def _id_tag_deleted(self, record: IdTagDeleted) -> None:
        self.id_tags.pop(record.id, None)

    def _transaction(self, record: TransactionStored) -> None:
        self.transactions[record.id] = record
        self._highest_number = max(self._highest_number, record.number or 0)

    def _forgotten(self, record: TransactionForgotten) -> None:
        self.transactions.pop(record.id, None)

    def _reservation(self, record: ReservationStored) -> None:
        self.reservations[record.id] = record

    def _certificate(self, record: CertificateStored) -> None:
        self.certificates[record.id] = record

    def _certificate_forgotten(self, record: CertificateForgotten) -> None:
        self.certificates.pop(record.id, None)

    def _charging_plan(self, record: ChargingPlanStored) -> None:
        self.charging_plans[record.transaction_id] = record

    def _charging_plan_forgotten(self, record: ChargingPlanForgotten) -> None:
        self.charging_plans.pop(record.transaction_id, None)

    def _refusal(self, record: RefusalStored) -> None:
        self.refusals[record.id] = record

    def _refusal_forgotten(self, record: RefusalForgotten) -> None:
        self.refusals.pop(record.id, None)

    def _command(self, record: CommandStored) -> None:
        self.commands[record.id] = record

    def _meter_values(self, record: MeterValuesLogged) -> None:
        self.meter_values.append(record)

    def _message(self, record: MessageLogged) -> None:
        self.messages.append(record)

    def _data_transfer(self, record: DataTransferLogged) -> None:
        self.data_transfers.append(record)

    def _event(self, record: EventLogged) -> None:
        self.events.append(record)

    def _event_staged(self, record: EventStaged) -> None:
        self._staged_ones += 1
        self.staged[self._staged_ones] = record

    def _staged_taken(self, record: StagedEventTaken) -> None:
        del self.staged[record.number]

    def _webhook(self, record: WebhookStored) -> None:
        self.webhooks[record.id] = record

    def _webhook_deleted(self, record: WebhookDeleted) -> None:
        self.webhooks.pop(record.id, None)

    def _delivery(self, record: DeliveryStored) -> None:
        self.deliveries[record.number] = record


class RecordingJournal(Generic[RecordT]):
    """A ports.journal.Journal whose records are a list; no write is ever told to be committed."""

    pressure = Pressure.NONE

    def __init__(self) -> None:
        self.records: list[RecordT] = []

    def write(
        self,
        records: Sequence[RecordT],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        self.records.extend(records)

    def on_relief(self, callback: Callable[[], None]) -> None:
        """There is never any pressure."""

    async def flush(self) -> None:
        """Everything is kept already."""


_TABLES: Mapping[type[Any], Callable[[MemoryJournal, Any], None]] = {
    SettingsStored: MemoryJournal._settings,
    ChargerStored: MemoryJournal._charger,
    ChargerSeen: MemoryJournal._seen,
    ConnectionStored: MemoryJournal._connection,
    ChargerDeleted: MemoryJournal._deleted,
    ConnectorStored: MemoryJournal._connector,
    IdTagStored: MemoryJournal._id_tag,
    IdTagDeleted: MemoryJournal._id_tag_deleted,
    TransactionStored: MemoryJournal._transaction,
    TransactionForgotten: MemoryJournal._forgotten,
    MeterValuesLogged: MemoryJournal._meter_values,
    MessageLogged: MemoryJournal._message,
    DataTransferLogged: MemoryJournal._data_transfer,
    CommandStored: MemoryJournal._command,
    EventLogged: MemoryJournal._event,
    EventStaged: MemoryJournal._event_staged,
    StagedEventTaken: MemoryJournal._staged_taken,
    WebhookStored: MemoryJournal._webhook,
    WebhookDeleted: MemoryJournal._webhook_deleted,
    DeliveryStored: MemoryJournal._delivery,
    ReservationStored: MemoryJournal._reservation,
    CertificateStored: MemoryJournal._certificate,
    CertificateForgotten: MemoryJournal._certificate_forgotten,
    ChargingPlanStored: MemoryJournal._charging_plan,
    ChargingPlanForgotten: MemoryJournal._charging_plan_forgotten,
    RefusalStored: MemoryJournal._refusal,
    RefusalForgotten: MemoryJournal._refusal_forgotten,
}
