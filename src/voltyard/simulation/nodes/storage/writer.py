"""A process's hold on the simulated database: its writer, its readings, and its lease."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from voltyard.events.event_records import EventStaged
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.journal import Pressure
from voltyard.simulation.nodes.fabric import DATABASE, Fabric
from voltyard.simulation.nodes.process_loop import SimulatedProcess
from voltyard.simulation.nodes.storage.database import (
    ConnectionBroken,
    GroupedWrite,
    LostAtCommit,
    SimulatedConnection,
    SimulatedDatabase,
)
from voltyard.simulation.nodes.storage.tables import Tables

T = TypeVar("T")

_LOOK_S: Seconds = 0.05


class NameTaken(Unavailable):
    """A database that another process of that name holds."""


class LeaseLost(Unavailable):
    """A database that is another's by now: this process can write nothing more."""


class _Write:
    __slots__ = ("committed", "failed", "function", "put_at", "records", "result")

    def __init__(
        self,
        records: Sequence[Any],
        committed: Callable[[], None] | None,
        failed: Callable[[Exception], None] | None,
        put_at: Instant,
        function: Callable[[Tables], Any] | None = None,
    ) -> None:
        self.records = records
        self.committed = committed
        self.failed = failed
        self.put_at = put_at
        self.function = function
        self.result: Any = None

    @property
    def is_kept(self) -> bool:
        return self.failed is None

    @property
    def is_urgent(self) -> bool:
        return self.committed is not None or self.failed is not None


