"""Holders of a history table: their rows counted by an index, their size by a sample."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Text, cast, func, literal, select

from voltyard.kernel import limits
from voltyard.storage.retention.history_tables import HistoryTable
from voltyard.storage.retention.quotas import Holder

ROW_BYTES: Final = 200
"""The bytes of a row of history beside its text: the other columns, and its part of the indexes."""

_HOLDER_SAMPLE: Final = 20
_HOLDERS_SAMPLED: Final = 50
_UNKNOWN_HOLDERS: Final = 1_000
"""Holders that are gone whose organization is looked for; the others' rows count as of none."""


@dataclass(frozen=True, slots=True)
class TableSize:
    """Estimated size of a table."""

    rows: int
    """At most."""
    row_bytes: float

    @property
    def total_bytes(self) -> float:
        return self.rows * self.row_bytes


@dataclass(frozen=True, slots=True)
class Holdings:
    """Rows by holder, and their lengths."""

    rows: Mapping[Holder, int]
    row_bytes: Mapping[Holder, float]

    def in_bytes(self) -> dict[Holder, float]:
        """The bytes that each holds."""
        return {holder: rows * self.row_bytes[holder] for holder, rows in self.rows.items()}


def size_of(grown: HistoryTable, connection: Connection) -> TableSize:
    """Without counting, where the rows are numbered."""
    key = grown.key
    if not grown.is_numbered:
        rows = connection.scalar(select(func.count()).select_from(grown.table)) or 0
        some = select(_characters(grown)).order_by(key).limit(limits.LOG_SAMPLE_ROWS)
        return TableSize(rows, _mean(connection, some))
    newest = connection.scalar(select(func.max(key)))
    if newest is None:
        return TableSize(0, ROW_BYTES)
    oldest = connection.scalar(select(func.min(key))) or 0
    step = max(1, (newest - oldest) // limits.LOG_SAMPLE_ROWS)
    numbers = [newest, *range(oldest, newest, step)]
    sample = select(_characters(grown)).where(key.in_(numbers))
    return TableSize(newest - oldest + 1, _mean(connection, sample))


def holdings_of(grown: HistoryTable, size: TableSize, connection: Connection) -> Holdings:
    """Each holder's rows; of those who have the most, the length of their newest is their own."""
    rows = _counted(grown, connection)
    lengths = dict.fromkeys(rows, size.row_bytes)
    for holder in sorted(rows, key=rows.__getitem__, reverse=True)[:_HOLDERS_SAMPLED]:
        newest = (
            select(_characters(grown))
            .where(grown.of_holder(*holder))
            .order_by(grown.table.c[grown.ordered_by].desc())
            .limit(_HOLDER_SAMPLE)
        )
        lengths[holder] = _mean(connection, newest)
    return Holdings(rows, lengths)


def _counted(grown: HistoryTable, connection: Connection) -> dict[Holder, int]:
    table, holder = grown.table, grown.table.c[grown.holder]
    counted = func.count().label("rows")
    if grown.holders is None:
        organization = table.c.organization_id
        by_both = select(organization, holder, counted).group_by(organization, holder)
        return {(row[0], row[1] or ""): row[2] for row in connection.execute(by_both)}
    known: dict[str, str] = {
        row.id: row.organization_id
        for row in connection.execute(select(grown.holders.c.id, grown.holders.c.organization_id))
    }
    found: dict[Holder, int] = {}
    unknown = 0
    for name, rows in connection.execute(select(holder, counted).group_by(holder)).all():
        if name is None:
            found.update(_of_no_holder(grown, connection))
            continue
        organization_id = known.get(name)
        if organization_id is None:
            unknown += 1
            organization_id = ""
            if "organization_id" in table.c and unknown <= _UNKNOWN_HOLDERS:
                one = select(table.c.organization_id).where(holder == name).limit(1)
                organization_id = connection.scalar(one) or ""
        found[organization_id, name] = rows
    return found


def _of_no_holder(grown: HistoryTable, connection: Connection) -> dict[Holder, int]:
    organization = grown.table.c.organization_id
    counting = (
        select(organization, func.count())
        .where(grown.table.c[grown.holder].is_(None))
        .group_by(organization)
    )
    return {(row[0], ""): row[1] for row in connection.execute(counting)}


def _characters(grown: HistoryTable) -> ColumnElement[Any]:
    """The length of a row."""
    lengths = (
        func.coalesce(func.length(cast(grown.table.c[name], Text)), 0) for name in grown.texts
    )
    return sum(lengths, literal(ROW_BYTES)).label("characters")


def _mean(connection: Connection, sample: Select[Any]) -> float:
    sampled = sample.subquery()
    found = connection.scalar(select(func.avg(sampled.c.characters)))
    return ROW_BYTES if found is None else float(found)
