"""The register and its display."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.physics.meter import advance, reading_wh

ENERGY_WH = st.floats(0.0, 1e6)


def test_a_display_shows_whole_steps() -> None:
    assert reading_wh(1_234.9) == 1_234.0
    assert reading_wh(1_234.9, 100.0) == 1_200.0


def test_what_adds_up_to_a_step_is_shown_as_one() -> None:
    register_wh = 0.0
    for _ in range(120):
        register_wh = advance(register_wh, 0.1)

    assert register_wh < 12.0
    assert reading_wh(register_wh) == 12.0


def test_a_register_refuses_to_fall() -> None:
    with pytest.raises(AssertionError):
        advance(10.0, -0.1)


@given(st.lists(ENERGY_WH), st.sampled_from([0.1, 1.0, 10.0, 100.0]))
def test_neither_register_nor_display_ever_falls(parts: list[float], resolution_wh: float) -> None:
    register_wh = 0.0
    for part in parts:
        after = advance(register_wh, part)
        assert after >= register_wh
        assert reading_wh(after, resolution_wh) >= reading_wh(register_wh, resolution_wh)
        register_wh = after


@given(ENERGY_WH)
def test_the_display_is_within_a_step_of_the_register(register_wh: float) -> None:
    assert -1e-3 <= register_wh - reading_wh(register_wh) < 1.0
