"""Buckets of durations."""

from voltyard.kernel.counting.buckets import Buckets


def test_a_duration_is_counted_up_to_each_bound_that_it_does_not_exceed() -> None:
    buckets = Buckets((0.1, 1.0))

    for duration_s in (0.0, 0.1, 0.5, 7.0):
        buckets.add(duration_s)

    assert buckets.cumulated() == [("0.1", 2.0), ("1.0", 3.0), ("+Inf", 4.0)]
    assert buckets.sum_s == 7.6


def test_a_clock_that_was_set_back_does_not_lower_the_sum() -> None:
    buckets = Buckets((0.1,))

    buckets.add(-3_600.0)

    assert buckets.cumulated() == [("0.1", 1.0), ("+Inf", 1.0)]
    assert buckets.sum_s == 0.0
