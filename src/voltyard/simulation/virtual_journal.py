"""Journal without storage, for virtual time, with the delays and troubles of a disk."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from voltyard.csms.records import Record
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import HOUR_S, MINUTE_S, Instant, Seconds
from voltyard.ports.journal import Pressure

COMMIT_S: Seconds = 0.005
"""The time that a group of records takes to become durable."""

JournalTroubleKind: TypeAlias = Literal["stalls", "full", "gone"]
"""Kinds of trouble: the database takes long; it refuses what it is given; it cannot be reached."""
_KINDS: Final[tuple[JournalTroubleKind, ...]] = ("stalls", "full", "gone")


@dataclass(frozen=True, slots=True)
class JournalTrouble:
    """Trouble of the database, with its kind and time."""

    kind: JournalTroubleKind
    begins_at: Instant
    ends_at: Instant


NO_JOURNAL_TROUBLES: Final[tuple[JournalTrouble, ...]] = ()


def troubles(random: Random, start: Instant, hours: float) -> tuple[JournalTrouble, ...]:
    """Some four an hour, of seconds to minutes each, in order and apart."""
    found = []
    at = start
    while (at := at + random.expovariate(4.0 / HOUR_S)) < start + hours * HOUR_S:
        ends_at = at + random.choice((0.5, 3.0, 12.0, 40.0, 3 * MINUTE_S)) * random.uniform(0.5, 1)
        found.append(JournalTrouble(random.choice(_KINDS), at, ends_at))
        at = ends_at
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Write:
    records: Sequence[Record]
    committed: Callable[[], None] | None
    failed: Callable[[Exception], None] | None
    put_at: Instant


class VirtualJournal:
    """A ports.journal.Journal in virtual time. What is written within COMMIT_S is committed
    together."""

    def __init__(
        self,
        troubles: Iterable[JournalTrouble] = NO_JOURNAL_TROUBLES,
        stored: Callable[[Record], None] | None = None,
        *,
        high_rows: int = limits.WRITER_HIGH_ROWS,
        full_rows: int = limits.WRITER_ROWS // 2,
    ) -> None:
        """`stored` is told of each record once it is durable. Without troubles and without it,
        writes that nobody waits for are only counted."""
        self._loop = asyncio.get_running_loop()
        self._troubles = deque(troubles)
        self._stored = stored
        self._high_rows = high_rows
        self._full_rows = full_rows
        self._keeps_all = bool(self._troubles) or stored is not None
        self._waiting: list[_Write] = []
        self._is_halted = False
        self._rows = 0
        self._due: asyncio.TimerHandle | None = None
        self._relieved: list[Callable[[], None]] = []
        self.pressure = Pressure.NONE
        """See ports.journal.Journal."""
        self.records = 0
        self.refused = 0

    def on_relief(self, callback: Callable[[], None]) -> None:
        self._relieved.append(callback)

    def write(
        self,
        records: Sequence[Record],
        committed: Callable[[], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        *,
        urgent: bool = False,
    ) -> None:
        if self._is_halted:
            return
        self.records += len(records)
        if committed is None and not self._keeps_all:
            return
        self._waiting.append(_Write(records, committed, failed, self._loop.time()))
        self._rows += len(records)
        self._press()
        if self._due is None:
            self._due = self._loop.call_later(COMMIT_S, self._commit)

    async def flush(self) -> None:
        if self._waiting:
            self._commit()

    def halt(self) -> None:
        """Lose what is not durable, and store nothing more: its process was killed."""
        self._is_halted = True
        self._waiting, self._rows = [], 0

    def _commit(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
        now = self._loop.time()
        waiting, self._waiting, self._rows = self._waiting, [], 0
        trouble = self._trouble(now)
        left = []
        for write in waiting:
            if trouble is None:
                self._settle(write)
            elif write.failed is not None and _is_over(trouble, write, now):
                self.refused += 1
                write.failed(Unavailable(f"the database {trouble.kind}"))
            else:
                left.append(write)
        self._waiting = left + self._waiting  # what was written meanwhile comes after it
        self._rows = sum(len(write.records) for write in self._waiting)
        self._press()
        if self._waiting and self._due is None:
            pause_s = COMMIT_S if trouble is None else limits.WRITER_RETRY_S
            self._due = self._loop.call_later(pause_s, self._commit)

    def _settle(self, write: _Write) -> None:
        if self._stored is not None:
            for record in write.records:
                self._stored(record)
        if write.committed is not None:
            write.committed()

    def _trouble(self, now: Instant) -> JournalTrouble | None:
        while self._troubles and self._troubles[0].ends_at <= now:
            self._troubles.popleft()
        first = self._troubles[0] if self._troubles else None
        return first if first is not None and first.begins_at <= now else None

    def _press(self) -> None:
        before, half = self.pressure, 0.5 if self.pressure else 1.0
        if self._rows > half * self._full_rows:
            self.pressure = Pressure.FULL
        else:
            is_high = self._rows > half * self._high_rows
            self.pressure = Pressure.HIGH if is_high else Pressure.NONE
        if before is Pressure.FULL and self.pressure is not Pressure.FULL:
            for callback in self._relieved:
                callback()


def _is_over(trouble: JournalTrouble, write: _Write, now: Instant) -> bool:
    """True where a write that may fail does."""
    match trouble.kind:
        case "stalls":
            return False
        case "full":
            return True
        case "gone":
            return now - write.put_at > limits.WRITER_PATIENCE_S
