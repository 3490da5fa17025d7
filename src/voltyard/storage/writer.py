"""The single writer: one thread that commits what many ask for in groups.

SQLite has one writer at a time, and with any database a commit costs a sync of the disk, so writes
are collected for a moment and committed together. The event loop only appends to a list and is
called back once a group; the thread only sees whole groups.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.failing import explained, has_lost, has_transaction, is_locked

log = structlog.get_logger(__name__)

T = TypeVar("T")

Store: TypeAlias = Callable[[Connection, Sequence[Any]], None]
"""Writes many records at once, in the writer's thread. It is given the records of several writes
together; where it raises, they are undone and it is given those of each write apart."""

Settled: TypeAlias = Callable[[Exception | None], None]
"""Told on the loop's thread how a write ended: None once it is committed, else what was wrong."""


@dataclass(slots=True)
class _Records:
    """Records to be stored, together with those of the neighbours where possible."""

    store: Store
    records: Sequence[Any]
    settled: Settled | None
    weight: int
    error: Exception | None = None


@dataclass(slots=True)
class _Call:
    """A function to be run within the group's transaction."""

    function: Callable[[Connection], Any]
    settled: Settled
    weight: int
    result: Any = None
    error: Exception | None = None


_Item: TypeAlias = _Records | _Call


class Writer:
    """Collects writes on the loop and commits them in groups on its thread, in the order given.

    A group leaves `linger_s` after the first write that somebody waits for, `idle_s` after the
    first that nobody does, and never before the group ahead is committed. A write that fails takes
    no other with it. Where the database is lost, or has no disk to write to, the group's writes
    fail with Unavailable, and the next group tries it anew.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        linger_s: Seconds = limits.WRITER_LINGER_S,
        idle_s: Seconds = limits.WRITER_IDLE_S,
        capacity_rows: int = limits.WRITER_ROWS,
    ) -> None:
        self._engine = engine
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
        self._idle = asyncio.Event()
        self._idle.set()
        self.dropped = 0
        """Rows nobody waited for that were not written, because of the bound or of an error."""
        self._groups: SimpleQueue[list[_Item] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="voltyard-writer", daemon=True)
        self._thread.start()

    @property
    def rows_waiting(self) -> int:
        """Rows handed in and not yet committed."""
        return self._rows

    def put(self, store: Store, records: Sequence[Any], settled: Settled | None = None) -> None:
        """Have records stored. Never raises: `settled` is told of everything, also of Overfull
        beyond limits.WRITER_ROWS. Without it they are not urgent, and beyond the bound dropped."""
        item = _Records(store, records, settled, len(records))
        self._append(item, urgent=settled is not None)

    async def write(self, function: Callable[[Connection], T]) -> T:
        """Run `function` in the writer's thread; its result, once it is committed."""
        return await self._call(function)

    async def flush(self) -> None:
        """Return once all that was handed in before is committed, or has failed."""
        if not self._idle.is_set():
            # It weighs nothing: there must be no bound at which nobody can wait for room.
            await self._call(lambda connection: None, weight=0)

    async def close(self) -> None:
        """Commit what is waiting and end the thread. Further writes fail with Unavailable."""
        if self._closed:
            return
        await self.flush()
        self._closed = True
        await self._idle.wait()
        self._groups.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- on the loop ---------------------------------------------------------------------------

    async def _call(self, function: Callable[[Connection], T], weight: int = 1) -> T:
        future: asyncio.Future[T] = self._loop.create_future()

        def settled(error: Exception | None) -> None:
            if future.done():
                return  # nobody waits any more; what was asked for is done all the same
            if error is None:
                future.set_result(call.result)
            else:
                future.set_exception(error)

        call = _Call(function, settled, weight)
        self._append(call, urgent=True)
        return await future

    def _append(self, item: _Item, urgent: bool) -> None:
        if self._closed:
            item.error = Unavailable("the database is closed")
            self._loop.call_soon(self._settle, item)
            return
        if self._rows + item.weight > self._capacity_rows:
            item.error = Overfull("the database does not keep up", hint="try again later")
            if item.settled is None:
                self._drop(item.weight, item.error)
                return
            item.weight = 0  # it only keeps its place, to be told of after those before it
        self._rows += item.weight
        self._waiting.append(item)
        self._idle.clear()
        if urgent and not self._urgent:
            self._urgent = True
            self._schedule(self._linger_s)
        elif self._due is None:
            self._schedule(self._idle_s)

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
        """Settle a group and send the next on its way."""
        self._busy = False
        self._rows -= sum(item.weight for item in items)
        if not self._waiting:
            self._idle.set()
        elif self._urgent:
            self._hand_over()  # it has lingered behind this group
        else:
            self._schedule(self._idle_s)
        for item in items:
            self._settle(item)

    def _settle(self, item: _Item) -> None:
        if item.settled is None:
            if item.error is not None:
                self._drop(item.weight, item.error)
            return
        try:
            item.settled(item.error)
        except Exception:
            log.exception("write_callback_failed")

    def _drop(self, rows: int, error: Exception) -> None:
        before, self.dropped = self.dropped, self.dropped + rows
        if before.bit_length() != self.dropped.bit_length():  # said ever more rarely: 1, 2, 4, ...
            log.error("rows_dropped", dropped=self.dropped, error=str(error))

    # --- in the thread -------------------------------------------------------------------------

    def _serve(self) -> None:
        while (items := self._groups.get()) is not None:
            try:
                self._store(items)
            except Exception as error:
                for item in items:
                    item.error = item.error or error
            for item in items:
                item.error = item.error and explained(item.error)
            self._loop.call_soon_threadsafe(self._committed, items)

    def _store(self, items: list[_Item]) -> None:
        refused = [item.error for item in items]
        try:
            with self._engine.connect() as connection:
                _commit(connection, items)
        except _CutOff:
            for item, error in zip(items, refused, strict=True):
                item.error = error
            with self._engine.connect() as connection:  # a new one
                _commit(connection, items)


