"""What history loses with time: the one place that deletes by age and by size. The backend's ages
are its organizations' settings, all else is the server's. Transactions are never deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, delete, func, literal, select

from voltyard.config import Config
from voltyard.csms.records import SettingsStored
from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.storage.database import Database
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema import lab
from voltyard.storage.schema.access import organizations

_MB_BYTES: Final = 1_000_000
_ROW_BYTES: Final = 200
"""What a row of a log takes beside its text: the other columns, and its part of the indexes."""

_LOGS: Final[tuple[tuple[Table, Sequence[Column[Any]]], ...]] = (
    (tables.messages, (tables.messages.c.request, tables.messages.c.response)),
    (lab.frames, (lab.frames.c.text,)),
)

_AGEING: Final[tuple[tuple[Table, str], ...]] = (
    (tables.messages, "at"),
    (tables.meter_values, "at"),
    (tables.data_transfers, "created_at"),
    (tables.connections, "opened_at"),
    (tables.commands, "asked_at"),
    (tables.reservations, "expires_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much is kept, by age and by size; whichever ends first."""

    log_s: Seconds
    """The gateway's frames, ended commands and bulk creations."""
    log_rows: int
    """Each half's log; so too `log_bytes`."""
    log_bytes: int
    """As estimated from a sample."""
    events_s: Seconds
    """Each half's events, and the log of deliveries; so too `event_rows`."""
    event_rows: int

    @classmethod
    def of(cls, config: Config) -> "Kept":
        """As the settings say."""
        return cls(
            log_s=config.log_retention_days * DAY_S,
            log_rows=config.log_rows,
            log_bytes=config.log_mb * _MB_BYTES,
            events_s=config.event_retention_days * DAY_S,
            event_rows=config.event_rows,
        )


async def sweep(database: Database, now: Instant, kept: Kept) -> int:
    """Delete what is too old or too much, a few rows at a time so that others can write between;
    how many rows that were. What is freed within SQLite's file is used again; the file keeps its
    size."""
    deleted = 0
    for organization_id, days in await database.read(_retention_days):
        for table, column in _AGEING:
            deleted += await _delete_older(
                database, table, column, organization_id, now - days * DAY_S
            )
    deleted += await _delete_first(database, lab.frames, lab.frames.c.at, now - kept.log_s)
    deleted += await _delete_first(
        database, lab.commands, lab.commands.c.finished_at, now - kept.log_s
    )
    deleted += await database.write(partial(_delete_jobs, now - kept.log_s))
    deleted += await _delete_first(
        database, lab.events, lab.events.c.at, now - kept.events_s, keep_rows=1
    )
    for log_table, texts in _LOGS:
        fitting = await database.read(partial(_fitting_rows, log_table, texts, kept.log_bytes))
        deleted += await _delete_surplus(database, log_table, min(kept.log_rows, fitting))
    deleted += await _delete_oldest(
        database, tables.connections, tables.connections.c.opened_at, limits.CONNECTION_ROWS
    )
    # The newest stays in any case: the numbers go on from it.
    for numbered, column in ((tables.events, "at"), (tables.deliveries, "created_at")):
        deleted += await _delete_first(
            database, numbered, numbered.c[column], now - kept.events_s, keep_rows=1
        )
        deleted += await _delete_surplus(database, numbered, kept.event_rows)
    return deleted + await _delete_surplus(database, lab.events, kept.event_rows)


def _retention_days(connection: Connection) -> list[tuple[str, int]]:
    """Of every organization; the default where it has set nothing."""
    settings = tables.settings
    statement = select(organizations.c.id, settings.c.retention_days).outerjoin(
        settings, settings.c.organization_id == organizations.c.id
    )
    default = SettingsStored(organization_id="").retention_days
    return [(row.id, row.retention_days or default) for row in connection.execute(statement)]


async def _delete_older(
    database: Database, table: Table, column: str, organization_id: str, before: Instant
) -> int:
    key = _key(table)
    old = (
        select(key)
        .where(table.c.organization_id == organization_id)
        .where(table.c[column] < before)
        .limit(limits.RETENTION_STEP_ROWS)
    )

    def step(connection: Connection) -> int:
        return connection.execute(delete(table).where(key.in_(old))).rowcount

    return await _repeat(database, step)


async def _delete_first(
    database: Database, table: Table, column: Column[Any], before: Instant, keep_rows: int = 0
) -> int:
    """Delete what is older, where rows are numbered as they come: beyond the first that are not
    old nothing is looked at. The newest `keep_rows` stay, whatever their age."""
    key = _key(table)
    newest = select(func.max(key)).scalar_subquery()
    first = select(key).order_by(key).limit(limits.RETENTION_STEP_ROWS)
    statement = delete(table).where(key.in_(first), column < before, key <= newest - keep_rows)
    return await _repeat(database, lambda connection: connection.execute(statement).rowcount)


async def _delete_surplus(database: Database, table: Table, keep_rows: int) -> int:
    """The oldest beyond that many; rows are numbered as they come."""
    key = _key(table)

    def step(connection: Connection) -> int:
        newest = connection.scalar(select(func.max(key))) or 0
        oldest = connection.scalar(select(func.min(key))) or 0
        edge = min(newest - keep_rows, oldest + limits.RETENTION_STEP_ROWS - 1)
        return connection.execute(delete(table).where(key <= edge)).rowcount

    return await _repeat(database, step)


async def _delete_oldest(
    database: Database, table: Table, column: Column[Any], keep_rows: int
) -> int:
    """The same where rows have no number, by a moment of theirs."""
    key = _key(table)
    newest = select(column).order_by(column.desc()).offset(keep_rows).limit(1)

    def step(connection: Connection) -> int:
        edge = connection.scalar(newest)
        if edge is None:
            return 0
        surplus = select(key).where(column <= edge).limit(limits.RETENTION_STEP_ROWS)
        return connection.execute(delete(table).where(key.in_(surplus))).rowcount

    return await _repeat(database, step)


def _delete_jobs(before: Instant, connection: Connection) -> int:
    """Bulk creations that ended before, with what became of each charger."""
    table, items = lab.jobs, lab.job_items
    old = select(table.c.id).where(table.c.provisioned_at < before)
    deleted = connection.execute(delete(items).where(items.c.job_id.in_(old))).rowcount
    return deleted + connection.execute(delete(table).where(table.c.id.in_(old))).rowcount


def _fitting_rows(
    table: Table, texts: Sequence[Column[Any]], size_bytes: int, connection: Connection
) -> int:
    """How many rows fit, going by limits.LOG_SAMPLE_ROWS of them. To add up all would take as long
    as to read the whole log."""
    key = _key(table)
    characters = sum((func.coalesce(func.length(text), 0) for text in texts), literal(_ROW_BYTES))
    newest = connection.scalar(select(func.max(key))) or 0
    oldest = connection.scalar(select(func.min(key))) or 0
    step = max(1, (newest - oldest) // limits.LOG_SAMPLE_ROWS)
    numbers = list(range(oldest, newest + 1, step))
    mean = connection.scalar(select(func.avg(characters)).where(key.in_(numbers)))
    # Of an empty log: as many as ever could. Rows may come before anything is deleted by this.
    return int(size_bytes / (_ROW_BYTES if mean is None else float(mean)))


async def _repeat(database: Database, step: Callable[[Connection], int]) -> int:
    total = 0
    while deleted := await database.write(step):
        total += deleted
    return total


def _key(table: Table) -> Column[Any]:
    (column,) = table.primary_key
    return column
