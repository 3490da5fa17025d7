"""Exposition of all metrics in the text format of Prometheus."""

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from voltyard.api.metrics.backend_metrics import call_metrics, link_metrics, webhook_metrics
from voltyard.api.metrics.server_metrics import (
    WriterFigures,
    key_metrics,
    vitals_metrics,
    writer_metrics,
)
from voltyard.api.metrics.yard_metrics import yard_metrics
from voltyard.csms.backend import Backend
from voltyard.events.webhooks.webhooks import Webhooks
from voltyard.organizations.key_guesses import RefusedFor
from voltyard.vitals import Vitals
from voltyard.yard.yard import Yard


def metrics_text(
    vitals: Vitals,
    writer: WriterFigures,
    backend: Backend,
    webhooks: Webhooks | None,
    refused_keys: Mapping[RefusedFor, int],
    yard: Yard | None,
) -> bytes:
    """All of them in the text format; as many series however many chargers there are."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(
        _Families(
            [
                *writer_metrics(writer),
                *vitals_metrics(vitals),
                *key_metrics(refused_keys),
                *link_metrics(backend),
                *call_metrics(backend),
                *(() if webhooks is None else webhook_metrics(webhooks.sender)),
                *(() if yard is None else yard_metrics(yard)),
            ]
        )
    )
    return generate_latest(registry)


class _Families(Collector):
    """Families, as a registry takes them."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families
