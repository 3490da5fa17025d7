"""What the backend's history loses with time: by age, as each organization's settings say, and the
logs of both halves by size. Transactions are never deleted."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import structlog
from sqlalchemy import Column, Connection, Table, delete, func, select

from voltyard.csms.records import SettingsStored
from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant
from voltyard.ports import Clock
from voltyard.storage.database import Database
from voltyard.storage.schema import csms as tables
from voltyard.storage.schema import lab
from voltyard.storage.schema.access import organizations

log = structlog.get_logger(__name__)

_AGEING: Final[tuple[tuple[Table, str], ...]] = (
    (tables.messages, "at"),
    (tables.meter_values, "at"),
    (tables.data_transfers, "created_at"),
    (tables.commands, "asked_at"),
)


async def keep_sweeping(database: Database, clock: Clock) -> None:
    """Sweep every limits.RETENTION_EVERY_S, until cancelled. A sweep that fails is logged, and
    tried again at its next time."""
    while True:
        try:
            await sweep(database, clock())
        except Exception:
            log.exception("sweep_failed")
        await asyncio.sleep(limits.RETENTION_EVERY_S)


async def sweep(database: Database, now: Instant, message_rows: int = limits.MESSAGE_ROWS) -> int:
    """Delete what is too old or too much, a few rows at a time so that others can write between;
    how many rows that were."""
    deleted = 0
    for organization_id, days in await database.read(_retention_days):
        for table, column in _AGEING:
            deleted += await _delete_older(
                database, table, column, organization_id, now - days * DAY_S
            )
    for log_table in (tables.messages, lab.frames):
        deleted += await _delete_surplus(database, log_table, message_rows)
    return deleted


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


async def _delete_surplus(database: Database, table: Table, keep_rows: int) -> int:
    """The oldest beyond that many; rows are numbered as they come."""
    key = _key(table)

    def step(connection: Connection) -> int:
        newest = connection.scalar(select(func.max(key))) or 0
        oldest = connection.scalar(select(func.min(key))) or 0
        edge = min(newest - keep_rows, oldest + limits.RETENTION_STEP_ROWS - 1)
        return connection.execute(delete(table).where(key <= edge)).rowcount

    return await _repeat(database, step)


async def _repeat(database: Database, step: Callable[[Connection], int]) -> int:
    total = 0
    while deleted := await database.write(step):
        total += deleted
    return total


def _key(table: Table) -> Column[Any]:
    (column,) = table.primary_key
    return column
