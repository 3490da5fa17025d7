"""Contents that chargers bring along when they change their owner, and those that all owners have.

Of PostgreSQL alone, as nodes are.
"""

from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, func, select, true

from voltyard.csms import records
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.smart_charging.plan_rows import ChargingPlanStored
from voltyard.csms.tariffs.tariff_rows import TariffStored
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.storage.database.rows import Record, read_all
from voltyard.storage.schema import csms as tables

_RowsOf: TypeAlias = Callable[[Sequence[str]], Select[Any]]
"""The rows of some chargers."""


def contents_of(connection: Connection, charger_ids: Sequence[str]) -> records.Contents:
    """All that belongs to those chargers, but for deleted ones: connectors, open transactions and
    the lately completed of each, plans, reservations, commands with an outcome that is waited for,
    certificates, and the latest connections; neither shared contents nor the highest numbers."""

    def read(record: type[Record], rows_of: _RowsOf, *order: str) -> list[Record]:
        rows = [row for part in _parts(ids) for row in read_all(connection, record, rows_of(part))]
        return sorted(rows, key=attrgetter(*order))

    ids = list(dict.fromkeys(charger_ids))
    chargers = read(records.ChargerStored, _registered, "registered_at", "id")
    ids = [row.id for row in chargers]
    each = _completed_of_each(len(ids))
    transactions = [
        *read(records.TransactionStored, _open, "id"),
        *read(records.TransactionStored, lambda part: _completed(part, each), "id"),
    ]
    return records.Contents(
        chargers=chargers,
        connectors=read(records.ConnectorStored, _of(tables.connectors), "charger_id"),
        transactions=sorted(transactions, key=attrgetter("created_at", "id")),
        commands=read(records.CommandStored, _awaited, "asked_at", "id"),
        reservations=read(records.ReservationStored, _active, "created_at", "id"),
        certificates=read(CertificateStored, _of(tables.certificates), "issued_at", "id"),
        charging_plans=read(ChargingPlanStored, _plans, "needs_at", "transaction_id"),
        connections=read(records.ConnectionStored, _latest_connections, "opened_at", "id"),
    )


def shared_contents(connection: Connection) -> records.Contents:
    """Contents of organizations, which all owners of chargers know: settings, id tags, tariffs."""
    tags, tariffs = tables.id_tags, tables.tariffs
    by_age = select(tags).order_by(tags.c.created_at, tags.c.id)
    tariffs_by_age = select(tariffs).order_by(tariffs.c.created_at, tariffs.c.id)
    return records.Contents(
        settings=read_all(connection, records.SettingsStored, select(tables.settings)),
        id_tags=read_all(connection, records.IdTagStored, by_age),
        tariffs=read_all(connection, TariffStored, tariffs_by_age),
    )


def end_connections_of(connection: Connection, charger_ids: Sequence[str], now: Instant) -> None:
    """End the connections that a node which was killed has left open with those chargers."""
    table = tables.connections
    ending = table.update().values(
        closed_at=now, code=1006, reason="the node ended without closing it"
    )
    for part in _parts(charger_ids):
        connection.execute(ending.where(table.c.charger_id.in_(part), table.c.closed_at.is_(None)))


def _parts(charger_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    size = limits.OWNED_CHARGERS_READ
    return (charger_ids[start : start + size] for start in range(0, len(charger_ids), size))


def _completed_of_each(chargers: int) -> int:
    together = limits.CLOSED_TRANSACTIONS // max(1, chargers)
    return max(1, min(limits.CLOSED_TRANSACTIONS_EACH, together))


def _of(table: Any) -> _RowsOf:
    return lambda part: select(table).where(table.c.charger_id.in_(part))


def _registered(part: Sequence[str]) -> Select[Any]:
    chargers = tables.chargers
    return select(chargers).where(chargers.c.id.in_(part), chargers.c.deleted_at.is_(None))


def _open(part: Sequence[str]) -> Select[Any]:
    is_open = tables.transactions.c.status.in_(("pending", "in_progress"))
    return _of(tables.transactions)(part).where(is_open)


def _completed(part: Sequence[str], each: int) -> Select[Any]:
    """The newest of each charger, found by an index, however many there are."""
    chargers = select(tables.chargers.c.id).where(tables.chargers.c.id.in_(part)).subquery()
    transactions = tables.transactions
    newest = (
        select(transactions)
        .where(transactions.c.charger_id == chargers.c.id, transactions.c.status == "completed")
        .order_by(transactions.c.created_at.desc(), transactions.c.id.desc())
        .limit(each)
        .lateral()
    )
    return select(newest).select_from(chargers.join(newest, true()))


def _awaited(part: Sequence[str]) -> Select[Any]:
    return _of(tables.commands)(part).where(tables.commands.c.due_at.is_not(None))


def _active(part: Sequence[str]) -> Select[Any]:
    return _of(tables.reservations)(part).where(tables.reservations.c.status == "active")


def _latest_connections(part: Sequence[str]) -> Select[Any]:
    """Select connections that may still count for a charger that flaps. No clock is needed: the
    newest of all chargers is not later than now."""
    table = tables.connections
    newest = select(func.max(table.c.opened_at)).scalar_subquery()
    return _of(table)(part).where(table.c.opened_at > newest - limits.FLAPPING_WITHIN_S)


def _plans(part: Sequence[str]) -> Select[Any]:
    plans, transactions = tables.charging_plans, tables.transactions
    return (
        select(plans)
        .join(transactions, transactions.c.id == plans.c.transaction_id)
        .where(transactions.c.charger_id.in_(part))
    )
