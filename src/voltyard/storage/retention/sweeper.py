"""Sweeping of history while the server runs. By time, from the moment from which ages count, and
more of it when the disk has too little room."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Connection, Select, insert, select, text, update

from voltyard.kernel import limits
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.ports.clock import Clock
from voltyard.storage.database.database import Database, file_of
from voltyard.storage.disk import Disk
from voltyard.storage.retention import history_tables
from voltyard.storage.retention.history_clock import HistoryClock
from voltyard.storage.retention.retention import RetentionBounds, StoredBytes, sweep
from voltyard.storage.schema.csms import ageing as table

log = structlog.get_logger(__name__)


class Sweeper:
    """Sweeps history within its bounds; `round` is to be called again and again."""

    def __init__(
        self,
        database: Database,
        kept: RetentionBounds,
        disk: Disk,
        clock: Clock,
        ageing: HistoryClock,
        steady: Callable[[], Seconds],
    ) -> None:
        """`steady`: seconds that no setting of the clock changes."""
        self.disk = disk
        self.quotas: Callable[[], dict[str, int]] = dict
        """Bytes that organizations may have stored, those that have a quota."""
        self.stored: dict[str, float] = {}
        """Bytes that they had after the last sweep."""
        self._database = database
        self._kept = kept
        self._clock = clock
        self._steady = steady
        self._ageing = ageing
        self._asked_at = steady()
        self._swept_at: Seconds | None = None
        self._is_ahead = False
        self._is_low = False

    @classmethod
    async def begin(
        cls,
        database: Database,
        kept: RetentionBounds,
        disk: Disk,
        clock: Clock,
        steady: Callable[[], Seconds] = time.monotonic,
    ) -> "Sweeper":
        """Before anything is stored, for what is stored tells how late it was."""
        counted_to = await database.read(_counted_to, limit_s=None)
        return cls(database, kept, disk, clock, HistoryClock(counted_to, clock()), steady)

    def moment(self) -> Instant:
        """From which ages are counted now."""
        now, before = self._steady(), self._asked_at
        self._asked_at = now
        return self._ageing.advance(self._clock(), now - before)

    async def round(self) -> int:
        """Sweep, if its time has come, or the disk has too little room; how many rows went."""
        shed_bytes = await self._missing_bytes()
        is_due = self._swept_at is None or (
            self._steady() - self._swept_at >= limits.RETENTION_EVERY_S
        )
        if not is_due and not shed_bytes:
            return 0
        now = self.moment()
        self._say_if_ahead(now)
        stored = {who: StoredBytes(most) for who, most in self.quotas().items()}
        deleted = await sweep(self._database, now, self._kept, shed_bytes, stored)
        self.stored = {who: one.held for who, one in stored.items()}
        self._swept_at = self._steady()
        if shed_bytes and deleted:
            log.warning("history_shed", rows=deleted, wanted_mb=round(shed_bytes / 1e6))
        await self._database.write(lambda connection: _keep(connection, now))
        return deleted

    def _say_if_ahead(self, now: Instant) -> None:
        was_ahead, self._is_ahead = self._is_ahead, self._ageing.is_far_ahead
        if self._is_ahead and not was_ahead:
            log.warning(
                "history_ages_slowly",
                days_ahead=round(self._ageing.ahead_s / DAY_S, 1),
                counted_to=round(now),
                hint=(
                    "the clock is far ahead of what was stored last, so history ages a day an hour"
                    " until it has caught up; if the clock is wrong, set it right before that"
                ),
            )
        elif was_ahead and not self._is_ahead:
            log.info("history_ages_again")

    async def _missing_bytes(self) -> int:
        """The bytes that have to go so that there is as much room as the mark says: on the disk, or
        in the pages of the file that are free. Only SQLite's file is known to be on this disk."""
        if file_of(self._database.url) is None:
            return 0
        missing = self.disk.low_bytes - self.disk.free_bytes()
        if missing > 0:
            missing -= await self._database.read(_free_in_file, limit_s=None)
        was_low, self._is_low = self._is_low, missing > 0
        if self._is_low and not was_low:
            log.warning(
                "disk_low",
                free_mb=round(self.disk.free_bytes() / 1e6),
                low_mb=round(self.disk.low_bytes / 1e6),
                hint="frames of the logs are deleted, the oldest first; make room on the disk",
            )
        elif was_low and not self._is_low:
            log.info("disk_has_room")
        return max(0, missing)


def _counted_to(connection: Connection) -> Instant | None:
    """Up to when ages were counted last; of a database that has not been swept yet, when the newest
    row was made; by our own clock, which frames of simulated chargers do not go by."""
    found = connection.scalar(select(table.c.counted_to))
    if found is not None:
        return float(found)
    newest = [
        moment
        for one in (history_tables.MESSAGES, history_tables.EVENTS)
        if (moment := connection.scalar(_moment_of_newest(one))) is not None
    ]
    return max(newest, default=None)


def _moment_of_newest(one: history_tables.HistoryTable) -> Select[Any]:
    return select(one.table.c[one.moment]).order_by(one.key.desc()).limit(1)


def _keep(connection: Connection, counted_to: Instant) -> None:
    changed = connection.execute(update(table).values(counted_to=counted_to))
    if not changed.rowcount:
        connection.execute(insert(table).values(id=1, counted_to=counted_to))


def _free_in_file(connection: Connection) -> int:
    pages: int = connection.scalar(text("PRAGMA freelist_count")) or 0
    return pages * (connection.scalar(text("PRAGMA page_size")) or 0)
