"""A change of power takes its time, in closed form."""

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltyard.physics.ramp import FALL_S, Ramp, ramp_between

START = 1_800_000_000.0
"""An instant of this century, whose rounding counts."""
POWER_W = st.floats(0.0, 400_000.0)


@st.composite
def ramps(draw: st.DrawFn) -> Ramp:
    wait_s = draw(st.floats(0.0, 30.0))
    rise_s = draw(st.floats(0.5, 60.0))
    return Ramp(START + wait_s, START + wait_s + rise_s, draw(st.floats(0.0, 5.0)))


def test_a_start_waits_and_then_rises_in_a_line() -> None:
    ramp = ramp_between(START, 0.0, 50_000.0, rise_s=20.0, wait_s=10.0)

    assert ramp is not None
    shares = [ramp.share(START + after) for after in (0.0, 10.0, 15.0, 20.0, 30.0, 99.0)]
    assert shares == pytest.approx([0.0, 0.0, 0.25, 0.5, 1.0, 1.0])
    assert ramp.steady_s(START, START + 40.0) == pytest.approx(20.0)


def test_a_lower_offer_is_reached_within_five_seconds() -> None:
    ramp = ramp_between(START, 11_000.0, 5_500.0, rise_s=60.0)

    assert FALL_S <= 5.0
    assert ramp is not None
    assert ramp.share(START) == pytest.approx(2.0)
    assert ramp.share(START + 5.0) == 1.0


def test_a_change_upwards_does_not_wait() -> None:
    ramp = ramp_between(START, 5_500.0, 11_000.0, rise_s=4.0, wait_s=10.0)

    assert ramp is not None
    assert [ramp.share(START + after) for after in (0.0, 2.0, 4.0)] == [0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("before_w", "after_w", "rise_s"), [(11_000, 0, 5), (0, 0, 5), (7, 7, 5), (0, 7, 0)]
)
def test_a_stop_is_at_once_and_no_change_is_none(
    before_w: float, after_w: float, rise_s: float
) -> None:
    assert ramp_between(START, before_w, after_w, rise_s) is None


@given(ramps(), st.lists(st.floats(0.001, 40.0), min_size=1, max_size=20))
def test_how_the_time_is_cut_does_not_matter(ramp: Ramp, parts_s: list[float]) -> None:
    at, cut_s = START, 0.0
    for part_s in parts_s:
        cut_s += ramp.steady_s(at, at + part_s)
        at += part_s

    assert isclose(cut_s, ramp.steady_s(START, at), rel_tol=1e-6, abs_tol=1e-4)


@given(ramps(), st.floats(0.0, 40.0), st.floats(0.001, 100.0))
def test_the_time_foretold_is_the_time_it_takes(
    ramp: Ramp, after_s: float, steady_s: float
) -> None:
    start = START + after_s

    takes_s = ramp.seconds_until(start, steady_s)

    assert takes_s >= 0.0
    assert ramp.steady_s(start, start + takes_s) == pytest.approx(steady_s, rel=1e-4, abs=1e-4)


@given(POWER_W, POWER_W, st.floats(0.0, 60.0))
def test_what_flows_is_never_beyond_both_ends(
    before_w: float, after_w: float, later_s: float
) -> None:
    ramp = ramp_between(START, before_w, after_w, rise_s=10.0)

    power_w = after_w if ramp is None else after_w * ramp.share(START + later_s)
    least, most = min(before_w, after_w), max(before_w, after_w)
    assert least - 1e-3 <= power_w <= most * (1 + 1e-9) + 1e-6  # under 1 mW is no power
