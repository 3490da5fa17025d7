"""Single writer: one thread that commits the writes of many in groups.

SQLite has one writer at a time, and with any database a commit costs a sync of the disk, so writes
are collected for a moment and committed together. The event loop only appends to a queue and is
called back once a group; the thread only sees whole groups.

Two queues: records, and the log. The log gives way: it fills what records leave of a group, has a
bound of its own, and may be shed there. Records never are: a write that somebody waits for is
refused, any other stays until it is stored, however often the database fails. Before the queue of
records is full, whoever reads chargers is told (`pressure`) and reads less.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.ports.journal import Pressure
from voltyard.storage.database.commit_group import (
    ConnectionLost,
    ConnectionLostAtCommit,
    PendingWrite,
    Settled,
    StoreFunction,
    commit_group,
)
from voltyard.storage.database.companion import COMPANION

log = structlog.get_logger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WriterBounds:
    """Bounds of the waiting writes. Sizes are estimates of what a row takes in memory, in bytes."""

    rows: int = limits.WRITER_ROWS
    size_bytes: int = limits.WRITER_BYTES
    high_rows: int = limits.WRITER_HIGH_ROWS
    high_bytes: int = limits.WRITER_HIGH_BYTES
    log_rows: int = limits.WRITER_LOG_ROWS
    log_bytes: int = limits.WRITER_LOG_BYTES
    group_rows: int = limits.WRITER_GROUP_ROWS
    group_log_rows: int = limits.WRITER_GROUP_LOG_ROWS


WRITER_BOUNDS: Final = WriterBounds()
_SHARE: Final = 0.8
"""Of the bounds, for writes that can be refused; the rest is for those that are kept."""
_ATTEMPTS: Final = 3
"""Groups that a kept write may sink by a fault that is not the database's, before it is lost."""


class _Queue:
    """Writes that wait, and how much they are together."""

    __slots__ = ("rows", "size_bytes", "writes")

    def __init__(self) -> None:
        self.writes: deque[PendingWrite] = deque()
        self.rows = 0
        self.size_bytes = 0

    def append(self, write: PendingWrite) -> None:
        self.writes.append(write)
        self.rows += write.rows
        self.size_bytes += write.size_bytes

    def settle(self, write: PendingWrite) -> None:
        """Settle a write, which waits no more."""
        self.rows -= write.rows
        self.size_bytes -= write.size_bytes

    def take(self, rows: int) -> list[PendingWrite]:
        """The first of them, up to so many rows, and at least one; they still count."""
        taken: list[PendingWrite] = []
        while self.writes and rows > 0:
            write = self.writes.popleft()
            rows -= write.rows
            taken.append(write)
        return taken


