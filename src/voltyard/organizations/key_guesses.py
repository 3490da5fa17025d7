"""Limits on wrong keys, by address; what is refused is told once a minute."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal, TypeAlias

import structlog

from voltyard.kernel import limits
from voltyard.kernel.addressing.addresses import household
from voltyard.kernel.counting.tally import Count, Tally
from voltyard.kernel.counting.token_buckets import TokenBuckets
from voltyard.kernel.errors import TooOften
from voltyard.kernel.time import MINUTE_S
from voltyard.ports.clock import Clock

log = structlog.get_logger(__name__)

RefusedFor: TypeAlias = Literal["wrong", "too_many"]
"""The key was not good, or its address had sent too many of those."""


class KeyGuesses:
    """Counts wrong keys. An address that has sent too many is answered 429 for a while, whatever
    key it sends, unless that key was good there before."""

    def __init__(self, clock: Clock, tell: Callable[[Count], None] = lambda count: None) -> None:
        """`tell` hears of refusals at most every limits.REFUSALS_EVERY_S."""
        self._clock = clock
        self._tell = tell
        self._of_address: TokenBuckets[str] = TokenBuckets(
            limits.KEY_GUESSES, limits.KEY_GUESSES / MINUTE_S, limits.GUESSERS
        )
        self._good: OrderedDict[tuple[str, str], None] = OrderedDict()
        """Keys' ids and addresses from which they were used."""
        self._tally: Tally[str] = Tally(limits.REFUSALS_EVERY_S, 1)
        self.counts: dict[RefusedFor, int] = {"wrong": 0, "too_many": 0}
        """Refusals so far."""

    def check(self, key_id: str | None, address: str) -> None:
        """TooOften where the address has guessed too much; `key_id` is that of a key that is good,
        None of one that is not."""
        if self._of_address.has(household(address), self._clock()):
            return
        if key_id is None or (key_id, address) not in self._good:
            self._note("too_many", address, "too many wrong keys")
            raise TooOften(
                "too many wrong keys came from this address",
                hint="wait a minute, and send a key that is known",
            )

    def right(self, key_id: str, address: str) -> None:
        """A key was good."""
        pair = key_id, address
        if pair in self._good:
            self._good.move_to_end(pair)
            return
        self._good[pair] = None
        if len(self._good) > limits.GUESSERS:
            self._good.popitem(last=False)

    def wrong(self, address: str, reason: str) -> None:
        """A key was not known, or has expired."""
        self._of_address.take(household(address), self._clock())
        self._note("wrong", address, reason)

    async def told(self) -> None:
        """Tell what is due."""
        for _, count in self._tally.due(self._clock()):
            self._say(count)

    def _note(self, refused_for: RefusedFor, address: str, reason: str) -> None:
        self.counts[refused_for] += 1
        count = self._tally.note("", address, reason, self._clock())
        if count is not None:
            self._say(count)

    def _say(self, count: Count) -> None:
        log.warning("keys_refused", count=count.count, addresses=count.sources)
        self._tell(count)
