"""Apps of a node: requests that its server hands on, and those that reach it by HTTP."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from fastapi import APIRouter, FastAPI
from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from voltyard.api import errors
from voltyard.api.app import create_app
from voltyard.api.elsewhere.relay_gate import KeptExchange, Relay
from voltyard.api.health import METRICS_PATH
from voltyard.api.request_span import begin_span, end_span, span_in
from voltyard.api.routers import keep_slashes
from voltyard.kernel import ids
from voltyard.kernel.errors import VoltyardError
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.scopes import Principal
from voltyard.ports.spans import NO_SPANS, Spans
from voltyard.relay.messages import ABOUT, RELAYED

_HERE: Final = "/health"

_NOBODY: Final = Principal("", "", frozenset())
"""The caller by a path that takes no key, as chargers call for files."""


class AdmittedRequest(Struct, frozen=True):
    """A request that has passed the gate of a server: whose it is."""

    request_id: str
    key_id: str
    organization_id: str
    scopes: frozenset[str]
    key_name: str


def admitted(scope: Scope) -> Scope:
    """The scope of a request that has passed the gate, as it is handed on."""
    state = scope["state"]
    principal: Principal = state.get("principal", _NOBODY)
    about = AdmittedRequest(
        state["request_id"],
        principal.key_id,
        principal.organization_id,
        principal.scopes,
        principal.key_name,
    )
    headers = scope["headers"]
    span = span_in(scope)
    if span is not None:
        others = [(name, value) for name, value in headers if name != b"traceparent"]
        headers = [*others, (b"traceparent", span.traceparent.encode())]
    return {**scope, "headers": headers, "state": {ABOUT: msgspec.json.encode(about)}}


class AdmittedGate:
    """Takes the server's word for who asks: only what the server hands on comes here."""

    def __init__(self, app: ASGIApp, spans: Spans) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        about = msgspec.json.decode(scope["state"][RELAYED], type=AdmittedRequest)
        state = scope["state"]
        state["request_id"] = about.request_id
        state["principal"] = Principal(
            about.key_id, about.organization_id, about.scopes, about.key_name
        )
        state["check_key"] = lambda: None  # the server, through which the answer goes, looks
        span = begin_span(self._spans, scope, time.time())
        keep_slashes(scope)
        status = 0

        async def sent(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            if span is not None:
                end_span(span, scope, status, time.time())


def node_app(router: APIRouter, state: Mapping[str, Any], spans: Spans = NO_SPANS) -> FastAPI:
    """The app that answers what a server hands on, by the routes of this router; `state` is as in
    create_app."""
    app = FastAPI(openapi_url=None)
    for name, value in state.items():
        setattr(app.state, name, value)
    errors.install(app)
    app.add_middleware(AdmittedGate, spans=spans)
    app.routes.extend(router.routes)
    return app


class Front:
    """Answers for its own health, and hands everything else to the server."""

    def __init__(self, own: ASGIApp, relay: Relay, subject: Callable[[], str]) -> None:
        self._own = own
        self._relay = relay
        self._subject = subject

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith(_HERE) or path == METRICS_PATH:
            await self._own(scope, receive, send)
            return
        exchange = KeptExchange(receive, send)
        try:
            await self._relay(self._subject(), scope, receive, exchange.send)
        except VoltyardError as error:
            if exchange.has_started:
                raise  # the connection is cut
            request_id = ids.prefixed("req_")
            problem = errors.of_error(error)
            answer = errors.answer(problem, path=path, request_id=request_id)
            answer.headers[errors.REQUEST_ID_HEADER] = request_id
            await answer(scope, receive, send)


def front_app(
    keys: Keys, state: Mapping[str, Any], relay: Relay, subject: Callable[[], str]
) -> ASGIApp:
    """The app of a node's own port; `subject` is heard by the server of now."""
    return Front(create_app(keys, [], state), relay, subject)
