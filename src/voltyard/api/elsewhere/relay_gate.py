"""The edge to the other processes of a system: requests that one of them has to carry out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voltyard.api import errors
from voltyard.api.routers import ENCODED
from voltyard.kernel import limits
from voltyard.kernel.errors import HeldElsewhere, Unavailable
from voltyard.relay.errors import NodeGone

_CHARGERS: Final = f"{errors.BACKEND_PREFIX}/chargers/"

_TIMES: Final = 3
"""Times that an app is asked; between them what is asked for may have been brought here."""

Relay: TypeAlias = Callable[[str, Scope, Receive, Send], Awaitable[None]]
"""Has the process that hears a subject of the bus carry a request out: RequestRelay.relay."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The other processes, as the edge knows them."""

    relay: Relay
    subject_of: Callable[[Scope], str | None]
    """The subject of the process that a request belongs to, before anything is done about it; None
    for this one, or where that is not known yet."""
    resolve: Callable[[Scope, HeldElsewhere], Awaitable[str | None]]
    """The subject of the process that has what a request is about; None: it has been brought here,
    and is to be asked again."""
    is_over: Callable[[str], Awaitable[bool]]
    """True where the process that heard a subject has ended, and what it had is here now."""


def charger_in(scope: Scope) -> str | None:
    """The chargeBoxId in the path of a request that is about one charger alone."""
    if not scope["path"].startswith(_CHARGERS):
        return None
    box: str = scope["path"][len(_CHARGERS) :].partition("/")[0]
    return unquote(box) if ENCODED in scope else box


def deletes_charger(scope: Scope) -> bool:
    """True where a request is for a charger's end."""
    path: str = scope["path"]
    return (
        scope["method"] == "DELETE"
        and path.startswith(_CHARGERS)
        and "/" not in path.removeprefix(_CHARGERS)
    )


class RelayGate:
    """Hands over requests that belong elsewhere: at once, or when the app finds out: HeldElsewhere.

    A request that came from another process is not handed on: HeldElsewhere is answered then.
    """

    def __init__(self, app: ASGIApp, elsewhere: Elsewhere) -> None:
        self._app = app
        self._elsewhere = elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = KeptExchange(receive, send)
        subject = self._elsewhere.subject_of(scope)
        if subject is None:
            subject = await self._tried(scope, exchange)
        if subject is not None:
            await self._hand_over(subject, scope, exchange)

    async def _hand_over(self, subject: str, scope: Scope, exchange: "KeptExchange") -> None:
        """Have another process answer; where that one has ended, whoever has its chargers now."""
        relay = self._elsewhere.relay
        try:
            await relay(subject, scope, exchange.receive, exchange.send)
            return
        except NodeGone:
            if exchange.has_started or exchange.is_too_long:
                raise
            if not await self._elsewhere.is_over(subject):
                raise
        exchange.rewind()
        heir = await self._tried(scope, exchange)
        if heir is not None:
            await relay(heir, scope, exchange.receive, exchange.send)

    async def _tried(self, scope: Scope, exchange: "KeptExchange") -> str | None:
        """Have the app answer; else the subject of the process that is to."""
        state = scope.setdefault("state", {})
        before, state_before = {**scope}, {**state}
        for _ in range(_TIMES):
            state[errors.MAY_BE_ELSEWHERE] = True
            try:
                await self._app(scope, exchange.receive, exchange.send)
                return None
            except HeldElsewhere as error:
                if exchange.has_started or exchange.is_too_long:
                    raise
                held = error
            exchange.rewind()
            # The app has changed its scope; what is handed on, or asked again, is as it came.
            scope.clear()
            scope.update(before)
            state.clear()
            state.update(state_before)
            subject = await self._elsewhere.resolve(scope, held)
            if subject is not None:
                return subject
        raise Unavailable("it changes its process again and again", hint="ask again in a moment")


class KeptExchange:
    """One request and its answer, as they pass; the body is kept, to be handed over later."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._kept: list[Message] = []
        self._bytes = 0
        self._again: list[Message] = []
        """The kept messages, the last first."""
        self.is_too_long = False
        """More was received than is kept: limits.REST_BODY_BYTES."""
        self.has_started = False

    async def receive(self) -> Message:
        """Receive, and keep; what was kept comes again."""
        if self._again:
            return self._again.pop()
        message = await self._receive()
        if message["type"] == "http.request" and not self.is_too_long:
            self._bytes += len(message.get("body", b""))
            self._kept.append(message)
            if self._bytes > limits.REST_BODY_BYTES:
                self.is_too_long = True
                self._kept.clear()
        return message

    def rewind(self) -> None:
        """Begin anew."""
        self._again = self._kept[::-1]

    async def send(self, message: Message) -> None:
        """Send."""
        self.has_started = True
        await self._send(message)
