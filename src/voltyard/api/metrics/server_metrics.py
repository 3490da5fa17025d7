"""Metrics of the server itself: its database, event loop, disk, certificates and keys."""

from collections.abc import Mapping
from typing import Protocol

from voltyard import __version__
from voltyard.api.metrics.families import (
    Families,
    counter,
    counters,
    gauge,
    gauges,
    histogram,
    single,
)
from voltyard.kernel.time import Seconds
from voltyard.organizations.key_guesses import RefusedFor
from voltyard.ports.journal import Pressure
from voltyard.vitals import PROBLEMS, Vitals


class WriterFigures(Protocol):
    """Figures of the database's writer."""

    commits: int
    committed_rows: int
    failures: int
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


def writer_metrics(writer: WriterFigures) -> Families:
    """Metrics of the database's writer."""
    yield gauge("writer_rows", "Rows handed to the database, not committed.", writer.rows_waiting)
    yield gauge("writer_bytes", "About how much memory they take.", writer.bytes_waiting)
    yield gauge(
        "writer_log_rows",
        "Rows of message logs handed to the database, not committed.",
        writer.log_rows_waiting,
    )
    yield gauge("writer_log_bytes", "About how much memory they take.", writer.log_bytes_waiting)
    yield gauge("writer_oldest_seconds", "How long the oldest row waits.", writer.oldest_s)
    yield gauge("writer_pressure", "0; 1: chargers are read slowly; 2: not.", writer.pressure)
    yield counter("writer_commits", "Groups of rows committed.", writer.commits)
    yield counter("writer_committed_rows", "Rows committed.", writer.committed_rows)
    yield counter("writer_failures", "Commits that failed; they are tried again.", writer.failures)
    yield counter("writer_shed_rows", "Rows of message logs not stored.", writer.shed)
    yield counter("writer_refused_rows", "Rows whose sender was told so.", writer.refused)
    yield counter("writer_lost_rows", "Rows that were to be kept and are not.", writer.lost)
    yield gauge("database_up", "Whether the last commit worked.", writer.failure is None)


def vitals_metrics(vitals: Vitals) -> Families:
    """Metrics of the server's health."""
    yield gauges("build_info", "1; the version is a label.", ("version",), {(__version__,): 1})
    there = {one.code for one in vitals.problems}
    yield gauges(
        "problem",
        "1 for each problem for which `/health/ready` says that the server is not.",
        ("code",),
        single({code: code in there for code in PROBLEMS}),
    )
    free = vitals.disk_free_bytes
    if free is not None:
        yield gauge("disk_free_bytes", "Room on the disk of the database.", free)
    yield gauge(
        "disk_low_bytes",
        "Room on that disk below which the server is not ready.",
        vitals.disk_low_bytes,
    )
    yield histogram(
        "loop_lag_seconds",
        "How late the event loop comes to what is due.",
        vitals.lag.buckets,
    )
    yield gauges(
        "certificate_expires_at_seconds",
        "End of each of the server's certificates, since the epoch.",
        ("setting",),
        single(vitals.certificates),
    )


def key_metrics(refused: Mapping[RefusedFor, int]) -> Families:
    """Metrics of keys."""
    yield counters(
        "keys_refused",
        "Requests refused for their key: it was wrong, or its address had sent too many.",
        ("reason",),
        {(reason,): count for reason, count in refused.items()},
    )
