"""The backend's records in the database: how they are written, and the reading of its history."""

from collections.abc import Mapping
from typing import Final

import msgspec

from voltyard.csms import records
from voltyard.storage.database import Database
from voltyard.storage.journal import DatabaseJournal
from voltyard.storage.schema import csms as tables
from voltyard.storage.statements import Append, Change, Remove, Replace, Way

WAYS: Final[Mapping[type[msgspec.Struct], Way]] = {
    records.SettingsStored: Replace(tables.settings),
    records.ChargerStored: Replace(tables.chargers),
    records.ChargerSeen: Change(
        tables.chargers, "id", "charger_id", ("last_seen_at", "last_heartbeat_at")
    ),
    records.ChargerDeleted: Change(tables.chargers, "id", "charger_id", ("deleted_at",)),
    records.ConnectorStored: Replace(tables.connectors),
    records.TransactionStored: Replace(tables.transactions),
    records.TransactionForgotten: Remove(tables.transactions),
    records.MeterValuesLogged: Append(tables.meter_values),
    records.MessageLogged: Append(tables.messages),
    records.DataTransferLogged: Append(tables.data_transfers),
    records.CommandStored: Replace(tables.commands),
}


def csms_journal(database: Database) -> DatabaseJournal:
    """Where the backend writes."""
    return DatabaseJournal(database, WAYS)
