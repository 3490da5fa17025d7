"""The backend's records in the database: how they are written, and how its start reads them."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, func, select

from voltyard.csms import records
from voltyard.kernel import limits
from voltyard.storage.database import Database
from voltyard.storage.journal import DatabaseJournal
from voltyard.storage.rows import read_all
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


def load_contents(connection: Connection) -> records.Contents:
    """What the backend starts from."""
    number = tables.transactions.c.number
    return records.Contents(
        settings=read_all(connection, records.SettingsStored, select(tables.settings)),
        chargers=read_all(connection, records.ChargerStored, _registered()),
        connectors=read_all(connection, records.ConnectorStored, _their_connectors()),
        transactions=_transactions(connection),
        highest_transaction_number=connection.scalar(select(func.max(number))) or 0,
    )


def _registered() -> Select[Any]:
    chargers = tables.chargers
    return (
        select(chargers)
        .where(chargers.c.deleted_at.is_(None))
        .order_by(chargers.c.registered_at, chargers.c.id)
    )


def _their_connectors() -> Select[Any]:
    chargers, connectors = tables.chargers, tables.connectors
    return (
        select(connectors)
        .join(chargers, chargers.c.id == connectors.c.charger_id)
        .where(chargers.c.deleted_at.is_(None))
    )


def _transactions(connection: Connection) -> list[records.TransactionStored]:
    """The open ones and the lately completed, oldest first."""
    transactions = tables.transactions
    is_open = transactions.c.status.in_(("pending", "in_progress"))
    completed = (
        select(transactions)
        .where(transactions.c.status == "completed")
        .order_by(transactions.c.updated_at.desc(), transactions.c.id)
        .limit(limits.CLOSED_TRANSACTIONS)
    )
    rows = [
        *read_all(connection, records.TransactionStored, select(transactions).where(is_open)),
        *read_all(connection, records.TransactionStored, completed),
    ]
    return sorted(rows, key=lambda row: (row.created_at, row.id))
