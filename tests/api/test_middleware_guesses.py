"""Wrong keys: limited by address, and told."""

import pytest

from voltyard.kernel import limits
from voltyard.kernel.counting.tally import Count
from voltyard.kernel.errors import TooOften
from voltyard.organizations.key_guesses import KeyGuesses

MOST = int(limits.KEY_GUESSES)


class Clock:
    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def guessing(clock: Clock, told: list[Count]) -> KeyGuesses:
    """One whose address 192.0.2.1 has guessed too often."""
    guesses = KeyGuesses(clock, told.append)
    guesses.right("key_1", "192.0.2.1")
    for _ in range(MOST):
        guesses.check(None, "192.0.2.1")
        guesses.wrong("192.0.2.1", "not known")
    return guesses


def test_an_address_that_guesses_is_refused_but_for_keys_that_were_good_there() -> None:
    clock = Clock()
    guesses = guessing(clock, [])

    for key in (None, "key_2"):
        with pytest.raises(TooOften, match="too many wrong keys"):
            guesses.check(key, "192.0.2.1")
    guesses.check("key_1", "192.0.2.1")
    guesses.check("key_2", "192.0.2.2")
    clock.now += 60

    guesses.check("key_2", "192.0.2.1")


async def test_refusals_are_told_at_once_and_then_once_a_minute_with_their_count() -> None:
    clock, told = Clock(), list[Count]()
    guesses = guessing(clock, told)
    clock.now += 59.0
    await guesses.told()
    assert [count.count for count in told] == [1]

    clock.now += 1.0
    await guesses.told()

    assert [count.count for count in told] == [1, MOST - 1]
    assert told[1].sources == ["192.0.2.1"]


def test_refusals_are_counted_by_their_reason() -> None:
    guesses = guessing(Clock(), [])
    with pytest.raises(TooOften):
        guesses.check(None, "192.0.2.1")

    assert guesses.counts == {"wrong": MOST, "too_many": 1}
