"""A server and its nodes on one event loop, over one database and a bus of their own; and chargers
that dial any of them."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.api.bench import ScriptedCharger
from tests.fakes.memory_engine import MemoryEngine
from voltyard.bus.local_server import LocalBusServer
from voltyard.config.config import Config
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling
from voltyard.server.node import Node
from voltyard.server.server import Server

KEY = "the-key-of-server-and-nodes"
PATIENCE_S = 60.0
SERVER = "server"
"""The place that is no node's name."""

BOOT = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}

_numbers = itertools.count(1)


class NodeCharger(ScriptedCharger):
    """A charger over a real link. It answers as scripted, and keeps what it was asked."""

    async def call(self, action: str, payload: Any) -> Any:
        """The payload that answers a CALL."""
        number = f"n{next(_numbers)}"
        self.send([2, number, action, payload])
        await self.until(lambda: number in self.answers or self.is_closed)
        answer = self.answers[number]
        assert answer[0] == 3, json.dumps(answer)
        return answer[2]

    def hang_up(self) -> None:
        """Close the link."""
        assert self.link is not None
        self.link.close()

    async def closed_by_the_other_end(self) -> None:
        """Wait for that."""
        await self.until(lambda: self.is_closed)

    async def until_asked(self, action: str) -> Any:
        """The payload of the last CALL of that action, once there is one."""

        def found() -> list[Any]:
            return [payload for asked, payload in self.asked if asked == action]

        await self.until(found)
        return found()[-1]


async def dialled(
    url: str,
    box: str,
    script: Mapping[str, Any] | None = None,
    *,
    subprotocol: str = "ocpp1.6",
    password: str | None = None,
    tls: Tls = SYSTEM_TRUST,
) -> NodeCharger:
    """A charger whose handshake was answered well."""
    charger = NodeCharger(script or {})
    dialling = Dialling(
        f"{url}/{box}",
        (subprotocol,),
        timeout_s=PATIENCE_S,
        username=box,
        password=password,
        tls=tls,
    )
    await PicowsDialler().dial(dialling, charger)
    return charger


