"""Retention of history by age and by size: the one place that deletes it. The backend's ages are
its organizations' settings, all else is the server's. Transactions are never deleted, nor is what
is still owed (storage.retention.history_tables)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import ceil
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, func, select, true

from voltyard.config.config import Config
from voltyard.csms.records import SettingsStored
from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.storage.database.database import Database
from voltyard.storage.retention import history_tables
from voltyard.storage.retention.history_tables import HistoryTable
from voltyard.storage.retention.holdings import Holdings, TableSize, holdings_of, size_of
from voltyard.storage.retention.quotas import NO_QUOTAS, Cuts, Quotas, cuts
from voltyard.storage.retention.row_deletion import RowDeletion
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema import files as file_tables
from voltyard.storage.schema import yard
from voltyard.storage.schema.organizations import organizations
from voltyard.yard.deployments.deployment import UNSETTLED

K = TypeVar("K")

_MB_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionBounds:
    """Bounds of what is kept, by age and by size; whichever ends first. Bytes are estimated."""

    log_s: Seconds
    """The gateway's frames, ended commands and bulk creations."""
    log_rows: int
    """Each half's log; so too `log_bytes`."""
    log_bytes: int
    events_s: Seconds
    """Each half's events, and the log of deliveries; so too `event_rows` and `event_bytes`."""
    event_rows: int
    event_bytes: int
    audit_s: Seconds
    """The audit log; so too `audit_bytes`."""
    audit_bytes: int
    meter_value_bytes: int
    history_bytes: int
    """Each other table."""
    quotas: Quotas = NO_QUOTAS

    @classmethod
    def of(cls, config: Config) -> "RetentionBounds":
        """The bounds that the settings name."""
        return cls(
            log_s=config.log_retention_days * DAY_S,
            log_rows=config.log_rows,
            log_bytes=config.log_mb * _MB_BYTES,
            events_s=config.event_retention_days * DAY_S,
            event_rows=config.event_rows,
            event_bytes=config.event_mb * _MB_BYTES,
            audit_s=config.audit_retention_days * DAY_S,
            audit_bytes=config.audit_mb * _MB_BYTES,
            meter_value_bytes=config.meter_value_mb * _MB_BYTES,
            history_bytes=config.history_mb * _MB_BYTES,
            quotas=Quotas(
                organization=config.organization_quota_percent / 100,
                charger=config.charger_quota_percent / 100,
            ),
        )

    def rows_of(self, one: HistoryTable) -> int | None:
        """The bound of a table in rows; None: as many as the bytes allow."""
        if one in history_tables.LOGS:
            return self.log_rows
        if one in _EVENTS:
            return self.event_rows
        return limits.CONNECTION_ROWS if one is history_tables.CONNECTIONS else None

    def bytes_of(self, one: HistoryTable) -> int:
        """The bound of a table in bytes."""
        if one in history_tables.LOGS:
            return self.log_bytes
        if one in _EVENTS:
            return self.event_bytes
        if one is history_tables.AUDIT_LOG:
            return self.audit_bytes
        return self.meter_value_bytes if one is history_tables.METER_VALUES else self.history_bytes


_EVENTS: Final = (history_tables.EVENTS, history_tables.DELIVERIES, history_tables.YARD_EVENTS)


async def sweep(
    database: Database,
    now: Instant,
    kept: RetentionBounds,
    shed_bytes: float = 0.0,
    quotas: "dict[str, StoredBytes] | None" = None,
) -> int:
    """Delete what is too old or too much, and that much of both logs beside; how many rows that
    were. Organizations with `quotas` give their own oldest, and what they have is noted there. What
    is freed within SQLite's file is used again; the file keeps its size."""
    steps = RowDeletion(database, now)
    if shed_bytes > 0:
        await _shed(database, steps, kept, shed_bytes)
    await _delete_old(database, steps, now, kept)
    for one in history_tables.ALL:
        size = await database.read(partial(size_of, one), limit_s=None)
        await _fit(database, steps, one, size, kept)
    await _fit_organizations(database, steps, quotas)
    return steps.deleted + await _delete_jobs(database, now - kept.log_s)


@dataclass(slots=True)
class StoredBytes:
    """Bytes that an organization may have stored, and has, as estimated."""

    most: float
    held: float = 0.0


async def _fit_organizations(
    database: Database, steps: RowDeletion, quotas: "dict[str, StoredBytes] | None"
) -> None:
    """Have the history of each of these fit into what its files leave, every table's alike."""
    if not quotas:
        return
    files = await database.read(_file_bytes, limit_s=None)
    rows: list[tuple[HistoryTable, str, float]] = []
    held = dict.fromkeys(quotas, 0.0)
    for one in history_tables.ALL:
        size = await database.read(partial(size_of, one), limit_s=None)
        holdings = await database.read(partial(holdings_of, one, size), limit_s=None)
        counts: Counter[str] = Counter()
        for (organization_id, _), count in holdings.rows.items():
            counts[organization_id] += count
        for (organization_id, _), held_bytes in holdings.in_bytes().items():
            if organization_id in held:
                held[organization_id] += held_bytes
        rows += [(one, who, number) for who, number in counts.items() if who in held]
    for organization_id, stored in quotas.items():
        room = max(0.0, stored.most - files.get(organization_id, 0))
        history = held[organization_id]
        surplus = max(0.0, 1 - room / history) if history else 0.0
        stored.held = files.get(organization_id, 0) + history * (1 - surplus)
        for one, who, number in rows:
            if who == organization_id and surplus:
                await _cut(steps, one, Cuts(organizations={who: number * surplus}))


