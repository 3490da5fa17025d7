"""Requests of operators, sent to any process and handed on as in a real system, without HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voltyard.api import errors
from voltyard.api.elsewhere.relay_gate import Elsewhere, RelayGate, charger_in
from voltyard.csms.backend import Backend
from voltyard.csms.commands.maintenance import SendDataTransfer
from voltyard.kernel.errors import HeldElsewhere, VoltyardError
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.relay.messages import ABOUT

VENDOR: Final = "simulation"

Relay = Callable[[str, Scope, Receive, Send], Awaitable[None]]


class CommandApp:
    """Sends a DataTransfer with the text of the body to the charger in the path."""

    def __init__(self, backend: Backend, said: Callable[[str], None]) -> None:
        """`said` takes a line for the log."""
        self._backend = backend
        self._said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        box = charger_in(scope) or ""
        body = (await receive()).get("body", b"")
        self._said(f"is asked: {body.decode()}")
        command = SendDataTransfer(vendor_id=VENDOR, data=body.decode())
        try:
            result = await self._backend.command(DEFAULT_ORGANIZATION_ID, box, command)
        except HeldElsewhere as error:
            if errors.MAY_BE_ELSEWHERE in scope.get("state", ()):
                raise
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, error.code)
        except VoltyardError as error:
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, error.code)
        else:
            await _answer(send, HTTPStatus.OK, result.status)


def server_app(app: CommandApp, elsewhere: Elsewhere) -> ASGIApp:
    """The app of a server, which hands on what another process has to answer."""
    return _answering_errors(RelayGate(app, elsewhere))


def node_front(relay: Relay, server: Callable[[], str]) -> ASGIApp:
    """The app of a node, which hands all to the server of now, by that subject."""

    async def hand_over(scope: Scope, receive: Receive, send: Send) -> None:
        await relay(server(), scope, receive, send)

    return _answering_errors(hand_over)


def admitted(scope: Scope) -> Scope:
    """The scope as it is handed on."""
    return {**scope, "state": {ABOUT: b"{}"}}


async def ask(app: ASGIApp, charge_box_id: str, text: str) -> list[tuple[int, str]]:
    """Ask a process to have a charger sent that text; every answer that comes, of which there is to
    be one."""
    answers: list[tuple[int, str]] = []
    bodies = [{"type": "http.request", "body": text.encode(), "more_body": False}]
    statuses: list[int] = []

    async def receive() -> Message:
        if bodies:
            return bodies.pop()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif not message.get("more_body"):
            answers.append((statuses[-1], message.get("body", b"").decode()))

    path = f"/api/v1/chargers/{charge_box_id}/data-transfer"
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"content-length", str(len(text)).encode())],
        "client": None,
        "server": None,
    }
    await app(scope, receive, send)
    if len(statuses) > len(answers):
        answers.append((0, "cut off"))
    return answers


def _answering_errors(app: ASGIApp) -> ASGIApp:
    """Answer errors, as the outermost part of a real app does."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def sent(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await app(scope, receive, sent)
        except VoltyardError as error:
            if has_started:
                raise
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE, error.code)

    return answering


async def _answer(send: Send, status: int, said: str) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": []})
    await send({"type": "http.response.body", "body": said.encode(), "more_body": False})
