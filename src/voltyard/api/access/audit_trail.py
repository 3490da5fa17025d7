"""Audit trail: requests that change something, with an entry of the log in the commit of the
change, or, where a request wrote nothing, before its answer goes out."""

from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Message, Receive, Scope, Send

from voltyard.kernel import ids, limits
from voltyard.kernel.errors import VoltyardError
from voltyard.ocpp.secrets import without_secrets
from voltyard.organizations.audit import AuditEntry, AuditLog
from voltyard.organizations.scopes import Principal
from voltyard.ports.clock import Clock

_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REFUSED: Final = frozenset({401, 403, 429})
"""Nothing was changed, and who is refused must not fill the log; it is told of as an event."""
_UNANSWERED: Final = 0
_IDS: Final = ("id", "charger_id", "job_id", "chargeBoxId", "idTag", "commandId")
"""Fields of an answer with the id of what was made, the first that there is."""


class AuditTrail:
    """Makes the audited exchanges of an app."""

    def __init__(self, log: AuditLog, clock: Clock) -> None:
        self.log = log
        self.clock = clock

    def of(self, scope: Scope, receive: Receive, send: Send) -> "AuditedExchange | None":
        """The exchange, if it is one that may change something."""
        principal = scope["state"].get("principal")
        if principal is None or scope["method"] not in _CHANGING:
            return None
        return AuditedExchange(self, principal, scope, receive, send)


class AuditedExchange:
    """One request and its answer, which is held back until there is an entry of it."""

    def __init__(
        self, trail: AuditTrail, principal: Principal, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._trail = trail
        self._principal = principal
        self._scope = scope
        self._receive = receive
        self._send = send
        self._body = bytearray()
        self._bytes = 0
        self._start: Message | None = None
        self._id = ids.prefixed("aud_")
        self._at = round(trail.clock(), 3)
        self._change = trail.log.begin(lambda: self._entry(_UNANSWERED, {}))
        self.failure: VoltyardError | None = None
        """The reason why it could not be written down. Frameworks wrap an error that they meet so
        late."""

    async def receive(self) -> Message:
        message = await self._receive()
        part = message.get("body", b"")
        self._bytes += len(part)
        if self._bytes <= limits.AUDITED_BODY_BYTES:
            self._body += part
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            if start["status"] in _REFUSED and not self._change.has_changed:
                self._change.drop()
            else:
                await self._write(start["status"], message)
            await self._send(start)
        await self._send(message)

    def over(self) -> None:
        """End it: writes that are made behind the answer are no part of it."""
        self._change.drop()

    async def _write(self, status: int, message: Message) -> None:
        answer = {} if message.get("more_body") else _decoded(message.get("body", b""))
        try:
            await self._change.end(self._entry(status, answer))
        except VoltyardError as error:
            self.failure = error
            raise

    def _entry(self, status: int, answer: Any) -> AuditEntry:
        scope, principal = self._scope, self._principal
        path = {name: str(value) for name, value in scope.get("path_params", {}).items()}
        client = scope.get("client")
        return AuditEntry(
            id=self._id,
            organization_id=principal.organization_id,
            at=self._at,
            key_id=principal.key_id,
            key_name=principal.key_name,
            address=str(client[0]) if client else "",
            request_id=scope["state"]["request_id"],
            method=scope["method"],
            route=_route(scope),
            object=_object(path, answer)[: limits.AUDITED_NAME_CHARS] or None,
            status=status,
            code=_code(answer),
            arguments=_text(self._arguments(path)),
        )

    def _arguments(self, path: dict[str, str]) -> dict[str, Any]:
        query = parse_qsl(self._scope["query_string"].decode("latin-1"), keep_blank_values=True)
        found: dict[str, Any] = {}
        if path:
            found["path"] = path
        if query:
            found["query"] = dict(query)
        if self._bytes > limits.AUDITED_BODY_BYTES:
            found["bodyBytes"] = self._bytes
        elif self._body:
            body = _decoded(bytes(self._body), None)
            found |= {"bodyBytes": self._bytes} if body is None else {"body": body}
        return found


def _text(arguments: dict[str, Any]) -> str:
    masked = without_secrets(arguments)
    text = msgspec.json.encode(masked).decode()
    if len(text) <= limits.AUDITED_ARGUMENTS_CHARS:
        return text
    return msgspec.json.encode({"omitted": True, "characters": len(text)}).decode()


def _route(scope: Scope) -> str:
    route = scope.get("route")
    path: str = getattr(route, "path", None) or scope["path"]
    return path[: limits.AUDITED_NAME_CHARS]


def _object(path: dict[str, str], answer: Any) -> str:
    if path:
        return next(reversed(path.values()))
    found = (answer.get(name) for name in _IDS) if isinstance(answer, dict) else ()
    return next((one for one in found if isinstance(one, str)), "")


def _code(answer: Any) -> str | None:
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else None


def _decoded(body: bytes, otherwise: Any = None) -> Any:
    if len(body) > limits.AUDITED_BODY_BYTES:
        return otherwise
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return otherwise
