"""Limits on wrong passwords of chargers, by charger and by address.

A password that was right before, or the very one that was wrong before, is no guess and counts for
nothing. Who has guessed nothing for a charger is let try, also while others guess for it.
"""

from voltyard.kernel import limits
from voltyard.kernel.counting.token_buckets import TokenBuckets
from voltyard.kernel.time import MINUTE_S, Instant


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

    def are_spent(self, charger_id: str, address: str, now: Instant) -> bool:
        """True where an address has guessed so often for a charger that nothing is taken of it."""
        return not self._of_pair.has((charger_id, address), now)

    def wrong(self, charger_id: str, address: str, now: Instant) -> None:
        """One that needed no hash was wrong."""
        self._of_address.take(address, now)
        self._of_charger.take(charger_id, now)
        self._of_pair.take((charger_id, address), now)

    def begin(self, charger_id: str, address: str, now: Instant) -> bool:
        """Count one that is to be hashed, unless there were too many: then False."""
        pair = charger_id, address
        if not self._of_address.has(address, now) or not self._of_pair.has(pair, now):
            return False
        is_clean = self._of_pair.is_full(pair, now)
        if not is_clean and not self._of_charger.has(charger_id, now):
            return False
        self.wrong(charger_id, address, now)
        return True

    def right(self, charger_id: str, address: str, now: Instant) -> None:
        """Take one back: it was right, or is not found out."""
        self._of_address.give_back(address, now)
        self._of_charger.give_back(charger_id, now)
        self._of_pair.give_back((charger_id, address), now)
