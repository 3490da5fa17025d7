"""Reading what has happened: transactions, meter values, messages, data transfers, commands.

Everything is asked within one organization; another's is not there.
"""

from typing import Any

from sqlalchemy import Connection, Select, Table, or_, select

from voltyard.csms import records
from voltyard.kernel.time import Instant
from voltyard.storage.rows import Page, read_all, read_page
from voltyard.storage.schema import csms as tables


def find_transaction(
    connection: Connection, organization_id: str, transaction_id: str
) -> records.TransactionStored | None:
    """By its txn_... id or its OCPP id; the newest where chargers have chosen the same."""
    table = tables.transactions
    statement = (
        select(table)
        .where(table.c.organization_id == organization_id)
        .where(or_(table.c.id == transaction_id, table.c.ocpp_id == transaction_id))
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(1)
    )
    return next(iter(read_all(connection, records.TransactionStored, statement)), None)


def list_transactions(
    connection: Connection,
    organization_id: str,
    *,
    charge_box_id: str | None = None,
    status: records.TransactionStatus | None = None,
    id_tag: str | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: int,
    offset: int,
) -> Page[records.TransactionStored]:
    """Newest first. `since` and `until` are about when it began; inclusive."""
    table = tables.transactions
    began = table.c.created_at
    statement = (
        select(table)
        .where(table.c.organization_id == organization_id)
        .order_by(began.desc(), table.c.id.desc())
    )
    statement = _equal(statement, table, charge_box_id=charge_box_id, status=status, id_tag=id_tag)
    statement = _between(statement, began, since, until)
    return read_page(connection, records.TransactionStored, statement, limit, offset)


def list_meter_values(
    connection: Connection,
    organization_id: str,
    transaction_id: str,
    *,
    limit: int,
    offset: int,
) -> Page[records.MeterValuesLogged]:
    """A transaction's, by txn_... id, oldest first."""
    table = tables.meter_values
    statement = (
        select(table)
        .where(table.c.organization_id == organization_id)
        .where(table.c.transaction_id == transaction_id)
        .order_by(table.c.at, table.c.number)
    )
    return read_page(connection, records.MeterValuesLogged, statement, limit, offset)


def list_messages(
    connection: Connection,
    organization_id: str,
    charge_box_id: str,
    *,
    action: str | None = None,
    direction: records.Direction | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
    limit: int,
    offset: int,
) -> Page[records.MessageLogged]:
    """A charger's OCPP traffic, newest first, of all that ever had this chargeBoxId."""
    table = tables.messages
    statement = (
        select(table)
        .where(table.c.charger_id.in_(_namesakes(organization_id, charge_box_id)))
        .order_by(table.c.at.desc(), table.c.number.desc())
    )
    statement = _equal(statement, table, action=action, direction=direction)
    statement = _between(statement, table.c.at, since, until)
    return read_page(connection, records.MessageLogged, statement, limit, offset)


def list_data_transfers(
    connection: Connection, organization_id: str, charge_box_id: str, *, limit: int
) -> list[records.DataTransferLogged]:
    """The last ones, newest first."""
    table = tables.data_transfers
    statement = (
        select(table)
        .where(table.c.charger_id.in_(_namesakes(organization_id, charge_box_id)))
        .order_by(table.c.created_at.desc(), table.c.number.desc())
        .limit(limit)
    )
    return read_all(connection, records.DataTransferLogged, statement)


def list_commands(
    connection: Connection,
    organization_id: str,
    charge_box_id: str,
    *,
    limit: int,
    offset: int,
) -> Page[records.CommandStored]:
    """What was sent to a charger, newest first."""
    table = tables.commands
    statement = (
        select(table)
        .where(table.c.charger_id.in_(_namesakes(organization_id, charge_box_id)))
        .order_by(table.c.asked_at.desc(), table.c.id.desc())
    )
    return read_page(connection, records.CommandStored, statement, limit, offset)


def was_registered(connection: Connection, organization_id: str, charge_box_id: str) -> bool:
    """Whether there is or ever was such a charger: history outlives its charger."""
    found = connection.execute(_namesakes(organization_id, charge_box_id).limit(1)).first()
    return found is not None


def _namesakes(organization_id: str, charge_box_id: str) -> Select[Any]:
    """Ids of the chargers that have or had this chargeBoxId."""
    table = tables.chargers
    return (
        select(table.c.id)
        .where(table.c.organization_id == organization_id)
        .where(table.c.charge_box_id == charge_box_id)
    )


def _equal(statement: Select[Any], table: Table, **wanted: str | None) -> Select[Any]:
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    return statement


def _between(
    statement: Select[Any], column: Any, since: Instant | None, until: Instant | None
) -> Select[Any]:
    if since is not None:
        statement = statement.where(column >= since)
    if until is not None:
        statement = statement.where(column <= until)
    return statement
