"""Spans of sampled requests, made for OpenTelemetry: ports.spans.Spans."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Final

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from voltyard.kernel import ids
from voltyard.kernel.time import Instant
from voltyard.ports.spans import Attributes, SpanEvent, SpanKind

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_PROPAGATED: Final = (b"traceparent", b"tracestate")
_PROPAGATOR: Final = TraceContextTextMapPropagator()
_LOW_BITS: Final = (1 << 64) - 1
_KINDS: Final = {
    "server": trace.SpanKind.SERVER,
    "client": trace.SpanKind.CLIENT,
    "internal": trace.SpanKind.INTERNAL,
}
_FINE: Final = Status(StatusCode.UNSET)


class SampledSpans:
    """Begins spans for a share of the requests, and for those whose caller asks for it."""

    def __init__(
        self,
        share: float,
        version: str,
        told: Callable[[ReadableSpan], None],
        random: Random = ids.SYSTEM,
    ) -> None:
        """`told` takes each span that has ended, and must not wait. The resource is what
        OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say, and `voltyard` where they do not."""
        self._below = round(share * (_LOW_BITS + 1))
        self._random = random
        given = Resource.create().attributes
        name = given.get("service.name", "")
        is_named = not str(name).startswith("unknown_service")
        own = {"service.version": version} | ({} if is_named else {"service.name": "voltyard"})
        self.resource = Resource({**given, **own})
        self.scope = InstrumentationScope("voltyard", version)
        self.told = told

    def request(self, headers: Iterable[tuple[bytes, bytes]], begun_at: Instant) -> "_Span | None":
        """See ports.spans.Spans. A header that is not understood counts as none."""
        caller = _caller(headers)
        if caller is not None:
            return self.child(caller, begun_at) if caller.trace_flags.sampled else None
        trace_id = self._random.getrandbits(128) or 1
        # As OpenTelemetry's own samplers by ratio do it, so that several services agree.
        if trace_id & _LOW_BITS >= self._below:
            return None
        return _Span(self, SpanContext(trace_id, self._span_id(), False, _SAMPLED), None, begun_at)

    def child(self, parent: SpanContext, begun_at: Instant) -> "_Span":
        """The span of a step that a sampled one leads to."""
        context = SpanContext(parent.trace_id, self._span_id(), False, _SAMPLED, parent.trace_state)
        return _Span(self, context, parent, begun_at)

    def _span_id(self) -> int:
        return self._random.getrandbits(64) or 1


class _Span:
    """See ports.spans.Span."""

    __slots__ = ("_begun_at", "_context", "_parent", "_spans")

    def __init__(
        self,
        spans: SampledSpans,
        context: SpanContext,
        parent: SpanContext | None,
        begun_at: Instant,
    ) -> None:
        self._spans = spans
        self._context = context
        self._parent = parent
        self._begun_at = begun_at

    @property
    def trace_id(self) -> str:
        return trace.format_trace_id(self._context.trace_id)

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace_id}-{trace.format_span_id(self._context.span_id)}-01"

    def begin(self, begun_at: Instant) -> "_Span":
        return self._spans.child(self._context, begun_at)

    def end(
        self,
        name: str,
        ended_at: Instant,
        attributes: Attributes,
        *,
        kind: SpanKind = "internal",
        events: Sequence[SpanEvent] = (),
        failure: str = "",
    ) -> None:
        spans = self._spans
        ended = ReadableSpan(
            name,
            self._context,
            self._parent,
            spans.resource,
            attributes,
            [Event(one.name, one.attributes, _nanoseconds(one.at)) for one in events],
            kind=_KINDS[kind],
            instrumentation_scope=spans.scope,
            status=Status(StatusCode.ERROR, failure) if failure else _FINE,
            start_time=_nanoseconds(self._begun_at),
            # A clock that was put back would make it end before it began.
            end_time=_nanoseconds(max(self._begun_at, ended_at)),
        )
        spans.told(ended)


def _caller(headers: Iterable[tuple[bytes, bytes]]) -> SpanContext | None:
    """The caller's span, by its headers; None where there is none, or none that is well-formed."""
    found = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers
        if name in _PROPAGATED
    }
    if "traceparent" not in found:
        return None
    context = trace.get_current_span(_PROPAGATOR.extract(found)).get_span_context()
    return context if context.is_valid else None


def _nanoseconds(at: Instant) -> int:
    return int(at * 1_000_000) * 1_000