class Writer:
    """Collects writes on the loop and commits them in groups on its thread, in the order given.

    A group leaves `linger_s` after the first urgent write, `idle_s` after the first that is not,
    and never before the group ahead is committed. A write that fails takes no other with it.

    Where the database is lost or has no disk, it is tried again every `retry_s`. Writes that are
    kept wait for that. Others fail: at once where the database says why, after `patience_s` where
    it cannot be reached, as it may only be restarting.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        linger_s: Seconds = limits.WRITER_LINGER_S,
        idle_s: Seconds = limits.WRITER_IDLE_S,
        retry_s: Seconds = limits.WRITER_RETRY_S,
        patience_s: Seconds = limits.WRITER_PATIENCE_S,
        bounds: WriterBounds = WRITER_BOUNDS,
    ) -> None:
        self._engine = engine
        self._linger_s = linger_s
        self._idle_s = idle_s
        self._retry_s = retry_s
        self._patience_s = patience_s
        self._bounds = bounds
        self._loop = asyncio.get_running_loop()
        self._records = _Queue()
        self._log = _Queue()
        self._due: asyncio.TimerHandle | None = None
        self._retry_at: Seconds = 0.0
        self._busy = False
        self._handed_at: Seconds = self._loop.time()
        """Moment when the last group was given to the thread; once it is done, when that was."""
        self._urgent = False
        self._closed = False
        self._relieved: list[Callable[[], None]] = []
        self._roomy: list[Callable[[], None]] = []
        self._watchers: list[Callable[[], None]] = []
        self._is_shedding = False
        self.may_shed = True
        """True where the log may be shed; else nothing more is read of chargers when it is full."""
        self.pressure = Pressure.NONE
        """See ports.journal.Pressure."""
        self.failure: Exception | None = None
        """Reason why the last group could not be committed; None where it was."""
        self.failing_since: Seconds | None = None
        """Since when, by the loop's clock."""
        self.commits = self.failures = 0
        """Groups that were committed, and attempts to commit that failed."""
        self.committed_rows = 0
        self.shed = 0
        """Rows of the log that were not written for want of room."""
        self.refused = 0
        """Rows whose writers were told that they could not be stored."""
        self.lost = 0
        """Rows that were to be kept and cannot be stored: beyond the bound, or faulty."""
        self._thread_queue: SimpleQueue[list[PendingWrite] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="voltyard-writer", daemon=True)
        self._thread.start()

    @property
    def rows_waiting(self) -> int:
        """Rows handed in and not yet committed, without the log's."""
        return self._records.rows

    @property
    def bytes_waiting(self) -> int:
        """About how much memory they take."""
        return self._records.size_bytes

    @property
    def log_rows_waiting(self) -> int:
        """Rows of the log handed in and not yet committed."""
        return self._log.rows

    @property
    def log_bytes_waiting(self) -> int:
        """About how much memory they take."""
        return self._log.size_bytes

    @property
    def busy_s(self) -> Seconds:
        """The time that the group under way has taken so far; 0 where there is none."""
        return self._loop.time() - self._handed_at if self._busy else 0.0

    @property
    def idle_s(self) -> Seconds:
        """The time since the database was last asked for anything."""
        return 0.0 if self._busy else self._loop.time() - self._handed_at

    @property
    def oldest_s(self) -> Seconds:
        """The time that the oldest write which is not in the group under way has waited."""
        first = self._records.writes[0] if self._records.writes else None
        return 0.0 if first is None else self._loop.time() - first.put_at

    def on_relief(self, callback: Callable[[], None]) -> None:
        """Have it called whenever `pressure` falls from FULL."""
        self._relieved.append(callback)

    def on_room(self, callback: Callable[[], None]) -> None:
        """Have it called when there is room in the log again after some of it was shed."""
        self._roomy.append(callback)

    def watch(self, callback: Callable[[], None]) -> None:
        """Have it called when commits begin to fail, and when they succeed again (`failure`)."""
        self._watchers.append(callback)

    def put(
        self,
        store: StoreFunction,
        records: Sequence[Any],
        settled: Settled | None = None,
        *,
        is_kept: bool | None = None,
        is_urgent: bool | None = None,
        size_bytes: int = 0,
    ) -> None:
        """Have records stored. Never raises.

        `settled` is told how it ended, also of Overfull beyond the bounds. Without it, or where
        `is_kept`, the records stay until they are stored; `settled` is then told of that alone.
        They are urgent where somebody waits for them, unless told otherwise.
        """
        write = PendingWrite(store, records, settled, len(records), size_bytes, self._loop.time())
        write.is_kept = settled is None if is_kept is None else is_kept
        self._append(write, settled is not None if is_urgent is None else is_urgent)

    def put_log(self, store: StoreFunction, records: Sequence[Any], size_bytes: int = 0) -> bool:
        """Have records of the log stored; false where they were shed for want of room."""
        bounds, queue = self._bounds, self._log
        rows = len(records)
        is_full = (
            queue.rows + rows > bounds.log_rows or queue.size_bytes + size_bytes > bounds.log_bytes
        )
        if self._closed or (is_full and self.may_shed):
            self.shed += rows
            self._is_shedding = True
            return False
        queue.append(
            PendingWrite(store, records, None, rows, size_bytes, self._loop.time(), is_log=True)
        )
        if is_full:
            self._look_at_pressure()
        if self._due is None:
            self._schedule(self._idle_s)
        return True

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in the writer's thread; its result, once it is committed."""
        return await self._call(function, self._records, 1)

    async def flush(self) -> None:
        """Return once all that was handed in before is committed, or the database has failed."""
        for queue in (self._records, self._log):
            if self._busy or queue.writes:
                try:
                    # It weighs nothing: there must be no bound at which there is no waiting.
                    await self._call(lambda connection: None, queue, 0)
                except Unavailable:
                    return

    async def close(self) -> None:
        """Commit what is waiting and end the thread. Further writes fail with Unavailable."""
        if self._closed:
            return
        await self.flush()
        self._closed = True
        if self._due is not None:
            self._due.cancel()
        self._thread_queue.put(None)
        await asyncio.to_thread(self._thread.join)
        left = self._records.rows + self._log.rows
        if left:
            log.error("rows_lost", rows=left, error=str(self.failure), at="the end of the server")

    # --- on the loop ---------------------------------------------------------------------------

    async def _call(self, function: Callable[[Connection], T], queue: _Queue, rows: int) -> T:
        future: asyncio.Future[T] = self._loop.create_future()

        def settled(error: Exception | None) -> None:
            if future.done():
                return  # its caller has gone; what was asked for is done all the same
            if error is None:
                future.set_result(write.result)
            else:
                future.set_exception(error)

        write = PendingWrite(None, (), settled, rows, 0, self._loop.time(), function=function)
        write.is_log = queue is self._log
        self._append(write, True)
        return await future

    def _append(self, write: PendingWrite, urgent: bool) -> None:
        if self._closed:
            write.error = Unavailable("the database is closed")
            self._loop.call_soon(self._tell, write)
            return
        queue, bounds = self._log if write.is_log else self._records, self._bounds
        share = 1.0 if write.is_kept else _SHARE
        if write.rows and (
            queue.rows + write.rows > share * bounds.rows
            or queue.size_bytes + write.size_bytes > share * bounds.size_bytes
        ):
            write.error = Overfull("the database does not keep up", hint="try again later")
            if write.is_kept:
                self._lose(write)
                return
            self.refused += write.rows
            write.rows = write.size_bytes = 0  # it keeps its place, to be told in its turn
        elif write.rows and not write.is_log and (companion := COMPANION.get()) is not None:
            write.store_companion = companion.take()
            write.companion = None if write.store_companion is None else companion
        queue.append(write)
        if queue.rows > bounds.high_rows or queue.size_bytes > bounds.high_bytes:
            self._look_at_pressure()
        if urgent and not self._urgent:
            self._urgent = True
            self._schedule(self._linger_s)
        elif self._due is None:
            self._schedule(self._idle_s)

    def _look_at_pressure(self) -> None:
        """Raise the pressure where a mark is passed, and lower it once there is less than half of
        that."""
        records, logged, bounds, before = self._records, self._log, self._bounds, self.pressure
        full, high = (0.25 if before is Pressure.FULL else 0.5), (0.5 if before else 1.0)
        if (
            records.rows > full * bounds.rows
            or records.size_bytes > full * bounds.size_bytes
            or (not self.may_shed and logged.rows > high * bounds.log_rows)
            or (not self.may_shed and logged.size_bytes > high * bounds.log_bytes)
        ):
            self.pressure = Pressure.FULL
        elif (
            records.rows > high * bounds.high_rows or records.size_bytes > high * bounds.high_bytes
        ):
            self.pressure = Pressure.HIGH
        else:
            self.pressure = Pressure.NONE
        if before is Pressure.FULL and self.pressure is not Pressure.FULL:
            for callback in tuple(self._relieved):
                callback()

    def _schedule(self, delay_s: Seconds) -> None:
        if self._busy or self._closed:
            return  # the end of the group ahead schedules the next
        if self._due is not None:
            self._due.cancel()
        if self._retry_at:
            delay_s = max(delay_s, self._retry_at - self._loop.time())
        self._due = self._loop.call_later(delay_s, self._hand_over)

    def _hand_over(self) -> None:
        """Give the thread a group."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        bounds = self._bounds
        group = self._records.take(bounds.group_rows)
        left = bounds.group_rows - sum(write.rows for write in group)
        group += self._log.take(max(left, bounds.group_log_rows))
        self._urgent = bool(self._records.writes or self._log.writes)  # they were due, too
        self._busy = True
        self._handed_at = self._loop.time()
        self._thread_queue.put(group)

    def _ended(self, group: list[PendingWrite], failure: Exception | None) -> None:
        """Settle a group and send the next on its way."""
        self._busy = False
        self._handed_at = self._loop.time()
        self._note(failure)
        if failure is None:
            self.commits += 1
            self.committed_rows += sum([write.rows for write in group if write.error is None])
        else:
            self.failures += 1
        over = group if failure is None else self._held_back(group, failure)
        for write in over:
            (self._log if write.is_log else self._records).settle(write)
        if self.pressure is not Pressure.NONE:
            self._look_at_pressure()
        if self._is_shedding and 2 * self._log.rows <= self._bounds.log_rows:
            self._is_shedding = False
            for callback in self._roomy:
                callback()
        if self._closed:
            pass  # the thread has ended
        elif self._urgent and failure is None:
            self._hand_over()  # it has lingered behind this group
        elif self._records.writes or self._log.writes:
            self._schedule(self._idle_s if failure is None else self._retry_s)
        for write in over:
            self._tell(write)

    def _held_back(self, group: list[PendingWrite], failure: Exception) -> list[PendingWrite]:
        """Have those of a failed group that can wait go first into the next; the others."""
        last = self._loop.time() - self._patience_s
        is_lost = isinstance(failure, ConnectionLost)
        in_doubt = isinstance(failure, ConnectionLostAtCommit)
        again: list[PendingWrite] = []
        over: list[PendingWrite] = []
        for write in group:
            may_wait = is_lost and not in_doubt and write.put_at > last
            if not isinstance(failure, Unavailable):  # a fault of ours, perhaps in this very write
                write.attempts += 1
            if (
                write.error is None
                and write.function is None
                and write.attempts < _ATTEMPTS
                and (write.is_kept or write.is_log or may_wait)
            ):
                write.is_doubtful = write.is_doubtful or in_doubt
                again.append(write)
            else:
                write.error = write.error or failure
                over.append(write)
        self._log.writes.extendleft(w for w in reversed(again) if w.is_log)
        self._records.writes.extendleft(w for w in reversed(again) if not w.is_log)
        return over

    def _note(self, failure: Exception | None) -> None:
        """One line when the database begins to fail, one when it is back."""
        before, self.failure = self.failure, failure
        if failure is not None:
            self._retry_at = self._loop.time() + self._retry_s
        if (before is None) == (failure is None):
            return
        if failure is not None:
            self.failing_since = self._loop.time()
            hint = failure.advice if isinstance(failure, Unavailable) else ""
            log.error("database_fails", error=str(failure), hint=hint)
        else:
            self._retry_at = 0.0
            assert self.failing_since is not None
            lasted_s = round(self._loop.time() - self.failing_since, 1)
            self.failing_since = None
            log.warning(
                "database_works_again",
                after_s=lasted_s,
                refused=self.refused,
                shed=self.shed,
                lost=self.lost,
            )
        for callback in tuple(self._watchers):
            callback()

    def _tell(self, write: PendingWrite) -> None:
        error = write.error
        if write.companion is not None:
            write.companion.ended(error)
        if error is not None and write.is_kept:
            self._lose(write)
        elif error is not None and write.is_log:
            self.shed += write.rows
        elif error is not None:
            self.refused += write.rows
        if write.settled is None or (write.is_kept and error is not None):
            return
        try:
            write.settled(error)
        except Exception:
            log.exception("write_callback_failed")

    def _lose(self, write: PendingWrite) -> None:
        before, self.lost = self.lost, self.lost + write.rows
        if before.bit_length() != self.lost.bit_length():  # said ever more rarely: 1, 2, 4, ...
            log.error("rows_lost", rows=self.lost, error=str(write.error))

    # --- in the thread -------------------------------------------------------------------------

    def _serve(self) -> None:
        while (group := self._thread_queue.get()) is not None:
            failure = commit_group(self._engine, group)
            self._loop.call_soon_threadsafe(self._ended, group, failure)
