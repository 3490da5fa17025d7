"""Histograms tell quantiles within a bucket, and may be added up."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from voltyard.load.histogram import LONGEST_S, LatencyHistogram

LATENCIES = st.lists(
    st.floats(min_value=0.0, max_value=20_000.0, allow_nan=False), min_size=1, max_size=60
)


def filled(latencies: list[float]) -> LatencyHistogram:
    histogram = LatencyHistogram()
    for latency in latencies:
        histogram.add(latency)
    return histogram


def told(histogram: LatencyHistogram) -> list[float]:
    shares = (0.01, 0.5, 0.9, 0.99, 1.0)
    return [histogram.count, histogram.max_s, *map(histogram.quantile_s, shares)]


@examples(300)
@given(latencies=LATENCIES, share=st.floats(min_value=0.001, max_value=1.0))
def test_a_quantile_is_never_too_low_and_hardly_too_high(
    latencies: list[float], share: float
) -> None:
    histogram = filled(latencies)

    exact = sorted(latencies)[ceil(share * len(latencies) - 1e-9) - 1]

    if exact < LONGEST_S:
        assert exact - 1e-6 <= histogram.quantile_s(share) <= exact * 129 / 128 + 1e-6
    else:
        assert histogram.quantile_s(share) == max(latencies)


@examples(100)
@given(one=LATENCIES, other=LATENCIES)
def test_two_histograms_added_up_are_that_of_all(one: list[float], other: list[float]) -> None:
    merged = filled(one)
    merged.merge(filled(other))

    assert told(merged) == told(filled(one + other))
    assert merged.mean_s == pytest.approx(sum(one + other) / len(one + other))


def test_an_empty_one_tells_nothing() -> None:
    empty = LatencyHistogram()

    assert (empty.quantile_s(0.99), empty.max_s, empty.mean_s, empty.count) == (0.0, 0.0, 0.0, 0)


def test_an_outlier_among_a_hundred_shows_in_the_maximum_alone() -> None:
    histogram = filled([0.001] * 99 + [3.0])

    assert histogram.quantile_s(0.99) == pytest.approx(0.001, rel=0.01)
    assert histogram.quantile_s(0.999) == histogram.max_s == 3.0


def test_less_than_nothing_is_nothing() -> None:
    assert told(filled([-1.0])) == told(filled([0.0]))
