"""A charger's own time against real time."""

import pytest

from voltyard.kernel import limits, pace
from voltyard.kernel.errors import Invalid
from voltyard.kernel.pace import Pace

NOW = 1_767_571_200.0


def test_time_passes_at_its_rate() -> None:
    fast = Pace(60.0, NOW, NOW + 5.0)

    assert fast.local_at(NOW) == NOW + 5.0
    assert fast.local_at(NOW + 1.0) == NOW + 65.0


def test_a_timer_for_a_moment_finds_it_come() -> None:
    for rate in (1.0, 3.0, 60.0, 777.7, 1_000.0):
        fast = Pace(rate, NOW, NOW)
        for step in range(2_000):
            wanted = NOW + step * 0.377
            assert wanted <= fast.local_at(fast.real_at(wanted)) < wanted + 0.01


def test_another_rate_goes_on_where_it_is() -> None:
    fast = Pace(60.0, NOW, NOW)

    slow = fast.at_rate(1.0, NOW + 10.0)

    assert slow.local_at(NOW + 10.0) == fast.local_at(NOW + 10.0) == NOW + 600.0
    assert slow.local_at(NOW + 11.0) == NOW + 601.0


def test_it_is_read_as_it_is_written() -> None:
    fast = Pace(60.0, NOW, NOW + 7.5)

    assert pace.read(fast.plain()) == fast
    assert pace.read({}) is None


@pytest.mark.parametrize(
    "wrong",
    [{"rate": 60.0}, {"rate": "x", "real": 0, "local": 0}]
    + [{"rate": rate, "real": 0, "local": 0} for rate in (0.5, 0, -1, limits.FASTEST_RATE + 1)],
)
def test_what_is_no_pace_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        pace.read(wrong)
