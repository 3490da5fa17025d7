"""Tables of history: the age of their rows, their holders, and the rows that must stay."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, or_, select, true

from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.storage.schema import csms, organizations, yard

_OWED_S: Final[Seconds] = limits.WEBHOOK_TRY_S + DAY_S
"""Time for which a delivery may be owed: it is tried for that long, and once more behind
another."""


@dataclass(frozen=True, slots=True)
class HistoryTable:
    """A table of history. Its key is one column."""

    table: Table
    moment: str
    """The column of when a row was made, or ended; the ages are counted from it."""
    texts: Sequence[str]
    """The columns that make a row long."""
    _: KW_ONLY
    holder: str
    """The column of the charger, or of the webhook, that a row belongs to."""
    holders: Table | None
    """The table whose id the holder is; there its organization is found. None: it means nothing
    without the organization."""
    condition: Callable[[Table, Instant], ColumnElement[bool]] | None = None
    """Of the rows that are not needed any more, where not all may go."""
    second_key: str = ""
    """The column after the holder in an index, where that is not the moment."""
    is_numbered: bool = True
    """True where keys rise as rows come."""
    keeps_newest: bool = False
    """True where the numbers go on from the newest row, which stays in any case."""
    is_per_organization: bool = False
    """True where its age is a setting of each organization."""

    @property
    def ordered_by(self) -> str:
        """The column after the holder in an index; its oldest rows are found by it."""
        return self.second_key or self.moment

    @property
    def key(self) -> Column[Any]:
        (column,) = self.table.primary_key
        return column

    @property
    def name(self) -> str:
        return self.table.name

    def may_go(self, now: Instant) -> ColumnElement[bool]:
        """The condition of rows that are not needed any more."""
        return true() if self.condition is None else self.condition(self.table, now)

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


def _of_no_open_transaction(table: Table, _now: Instant) -> ColumnElement[bool]:
    transactions = csms.transactions
    is_open = transactions.c.status.in_(("pending", "in_progress"))
    return or_(
        table.c.transaction_id.is_(None),
        table.c.transaction_id.not_in(select(transactions.c.id).where(is_open)),
    )


def _ended_connections(table: Table, _now: Instant) -> ColumnElement[bool]:
    return table.c.closed_at.is_not(None)


def _ended_reservations(table: Table, _now: Instant) -> ColumnElement[bool]:
    return table.c.status != "active"


def _finished_commands(table: Table, _now: Instant) -> ColumnElement[bool]:
    return table.c.finished_at.is_not(None)


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


_of_chargers = partial(
    HistoryTable, holder="charger_id", holders=csms.chargers, is_per_organization=True
)
_of_deployments = partial(HistoryTable, holder="deployment_id", holders=yard.deployments)

MESSAGES: Final = _of_chargers(csms.messages, "at", ("request", "response", "violations"))
FRAMES: Final = _of_deployments(yard.frames, "at", ("text",))
METER_VALUES: Final = _of_chargers(
    csms.meter_values, "at", ("samples",), condition=_of_no_open_transaction
)
DATA_TRANSFERS: Final = _of_chargers(
    csms.data_transfers, "created_at", ("data", "response_data", "vendor_id", "message_id")
)
CONNECTIONS: Final = _of_chargers(
    csms.connections, "opened_at", ("reason",), condition=_ended_connections, is_numbered=False
)
COMMANDS: Final = _of_chargers(
    csms.commands,
    "asked_at",
    ("request", "answer", "outcome"),
    condition=_ended_commands,
    is_numbered=False,
)
RESERVATIONS: Final = _of_chargers(
    csms.reservations,
    "expires_at",
    ("id_tag",),
    condition=_ended_reservations,
    second_key="created_at",
    is_numbered=False,
)
EVENTS: Final = HistoryTable(
    csms.events,
    "at",
    ("data",),
    holder="charge_box_id",
    holders=None,
    condition=_all_delivered,
    second_key="number",
    keeps_newest=True,
)
DELIVERIES: Final = HistoryTable(
    csms.deliveries,
    "created_at",
    ("error",),
    holder="webhook_id",
    holders=csms.webhooks,
    condition=_not_owed,
    second_key="number",
    keeps_newest=True,
)
YARD_EVENTS: Final = _of_deployments(
    yard.events, "at", ("data",), second_key="number", keeps_newest=True
)
YARD_COMMANDS: Final = _of_deployments(
    yard.commands,
    "finished_at",
    ("payload", "arguments", "result", "error"),
    condition=_finished_commands,
    second_key="number",
)
AUDIT_LOG: Final = HistoryTable(
    organizations.audit_log,
    "at",
    ("route", "arguments"),
    holder="key_id",
    holders=None,
    second_key="number",
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
    AUDIT_LOG,
)
