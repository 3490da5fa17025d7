"""Tables of history: the age of their rows, their holders, and the rows that must stay."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, or_, select

from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.storage.schema import csms, yard
from voltyard.yard.deployments.deployment import UNSETTLED

_OWED_S: Final[Seconds] = limits.WEBHOOK_TRY_S + DAY_S
"""How long a delivery may be owed: it is tried for that long, and once more behind another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryTable:
    """A table of history. Its key is one column."""

    table: Table
    moment: str
    """When a row was made, or ended; the ages are counted from it."""
    holder: str
    """Of which charger, or of which webhook, a row is."""
    holders: Table | None
    """Of which table the holder is the id; there its organization is found. None: it means nothing
    without the organization."""
    ordered_by: str
    """The columns after the holder in an index; its oldest rows are found by it."""
    texts: Sequence[str]
    """The columns that make a row long."""
    is_numbered: bool
    """Whether keys rise as rows come."""
    keeps_newest: bool = False
    """Whether the numbers go on from the newest row, which stays in any case."""
    is_per_organization: bool = False
    """Whether its age is a setting of each organization."""

    @property
    def key(self) -> Column[Any]:
        (column,) = self.table.primary_key
        return column

    @property
    def name(self) -> str:
        return self.table.name

    def may_go(self, now: Instant) -> ColumnElement[bool]:
        """The condition of rows that are not needed any more."""
        return _MAY_GO.get(self.table.name, _anything)(self.table, now)

    def of(self, organization_id: str) -> ColumnElement[bool]:
        """An organization's rows; without one, those of holders that are there no more."""
        column, holders = self.table.c[self.holder], self.holders
        if holders is None or (organization_id and self.has_organizations):
            return self.table.c.organization_id == organization_id
        if not organization_id:
            return column.not_in(select(holders.c.id))
        # No index begins with the organization, but one with the holder.
        return column.in_(select(holders.c.id).where(holders.c.organization_id == organization_id))

    def of_holder(self, organization_id: str, holder: str) -> ColumnElement[bool]:
        """The rows of one charger, or of one webhook; those of none where it has no name."""
        column = self.table.c[self.holder]
        theirs = column == holder if holder else column.is_(None)
        if holder and self.holders is not None:
            return theirs
        return and_(self.table.c.organization_id == organization_id, theirs)

    @property
    def has_organizations(self) -> bool:
        """True where an index begins with the organization."""
        return self.table is not csms.meter_values and "organization_id" in self.table.c


def _anything(table: Table, _now: Instant) -> ColumnElement[bool]:
    return table.c[next(iter(table.primary_key)).name].is_not(None)


def _of_no_open_transaction(table: Table, _now: Instant) -> ColumnElement[bool]:
    transactions = csms.transactions
    is_open = transactions.c.status.in_(("pending", "in_progress"))
    return or_(
        table.c.transaction_id.is_(None),
        table.c.transaction_id.not_in(select(transactions.c.id).where(is_open)),
    )


def _ended_commands(table: Table, _now: Instant) -> ColumnElement[bool]:
    return and_(table.c.due_at.is_(None), table.c.status != "queued")


def _all_delivered(table: Table, now: Instant) -> ColumnElement[bool]:
    deliveries = csms.deliveries
    owed = select(deliveries.c.event_number).where(
        deliveries.c.status == "pending", deliveries.c.created_at > now - _OWED_S
    )
    return table.c.number.not_in(owed)


def _not_owed(table: Table, now: Instant) -> ColumnElement[bool]:
    return or_(table.c.status != "pending", table.c.created_at <= now - _OWED_S)


_MAY_GO: Final[Mapping[str, Callable[[Table, Instant], ColumnElement[bool]]]] = {
    csms.meter_values.name: _of_no_open_transaction,
    csms.connections.name: lambda table, _: table.c.closed_at.is_not(None),
    csms.commands.name: _ended_commands,
    csms.reservations.name: lambda table, _: table.c.status != "active",
    csms.events.name: _all_delivered,
    csms.deliveries.name: _not_owed,
    yard.commands.name: lambda table, _: table.c.finished_at.is_not(None),
    yard.jobs.name: lambda table, _: table.c.status.not_in(UNSETTLED),
}

MESSAGES: Final = HistoryTable(
    table=csms.messages,
    moment="at",
    holder="charger_id",
    holders=csms.chargers,
    ordered_by="at",
    texts=("request", "response", "violations"),
    is_numbered=True,
    is_per_organization=True,
)
FRAMES: Final = HistoryTable(
    table=yard.frames,
    moment="at",
    holder="deployment_id",
    holders=yard.deployments,
    ordered_by="at",
    texts=("text",),
    is_numbered=True,
)
METER_VALUES: Final = HistoryTable(
    table=csms.meter_values,
    moment="at",
    holder="charger_id",
    holders=csms.chargers,
    ordered_by="at",
    texts=("samples",),
    is_numbered=True,
    is_per_organization=True,
)
DATA_TRANSFERS: Final = HistoryTable(
    table=csms.data_transfers,
    moment="created_at",
    holder="charger_id",
    holders=csms.chargers,
    ordered_by="created_at",
    texts=("data", "response_data", "vendor_id", "message_id"),
    is_numbered=True,
    is_per_organization=True,
)
CONNECTIONS: Final = HistoryTable(
    table=csms.connections,
    moment="opened_at",
    holder="charger_id",
    holders=csms.chargers,
    ordered_by="opened_at",
    texts=("reason",),
    is_numbered=False,
    is_per_organization=True,
)
COMMANDS: Final = HistoryTable(
    table=csms.commands,
    moment="asked_at",
    holder="charger_id",
    holders=csms.chargers,
    ordered_by="asked_at",
    texts=("request", "answer", "outcome"),
    is_numbered=False,
    is_per_organization=True,
)
RESERVATIONS: Final = HistoryTable(
    table=csms.reservations,
    moment="expires_at",
    holder="charger_id",
    holders=csms.chargers,
    ordered_by="created_at",
    texts=("id_tag",),
    is_numbered=False,
    is_per_organization=True,
)
EVENTS: Final = HistoryTable(
    table=csms.events,
    moment="at",
    holder="charge_box_id",
    holders=None,
    ordered_by="number",
    texts=("data",),
    is_numbered=True,
    keeps_newest=True,
)
DELIVERIES: Final = HistoryTable(
    table=csms.deliveries,
    moment="created_at",
    holder="webhook_id",
    holders=csms.webhooks,
    ordered_by="number",
    texts=("error",),
    is_numbered=True,
    keeps_newest=True,
)
YARD_EVENTS: Final = HistoryTable(
    table=yard.events,
    moment="at",
    holder="deployment_id",
    holders=yard.deployments,
    ordered_by="number",
    texts=("data",),
    is_numbered=True,
    keeps_newest=True,
)
YARD_COMMANDS: Final = HistoryTable(
    table=yard.commands,
    moment="finished_at",
    holder="deployment_id",
    holders=yard.deployments,
    ordered_by="number",
    texts=("payload", "arguments", "result", "error"),
    is_numbered=True,
)

LOGS: Final = (MESSAGES, FRAMES)
"""Each half's; the first to give when the disk has too little room."""

ALL: Final = (
    *LOGS,
    METER_VALUES,
    DATA_TRANSFERS,
    CONNECTIONS,
    COMMANDS,
    RESERVATIONS,
    EVENTS,
    DELIVERIES,
    YARD_EVENTS,
    YARD_COMMANDS,
)
