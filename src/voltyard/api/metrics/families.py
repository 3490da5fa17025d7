"""Families of metrics: gauges, counters and histograms, with labels or without."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from voltyard.kernel.counting.buckets import Buckets

Labels: TypeAlias = tuple[str, ...]
"""Names of labels, or values of them in the same order."""
Families: TypeAlias = Iterable[Metric]
LabelsT = TypeVar("LabelsT", bound=Labels)
LabelT = TypeVar("LabelT", bound=str)


def gauge(name: str, help: str, value: float) -> Metric:
    """A gauge."""
    return GaugeMetricFamily(f"voltyard_{name}", help, value=float(value))


def counter(name: str, help: str, value: float) -> Metric:
    """A counter; its series ends in `_total`."""
    return CounterMetricFamily(f"voltyard_{name}", help, value=float(value))


def gauges(name: str, help: str, labels: Labels, values: Mapping[LabelsT, float]) -> Metric:
    """A gauge for each of these values of labels."""
    family = GaugeMetricFamily(f"voltyard_{name}", help, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, float(value))
    return family


def counters(name: str, help: str, labels: Labels, values: Mapping[LabelsT, float]) -> Metric:
    """A counter for each of these values of labels."""
    family = CounterMetricFamily(f"voltyard_{name}", help, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, float(value))
    return family


def histogram(name: str, help: str, buckets: Buckets) -> Metric:
    """A histogram of durations."""
    return HistogramMetricFamily(
        f"voltyard_{name}", help, buckets=buckets.cumulated(), sum_value=buckets.sum_s
    )


def single(values: Mapping[LabelT, float]) -> dict[tuple[str], float]:
    """Values by one label."""
    return {(str(key),): value for key, value in values.items()}
