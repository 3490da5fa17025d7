"""Spans as OTLP has them."""

from random import Random

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan

from voltyard.ports.spans import SpanEvent
from voltyard.spans.otlp import OtlpExporter, encoded
from voltyard.spans.sampled_spans import SampledSpans


def test_a_span_is_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=lab")
    told: list[ReadableSpan] = []
    parent = SampledSpans(1, "1.0", told.append, Random(1)).request([], 1.0)
    assert parent is not None
    event = SpanEvent("CALL Reset", 2.5, {"ocpp.message_id": "a-1"})

    parent.begin(2.0).end(
        "command reset", 3.0, {"s": "x", "n": 7, "b": True}, kind="client", events=[event],
        failure="timeout",
    )  # fmt: skip
    (of_resource,) = ExportTraceServiceRequest.FromString(encoded(told)).resource_spans
    (of_scope,) = of_resource.scope_spans
    (span,) = of_scope.spans

    resource = {one.key: one.value.string_value for one in of_resource.resource.attributes}
    assert resource["service.name"] == "voltyard" and resource["deployment.environment"] == "lab"
    assert parent.traceparent == f"00-{span.trace_id.hex()}-{span.parent_span_id.hex()}-01"
    assert (span.name, span.kind, span.status.message) == ("command reset", 3, "timeout")
    assert span.end_time_unix_nano - span.start_time_unix_nano == 1_000_000_000
    values = {one.key: one.value for one in span.attributes}
    assert (values["s"].string_value, values["n"].int_value) == ("x", 7)
    assert values["b"].bool_value is True
    assert [one.name for one in span.events] == ["CALL Reset"]


def test_a_certificate_that_is_not_there_is_told_at_the_start() -> None:
    with pytest.raises(OSError):
        OtlpExporter("https://there", {"OTEL_EXPORTER_OTLP_CERTIFICATE": "/nowhere.pem"})
