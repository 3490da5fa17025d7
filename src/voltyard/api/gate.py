"""Before any route: an id for the request, a key where one is due, a bound on the body; and after
it, what nobody expected. Plain ASGI, since every request passes here."""

from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voltyard.api import errors
from voltyard.api.auth import Keys, sent_key
from voltyard.kernel import ids, limits
from voltyard.kernel.errors import VoltyardError

log = structlog.get_logger(__name__)

GATEWAY_PREFIX: Final = "/ocpp"


class Gate:
    """Everything under the two prefixes needs a key; no route can forget to ask for it.

    Leaves `request_id` and `principal` in the request's state.
    """

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = ids.prefixed("req_")
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        exchange = _Exchange(receive, send, request_id)
        try:
            self._identify(scope)
            _check_declared_length(scope)
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:
            if exchange.started:
                raise  # part of an answer is out already; the server cuts the connection
            problem = _problem(error, scope, request_id)
            response = errors.answer(problem, path=scope["path"], request_id=request_id)
            await response(scope, receive, exchange.send)

    def _identify(self, scope: Scope) -> None:
        path = scope["path"]
        backend = errors.is_backend(path)
        if not backend and not is_gateway(path):
            return
        headers = dict(scope["headers"])
        principal = self._keys.principal(sent_key(headers))
        if not backend:
            wanted = headers.get(b"x-organization-id", b"").decode("latin-1")
            principal = self._keys.on_behalf_of(principal, wanted)
        scope["state"]["principal"] = principal


class _Exchange:
    """One request and its answer, as they pass."""

    def __init__(self, receive: Receive, send: Send, request_id: str) -> None:
        self._receive = receive
        self._send = send
        self._header = (errors.REQUEST_ID_HEADER.lower().encode(), request_id.encode())
        self._bytes = 0
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > limits.REST_BODY_BYTES:
            raise _too_long()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            message["headers"] = [*message.get("headers", ()), self._header]
        await self._send(message)


def _too_long() -> HTTPException:
    # The framework lets its own exceptions through while it reads a body, and no others.
    return HTTPException(413, f"the body is longer than {limits.REST_BODY_BYTES} bytes")


def is_gateway(path: str) -> bool:
    """Whether the path is the gateway's."""
    return path == GATEWAY_PREFIX or path.startswith(GATEWAY_PREFIX + "/")


def _check_declared_length(scope: Scope) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limits.REST_BODY_BYTES:
            raise _too_long()


def _problem(error: Exception, scope: Scope, request_id: str) -> errors.Problem:
    if isinstance(error, HTTPException):
        return errors.of_http(error, backend=errors.is_backend(scope["path"]))
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
