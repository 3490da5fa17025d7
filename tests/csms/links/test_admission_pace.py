"""The pace at which chargers are let in."""

import pytest

from voltyard.csms.links.admission_pace import AdmissionPace
from voltyard.kernel import limits

NOW = 1_800_000_000.0


def test_without_a_rate_all_come_in() -> None:
    pace = AdmissionPace(0.0)

    assert [pace.wait_s(NOW) for _ in range(10_000)] == [0.0] * 10_000


def test_so_many_come_in_at_once_and_the_others_over_time() -> None:
    pace = AdmissionPace(10.0)

    assert sum(pace.wait_s(NOW) == 0.0 for _ in range(100)) == 10
    assert sum(pace.wait_s(NOW + 0.5) == 0.0 for _ in range(100)) == 5
    assert sum(pace.wait_s(NOW + 3600) == 0.0 for _ in range(100)) == 10


def test_each_is_told_another_moment_and_all_can_come_in_then() -> None:
    pace = AdmissionPace(10.0)
    waits = [pace.wait_s(NOW) for _ in range(210)]
    told = [wait for wait in waits if wait]

    assert told == pytest.approx([number / 10 for number in range(1, 201)])
    # who comes back when it was told to is let in
    assert [pace.wait_s(NOW + wait) for wait in told] == [0.0] * 200


def test_nobody_is_told_to_stay_away_for_longer_than_the_bound() -> None:
    pace = AdmissionPace(1.0)

    waits = [pace.wait_s(NOW) for _ in range(500)]

    assert max(waits) <= limits.ADMISSION_WAIT_S
    spread = [sum(wait == pytest.approx(second) for wait in waits) for second in (1, 30, 60)]
    assert all(6 <= there <= 10 for there in spread)


def test_less_than_one_a_second_and_a_clock_set_back() -> None:
    pace = AdmissionPace(0.5)

    assert pace.wait_s(NOW) == 0.0
    assert pace.wait_s(NOW) == 2.0
    assert pace.wait_s(NOW - 3600) > 0.0
    assert pace.wait_s(NOW - 3600 + 2.0) == 0.0
