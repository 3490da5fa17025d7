"""Reading of history: transactions, meter values, messages, data transfers, commands.

Everything is asked within one organization; another's is not there.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, Table, func, or_, select, tuple_

from voltyard.csms import records
from voltyard.csms.reading import queries
from voltyard.kernel.paging import Cursor, Page
from voltyard.kernel.time import Instant
from voltyard.storage.database.rows import read_all, read_page
from voltyard.storage.schema import csms as tables

_ROWS_AT_ONCE: Final = 1_000
"""Read at a time, where more are looked through than are handed on."""


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
    query: queries.TransactionQuery = queries.ANY_TRANSACTION,
    *,
    limit: int,
    offset: int,
) -> Page[records.TransactionStored]:
    """Newest first."""
    table = tables.transactions
    began = table.c.created_at
    statement = (
        select(table)
        .where(table.c.organization_id == organization_id)
        .order_by(began.desc(), table.c.id.desc())
    )
    statement = equal(statement, table, charge_box_id=query.charge_box_id, status=query.status)
    if query.id_tag is not None:
        statement = statement.where(func.lower(table.c.id_tag) == query.id_tag.lower())
    statement = between(statement, began, query.since, query.until)
    return read_page(connection, records.TransactionStored, statement, limit, offset)


def list_samples(
    connection: Connection,
    organization_id: str,
    transaction_id: str,
    *,
    wanted: Mapping[str, str],
    since: Instant | None = None,
    until: Instant | None = None,
    limit: int,
    offset: int,
) -> Page[tuple[Instant, records.SampledValue]]:
    """A transaction's, by txn_... id, oldest first; `wanted` are fields of the samples by name."""
    table = tables.meter_values
    statement = (
        select(table.c.at, table.c.samples)
        .where(table.c.organization_id == organization_id)
        .where(table.c.transaction_id == transaction_id)
        .order_by(table.c.at, table.c.number)
    )
    statement = between(statement, table.c.at, since, until)
    decode = msgspec.json.Decoder(tuple[records.SampledValue, ...]).decode
    items: list[tuple[Instant, records.SampledValue]] = []
    total = 0
    # The samples of a moment are one text, which each database would take apart in its own way.
    for row in connection.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
        for sample in decode(row.samples):
            if all(getattr(sample, name) == value for name, value in wanted.items()):
                if offset <= total < offset + limit:
                    items.append((row.at, sample))
                total += 1
    return Page(items, total)


def list_messages(
    connection: Connection,
    organization_id: str,
    charge_box_id: str,
    query: queries.MessageQuery = queries.ANY_MESSAGE,
    *,
    limit: int,
    offset: int,
) -> Page[records.MessageLogged]:
    """A charger's OCPP traffic, newest first, of all that ever had this chargeBoxId."""
    table = tables.messages
    statement = _messages(organization_id, charge_box_id, query)
    statement = statement.order_by(table.c.at.desc(), table.c.number.desc())
    return read_page(connection, records.MessageLogged, statement, limit, offset)


def following_messages(
    connection: Connection,
    organization_id: str,
    charge_box_id: str,
    query: queries.MessageQuery,
    after: Cursor | None,
    limit: int,
) -> list[tuple[Cursor, records.MessageLogged]]:
    """The same, oldest first, those after a place; each with its own."""
    at, number = tables.messages.c.at, tables.messages.c.number
    statement = _messages(organization_id, charge_box_id, query)
    if after is not None:
        # The first condition lets the index find the place; a skipped offset would be read.
        statement = statement.where(at >= after[0], tuple_(at, number) > after)
    rows = read_all(connection, _PlacedMessage, statement.order_by(at, number).limit(limit))
    return [((row.at, row.number), row) for row in rows]


class _PlacedMessage(records.MessageLogged, frozen=True, kw_only=True, gc=False):
    number: int


def _messages(organization_id: str, charge_box_id: str, query: queries.MessageQuery) -> Select[Any]:
    table = tables.messages
    statement = select(table).where(
        table.c.charger_id.in_(namesakes(organization_id, charge_box_id))
    )
    statement = equal(
        statement,
        table,
        action=query.action,
        direction=query.direction,
        verdict=query.verdict,
        outcome=query.outcome,
    )
    return between(statement, table.c.at, query.since, query.until)


