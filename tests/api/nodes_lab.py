"""A server with two nodes for the tests of the REST API, on PostgreSQL and a bus of their own: each
request goes to the next of the three, and each charger dials the next."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from tests.api.bench import START, TOKEN, Lab
from tests.fakes.memory_engine import MemoryEngine
from voltyard.bus.local_server import LocalBusServer
from voltyard.config.config import Config
from voltyard.csms.backend import Backend
from voltyard.kernel.time import Instant
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.nodes.shared_state import SharedState
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import Dialler, Dialling, Door, LinkUser
from voltyard.server.node import Node
from voltyard.server.nodes_beside import NodesBeside
from voltyard.server.server import Server
from voltyard.storage.csms.files import Files
from voltyard.storage.database.database import Database
from voltyard.vitals import Vitals

_URL = "ws://lab:9000/ocpp"


class SeenServer(Server):
    """A server whose parts tests look at."""

    database: Database
    keys: Keys
    nodes: NodesBeside
    backend: Backend
    vitals: Vitals
    files: Files | None
    ocpp_port = 0

    async def _backend(self, *parts: Any) -> Backend:
        self.database, *_, self.keys, self.nodes = parts
        self.backend = await super()._backend(*parts)
        return self.backend

    async def _open(self, door: Door, port: int, backend: Backend) -> None:
        await super()._open(door, port, backend)
        self.ocpp_port = door.port

    async def _files(self, *parts: Any) -> Files | None:
        self.files = await super()._files(*parts)
        return self.files

    def _vitals(self, *parts: Any) -> Vitals:
        self.vitals = super()._vitals(*parts)
        return self.vitals


class SeenNode(Node):
    """A node whose parts tests look at."""

    database: Database
    backend: Backend
    shared: SharedState
    ocpp_port = 0

    async def _backend(self, *parts: Any) -> Backend:
        self.database, *_, self.shared = parts
        self.backend = await super()._backend(*parts)
        return self.backend

    async def _open(self, door: Door, port: int, backend: Backend) -> None:
        await super()._open(door, port, backend)
        self.ocpp_port = door.port


class InTurn(httpx.AsyncBaseTransport):
    """Sends each request to the next of the three, once that knows what was written before."""

    def __init__(self, lab: "NodesLab", urls: list[str]) -> None:
        self._lab = lab
        self._urls = itertools.cycle([httpx.URL(url) for url in urls])
        self._sockets = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._lab.settled()
        place = next(self._urls)
        request.url = request.url.copy_with(scheme="http", host=place.host, port=place.port)
        return await self._sockets.handle_async_request(request)

    async def aclose(self) -> None:
        await self._sockets.aclose()


class DialInTurn:
    """Dials the next of the three, once that knows what was written before."""

    def __init__(self, lab: "NodesLab", ports: list[int]) -> None:
        self._lab = lab
        self._ports = itertools.cycle(ports)
        self._dialler = PicowsDialler()

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        await self._lab.settled()
        url = dialling.url.replace("ws://lab:9000", f"ws://127.0.0.1:{next(self._ports)}")
        await self._dialler.dial(replace(dialling, url=url), user)


class NodesLab(Lab):
    """A server and two nodes, and the chargers that are connected to them."""

    def __init__(self, server: SeenServer, nodes: list[SeenNode]) -> None:
        self._nodes = nodes
        self._beside = server.nodes
        self._files = server.files
        ports = [*(one.ocpp_port for one in nodes), server.ocpp_port]
        urls = [*(one.api_url for one in nodes), server.api_url]
        client = httpx.AsyncClient(
            transport=InTurn(self, urls), base_url="http://lab", timeout=120.0
        )
        dialler: Dialler = DialInTurn(self, ports)
        super().__init__(
            client, server.backend, server.database, server.keys, dialler, server.vitals, []
        )

    async def settled(self) -> None:
        """Wait until each of them knows what the others have written: it takes a moment."""
        for one in self._nodes:
            await one.database.flush()
        await self.database.flush()
        await self._beside.staged.settle()
        async with asyncio.timeout(60):
            while any(  # noqa: ASYNC110
                one.shared.number != self._beside.pulse.number for one in self._nodes
            ):
                await asyncio.sleep(0.001)

    def tick(self) -> None:
        for one in self._nodes:
            one.backend.tick()
        self.backend.tick()

    def with_files(self, directory: Path) -> Files:
        assert self._files is not None
        return self._files

    def is_registered(self, box: str) -> bool:
        at = DEFAULT_ORGANIZATION_ID, box
        return self.backend.is_here(*at) or self.backend.elsewhere.find(*at) is not None


@asynccontextmanager
async def at_once(nodes: Sequence[Node]) -> AsyncIterator[None]:
    """Nodes that start, and end, at the same time."""
    stacks = [AsyncExitStack() for _ in nodes]
    await asyncio.gather(
        *(stack.enter_async_context(one) for stack, one in zip(stacks, nodes, strict=True))
    )
    try:
        yield
    finally:
        await asyncio.gather(*(stack.aclose() for stack in stacks))


@asynccontextmanager
async def nodes_lab(
    directory: Path, database_url: str, *, files: bool = False
) -> AsyncIterator[Lab]:
    """A server and the nodes `a` and `b`; with `files` they keep chargers' files."""
    opened: list[NodesLab] = []

    def clock() -> Instant:
        return opened[0].now if opened else START

    def config(place: str, **settings: Any) -> Config:
        return Config(
            data=directory / place,
            port=0,
            ocpp_port=0,
            database_url=database_url,
            bus_url=bus.url,
            bus_name="lab",
            nodes=0,
            drain_s=0.0,
            files=files,
            public_url="http://lab",
            public_ocpp_url=_URL,
            **settings,
        )

    async with AsyncExitStack() as stack:
        bus = LocalBusServer(directory / "bus")
        await bus.start()
        stack.push_async_callback(bus.close)
        server = SeenServer(config("server", token=TOKEN), clock, MemoryEngine())
        await stack.enter_async_context(server)
        nodes = [SeenNode(config(name), name, clock) for name in ("a", "b")]
        await stack.enter_async_context(at_once(nodes))
        lab = NodesLab(server, nodes)
        await stack.enter_async_context(lab.client)
        opened.append(lab)
        yield lab
