"""Middleware before any route: request id, key, rate limit, bound on the body. Plain ASGI, since
every request passes here."""

import time
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voltyard.api import errors
from voltyard.api.access.audit_trail import AuditedExchange, AuditTrail
from voltyard.api.auth import sent_key
from voltyard.api.health import METRICS_PATH
from voltyard.api.request_span import TRACE_ID_HEADER, begin_span, end_span
from voltyard.api.routers import keep_slashes
from voltyard.kernel import ids, limits
from voltyard.kernel.addressing.addresses import is_loopback
from voltyard.kernel.counting.tally import Tally
from voltyard.kernel.errors import Unauthorized, VoltyardError
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.key_guesses import KeyGuesses
from voltyard.organizations.quotas import OrganizationQuotas
from voltyard.organizations.rates import Rates
from voltyard.organizations.scopes import Principal
from voltyard.ports.spans import NO_SPANS, Span, Spans

log = structlog.get_logger(__name__)

GATEWAY_PREFIX: Final = "/ocpp"
_TOLD_EVERY_S: Final = 3_600.0


class RequestGate:
    """Demands a key for every path under the two prefixes.

    Leaves in the request's state: `request_id`, `principal`, and `check_key`, for answers that last
    longer than a key may: it raises Unauthorized once the key is not good any more.
    """

    def __init__(
        self,
        app: ASGIApp,
        keys: Keys,
        rates: Rates | None = None,
        guesses: KeyGuesses | None = None,
        trail: AuditTrail | None = None,
        quotas: OrganizationQuotas | None = None,
        spans: Spans = NO_SPANS,
    ) -> None:
        self._spans = spans
        self._quotas = quotas
        self._app = app
        self._keys = keys
        self._rates = rates
        self._guesses = guesses
        self._trail = trail
        self._in_the_clear: Tally[str] = Tally(_TOLD_EVERY_S, 1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = ids.prefixed("req_")
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        most = _most_bytes(scope["path"])
        exchange = _Exchange(receive, send, request_id, most)
        audited: AuditedExchange | None = None
        span: Span | None = None
        try:
            self._identify(scope)
            span = self._span(scope, exchange)
            self._count(scope, exchange)
            _check_declared_length(scope, most)
            _check_text(scope)
            _keep_slashes(scope)
            if self._trail is not None:
                audited = self._trail.of(scope, exchange.receive, exchange.send)
            way = audited or exchange
            await self._app(scope, way.receive, way.send)
        except Exception as error:
            if exchange.started:
                raise  # part of an answer is out already; the server cuts the connection
            failure = None if audited is None else audited.failure
            problem = _problem(failure or error, scope, request_id)
            response = errors.answer(problem, path=scope["path"], request_id=request_id)
            await response(scope, receive, exchange.send)
        finally:
            if audited is not None:
                audited.over()
            if span is not None:
                end_span(span, scope, exchange.status, time.time())

    def _identify(self, scope: Scope) -> None:
        path = scope["path"]
        if not errors.is_backend(path) and not is_gateway(path) and path != METRICS_PATH:
            return
        headers = dict(scope["headers"])
        sent = sent_key(headers)
        wanted = headers.get(b"x-organization-id", b"").decode("latin-1")
        if sent:
            self._look_at_line(scope)
        principal = self._keys.on_behalf_of(self._known(sent, _address(scope)), wanted)
        scope["state"]["principal"] = principal
        scope["state"]["check_key"] = partial(self._keys.check, sent, _address(scope))

    def _span(self, scope: Scope, exchange: "_Exchange") -> Span | None:
        """Of a request with a good key; strangers have none."""
        if "principal" not in scope["state"]:
            return None
        span = begin_span(self._spans, scope, time.time())
        if span is not None:
            exchange.headers.append((TRACE_ID_HEADER, span.trace_id.encode()))
        return span

    def _known(self, sent: str | None, address: str) -> Principal:
        """The principal of a key; TooOften for an address that guesses."""
        guesses = self._guesses
        if guesses is None or not sent:
            return self._keys.principal(sent, address)
        try:
            principal = self._keys.principal(sent, address)
        except Unauthorized as error:
            guesses.check(None, address)
            guesses.wrong(address, error.message)
            raise
        guesses.check(principal.key_id, address)
        guesses.right(principal.key_id, address)
        return principal

    def _look_at_line(self, scope: Scope) -> None:
        """Warn, once in a while, where a key can be read along."""
        address = _address(scope)
        if scope["scheme"] == "https" or not address or is_loopback(address):
            return
        now = time.monotonic()
        told = [count for _, count in self._in_the_clear.due(now)]
        if (first := self._in_the_clear.note("", address, "", now)) is not None:
            told.append(first)
        for count in told:
            log.warning(
                "key_in_the_clear",
                addresses=count.sources,
                count=count.count,
                hint="set rest_tls_certificate, or trusted_proxies where a proxy speaks TLS",
            )

    def _count(self, scope: Scope, exchange: "_Exchange") -> None:
        principal = scope["state"].get("principal")
        if principal is not None and self._quotas is not None:
            exchange.of_organization = partial(self._quotas.headers, principal.organization_id)
        if self._rates is None or principal is None:
            return
        headers, error = self._rates.count(principal.organization_id)
        exchange.headers += headers
        if error is not None:
            raise error


def _address(scope: Scope) -> str:
    """The client's, as its connection has it or a trusted proxy says."""
    client = scope.get("client")
    return str(client[0]) if client else ""


class _Exchange:
    """One request and its answer, as they pass."""

    def __init__(self, receive: Receive, send: Send, request_id: str, most_bytes: int) -> None:
        self._receive = receive
        self._send = send
        self.headers = [(errors.REQUEST_ID_HEADER.lower().encode(), request_id.encode())]
        self.of_organization: Callable[[], list[tuple[bytes, bytes]]] = list
        """Headers that tell of the organization's quotas."""
        self._bytes = 0
        self._most_bytes = most_bytes
        self.started = False
        self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most_bytes:
            raise _too_long(self._most_bytes)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            more = self.of_organization()  # as it is after the request
            message["headers"] = [*message.get("headers", ()), *self.headers, *more]
        await self._send(message)


def _too_long(most_bytes: int) -> HTTPException:
    # The framework lets its own exceptions through while it reads a body, and no others.
    return HTTPException(errors.TOO_LONG.status, f"the body is longer than {most_bytes} bytes")


def _most_bytes(path: str) -> int:
    """Of a body; one that is a file itself may be longer."""
    is_file = path.startswith("/files/") or path == errors.BACKEND_PREFIX + "/files"
    return limits.FILE_BYTES if is_file else limits.REST_BODY_BYTES


def is_gateway(path: str) -> bool:
    """True where the path is the gateway's."""
    return path == GATEWAY_PREFIX or path.startswith(GATEWAY_PREFIX + "/")


def _check_declared_length(scope: Scope, most_bytes: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > most_bytes:
            raise _too_long(most_bytes)


def _check_text(scope: Scope) -> None:
    """NUL, which no database keeps, is in no id and in nothing that is searched for."""
    if "\0" in scope["path"]:
        raise HTTPException(404, "nothing has the character NUL in its path")
    if b"%00" not in scope["query_string"]:
        return
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    said = "must not contain the character NUL"
    raise RequestValidationError(
        [
            {"type": "value_error", "loc": ("query", name), "msg": said}
            for name, value in query
            if "\0" in name + value
        ]
    )


def _keep_slashes(scope: Scope) -> None:
    """For routes of the two APIs; elsewhere a slash is a slash, however it is written."""
    if errors.is_backend(scope["path"]) or is_gateway(scope["path"]):
        keep_slashes(scope)


def _problem(error: Exception, scope: Scope, request_id: str) -> errors.HttpError:
    if isinstance(error, HTTPException):
        return errors.of_http(error, backend=errors.has_backend_shape(scope["path"]))
    if isinstance(error, RequestValidationError):
        return errors.of_validation(error, backend=errors.has_backend_shape(scope["path"]))
    if isinstance(error, VoltyardError):
        problem = errors.of_error(error)
        if problem is not errors.INTERNAL:
            return problem
    log.error(
        "request_failed",
        request_id=request_id,
        method=scope["method"],
        path=scope["path"],
        exc_info=error,
    )
    return errors.INTERNAL
