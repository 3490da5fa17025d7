"""Port of spans: the steps that a request leads to, for a trace of OpenTelemetry.

A span is told once, when it has ended. Most requests have none: whoever holds one holds it or None,
and does nothing for a request that is not sampled.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Protocol, TypeAlias

from voltyard.kernel.time import Instant

Attributes: TypeAlias = Mapping[str, str | int | bool]
"""Never a payload, an id tag, a password or a key: traces are kept by others."""

SpanKind: TypeAlias = Literal["server", "client", "internal"]


class SpanEvent(NamedTuple):
    """A moment within a span."""

    name: str
    at: Instant
    attributes: Attributes


class Span(Protocol):
    """A step that has begun."""

    @property
    def trace_id(self) -> str:
        """Id of the whole trace: 32 hexadecimal digits."""

    @property
    def traceparent(self) -> str:
        """The header of W3C Trace Context that names this span."""

    def begin(self, begun_at: Instant) -> "Span":
        """Begin a step that this one leads to; it may end later."""

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
        """Tell of it, once. `failure` is the code of what went wrong, where something did."""


class Spans(Protocol):
    """Begins the spans of requests, where they are sampled."""

    def request(self, headers: Iterable[tuple[bytes, bytes]], begun_at: Instant) -> Span | None:
        """The span of a request with those headers; None where it is not sampled. A caller's
        `traceparent` decides where there is one."""


class NoSpans:
    """Spans where they are switched off: there are none."""

    def request(self, headers: Iterable[tuple[bytes, bytes]], begun_at: Instant) -> Span | None:
        return None


NO_SPANS = NoSpans()
