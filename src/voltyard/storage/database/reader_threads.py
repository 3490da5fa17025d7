"""Reader threads: quick readings apart from slow ones, and a share for each asker.

Every reading begins in the quick lane, which ends it soon. What takes longer is begun again in the
slow lane, within the time a reading may take. So a filter over a whole log delays other readings by
limits.READ_SOON_S, however many of them there are, and nothing has to be said of a reading before.
"""

import asyncio
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Connection, Engine

from voltyard.kernel import limits
from voltyard.kernel.errors import Overfull, Unavailable
from voltyard.kernel.time import Seconds
from voltyard.storage.database.database_errors import explained, has_lost, is_ended

T = TypeVar("T")

_AGAIN_S: Final[Seconds] = 0.2
"""Time from an interruption to the next one: the first may have found nothing running."""


class ReadOvertime(Exception):
    """A reading that has taken longer than it may."""


class Interruption:
    """Interruption of a running statement. This one cannot be interrupted."""

    spoils = False
    """The connection is good for nothing afterwards."""

    def end(self, driver: Any) -> None:
        """End what runs on a driver's connection; called on the loop, so at once."""


class ReaderThreads:
    """Reader threads and the queue for them. No share has all of them, and of those that wait each
    has its turn."""

    def __init__(self, name: str, engine: Engine, threads: int, interruption: Interruption) -> None:
        self._engine = engine
        self._interruption = interruption
        self._threads = ThreadPoolExecutor(threads, f"voltyard-{name}")
        self._free = threads
        self._most_each = max(1, threads - 1)
        self._held: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._running: dict[asyncio.Future[Any], _Reading[Any]] = {}
        self._is_closed = False

    async def run(
        self, function: Callable[[Connection], T], share: str, limit_s: Seconds | None
    ) -> T:
        """The function's result. Overtime beyond `limit_s`; Overfull or Unavailable where its turn
        does not come in time."""
        await self._turn(share)
        loop = asyncio.get_running_loop()
        reading = _Reading(function, self._engine, self._interruption)
        future = loop.run_in_executor(self._threads, reading.run)
        self._running[future] = reading
        timer = _Timer(loop, limit_s, reading)

        def over(future: asyncio.Future[T]) -> None:
            timer.cancel()
            del self._running[future]
            self._leave(share)
            if not future.cancelled():
                future.exception()  # whoever asked may be gone

        future.add_done_callback(over)
        # Its thread is busy until it has ended, whether or not somebody still waits for it.
        return await asyncio.shield(future)

    async def close(self) -> None:
        """End what is under way; what waits is refused."""
        self._is_closed = True
        self._free = 0
        while self._running:
            for reading in self._running.values():
                reading.end()
            await asyncio.wait(self._running, timeout=_AGAIN_S)
            await asyncio.sleep(0)  # their ends are noted
        self._threads.shutdown()
        self._engine.dispose()

    async def _turn(self, share: str) -> None:
        """Return when it may run."""
        if self._is_closed:
            raise Unavailable("the database is closed")
        if self._free and self._held[share] < self._most_each:
            self._take(share)
            return
        queue = self._waiting.setdefault(share, deque())
        if len(queue) >= limits.READS_WAITING:
            raise Overfull("too many readings wait for the database", hint="try again later")
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(turn)
        try:
            await asyncio.wait([turn], timeout=limits.READ_S)
        except asyncio.CancelledError:
            if turn.done():
                self._leave(share)
            raise
        finally:
            if not turn.done():
                turn.cancel()
                self._forget(share, turn)
        if turn.cancelled():
            raise Unavailable(
                f"other readings have kept the database busy for {limits.READ_S:g} s",
                hint="try again later, or ask for less at a time",
            )

    def _take(self, share: str) -> None:
        self._free -= 1
        self._held[share] += 1

    def _leave(self, share: str) -> None:
        self._free += not self._is_closed
        self._held[share] -= 1
        if not self._held[share]:
            del self._held[share]
        self._let_in()

    def _let_in(self) -> None:
        for share in list(self._waiting):
            if not self._free:
                return
            if self._held[share] < self._most_each:
                turn = self._waiting[share][0]
                self._forget(share, turn)
                if share in self._waiting:
                    self._waiting.move_to_end(share)
                self._take(share)
                turn.set_result(None)

    def _forget(self, share: str, turn: asyncio.Future[None]) -> None:
        queue = self._waiting[share]
        queue.remove(turn)
        if not queue:
            del self._waiting[share]


class _Timer:
    """Ends a reading at its time, and goes on until it has ended."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limit_s: Seconds | None,
        reading: "_Reading[Any]",
    ) -> None:
        self._loop = loop
        self._reading = reading
        self._handle = None if limit_s is None else loop.call_later(limit_s, self._end)

    def cancel(self) -> None:
        """The reading has ended."""
        if self._handle is not None:
            self._handle.cancel()

    def _end(self) -> None:
        self._reading.end()
        self._handle = self._loop.call_later(_AGAIN_S, self._end)


class _Reading(Generic[T]):
    """A function that reads, and can be ended from outside its thread."""

    def __init__(
        self, function: Callable[[Connection], T], engine: Engine, interruption: Interruption
    ) -> None:
        self._function = function
        self._engine = engine
        self._interruption = interruption
        # An interruption must not reach whoever has the connection next.
        self._lock = threading.Lock()
        self._driver: Any = None
        self._late = threading.Event()

    def run(self) -> T:
        """In a thread. Run twice where its connection was lost: the pool has forgotten all of its
        connections with that one."""
        try:
            return self._once()
        except Exception as error:
            if not has_lost(error):
                raise explained(error) from error.__cause__
        try:
            return self._once()
        except Exception as error:
            if has_lost(error):
                raise Unavailable("the connection to the database is lost") from error
            raise explained(error) from error.__cause__

    def end(self) -> None:
        """On the loop: it has taken too long."""
        with self._lock:
            self._late.set()
            if self._driver is not None:
                self._interruption.end(self._driver)

    def _once(self) -> T:
        with self._connection() as connection:
            with self._lock:
                if self._late.is_set():
                    raise ReadOvertime
                self._driver = connection.connection.driver_connection
            try:
                return self._function(connection)
            except Exception as error:
                if is_ended(error) or self._late.is_set():
                    raise ReadOvertime from error
                raise
            finally:
                with self._lock:
                    self._driver = None
                if self._late.is_set() and self._interruption.spoils:
                    connection.invalidate()

    def _connection(self) -> Connection:
        """ReadOvertime where what a new connection begins with has taken too long by itself."""
        try:
            return self._engine.connect()
        except Exception as error:
            if is_ended(error):
                raise ReadOvertime from error
            raise
