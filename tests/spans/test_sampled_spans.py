"""Which requests have spans, and whose children they are."""

from random import Random

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from voltyard.spans.sampled_spans import SampledSpans

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


def headers(flags: str) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"here"), (b"traceparent", f"00-{TRACE}-{CALLER}-{flags}".encode())]


def spans(share: float, told: InMemorySpanExporter | None = None) -> SampledSpans:
    kept = told or InMemorySpanExporter()

    def tell(span: ReadableSpan) -> None:
        kept.export([span])

    return SampledSpans(share, "1.0", tell, Random(1))


@pytest.mark.parametrize(("share", "least", "most"), [(0, 0, 0), (0.5, 400, 600), (1, 1000, 1000)])
def test_a_share_of_the_requests_is_sampled(share: float, least: int, most: int) -> None:
    ours = spans(share)

    sampled = [one for _ in range(1_000) if (one := ours.request([], 0.0)) is not None]

    assert least <= len(sampled) <= most
    assert len({one.trace_id for one in sampled}) == len(sampled)


def test_a_caller_who_samples_has_its_own_trace_whatever_the_share() -> None:
    told = InMemorySpanExporter()
    request = spans(0, told).request(headers("01"), 1.0)
    assert request is not None

    request.end("GET /x", 2.0, {})

    (one,) = told.get_finished_spans()
    assert request.trace_id == TRACE
    assert one.parent is not None and f"{one.parent.span_id:016x}" == CALLER
    assert one.parent.is_remote
    assert (one.start_time, one.end_time) == (1_000_000_000, 2_000_000_000)


def test_a_caller_who_does_not_sample_has_none_whatever_the_share() -> None:
    assert spans(1).request(headers("00"), 0.0) is None


@pytest.mark.parametrize("text", [b"", b"nonsense", b"00-" + b"0" * 32 + b"-" + b"0" * 16 + b"-01"])
def test_a_header_that_is_not_understood_counts_as_none(text: bytes) -> None:
    given = [(b"traceparent", text)]

    assert spans(0).request(given, 0.0) is None
    assert spans(1).request(given, 0.0) is not None


def test_a_step_is_a_child_and_may_end_after_its_parent() -> None:
    told = InMemorySpanExporter()
    request = spans(1, told).request([], 1.0)
    assert request is not None
    step = request.begin(2.0)

    request.end("GET /x", 3.0, {}, kind="server")
    step.end("command", 9.0, {"a": 1}, failure="timeout")

    parent, child = told.get_finished_spans()
    assert child.parent == parent.context and parent.parent is None
    assert (child.status.description, dict(child.attributes or {})) == ("timeout", {"a": 1})
    assert request.traceparent.startswith(f"00-{request.trace_id}-")