def list_connections(
    connection: Connection,
    organization_id: str,
    charge_box_id: str,
    *,
    limit: int,
    offset: int,
) -> Page[records.ConnectionStored]:
    """A charger's, newest first."""
    table = tables.connections
    statement = (
        select(table)
        .where(table.c.charger_id.in_(namesakes(organization_id, charge_box_id)))
        .order_by(table.c.opened_at.desc(), table.c.id.desc())
    )
    return read_page(connection, records.ConnectionStored, statement, limit, offset)


def list_data_transfers(
    connection: Connection, organization_id: str, charge_box_id: str, *, limit: int, offset: int
) -> Page[records.DataTransferLogged]:
    """Newest first."""
    table = tables.data_transfers
    statement = (
        select(table)
        .where(table.c.charger_id.in_(namesakes(organization_id, charge_box_id)))
        .order_by(table.c.created_at.desc(), table.c.number.desc())
    )
    return read_page(connection, records.DataTransferLogged, statement, limit, offset)


def list_commands(
    connection: Connection,
    organization_id: str,
    charge_box_id: str,
    query: queries.SentCommandQuery = queries.ANY_COMMAND,
    *,
    limit: int,
    offset: int,
) -> Page[records.CommandStored]:
    """Commands sent to a charger, newest first."""
    table = tables.commands
    statement = (
        select(table)
        .where(table.c.charger_id.in_(namesakes(organization_id, charge_box_id)))
        .order_by(table.c.asked_at.desc(), table.c.id.desc())
    )
    statement = equal(
        statement, table, command=query.command, status=query.status, awaits=query.awaits
    )
    if query.succeeded is not None:
        statement = statement.where(table.c.succeeded.is_(query.succeeded))
    if query.is_awaited is not None:
        due = table.c.due_at
        statement = statement.where(due.is_not(None) if query.is_awaited else due.is_(None))
    statement = between(statement, table.c.asked_at, query.since, query.until)
    return read_page(connection, records.CommandStored, statement, limit, offset)


def find_command(
    connection: Connection, organization_id: str, charge_box_id: str, command_id: str
) -> records.CommandStored | None:
    """One of a charger's commands."""
    table = tables.commands
    statement = (
        select(table)
        .where(table.c.id == command_id)
        .where(table.c.charger_id.in_(namesakes(organization_id, charge_box_id)))
    )
    return next(iter(read_all(connection, records.CommandStored, statement)), None)


def list_reservations(
    connection: Connection,
    organization_id: str,
    query: queries.ReservationQuery,
    *,
    limit: int,
    offset: int,
) -> Page[records.ReservationStored]:
    """Newest first."""
    table = tables.reservations
    statement = (
        select(table)
        .where(table.c.organization_id == organization_id)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
    )
    statement = equal(statement, table, charge_box_id=query.charge_box_id, status=query.status)
    return read_page(connection, records.ReservationStored, statement, limit, offset)


def was_registered(connection: Connection, organization_id: str, charge_box_id: str) -> bool:
    """True where there is or ever was such a charger: history outlives its charger."""
    found = connection.execute(namesakes(organization_id, charge_box_id).limit(1)).first()
    return found is not None


def namesakes(organization_id: str, charge_box_id: str) -> Select[Any]:
    """Ids of the chargers that have or had this chargeBoxId."""
    table = tables.chargers
    return (
        select(table.c.id)
        .where(table.c.organization_id == organization_id)
        .where(table.c.charge_box_id == charge_box_id)
    )


def equal(statement: Select[Any], table: Table, **wanted: str | None) -> Select[Any]:
    """Only rows whose columns have these values; None: whatever."""
    for name, value in wanted.items():
        if value is not None:
            statement = statement.where(table.c[name] == value)
    return statement


def between(
    statement: Select[Any], column: Any, since: Instant | None, until: Instant | None
) -> Select[Any]:
    """Only rows of that time; both ends are included."""
    if since is not None:
        statement = statement.where(column >= since)
    if until is not None:
        statement = statement.where(column <= until)
    return statement
