"""Waiting for what comes about elsewhere."""

import pytest

from voltyard.testing.lab.waiting import NotInTime, until


def test_the_first_true_thing_is_given() -> None:
    given = iter([None, 0, "", "there", "later"])

    assert until(lambda: next(given), 60.0, lambda: "unused") == "there"


def test_what_does_not_come_is_an_assertion_that_fails_with_words() -> None:
    asked = []

    with pytest.raises(NotInTime, match=r"not within 0 s: no rain") as failure:
        until(lambda: asked.append(1), 0.0, lambda: "no rain")

    assert asked == [1]
    assert isinstance(failure.value, AssertionError)
