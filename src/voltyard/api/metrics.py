"""Prometheus metrics of the server."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from voltyard.csms.backend import Backend
from voltyard.kernel.time import Seconds
from voltyard.organizations.key_guesses import RefusedFor
from voltyard.ports.journal import Pressure
from voltyard.vitals import Vitals


class WriterFigures(Protocol):
    """Figures of the database's writer."""

    commits: int
    committed_rows: int
    shed: int
    refused: int
    lost: int

    @property
    def rows_waiting(self) -> int: ...

    @property
    def bytes_waiting(self) -> int: ...

    @property
    def log_rows_waiting(self) -> int: ...

    @property
    def log_bytes_waiting(self) -> int: ...

    @property
    def oldest_s(self) -> Seconds: ...

    @property
    def pressure(self) -> Pressure: ...

    @property
    def failure(self) -> object: ...


def metrics_text(
    vitals: Vitals,
    writer: WriterFigures,
    backend: Backend,
    refused_keys: Mapping[RefusedFor, int],
) -> bytes:
    """All of them in the text format; as many series however many chargers there are."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Figures(vitals, writer, backend, refused_keys))
    return generate_latest(registry)


class _Figures(Collector):
    """Prometheus' families, made when they are asked for."""

    def __init__(
        self,
        vitals: Vitals,
        writer: WriterFigures,
        backend: Backend,
        refused_keys: Mapping[RefusedFor, int],
    ) -> None:
        self._refused_keys = refused_keys
        self._vitals = vitals
        self._writer = writer
        self._backend = backend

    def collect(self) -> Iterable[Metric]:
        yield from self._storage()
        yield from self._loop()
        yield from self._chargers()
        yield from self._keys()
        yield from self._certificates()

    def _storage(self) -> Iterable[Metric]:
        writer = self._writer
        yield _gauge(
            "writer_rows", "Rows handed to the database, not committed.", writer.rows_waiting
        )
        yield _gauge("writer_bytes", "About how much memory they take.", writer.bytes_waiting)
        yield _gauge("writer_log_rows", "The same of message logs.", writer.log_rows_waiting)
        yield _gauge("writer_log_bytes", "The same of message logs.", writer.log_bytes_waiting)
        yield _gauge("writer_oldest_seconds", "How long the oldest of them waits.", writer.oldest_s)
        yield _gauge("writer_pressure", "0; 1: chargers are read slowly; 2: not.", writer.pressure)
        yield _counter("writer_commits", "Groups of rows committed.", writer.commits)
        yield _counter("writer_committed_rows", "Rows committed.", writer.committed_rows)
        yield _counter("writer_shed_rows", "Rows of message logs not stored.", writer.shed)
        yield _counter("writer_refused_rows", "Rows whose sender was told so.", writer.refused)
        yield _counter("writer_lost_rows", "Rows that were to be kept and are not.", writer.lost)
        up = writer.failure is None
        yield _gauge("database_up", "Whether the last commit worked.", up)
        free = self._vitals.disk_free_bytes
        if free is not None:
            yield _gauge("disk_free_bytes", "On the disk of the database.", free)

    def _loop(self) -> Iterable[Metric]:
        lag = self._vitals.lag
        yield HistogramMetricFamily(
            "voltyard_loop_lag_seconds",
            "How late the event loop comes to what is due.",
            buckets=lag.buckets(),
            sum_value=lag.sum_s,
        )

    def _chargers(self) -> Iterable[Metric]:
        yield _gauge("links", "Chargers connected to the backend.", self._backend.links)
        yield _counter(
            "handshakes_refused", "Handshakes of chargers refused.", self._backend.refusals.count
        )
        yield _counter(
            "chargers_replaced",
            "Links closed because a newer one of their charger came.",
            self._backend.replaced,
        )
        calls = CounterMetricFamily(
            "voltyard_calls",
            "CALLs between chargers and the backend.",
            labels=("direction", "action", "outcome", "verdict"),
        )
        for key, count in sorted(self._backend.call_counts.counts.items()):
            calls.add_metric(key, count)
        yield calls

    def _keys(self) -> Iterable[Metric]:
        refused = CounterMetricFamily(
            "voltyard_keys_refused",
            "Requests refused for their key: it was wrong, or its address had sent too many.",
            labels=("reason",),
        )
        for reason, count in self._refused_keys.items():
            refused.add_metric((reason,), count)
        yield refused

    def _certificates(self) -> Iterable[Metric]:
        ends = GaugeMetricFamily(
            "voltyard_certificate_expires_at_seconds",
            "End of each of the server's certificates, since the epoch.",
            labels=("setting",),
        )
        for setting, at in sorted(self._vitals.certificates.items()):
            ends.add_metric((setting,), at)
        yield ends
        yield _gauge(
            "charger_certificates_expiring",
            "Chargers whose last valid certificate of those issued here ends within 30 days.",
            self._backend.certificates.expiring,
        )


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"voltyard_{name}", help, value=float(value))


def _counter(name: str, help: str, value: float) -> Metric:
    return CounterMetricFamily(f"voltyard_{name}", help, value=float(value))
