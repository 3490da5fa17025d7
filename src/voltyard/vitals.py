"""The server's health: its problems, the lag of its event loop, and its disk.

It is looked at every limits.VITALS_EVERY_S. A problem is said once when it begins and once when it
is over: as a line of the log, and as an event of every organization.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

import structlog
from sqlalchemy import text

from voltyard.kernel import limits
from voltyard.kernel.counting.buckets import Buckets
from voltyard.kernel.errors import ServerEnding, VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.bus import Bus
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Pressure
from voltyard.storage.database.database import Database
from voltyard.storage.disk import Disk

log = structlog.get_logger(__name__)

_BUCKETS_S: Final[tuple[Seconds, ...]] = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)


_ENDING: Final = f"the server ends ({ServerEnding.hint})"

PROBLEMS: Final = (
    "database_fails",
    "database_stalls",
    "queue_full",
    "disk_low",
    "bus_gone",
    "server_silent",
    "node_behind",
    "ending",
)


class ServerProblem(NamedTuple):
    """A reason for which the server cannot serve as it should."""

    code: str
    """One of PROBLEMS."""
    message: str
    since: Instant


class LoopLag:
    """Lag of the event loop: a histogram, and the worst of late."""

    def __init__(self) -> None:
        self.buckets = Buckets(_BUCKETS_S)
        self.worst_s: Seconds = 0.0
        """Since it was last looked at."""
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Measure from now on."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(loop.time() + limits.LAG_EVERY_S, self._ring, loop.time())

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _ring(self, set_at: Seconds) -> None:
        late_s = max(0.0, asyncio.get_running_loop().time() - set_at - limits.LAG_EVERY_S)
        self.buckets.add(late_s)
        self.worst_s = max(self.worst_s, late_s)
        self.start()


class Vitals:
    """Periodic check of one server's health."""

    def __init__(
        self,
        database: Database,
        disk: Disk,
        clock: Clock,
        tell: Callable[[tuple[ServerProblem, ...]], None],
        certificates: Mapping[str, Instant] | None = None,
        bus: Bus | None = None,
        more: Callable[[], Iterable[tuple[str, str]]] = tuple,
    ) -> None:
        """`tell` is told of the problems there are whenever these change; `certificates` has the
        ends of the server's own, by the names of their settings; `bus` is that of its workers and
        nodes; `more` has further problems, each a code and its words."""
        self.certificates: Mapping[str, Instant] = {} if certificates is None else certificates
        self.lag = LoopLag()
        self._writer = database.writer
        self._bus = bus
        self._more = more
        self._database = database
        self._disk = disk
        self._clock = clock
        self._tell = tell
        self._problems: dict[str, ServerProblem] = {}
        self._ending: tuple[ServerProblem, ...] = ()
        self._probe: asyncio.Task[None] | None = None
        self.disk_free_bytes: int | None = None
        """On the database's disk, or that of the data directory; None where it cannot be told."""

    @property
    def disk_low_bytes(self) -> int:
        """Room on the disk below which it is a problem."""
        return self._disk.low_bytes

    @property
    def problems(self) -> tuple[ServerProblem, ...]:
        """The problems there are, as of the last look."""
        return *self._ending, *self._problems.values()

    def note_ending(self) -> None:
        """The server ends: it is not ready from now on. It was told to, so no event says so."""
        self._ending = (ServerProblem("ending", _ENDING, self._clock()),)

    async def look(self) -> None:
        """Find what is wrong; say what is new and what is over."""
        self._begin_probe()
        self.disk_free_bytes = await asyncio.to_thread(_free_bytes, self._disk)
        now, before = self._clock(), self._problems
        found = dict(self._found())
        self._problems = {
            code: before.get(code) or ServerProblem(code, message, now)
            for code, message in found.items()
        }
        for code in found.keys() - before.keys():
            # The writer has said so itself where it is the database.
            log.warning("server_degraded", problem=code, message=found[code])
        for code in before.keys() - found.keys():
            lasted_s = round(now - before[code].since, 1)
            log.warning("server_recovered", problem=code, after_s=lasted_s)
        if found.keys() != before.keys():
            self._tell(tuple(self._problems.values()))

    def _found(self) -> Iterable[tuple[str, str]]:
        writer = self._writer
        if writer.failure is not None:
            yield "database_fails", _words(writer.failure)
        elif writer.busy_s > limits.DATABASE_STALLS_S:
            yield "database_stalls", "a commit has not come back"
        if writer.pressure is Pressure.FULL:
            yield "queue_full", "too much waits to be stored; nothing more is read of chargers"
        free = self.disk_free_bytes
        if free is not None and free < self._disk.low_bytes:
            yield "disk_low", f"{free // 1_000_000} MB are free on the disk of the database"

        if self._bus is not None and self._bus.problem:
            yield "bus_gone", self._bus.problem
        yield from self._more()

    def _begin_probe(self) -> None:
        """A database that is not asked for anything does not say that it has gone."""
        if self._writer.idle_s < limits.DATABASE_PROBE_S:
            return
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._ask_database())

    async def _ask_database(self) -> None:
        try:
            await self._database.write(lambda connection: connection.execute(text("SELECT 1")))
        except VoltyardError:
            return  # the writer knows

    async def close(self) -> None:
        """Look no more."""
        self.lag.stop()
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait([self._probe])


def _free_bytes(disk: Disk) -> int | None:
    try:
        return disk.free_bytes()
    except OSError:
        return None


def _words(error: Exception) -> str:
    return error.message if isinstance(error, VoltyardError) else "a write failed"
