"""Records that a journal has stored, as a backend that starts anew is handed them."""

from collections.abc import Iterable

from voltyard.csms.records import (
    ChargerStored,
    CommandStored,
    ConnectorStored,
    Contents,
    Record,
    ReservationStored,
    SettingsStored,
    TransactionForgotten,
    TransactionStored,
)
from voltyard.csms.smart_charging.plan_rows import ChargingPlanForgotten, ChargingPlanStored
from voltyard.csms.tariffs.tariff_rows import TariffStored
from voltyard.kernel import limits


class StoredContents:
    """The tables of a simulated backend, so far as it loads them when it starts."""

    def __init__(
        self,
        settings: SettingsStored,
        chargers: Iterable[ChargerStored],
        tariffs: tuple[TariffStored, ...],
    ) -> None:
        self._settings = settings
        self._tariffs = tariffs
        self._chargers = {row.id: row for row in chargers}
        self._connectors: dict[tuple[str, int, int], ConnectorStored] = {}
        self._transactions: dict[str, TransactionStored] = {}
        self._commands: dict[str, CommandStored] = {}
        self._reservations: dict[str, ReservationStored] = {}
        self._plans: dict[str, ChargingPlanStored] = {}
        self._highest_number = 0

    def store(self, record: Record) -> None:
        """A record has become durable."""
        match record:
            case ChargerStored():
                self._chargers[record.id] = record
            case ConnectorStored():
                place = (record.charger_id, record.evse_id, record.connector_id)
                self._connectors[place] = record
            case TransactionStored():
                self._transactions[record.id] = record
                self._highest_number = max(self._highest_number, record.number or 0)
            case TransactionForgotten():
                self._transactions.pop(record.id, None)
            case CommandStored():
                self._commands[record.id] = record
            case ReservationStored():
                self._reservations[record.id] = record
            case ChargingPlanStored():
                self._plans[record.transaction_id] = record
            case ChargingPlanForgotten():
                self._plans.pop(record.transaction_id, None)

    def contents(self) -> Contents:
        """All of it, as storage hands it to a backend that starts."""
        rows = self._transactions.values()
        closed = [row for row in rows if row.status == "completed"]
        closed.sort(key=lambda row: row.updated_at)
        return Contents(
            settings=(self._settings,),
            chargers=tuple(self._chargers.values()),
            connectors=tuple(self._connectors.values()),
            transactions=(
                *(row for row in rows if row.status != "completed"),
                *closed[-limits.CLOSED_TRANSACTIONS :],
            ),
            highest_transaction_number=self._highest_number,
            tariffs=self._tariffs,
            commands=tuple(row for row in self._commands.values() if row.due_at is not None),
            charging_plans=sorted(self._plans.values(), key=lambda row: row.needs_at),
            reservations=tuple(
                row for row in self._reservations.values() if row.status == "active"
            ),
        )
