"""Deadlines of any number of machines in one ordering, without a timer object each."""

from collections.abc import Hashable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Generic, TypeVar

from voltyard.kernel.time import Instant

Key = TypeVar("Key", bound=Hashable)

_SLACK = 64


class Deadlines(Generic[Key]):
    """Deadlines by key. Moments equal to each other are due in the order they were set."""

    def __init__(self) -> None:
        self._at: dict[Key, tuple[Instant, int]] = {}
        self._heap: list[tuple[Instant, int, Key]] = []
        self._order = count()

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: Key, at: Instant | None) -> None:
        """Make `key` due at that moment in place of any earlier wish; None forgets it."""
        if at is None:
            self._at.pop(key, None)
            return
        current = self._at.get(key)
        if current is not None and current[0] == at:
            return
        order = next(self._order)
        self._at[key] = (at, order)
        heappush(self._heap, (at, order, key))
        if len(self._heap) > 2 * len(self._at) + _SLACK:
            self._compact()

    def next(self) -> Instant | None:
        """The earliest moment at which anyone is due."""
        heap = self._heap
        while heap and not self._is_current(heap[0]):
            heappop(heap)
        return heap[0][0] if heap else None

    def pop(self, now: Instant) -> Key | None:
        """Take the first key that is due by `now`, None when there is none."""
        at = self.next()
        if at is None or at > now:
            return None
        key = heappop(self._heap)[2]
        del self._at[key]
        return key

    def _is_current(self, entry: tuple[Instant, int, Key]) -> bool:
        return self._at.get(entry[2]) == (entry[0], entry[1])

    def _compact(self) -> None:
        """Drop the outdated entries, so that the heap stays within a small factor of its keys."""
        self._heap = [(at, order, key) for key, (at, order) in self._at.items()]
        heapify(self._heap)
