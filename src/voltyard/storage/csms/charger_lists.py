"""Lists of chargers, and their totals, in the database: where several processes own them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select, exists, func, select

from voltyard.csms.reading.charger_lists import ListedCharger
from voltyard.csms.reading.totals import BackendTotals, count_refusals
from voltyard.csms.records import ChargerStored, ConnectorStored
from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.kernel.paging import ListPart, Page
from voltyard.storage.database.database import Database
from voltyard.storage.database.rows import read_all, read_page
from voltyard.storage.schema import csms as tables


class StoredChargers:
    """The ChargerLists of a server with nodes: all that each has committed. A charger is online
    that has a connection which was not closed."""

    def __init__(
        self, database: Database, refusals: Callable[[str], Iterable[RefusalStored]]
    ) -> None:
        """`refusals` are those of an organization, which the server keeps itself."""
        self._database = database
        self._refusals = refusals

    async def chargers(
        self, organization_id: str, online: bool | None, part: ListPart
    ) -> Page[ListedCharger]:
        await self._database.flush()
        read = partial(_chargers, organization_id=organization_id, online=online, part=part)
        return await self._database.read(read, share=organization_id)

    async def totals(self, organization_id: str) -> BackendTotals:
        await self._database.flush()
        read = partial(_totals, organization_id=organization_id)
        totals = await self._database.read(read, share=organization_id)
        count_refusals(totals, self._refusals(organization_id))
        return totals


def _chargers(
    connection: Connection, *, organization_id: str, online: bool | None, part: ListPart
) -> Page[ListedCharger]:
    table, is_online = tables.chargers, _is_online()
    statement = _registered(organization_id).order_by(table.c.registered_at, table.c.id)
    if online is not None:
        statement = statement.where(is_online if online else ~is_online)
    page = read_page(connection, ChargerStored, statement, part.limit, part.offset)
    ids = [row.id for row in page.items]
    linked = set(connection.scalars(select(table.c.id).where(table.c.id.in_(ids), is_online)))
    connectors = _connectors(connection, ids)
    items = [
        ListedCharger(
            row=row,
            online=row.id in linked,
            last_heartbeat_at=row.last_heartbeat_at,
            connectors=connectors[row.id],
        )
        for row in page.items
    ]
    return Page(items, page.total)


def _connectors(connection: Connection, ids: list[str]) -> dict[str, list[ConnectorStored]]:
    table = tables.connectors
    statement = select(table).where(table.c.charger_id.in_(ids))
    statement = statement.order_by(table.c.charger_id, table.c.evse_id, table.c.connector_id)
    found: dict[str, list[ConnectorStored]] = defaultdict(list)
    for row in read_all(connection, ConnectorStored, statement):
        found[row.charger_id].append(row)
    return found


def _totals(connection: Connection, *, organization_id: str) -> BackendTotals:
    chargers, connectors = tables.chargers, tables.connectors
    own = _registered(organization_id).with_only_columns(chargers.c.id)
    by_registration = _counts(
        connection,
        _registered(organization_id)
        .with_only_columns(chargers.c.registration, func.count())
        .group_by(chargers.c.registration),
    )
    by_status = _counts(
        connection,
        select(connectors.c.status, func.count())
        .where(connectors.c.charger_id.in_(own), connectors.c.evse_id > 0)
        .group_by(connectors.c.status),
    )
    online = _registered(organization_id).with_only_columns(func.count()).where(_is_online())
    transactions = tables.transactions
    active = (
        select(func.count())
        .select_from(transactions)
        .where(transactions.c.organization_id == organization_id)
        .where(transactions.c.status == "in_progress", transactions.c.charger_id.in_(own))
    )
    return BackendTotals(
        chargers=by_registration.total(),
        online=connection.scalar(online) or 0,
        by_registration=by_registration,
        connectors=by_status.total(),
        by_status=by_status,
        active_transactions=connection.scalar(active) or 0,
    )


def _registered(organization_id: str) -> Select[Any]:
    table = tables.chargers
    return (
        select(table)
        .where(table.c.organization_id == organization_id)
        .where(table.c.deleted_at.is_(None))
    )


def _is_online() -> Any:
    table = tables.connections
    return exists().where(table.c.charger_id == tables.chargers.c.id, table.c.closed_at.is_(None))


def _counts(connection: Connection, statement: Select[Any]) -> Counter[str]:
    return Counter({str(name): count for name, count in connection.execute(statement)})
