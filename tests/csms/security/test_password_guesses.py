"""Limits on wrong passwords."""

from voltyard.csms.security.password_guesses import PasswordGuesses
from voltyard.kernel import limits

EACH, ALL = int(limits.CHARGER_GUESSES_EACH), int(limits.CHARGER_GUESSES)


def test_an_address_guesses_so_often_for_one_charger_and_again_later() -> None:
    guesses = PasswordGuesses()

    begun = [guesses.begin("ch_1", "192.0.2.1", 0.0) for _ in range(EACH + 1)]

    assert begun == [True] * EACH + [False]
    assert guesses.are_spent("ch_1", "192.0.2.1", 0.0)
    assert guesses.begin("ch_1", "192.0.2.1", 60.0)


def test_one_that_has_not_guessed_has_its_try_while_many_others_do() -> None:
    guesses = PasswordGuesses()
    for n in range(ALL):
        assert guesses.begin("ch_1", f"192.0.2.{n % 200}", 0.0)

    assert not guesses.begin("ch_1", "192.0.2.0", 0.0)
    assert guesses.begin("ch_1", "198.51.100.1", 0.0)
    assert guesses.begin("ch_2", "192.0.2.0", 0.0)


def test_an_address_guesses_so_often_for_all_chargers_together() -> None:
    guesses = PasswordGuesses()
    most = int(limits.ADDRESS_GUESSES)

    begun = [guesses.begin(f"ch_{n}", "192.0.2.1", 0.0) for n in range(most + 1)]

    assert begun == [True] * most + [False]


def test_what_turns_out_right_counts_for_nothing() -> None:
    guesses = PasswordGuesses()

    for _ in range(10 * EACH):
        assert guesses.begin("ch_1", "192.0.2.1", 0.0)
        guesses.right("ch_1", "192.0.2.1", 0.0)
