"""The gateway by way of two nodes: each request comes to the next of their fronts, which hands it
to the server over a bus of its own."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from starlette.types import ASGIApp

from voltyard.api.elsewhere.node_apps import front_app
from voltyard.bus.local_server import LocalBusServer
from voltyard.bus.nats_bus import NatsBus
from voltyard.nodes.messages import SERVER, Subjects
from voltyard.organizations.key_cache import Keys
from voltyard.relay.request_relay import RequestRelay
from voltyard.relay.request_server import RequestServer

_NODES = ("a", "b")


class InTurn(httpx.AsyncBaseTransport):
    """Hands each request to the next front."""

    def __init__(self, fronts: list[ASGIApp]) -> None:
        transports = [httpx.ASGITransport(one, raise_app_exceptions=False) for one in fronts]
        self._transports = itertools.cycle(transports)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await next(self._transports).handle_async_request(request)


@asynccontextmanager
async def through_nodes(
    directory: Path, app: ASGIApp, keys: Keys
) -> AsyncIterator[httpx.AsyncBaseTransport]:
    """Two fronts of nodes before an app, which is the server's."""
    subjects = Subjects("lab")
    subject = subjects.rest(SERVER, "server")
    async with AsyncExitStack() as stack:
        local = LocalBusServer(directory / "bus")
        await local.start()
        stack.push_async_callback(local.close)
        bus = await NatsBus.connect(local.url)
        stack.push_async_callback(bus.close)
        requests = RequestServer(app, bus, subject)
        await requests.open()
        stack.push_async_callback(requests.close)
        fronts = []
        for name in _NODES:
            node_bus = await NatsBus.connect(local.url)
            stack.push_async_callback(node_bus.close)
            relay = RequestRelay(node_bus, subjects.rest_answers(name))
            await relay.open()
            stack.push_async_callback(relay.close)
            fronts.append(front_app(keys, {}, relay.relay, lambda: subject))
        yield InTurn(fronts)
