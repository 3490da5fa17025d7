"""Examples are the same twice."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture import providers

import voltyard.kernel.limits
from tests.exploring import FIXED, is_exploring


def drawn() -> list[int]:
    examples: list[int] = []

    @given(st.integers())
    def note(number: int) -> None:
        examples.append(number)

    note()
    return examples


def test_the_same_examples_are_drawn_twice() -> None:
    if not is_exploring():
        assert drawn() == drawn()


def test_no_constant_of_a_module_that_is_loaded_becomes_an_example() -> None:
    assert voltyard.kernel.limits
    if not is_exploring():
        assert not len(providers._get_local_constants())


def test_examples_are_not_judged_by_their_speed() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None
    assert is_exploring() or settings.get_current_profile_name() == FIXED
