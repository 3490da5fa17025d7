"""Limits on wrong passwords of chargers, by charger and by address.

A password that was right before, or the very one that was wrong before, is no guess and counts for
nothing. Who has guessed nothing for a charger is let try, also while others guess for it.
"""

import asyncio
from collections import Counter, deque

from voltyard.kernel import limits
from voltyard.kernel.counting.token_buckets import TokenBuckets
from voltyard.kernel.time import MINUTE_S, Instant
from voltyard.ports.clock import Clock


class PasswordGuesses:
    """Counts passwords that are to be hashed, and takes back those that turn out right."""

    def __init__(self) -> None:
        most = limits.GUESSERS
        self._of_address: TokenBuckets[str] = TokenBuckets(
            limits.ADDRESS_GUESSES, limits.ADDRESS_GUESSES / MINUTE_S, most
        )
        self._of_charger: TokenBuckets[str] = TokenBuckets(
            limits.CHARGER_GUESSES, limits.CHARGER_GUESSES / MINUTE_S, most
        )
        self._of_pair: TokenBuckets[tuple[str, str]] = TokenBuckets(
            limits.CHARGER_GUESSES_EACH, limits.CHARGER_GUESSES_EACH / MINUTE_S, most
        )

        self._under_way: Counter[str] = Counter()
        """By address; so too those that wait for them."""
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    def are_spent(self, charger_id: str, address: str, now: Instant) -> bool:
        """True where an address has guessed so often for a charger that nothing is taken of it."""
        return not self._of_pair.has((charger_id, address), now)

    def wrong(self, charger_id: str, address: str, now: Instant) -> None:
        """One that needed no hash was wrong."""
        self._of_address.take(address, now)
        self._of_charger.take(charger_id, now)
        self._of_pair.take((charger_id, address), now)

    async def begin(self, charger_id: str, address: str, clock: Clock) -> bool:
        """Count one that is to be hashed, and to be ended; False where too many were wrong.

        Many chargers may share an address: while so many of it are being found out that its guesses
        may be used up, further ones wait.
        """
        while self._under_way[address] and not self._of_address.has(address, clock()):
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(address, deque()).append(waiter)
            await waiter
        now, pair = clock(), (charger_id, address)
        if not self._of_address.has(address, now) or not self._of_pair.has(pair, now):
            return False
        is_clean = self._of_pair.is_full(pair, now)
        if not is_clean and not self._of_charger.has(charger_id, now):
            return False
        self.wrong(charger_id, address, now)
        self._under_way[address] += 1
        return True

    def end(self, charger_id: str, address: str, now: Instant, *, is_wrong: bool) -> None:
        """One that was begun is found out, or given up; taken back unless it was wrong."""
        if not is_wrong:
            self._of_address.give_back(address, now)
            self._of_charger.give_back(charger_id, now)
            self._of_pair.give_back((charger_id, address), now)
        self._under_way[address] -= 1
        is_last = not self._under_way[address]
        if is_last:
            del self._under_way[address]
        waiting = self._waiting.get(address, deque())
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                if not is_last:
                    break
        if not waiting:
            self._waiting.pop(address, None)