class HeldDatabase:
    """The database as one process has it open: a `ports.journal.Journal`, and what
    `storage.database.Database` is beside that."""

    pressure = Pressure.NONE

    def __init__(
        self,
        database: SimulatedDatabase,
        fabric: Fabric,
        process: SimulatedProcess,
        node: str,
        holder: str,
    ) -> None:
        self.node = node
        self.database = database
        self._fabric = fabric
        self._process = process
        self._holder = holder
        self._loop = asyncio.get_running_loop()
        self._connection: SimulatedConnection | None = None
        self._is_busy = False
        self._epoch: int | None = None
        self._is_lost = False
        self._is_closed = False
        self._waiting: deque[_Write] = deque()
        self._due = asyncio.Event()
        self._urgent = asyncio.Event()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        """Fails once the hold is lost."""
        self.lost.add_done_callback(asyncio.Future.exception)
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Hold it; NameTaken where it is not to be had for limits.DATABASE_HOLD_S."""
        await self._connect()
        for work in (self._keep_writing(), self._keep_renewing()):
            self._tasks.append(asyncio.create_task(work))

    # --- the journal ---------------------------------------------------------------------------

    def on_relief(self, callback: Callable[[], None]) -> None:
        """There is never any pressure."""

    def write(
        self,
        records: Sequence[Any],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        if self._is_closed:
            if failed is not None:
                self._loop.call_soon(failed, Unavailable("the database is closed"))
            return
        self._put(_Write(records, committed, failed, self._loop.time()), urgent=urgent)

    async def flush(self) -> None:
        if self._waiting or self._is_busy:
            try:
                await self.do(lambda tables: None)
            except Unavailable:
                return

    # --- the database --------------------------------------------------------------------------

    async def do(self, function: Callable[[Tables], T]) -> T:
        """Have a function run in the writer's turn; its result, once it is committed."""
        if self._is_closed:
            raise Unavailable("the database is closed")
        future: asyncio.Future[T] = self._loop.create_future()

        def committed() -> None:
            if not future.done():
                future.set_result(write.result)

        def failed(error: Exception) -> None:
            if not future.done():
                future.set_exception(error)

        write = _Write((), committed, failed, self._loop.time(), function)
        self._put(write, urgent=True)
        return await future

    async def read(self, function: Callable[[Tables], T]) -> T:
        """Read on another connection, with what is stored at one moment."""
        await self._fabric.pass_to_database()
        if self._fabric.is_cut(self._process.name, DATABASE) or self.database.is_down:
            await asyncio.sleep(limits.DATABASE_CONNECT_S)
            raise Unavailable("the database is not reached")
        result = function(self.database.tables)
        await self._fabric.pass_to_database()
        return result

    async def close(self) -> None:
        """Commit what waits, and end the lease."""
        await self.flush()
        self._is_closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        reached = not self._fabric.is_cut(self._process.name, DATABASE)
        if self.node and not self._is_lost and reached:
            self.database.leave(self.node, self._holder)
        self.vanish()

    def vanish(self) -> None:
        """Close the connection, as the machine does for a process that has ended."""
        self._is_closed = True
        if self._connection is not None:
            self.database.terminate(self._connection)

    # --- the writer ----------------------------------------------------------------------------

    def _put(self, write: _Write, *, urgent: bool) -> None:
        self._waiting.append(write)
        self._due.set()
        if urgent or write.is_urgent:
            self._urgent.set()

    async def _keep_writing(self) -> None:
        while True:
            await self._due.wait()
            try:
                async with asyncio.timeout(limits.WRITER_IDLE_S):
                    await self._urgent.wait()
                    await asyncio.sleep(limits.WRITER_LINGER_S)
            except TimeoutError:
                pass
            self._due.clear()
            self._urgent.clear()
            group, self._waiting = self._waiting, deque()
            self._is_busy = True
            failure = await self._commit(group)
            self._is_busy = False
            self._settle(group, failure)
            if failure is not None:
                await asyncio.sleep(limits.WRITER_RETRY_S)

    async def _commit(self, group: Sequence[_Write]) -> Exception | None:
        for attempt in (1, 2):
            try:
                results = await self._transaction(group)
            except ConnectionBroken as error:
                if attempt == 2:
                    return error
            except Unavailable as error:
                return error
            else:
                for write, result in zip(group, results, strict=True):
                    write.result = result
                return None
        raise AssertionError("unreachable")

    async def _transaction(self, group: Sequence[_Write]) -> list[Any]:
        connection = self._connection
        if connection is None:
            connection = await self._connect()
        await self._fabric.pass_to_database()
        self._check(connection)
        writes = [
            GroupedWrite(
                write,
                write.records,
                write.function,
                self.database.stage(write.records, EventStaged),
            )
            for write in group
        ]
        # Its statements are there; a process that is paused here has begun, and not committed.
        await self._fabric.pass_to_database()
        self._check(connection)
        results = await self.database.commit(connection, writes)
        await self._fabric.pass_to_database()
        if self._is_cut():
            self._drop(connection)
            for write in group:
                self.database.doubted(write.records)
            raise LostAtCommit("the connection was lost at the commit")
        return results

    def _check(self, connection: SimulatedConnection) -> None:
        has_ended = not connection.is_open and self.database.refuses_ended
        if self._is_cut() or has_ended:
            self._drop(connection)
            raise ConnectionBroken("the connection to the database is lost")

    def _drop(self, connection: SimulatedConnection) -> None:
        self._connection = None
        if connection.is_open:
            self.database.abandon(connection)

    def _is_cut(self) -> bool:
        return self._fabric.is_cut(self._process.name, DATABASE) or self.database.is_down

    def _settle(self, group: Sequence[_Write], failure: Exception | None) -> None:
        if failure is None:
            for write in group:
                if write.committed is not None:
                    write.committed()
            return
        last = self._loop.time() - limits.WRITER_PATIENCE_S
        may_wait = isinstance(failure, ConnectionBroken)
        again: list[_Write] = []
        over: list[_Write] = []
        for write in group:
            waits = may_wait and write.put_at > last and write.function is None
            (again if write.is_kept or waits else over).append(write)
        self._waiting.extendleft(reversed(again))
        if self._waiting:
            self._due.set()
            self._urgent.set()
        for write in over:
            assert write.failed is not None
            write.failed(failure)

    # --- the hold ------------------------------------------------------------------------------

    async def _connect(self) -> SimulatedConnection:
        """A connection that has the lock, and the lease."""
        self._connection = None
        if self._is_lost:
            raise LeaseLost("the database is another's by now")
        await self._fabric.pass_to_database()
        if self._is_cut():
            await asyncio.sleep(limits.DATABASE_CONNECT_S)
            raise ConnectionBroken("the database is not reached")
        connection = SimulatedConnection(self.node, self._holder)
        until = self._loop.time() + limits.DATABASE_HOLD_S
        while not self.database.try_lock(self.node, connection):
            if self._loop.time() > until:
                raise NameTaken(f"another process has the name {self.node!r}")
            await asyncio.sleep(_LOOK_S)
        epoch = self.database.take_lease(connection, self._epoch)
        if epoch is None:
            self.database.close(connection)
            self._lose()
            raise LeaseLost("the database is another's by now")
        self._epoch, self._connection = epoch, connection
        return connection

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(limits.LEASE_RENEWED_S)
            await self._fabric.pass_to_database()
            if self._is_cut():
                continue
            if self._epoch is not None and not self.database.renew(self.node, self._holder):
                self._lose()
                return

    def _lose(self) -> None:
        self._is_lost = True
        if not self.lost.done():
            self.lost.set_exception(LeaseLost("the database is another's by now"))
