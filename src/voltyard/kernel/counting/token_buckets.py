"""Token buckets, one for each key: so many at once, and so many a second from then on."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from voltyard.kernel.time import Instant

KeyT = TypeVar("KeyT", bound=Hashable)


class TokenBuckets(Generic[KeyT]):
    """Buckets of those that have taken tokens lately; the others' are full, and take no memory."""

    def __init__(self, burst: float, per_s: float, most: int) -> None:
        """Beyond `most` keys the longest unused are forgotten, and full again."""
        self._burst = burst
        self._per_s = per_s
        self._most = most
        self._left: OrderedDict[KeyT, tuple[float, Instant]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def left(self, key: KeyT, now: Instant) -> float:
        """The tokens in its bucket."""
        tokens, at = self._left.get(key, (self._burst, now))
        return min(self._burst, tokens + max(0.0, now - at) * self._per_s)

    def has(self, key: KeyT, now: Instant) -> bool:
        """True where a token can be taken."""
        return self.left(key, now) >= 1.0

    def is_full(self, key: KeyT, now: Instant) -> bool:
        """True where none was taken, or all have come back."""
        return self.left(key, now) >= self._burst

    def take(self, key: KeyT, now: Instant) -> None:
        """Take one, be there one or not."""
        self._put(key, max(0.0, self.left(key, now) - 1.0), now)

    def give_back(self, key: KeyT, now: Instant) -> None:
        """Put one back."""
        if key in self._left:
            self._put(key, min(self._burst, self.left(key, now) + 1.0), now)

    def _put(self, key: KeyT, tokens: float, now: Instant) -> None:
        self._left[key] = tokens, now
        self._left.move_to_end(key)
        if tokens >= self._burst:
            del self._left[key]
        elif len(self._left) > self._most:
            self._left.popitem(last=False)
