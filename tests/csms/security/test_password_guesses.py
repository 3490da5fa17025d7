"""Limits on wrong passwords."""

import asyncio

from voltyard.csms.security.password_guesses import PasswordGuesses
from voltyard.kernel import limits

EACH, ALL, MOST = (
    int(limits.CHARGER_GUESSES_EACH),
    int(limits.CHARGER_GUESSES),
    int(limits.ADDRESS_GUESSES),
)
HERE = "192.0.2.1"


async def wrong(guesses: PasswordGuesses, charger_id: str, address: str, now: float = 0.0) -> bool:
    """True where a wrong password was hashed."""
    if not await guesses.begin(charger_id, address, lambda: now):
        return False
    guesses.end(charger_id, address, now, is_wrong=True)
    return True


async def test_an_address_guesses_so_often_for_one_charger_and_again_later() -> None:
    guesses = PasswordGuesses()

    begun = [await wrong(guesses, "ch_1", HERE) for _ in range(EACH + 1)]

    assert begun == [True] * EACH + [False]
    assert guesses.are_spent("ch_1", HERE, 0.0)
    assert await wrong(guesses, "ch_1", HERE, 60.0)


async def test_one_that_has_not_guessed_has_its_try_while_many_others_do() -> None:
    guesses = PasswordGuesses()
    for n in range(ALL):
        assert await wrong(guesses, "ch_1", f"192.0.2.{n % 200}")

    assert not await wrong(guesses, "ch_1", "192.0.2.0")
    assert await wrong(guesses, "ch_1", "198.51.100.1")
    assert await wrong(guesses, "ch_2", "192.0.2.0")


async def test_an_address_guesses_so_often_for_all_chargers_together() -> None:
    guesses = PasswordGuesses()

    begun = [await wrong(guesses, f"ch_{n}", HERE) for n in range(MOST + 1)]

    assert begun == [True] * MOST + [False]


async def test_what_turns_out_right_counts_for_nothing() -> None:
    guesses = PasswordGuesses()

    for _ in range(10 * EACH):
        assert await guesses.begin("ch_1", HERE, lambda: 0.0)
        guesses.end("ch_1", HERE, 0.0, is_wrong=False)


async def test_a_fleet_at_one_address_waits_for_its_turn_and_comes_in_whole() -> None:
    guesses, fleet = PasswordGuesses(), 3 * MOST
    begun: list[str] = []

    async def come(charger_id: str) -> bool:
        may = await guesses.begin(charger_id, HERE, lambda: 0.0)
        begun.append(charger_id)
        return may

    coming = [asyncio.ensure_future(come(f"ch_{n}")) for n in range(fleet)]
    await asyncio.sleep(0)
    coming[-1].cancel()
    for n in range(fleet - 1):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert n < len(begun) <= n + MOST
        guesses.end(begun[n], HERE, 0.0, is_wrong=False)
    came = await asyncio.gather(*coming[:-1])

    assert all(came)


async def test_who_waits_behind_too_many_wrong_ones_is_refused() -> None:
    guesses = PasswordGuesses()
    for n in range(MOST):
        assert await guesses.begin(f"ch_{n}", HERE, lambda: 0.0)
    waiting = [asyncio.ensure_future(wrong(guesses, f"other_{n}", HERE)) for n in range(3)]
    await asyncio.sleep(0)

    for n in range(MOST):
        guesses.end(f"ch_{n}", HERE, 0.0, is_wrong=True)

    assert await asyncio.gather(*waiting) == [False] * 3