async def until(
    look: Callable[[], Awaitable[Any]], holds: Callable[[Any], object] = lambda seen: seen
) -> Any:
    """What is seen, once it is so; AssertionError with the last that was seen."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + PATIENCE_S
    while not holds(seen := await look()):
        assert loop.time() < give_up_at, seen
        await asyncio.sleep(0.02)
    return seen


class Cluster:
    """A server with nodes. `SERVER` and the nodes' names are its places."""

    def __init__(self, directory: Path, database_url: str, bus: LocalBusServer) -> None:
        self._directory = directory
        self.database_url = database_url
        self.bus = bus
        self.ahead_s: Seconds = 0.0
        """The clock of all of them is so far ahead."""
        self.server: Server
        self.nodes: dict[str, Node] = {}
        self._stack = AsyncExitStack()
        self._ends: dict[str, AsyncExitStack] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    def config(self, place: str, **settings: Any) -> Config:
        """The settings of a server or a node."""
        given: dict[str, Any] = {
            "data": self._directory / place,
            "port": 0,
            "ocpp_port": 0,
            "database_url": self.database_url,
            "bus_url": self.bus.url,
            "bus_name": "lab",
            "nodes": 0,
            "drain_s": 1.0,
            "token": KEY if place == SERVER else None,
        }
        return Config(**{**given, **settings})

    async def start_server(self, **settings: Any) -> Server:
        """Start the server."""
        made = Server(self.config(SERVER, **settings), self._clock, MemoryEngine())
        self.server = await self._entered(SERVER, made)
        return self.server

    async def start_node(self, name: str, **settings: Any) -> Node:
        """Start a node, which has joined the server then."""
        made = Node(self.config(name, **settings), name, self._clock)
        self.nodes[name] = await self._entered(name, made)
        return self.nodes[name]

    def _clock(self) -> Instant:
        return time.time() + self.ahead_s

    async def stop(self, place: str) -> None:
        """End the server or a node, in order."""
        self.nodes.pop(place, None)
        client = self._clients.pop(place, None)
        if client is not None:
            await client.aclose()
        await self._ends.pop(place).aclose()

    async def close(self) -> None:
        """End everything: the nodes first."""
        for place in reversed(list(self._ends)):
            await self.stop(place)

    async def _entered(self, place: str, one: Any) -> Any:
        stack = self._ends[place] = AsyncExitStack()
        try:
            return await stack.enter_async_context(one)
        except BaseException:
            del self._ends[place]
            raise

    @property
    def places(self) -> list[str]:
        """The server and the nodes that run."""
        return [SERVER, *self.nodes]

    def _at(self, place: str) -> Server | Node:
        return self.server if place == SERVER else self.nodes[place]

    def charger_url(self, place: str) -> str:
        """The URL that chargers dial there."""
        return self._at(place).charger_url

    def api_url(self, place: str) -> str:
        """The URL of REST there."""
        return self._at(place).api_url

    def client(self, place: str) -> httpx.AsyncClient:
        """A client of REST there, with the first key."""
        client = self._clients.get(place)
        if client is None:
            client = self._clients[place] = httpx.AsyncClient(
                base_url=self.api_url(place),
                headers={"Authorization": f"Bearer {KEY}"},
                timeout=PATIENCE_S,
            )
        return client

    async def ask(self, place: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The answer of /api/v1 there to a request that is to succeed."""
        answer = await self.tell(place, method, path, body, **query)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def tell(
        self, place: str, method: str, path: str, body: Any = None, **query: Any
    ) -> httpx.Response:
        """The answer, whatever it is."""
        return await self.client(place).request(
            method, f"/api/v1{path}", json=body, params=query or None
        )

    async def register(self, *boxes: str, at: str = SERVER, **fields: Any) -> None:
        """Register chargers."""
        for box in boxes:
            await self.ask(at, "POST", "/chargers", {"chargeBoxId": box, **fields})

    async def dial(
        self, place: str, box: str, script: Mapping[str, Any] | None = None, **how: Any
    ) -> NodeCharger:
        """A charger that has dialled a place, and was let in."""
        return await dialled(self.charger_url(place), box, script, **how)

    async def boot(
        self, place: str, box: str, script: Mapping[str, Any] | None = None, **how: Any
    ) -> NodeCharger:
        """One of OCPP 1.6 that has booted, too."""
        charger = await self.dial(place, box, script, **how)
        answer = await charger.call("BootNotification", BOOT)
        assert answer["status"] == "Accepted", answer
        return charger

    async def online(self, box: str, is_online: bool = True) -> Any:
        """A charger, once it is online, or is not."""
        return await until(
            lambda: self.ask(SERVER, "GET", f"/chargers/{box}"),
            lambda shown: shown["isOnline"] is is_online,
        )

    async def query(self, statement: str) -> list[Any]:
        """Rows of the database."""
        async with await psycopg.AsyncConnection.connect(
            self.database_url, autocommit=True
        ) as connection:
            cursor = await connection.execute(statement.encode())
            return [] if cursor.description is None else await cursor.fetchall()

    async def events(self, at: str = SERVER, **query: Any) -> list[dict[str, Any]]:
        """All events, the oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.ask(at, "GET", "/events", limit=100, offset=len(found), **query)
            found += page["events"]
            if not page["events"]:
                return found[::-1]

    async def names_of_events(self, box: str, at: str = SERVER) -> list[str]:
        """The names of a charger's events, the oldest first."""
        return [one["event"] for one in await self.events(at, chargeBoxId=box)]


@asynccontextmanager
async def cluster_of(
    directory: Path, database_url: str, *nodes: str, **settings: Any
) -> AsyncIterator[Cluster]:
    """A server with nodes of these names; `settings` are everybody's."""
    bus = LocalBusServer(directory / "bus")
    await bus.start()
    cluster = Cluster(directory, database_url, bus)
    try:
        await cluster.start_server(**settings)
        for name in nodes:
            await cluster.start_node(name, **settings)
        yield cluster
    finally:
        await cluster.close()
        await bus.close()
