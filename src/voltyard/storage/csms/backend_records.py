"""Records of the backend in the database: how they are written, and read at its start."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, Table, func, select

from voltyard.csms import records
from voltyard.csms.refusals import refusal_rows
from voltyard.csms.security import certificate_rows
from voltyard.csms.session.message_log import missing_messages
from voltyard.csms.smart_charging import plan_rows
from voltyard.csms.tariffs import tariff_rows
from voltyard.events import event_records
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.storage.database.database import Database
from voltyard.storage.database.journal import DatabaseJournal
from voltyard.storage.database.rows import read_all
from voltyard.storage.database.statements import (
    Append,
    Remove,
    Replace,
    RowWrite,
    SheddableLog,
    UpdateColumns,
)
from voltyard.storage.nodes.owned_rows import has_servers_transaction, is_servers
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema import nodes as node_tables

ROW_WRITES: Final[Mapping[type[msgspec.Struct], RowWrite]] = {
    records.SettingsStored: Replace(tables.settings),
    records.ChargerStored: Replace(tables.chargers),
    records.ChargerSeen: UpdateColumns(
        tables.chargers, "id", "charger_id", ("last_seen_at", "last_heartbeat_at")
    ),
    records.ConnectionStored: Replace(tables.connections),
    records.ChargerDeleted: UpdateColumns(tables.chargers, "id", "charger_id", ("deleted_at",)),
    records.ConnectorStored: Replace(tables.connectors),
    records.IdTagStored: Replace(tables.id_tags),
    records.IdTagDeleted: Remove(tables.id_tags),
    tariff_rows.TariffStored: Replace(tables.tariffs),
    tariff_rows.TariffDeleted: Remove(tables.tariffs),
    records.TransactionStored: Replace(tables.transactions),
    records.TransactionForgotten: Remove(tables.transactions),
    records.MeterValuesLogged: Append(tables.meter_values),
    records.MessageLogged: Append(tables.messages, SheddableLog("charger_id", missing_messages)),
    records.DataTransferLogged: Append(tables.data_transfers),
    records.CommandStored: Replace(tables.commands),
    event_records.EventLogged: Append(tables.events),
    event_records.EventStaged: Append(node_tables.staged_events),
    event_records.StagedEventTaken: Remove(node_tables.staged_events),
    event_records.WebhookStored: Replace(tables.webhooks),
    event_records.WebhookDeleted: Remove(tables.webhooks),
    event_records.DeliveryStored: Replace(tables.deliveries),
    records.ReservationStored: Replace(tables.reservations),
    certificate_rows.CertificateStored: Replace(tables.certificates),
    certificate_rows.CertificateForgotten: Remove(tables.certificates),
    plan_rows.ChargingPlanStored: Replace(tables.charging_plans),
    plan_rows.ChargingPlanForgotten: Remove(tables.charging_plans),
    refusal_rows.RefusalStored: Replace(tables.refusals),
    refusal_rows.RefusalForgotten: Remove(tables.refusals),
}


def csms_journal(database: Database) -> DatabaseJournal:
    """The journal that the backend writes to."""
    return DatabaseJournal(database, ROW_WRITES)


def load_contents(connection: Connection) -> records.Contents:
    """The contents that the backend starts from, without what belongs to chargers of nodes;
    certificates and highest numbers are of all."""
    return records.Contents(
        settings=read_all(connection, records.SettingsStored, select(tables.settings)),
        chargers=read_all(connection, records.ChargerStored, _registered()),
        connectors=read_all(connection, records.ConnectorStored, _their_connectors()),
        id_tags=read_all(connection, records.IdTagStored, _their_id_tags()),
        tariffs=read_all(connection, tariff_rows.TariffStored, _their_tariffs()),
        commands=read_all(connection, records.CommandStored, _awaited()),
        reservations=read_all(connection, records.ReservationStored, _active()),
        certificates=read_all(
            connection, certificate_rows.CertificateStored, _their_certificates()
        ),
        charging_plans=read_all(connection, plan_rows.ChargingPlanStored, _plans()),
        refusals=read_all(connection, refusal_rows.RefusalStored, _refusals()),
        transactions=_transactions(connection),
        highest_transaction_number=_highest(connection, tables.transactions),
        webhooks=read_all(connection, event_records.WebhookStored, _webhooks()),
        highest_event_number=_highest(connection, tables.events),
        highest_delivery_number=_highest(connection, tables.deliveries),
    )


def _highest(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.max(table.c.number))) or 0


def _webhooks() -> Select[Any]:
    table = tables.webhooks
    return select(table).order_by(table.c.created_at, table.c.id)


def end_connections(connection: Connection, now: Instant) -> None:
    """End the connections that a server which was killed has left open; those of nodes' chargers
    are open still."""
    table = tables.connections
    statement = table.update().where(table.c.closed_at.is_(None), is_servers(table.c.charger_id))
    connection.execute(
        statement.values(closed_at=now, code=1006, reason="the server ended without closing it")
    )


def _registered() -> Select[Any]:
    chargers = tables.chargers
    return (
        select(chargers)
        .where(chargers.c.deleted_at.is_(None), is_servers(chargers.c.id))
        .order_by(chargers.c.registered_at, chargers.c.id)
    )


def _their_connectors() -> Select[Any]:
    chargers, connectors = tables.chargers, tables.connectors
    return (
        select(connectors)
        .join(chargers, chargers.c.id == connectors.c.charger_id)
        .where(chargers.c.deleted_at.is_(None), is_servers(chargers.c.id))
    )


def _their_certificates() -> Select[Any]:
    chargers, certificates = tables.chargers, tables.certificates
    return (
        select(certificates)
        .join(chargers, chargers.c.id == certificates.c.charger_id)
        .where(chargers.c.deleted_at.is_(None))
        .order_by(certificates.c.issued_at, certificates.c.id)
    )


def _their_id_tags() -> Select[Any]:
    tags = tables.id_tags
    return select(tags).order_by(tags.c.created_at, tags.c.id)


def _their_tariffs() -> Select[Any]:
    tariffs = tables.tariffs
    return select(tariffs).order_by(tariffs.c.created_at, tariffs.c.id)


def _plans() -> Select[Any]:
    plans = tables.charging_plans
    wanted = select(plans).where(has_servers_transaction(plans.c.transaction_id))
    return wanted.order_by(plans.c.needs_at, plans.c.transaction_id)


def _refusals() -> Select[Any]:
    refusals = tables.refusals
    return select(refusals).order_by(refusals.c.last_at, refusals.c.id)


def _awaited() -> Select[Any]:
    commands = tables.commands
    due = select(commands).where(commands.c.due_at.is_not(None), is_servers(commands.c.charger_id))
    return due.order_by(commands.c.asked_at, commands.c.id)


def _active() -> Select[Any]:
    reservations = tables.reservations
    active = select(reservations).where(
        reservations.c.status == "active", is_servers(reservations.c.charger_id)
    )
    return active.order_by(reservations.c.created_at, reservations.c.id)


def _transactions(connection: Connection) -> list[records.TransactionStored]:
    """The open ones and the lately completed, oldest first."""
    transactions = tables.transactions
    here = is_servers(transactions.c.charger_id)
    begun = transactions.c.status.in_(("pending", "in_progress"))
    completed = (
        select(transactions)
        .where(transactions.c.status == "completed", here)
        .order_by(transactions.c.updated_at.desc(), transactions.c.id)
        .limit(limits.CLOSED_TRANSACTIONS)
    )
    rows = [
        *read_all(connection, records.TransactionStored, select(transactions).where(begun, here)),
        *read_all(connection, records.TransactionStored, completed),
    ]
    return sorted(rows, key=lambda row: (row.created_at, row.id))
