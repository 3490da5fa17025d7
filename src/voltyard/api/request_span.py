"""The span of a request: begun at the gate, and ended with its answer."""

from typing import Final

from fastapi import Request
from starlette.types import Scope

from voltyard.kernel.time import Instant
from voltyard.ports.spans import Span, Spans

TRACE_ID_HEADER: Final = b"x-trace-id"

_NAME: Final = "span"


def begin_span(spans: Spans, scope: Scope, now: Instant) -> Span | None:
    """The span of a request that its routes find; None where it is not sampled."""
    span = spans.request(scope["headers"], now)
    if span is not None:
        scope["state"][_NAME] = span
    return span


def end_span(span: Span, scope: Scope, status: int, now: Instant) -> None:
    """Tell of a request that has been answered with that status; 0: it was cut off before. Of its
    path it has the route's template alone: what is filled in may be an id tag."""
    method, route = scope["method"], getattr(scope.get("route"), "path", "")
    attributes: dict[str, str | int | bool] = {
        "http.request.method": method,
        "http.route": route,
        "voltyard.request_id": scope["state"]["request_id"],
    }
    if status:
        attributes["http.response.status_code"] = status
    failure = "" if 0 < status < 500 else str(status or "cut_off")
    span.end(f"{method} {route}".strip(), now, attributes, kind="server", failure=failure)


def span_in(scope: Scope) -> Span | None:
    """The span of the request of that scope, where it is sampled."""
    found: Span | None = scope["state"].get(_NAME)
    return found


def span_of(request: Request) -> Span | None:
    """The span of this request, where it is sampled."""
    return span_in(request.scope)