class _CutOff(Unavailable):
    """The connection was lost before the COMMIT, so that nothing of the transaction is kept."""


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """Committed at its end. Unavailable where the connection is lost; _CutOff if before that."""
    try:
        with connection.begin():
            try:
                yield
            except Exception as error:
                if connection.invalidated:
                    raise _CutOff("the connection to the database is lost") from error
                raise
    except DBAPIError as error:
        if not has_lost(error):
            raise
        raise Unavailable(
            "the connection to the database was lost at the commit",
            hint="nobody knows whether it is kept",
        ) from error


def _commit(connection: Connection, items: list[_Item]) -> None:
    """Write a group in one transaction."""
    refused = [item.error for item in items]
    try:
        with _transaction(connection):
            _write_together(connection, items)
    except Unavailable:
        raise
    except Exception as failure:
        if is_locked(failure):
            raise  # to all of them: each by itself would wait as long again
        # Records of somebody's cannot be stored: each write by itself, so that it sinks no other.
        with _transaction(connection):
            for item, error in zip(items, refused, strict=True):
                item.error = error
                if error is None:
                    _write_apart(connection, item)


def _write_together(connection: Connection, items: list[_Item]) -> None:
    """Runs of records that have one store go to it at once; calls take their turn between them."""
    records: list[Any] = []
    store: Store = _nothing
    for item in items:
        if item.error is not None:
            continue
        if isinstance(item, _Records) and item.store == store:
            records.extend(item.records)
            continue
        if records:
            store(connection, records)
        if isinstance(item, _Records):
            store, records = item.store, list(item.records)
        else:
            store, records = _nothing, []
            _write_apart(connection, item)
    if records:
        store(connection, records)


def _write_apart(connection: Connection, item: _Item) -> None:
    try:
        with connection.begin_nested():
            if isinstance(item, _Records):
                item.store(connection, item.records)
            else:
                item.result = item.function(connection)
    except Exception as error:
        if connection.invalidated or is_locked(error) or not has_transaction(connection):
            raise  # what was written before it has gone too, or would wait as long
        item.error = error


def _nothing(_connection: Connection, _records: Sequence[Any]) -> None:
    """The store of no records."""
