"""Spans in OTLP, the protocol of OpenTelemetry: messages of protobuf, posted over HTTP.

The SDK's own exporter takes five times as long to write a span (docs/decisions/0037).
"""

import os
import ssl
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import httpx
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import StatusCode
from opentelemetry.util.re import parse_env_headers
from opentelemetry.util.types import Attributes

from voltyard.kernel import limits

_VARIABLE: Final = "OTEL_EXPORTER_OTLP_"
_KINDS: Final = {
    trace.SpanKind.SERVER: trace_pb2.Span.SPAN_KIND_SERVER,
    trace.SpanKind.CLIENT: trace_pb2.Span.SPAN_KIND_CLIENT,
}
_KNOWS_REMOTE: Final = 0x100
_IS_REMOTE: Final = 0x200


class OtlpExporter(SpanExporter):
    """Posts spans to one receiver.

    Headers (a key of the receiver, say), its certificate and ours are in OpenTelemetry's own
    variables, OTEL_EXPORTER_OTLP_HEADERS, _CERTIFICATE, _CLIENT_CERTIFICATE and _CLIENT_KEY, or
    those that are called OTEL_EXPORTER_OTLP_TRACES_... and go first.
    """

    def __init__(self, url: str, environment: Mapping[str, str] = os.environ) -> None:
        """OSError or ValueError where a certificate cannot be read."""
        given = {
            name: environment.get(f"{_VARIABLE}TRACES_{name}") or environment.get(_VARIABLE + name)
            for name in ("HEADERS", "CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY")
        }
        tls = ssl.create_default_context(cafile=given["CERTIFICATE"])
        if given["CLIENT_CERTIFICATE"] is not None:
            tls.load_cert_chain(given["CLIENT_CERTIFICATE"], given["CLIENT_KEY"])
        self._url = url
        self._client = httpx.Client(
            headers={
                **parse_env_headers(given["HEADERS"] or "", liberal=True),
                "content-type": "application/x-protobuf",
            },
            verify=tls,
            timeout=limits.SPANS_SEND_S,
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Post them, once. They are of one resource and one scope."""
        try:
            answer = self._client.post(self._url, content=encoded(spans))
        except httpx.HTTPError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if answer.is_success else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Cut the connection."""
        self._client.close()


def encoded(spans: Sequence[ReadableSpan]) -> bytes:
    """An ExportTraceServiceRequest with spans of one resource and one scope."""
    request = trace_service_pb2.ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    _fill(of_resource.resource.attributes, spans[0].resource.attributes)
    of_scope = of_resource.scope_spans.add()
    scope = spans[0].instrumentation_scope
    if scope is not None:
        of_scope.scope.name, of_scope.scope.version = scope.name, scope.version or ""
    for one in spans:
        _add(of_scope, one)
    return bytes(request.SerializeToString())


def _add(of_scope: trace_pb2.ScopeSpans, one: ReadableSpan) -> None:
    context, parent = one.context, one.parent
    assert context is not None
    span = of_scope.spans.add(
        trace_id=context.trace_id.to_bytes(16, "big"),
        span_id=context.span_id.to_bytes(8, "big"),
        trace_state=context.trace_state.to_header() if context.trace_state else "",
        flags=context.trace_flags | _KNOWS_REMOTE,
        name=one.name,
        kind=_KINDS.get(one.kind, trace_pb2.Span.SPAN_KIND_INTERNAL),
        start_time_unix_nano=one.start_time or 0,
        end_time_unix_nano=one.end_time or 0,
    )
    if parent is not None:
        span.parent_span_id = parent.span_id.to_bytes(8, "big")
        span.flags |= _IS_REMOTE if parent.is_remote else 0
    _fill(span.attributes, one.attributes)
    for event in one.events:
        told = span.events.add(time_unix_nano=event.timestamp, name=event.name)
        _fill(told.attributes, event.attributes)
    if one.status.status_code is StatusCode.ERROR:
        span.status.code = trace_pb2.Status.STATUS_CODE_ERROR
        span.status.message = one.status.description or ""


class _Pairs(Protocol):
    """The attributes of a message."""

    def add(self, *, key: str) -> common_pb2.KeyValue: ...


def _fill(pairs: _Pairs, attributes: Attributes) -> None:
    for name, value in (attributes or {}).items():
        pair = pairs.add(key=name)
        if type(value) is str:
            pair.value.string_value = value
        elif type(value) is bool:
            pair.value.bool_value = value
        elif type(value) is int:
            pair.value.int_value = value
        else:
            pair.value.string_value = str(value)