def _file_bytes(connection: Connection) -> dict[str, int]:
    table = file_tables.files
    whose = table.c.organization_id
    summed = select(whose, func.sum(table.c.size)).group_by(whose)
    return {row[0]: int(row[1]) for row in connection.execute(summed)}


async def _delete_old(
    database: Database, steps: RowDeletion, now: Instant, kept: RetentionBounds
) -> None:
    for organization_id, days in await database.read(_retention_days, limit_s=None):
        for one in history_tables.ALL:
            if one.is_per_organization:
                is_old = one.table.c[one.moment] < now - days * DAY_S
                await steps.matching(one, one.of(organization_id) & is_old)
    for one in (history_tables.FRAMES, history_tables.YARD_COMMANDS):
        await steps.oldest(one, true(), before=now - kept.log_s)
    for one in _EVENTS:
        await steps.oldest(one, true(), before=now - kept.events_s)
    await steps.oldest(history_tables.AUDIT_LOG, true(), before=now - kept.audit_s)


def _retention_days(connection: Connection) -> list[tuple[str, int]]:
    """Of every organization, also of those that are gone and had chargers; the default where it has
    set nothing."""
    settings = tables.settings
    set_here = {
        row.organization_id: row.retention_days
        for row in connection.execute(select(settings.c.organization_id, settings.c.retention_days))
    }
    default = SettingsStored(organization_id="").retention_days
    ids = select(organizations.c.id).union(select(tables.chargers.c.organization_id))
    return [(one, set_here.get(one) or default) for one in connection.scalars(ids)]


async def _fit(
    database: Database,
    steps: RowDeletion,
    one: HistoryTable,
    size: TableSize,
    kept: RetentionBounds,
) -> None:
    """Have a table keep to its bounds, and each who has rows in it to the quotas."""
    rows, room_bytes, quotas = kept.rows_of(one), kept.bytes_of(one), kept.quotas
    least = min(1.0, quotas.organization, quotas.charger)
    if (rows is None or size.rows <= rows * least) and size.total_bytes <= room_bytes * least:
        return
    holdings = await database.read(partial(holdings_of, one, size), limit_s=None)
    of_bytes = _in_rows(cuts(holdings.in_bytes(), room_bytes, quotas), holdings, size)
    if rows is None:
        await _cut(steps, one, of_bytes)
        return
    of_rows = cuts({holder: float(count) for holder, count in holdings.rows.items()}, rows, quotas)
    await _cut(steps, one, _larger(of_rows, of_bytes))


async def _cut(steps: RowDeletion, one: HistoryTable, wanted: Cuts) -> None:
    for (organization_id, holder), rows in wanted.holders.items():
        theirs = one.of_holder(organization_id, holder)
        await steps.matching(one, theirs, one.table.c[one.ordered_by], most=ceil(rows))
    for organization_id, rows in wanted.organizations.items():
        theirs = one.of(organization_id)
        if one.is_numbered:
            await steps.oldest(one, theirs, most=ceil(rows))
        else:
            await steps.matching(one, theirs, one.table.c[one.ordered_by], most=ceil(rows))


def _in_rows(wanted: Cuts, holdings: Holdings, size: TableSize) -> Cuts:
    return Cuts(
        {
            holder: surplus / holdings.row_bytes[holder]
            for holder, surplus in wanted.holders.items()
        },
        {
            organization_id: surplus / size.row_bytes
            for organization_id, surplus in wanted.organizations.items()
        },
    )


def _larger(one: Cuts, other: Cuts) -> Cuts:
    """Both, where each is enough for one of two bounds."""
    return Cuts(
        _largest(one.holders, other.holders), _largest(one.organizations, other.organizations)
    )


def _largest(one: Mapping[K, float], other: Mapping[K, float]) -> dict[K, float]:
    return {key: max(one.get(key, 0.0), other.get(key, 0.0)) for key in {**one, **other}}


async def _shed(
    database: Database, steps: RowDeletion, kept: RetentionBounds, shed_bytes: float
) -> None:
    """Have both logs give, each its part."""
    sizes = [
        await database.read(partial(size_of, one), limit_s=None) for one in history_tables.LOGS
    ]
    total = sum(size.total_bytes for size in sizes)
    for one, size in zip(history_tables.LOGS, sizes, strict=True):
        if not total:
            return
        left = max(0.0, size.total_bytes * (1 - shed_bytes / total))
        bound = replace(kept, log_bytes=min(kept.log_bytes, int(left)))
        await _fit(database, steps, one, size, bound)


async def _delete_jobs(database: Database, before: Instant) -> int:
    """Bulk creations that ended before, or are too many, with what became of each charger; one at a
    time."""
    table, deleted = yard.jobs, 0
    ended = select(table.c.id).where(table.c.status.not_in(UNSETTLED))
    newest = ended.order_by(table.c.created_at.desc()).limit(limits.BULKS_KEPT)
    old = ended.where((table.c.provisioned_at < before) | table.c.id.not_in(newest)).limit(1)
    while job_id := await database.read(lambda connection: connection.scalar(old), limit_s=None):
        deleted += await database.write(partial(_delete_job, job_id))
    return deleted


def _delete_job(job_id: str, connection: Connection) -> int:
    table, items = yard.jobs, yard.job_items
    rows = connection.execute(delete(items).where(items.c.job_id == job_id)).rowcount
    return rows + connection.execute(delete(table).where(table.c.id == job_id)).rowcount
