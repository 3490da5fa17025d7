"""The pace at which links are closed as the server ends."""

from random import Random

import pytest

from voltyard.csms.links.closing_pace import ClosingPace
from voltyard.kernel import limits

NOW = 5_000.0


def closes(pace: ClosingPace, number: int, now: float = NOW) -> list[float]:
    """The moments of so many closes, each as soon as it may come."""
    moments = []
    for _ in range(number):
        now += pace.wait_s(now)
        assert pace.wait_s(now) == 0.0
        pace.closed(now)
        moments.append(now)
    return moments


def test_without_a_rate_all_are_closed_at_once() -> None:
    assert closes(ClosingPace(0.0, Random(1)), 1_000) == [NOW] * 1_000


@pytest.mark.parametrize("rate", [0.5, 200.0])
def test_each_close_has_a_moment_of_its_own_in_its_share_of_time(rate: float) -> None:
    moments = closes(ClosingPace(rate, Random(1)), 200)

    shares = [int((at - NOW) * rate + 1e-6) for at in moments]
    assert shares == list(range(200))
    within = {round((at - NOW) * rate % 1, 1) for at in moments}
    assert len(within) == 11  # at no beat


def test_before_its_moment_none_is_closed() -> None:
    pace = ClosingPace(1.0, Random(1))
    first = pace.wait_s(NOW)

    assert 0.0 < first < 1.0
    assert pace.wait_s(NOW + first / 2) == pytest.approx(first / 2)


def test_a_pause_is_followed_by_no_storm() -> None:
    pace = ClosingPace(100.0, Random(1))
    closes(pace, 10)

    moments = closes(pace, 200, NOW + 60.0)

    at_once = sum(at == NOW + 60.0 for at in moments)
    assert 0 < at_once <= 100.0 * limits.CLOSES_LATE_S + 1
    assert moments[-1] >= NOW + 60.0 - limits.CLOSES_LATE_S + 198 / 100.0
