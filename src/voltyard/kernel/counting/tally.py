"""Tally of what recurs, so that it is told at once and then at most every so often, with counts."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from voltyard.kernel.time import Instant, Seconds

KeyT = TypeVar("KeyT", bound=Hashable)

_SOURCES = 10


@dataclass(slots=True)
class Count:
    """Happenings since it was last told."""

    count: int = 0
    sources: list[str] = field(default_factory=list)
    """From where, each once; the first ten."""
    reason: str = ""
    """The last one."""
    told_at: Instant = 0.0

    def add(self, source: str, reason: str) -> None:
        """Once more."""
        self.count += 1
        self.reason = reason
        if source not in self.sources and len(self.sources) < _SOURCES:
            self.sources.append(source)


class Tally(Generic[KeyT]):
    """Counts by key, of `most` keys; what concerns further ones is not told."""

    def __init__(self, every_s: Seconds, most: int) -> None:
        self._every_s = every_s
        self._most = most
        self._counts: OrderedDict[KeyT, Count] = OrderedDict()
        """In the order in which they were last told."""

    def __len__(self) -> int:
        return len(self._counts)

    def __contains__(self, key: KeyT) -> bool:
        """True where it is counted."""
        return key in self._counts

    def note(self, key: KeyT, source: str, reason: str, now: Instant) -> Count | None:
        """Note one more; the count, where it is to be told now."""
        known = self._counts.get(key)
        if known is None:
            if len(self._counts) >= self._most:
                return None
            told = Count(told_at=now)
            told.add(source, reason)
            self._counts[key] = Count(told_at=now)
            return told
        known.add(source, reason)
        return None

    def due(self, now: Instant) -> list[tuple[KeyT, Count]]:
        """Counts that are to be told now; what has not recurred is forgotten."""
        due: list[tuple[KeyT, Count]] = []
        # A clock that was set back must not silence anything for long.
        while self._counts and not 0 <= now - next(iter(self._counts.values())).told_at < (
            self._every_s
        ):
            key, count = self._counts.popitem(last=False)
            if count.count:
                due.append((key, count))
                self._counts[key] = Count(told_at=now)
        return due

    def next_at(self) -> Instant | None:
        """The moment at which the next may be due."""
        return next(
            (count.told_at + self._every_s for count in self._counts.values()),
            None,
        )
