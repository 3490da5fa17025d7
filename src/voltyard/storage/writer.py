"""The single writer: one thread that commits what many ask for in groups.

SQLite has one writer at a time and every commit costs a sync of the disk, so writes are collected
for a moment and committed together. The event loop only appends to lists and is called back once a
group; the thread only sees whole groups.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Seconds

log = structlog.get_logger(__name__)

T = TypeVar("T")

Settled = Callable[[BaseException | None], None]
"""Told on the loop's thread how a write ended: None once it is committed, else what was wrong."""


class Work(Protocol):
    """Something to write. Both are called in the writer's thread."""

    weight: int
    """How many rows it counts for against limits.WRITER_ROWS."""

    def run(self, connection: Connection) -> None:
        """Write it; any exception undoes this work and no other."""


class Grouping(Protocol):
    """Knows how to write a whole group at once; an exception has the group done one by one."""

    def __call__(self, connection: Connection, works: list[Work]) -> None: ...


@dataclass(slots=True)
class _Item:
    work: Work
    settled: Settled | None
    error: BaseException | None = None


def one_by_one(connection: Connection, works: list[Work]) -> None:
    """The plainest grouping: each work in its turn, in one transaction."""
    for work in works:
        work.run(connection)


class Writer:
    """Collects works on the loop and commits them in groups on its thread.

    A group leaves `linger_s` after the first work that somebody waits for, `idle_s` after the
    first that nobody does, and never before the group ahead is committed.
    """

    def __init__(
        self,
        engine: Engine,
        grouping: Grouping = one_by_one,
        *,
        linger_s: Seconds = limits.WRITER_LINGER_S,
        idle_s: Seconds = limits.WRITER_IDLE_S,
        capacity_rows: int = limits.WRITER_ROWS,
    ) -> None:
        self._engine = engine
        self._grouping = grouping
        self._linger_s = linger_s
        self._idle_s = idle_s
        self._capacity_rows = capacity_rows
        self._loop = asyncio.get_running_loop()
        self._waiting: list[_Item] = []
        self._rows = 0
        self._due: asyncio.TimerHandle | None = None
        self._busy = False
        self._urgent = False
        self._closed = False
        self._groups: SimpleQueue[list[_Item] | None] = SimpleQueue()
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._serve, name="voltyard-writer", daemon=True)
        self._thread.start()
        self.dropped = 0
        """Works nobody waited for that were not written, because of the bound or an error."""

    @property
    def rows_waiting(self) -> int:
        """Rows handed in and not yet committed."""
        return self._rows

    def put(self, work: Work, settled: Settled | None = None) -> None:
        """Have it written. With `settled` it is urgent, and Overfull is raised beyond the bound;
        without, it may wait for `idle_s`, and is counted in `dropped` beyond the bound."""
        if self._closed:
            raise Unavailable("the database is closed")
        if self._rows + work.weight > self._capacity_rows:
            self._refuse(settled)
            return
        self._rows += work.weight
        self._waiting.append(_Item(work, settled))
        self._idle.clear()
        if settled is not None and not self._urgent:
            self._urgent = True
            self._schedule(self._linger_s)
        elif self._due is None:
            self._schedule(self._idle_s)

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in the writer's thread within a group, and return once it is committed."""
        future: asyncio.Future[T] = self._loop.create_future()
        call = _Call(function)

        def settled(error: BaseException | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(call.result)
            else:
                future.set_exception(error)

        self.put(call, settled)
        return await future

    async def flush(self) -> None:
        """Wait until all that was put so far is committed."""
        if self._waiting and not self._busy:
            self._hand_over()
        elif self._waiting:
            self._urgent = True
        await self._idle.wait()

    async def close(self) -> None:
        """Commit what is waiting and end the thread. Further works are refused."""
        self._closed = True
        await self.flush()
        self._groups.put(None)
        await asyncio.to_thread(self._thread.join)

    def _refuse(self, settled: Settled | None) -> None:
        if settled is not None:
            raise Overfull("the database does not keep up", hint="try again later")
        self.dropped += 1
        if self.dropped & (self.dropped - 1) == 0:  # say it ever more rarely: 1, 2, 4, 8 ...
            log.error("writes_dropped", dropped=self.dropped, bound=self._capacity_rows)

    def _schedule(self, delay_s: Seconds) -> None:
        if self._busy:
            return  # the end of the group ahead schedules the next
        if self._due is not None:
            self._due.cancel()
        self._due = self._loop.call_later(delay_s, self._hand_over)

    def _hand_over(self) -> None:
        """Give the thread all that waits."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        items, self._waiting = self._waiting, []
        self._urgent = False
        self._busy = True
        self._groups.put(items)

    def _committed(self, items: list[_Item]) -> None:
        """Back on the loop: settle the group, start the next."""
        self._busy = False
        for item in items:
            self._rows -= item.work.weight
        if self._waiting:
            # What piled up behind this group has lingered enough, if anybody waits for it.
            if self._urgent or self._closed:
                self._hand_over()
            else:
                self._schedule(self._idle_s)
        else:
            self._idle.set()
        for item in items:
            self._settle(item)

    def _settle(self, item: _Item) -> None:
        if item.settled is None:
            if item.error is not None:
                self.dropped += 1
                log.error("write_failed", exc_info=item.error)
            return
        try:
            item.settled(item.error)
        except Exception:
            log.exception("write_callback_failed")

    def _serve(self) -> None:
        """The thread: one group after the other, each in a transaction."""
        with self._engine.connect() as connection:
            while (items := self._groups.get()) is not None:
                try:
                    self._commit(connection, items)
                except BaseException as error:
                    for item in items:
                        item.error = item.error or error
                self._loop.call_soon_threadsafe(self._committed, items)

    def _commit(self, connection: Connection, items: list[_Item]) -> None:
        try:
            with connection.begin():
                self._grouping(connection, [item.work for item in items])
        except Exception:
            # Somebody's work cannot be done: each by itself, so that it sinks nobody else's.
            with connection.begin():
                for item in items:
                    self._attempt(connection, item)

    @staticmethod
    def _attempt(connection: Connection, item: _Item) -> None:
        try:
            with connection.begin_nested():
                item.work.run(connection)
        except Exception as error:
            item.error = error


class _Call:
    """A function to be run in the writer's thread."""

    weight = 1

    def __init__(self, function: Callable[[Connection], Any]) -> None:
        self._function = function
        self.result: Any = None

    def run(self, connection: Connection) -> None:
        self.result = self._function(connection)
