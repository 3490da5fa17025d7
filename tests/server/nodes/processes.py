"""`voltyard up --nodes 0` and `voltyard node` in processes of their own, to be killed."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.server.nodes.cluster import KEY, PATIENCE_S, SERVER, NodeCharger, dialled, until
from voltyard.bus.local_server import LocalBusServer, free_port
from voltyard.testing.processes import ServerProcess

STARTS_S = 120.0


def _as_in_a_shell() -> None:
    """Begin with as few open files as a shell mostly allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))


class NodeProcess:
    """`voltyard node` on free ports of loopback."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.port, self.ocpp_port = free_port(), free_port()
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "voltyard", "node", "--name", name],
            env={
                **os.environ,
                **environment,
                "VOLTYARD_PORT": str(self.port),
                "VOLTYARD_OCPP_PORT": str(self.ocpp_port),
            },
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            preexec_fn=_as_in_a_shell,
        )

    @property
    def charger_url(self) -> str:
        return f"ws://127.0.0.1:{self.ocpp_port}/ocpp"

    def started(self) -> None:
        """Wait until it answers."""
        give_up_at = time.monotonic() + STARTS_S
        while not self._answers():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < give_up_at, self.said()
            time.sleep(0.05)

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self.process.wait(timeout=STARTS_S)

    def said(self) -> str:
        """The text it has written to stderr so far."""
        file = self._said.fileno()
        return os.pread(file, os.fstat(file).st_size, 0).decode(errors="replace")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait(timeout=STARTS_S)
        self._said.close()

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class Processes:
    """A server and nodes in processes. `SERVER` and the nodes' names are their places."""

    def __init__(self, directory: Path, database_url: str, bus: LocalBusServer) -> None:
        self._database_url = database_url
        self.bus = bus
        self.shared = {
            "VOLTYARD_DATABASE_URL": database_url,
            "VOLTYARD_BUS_URL": bus.url,
            "VOLTYARD_BUS_NAME": "lab",
        }
        self._directory = directory
        self.server = ServerProcess(directory / SERVER, KEY, "--nodes", "0")
        self.server.environment |= self.shared
        self.nodes: dict[str, NodeProcess] = {}

    async def start_node(self, name: str) -> NodeProcess:
        """Start a node, which has joined then."""
        if name in self.nodes:
            self.nodes[name].close()
        told = {**self.shared, "VOLTYARD_DATA": str(self._directory / name)}
        self.nodes[name] = NodeProcess(name, told)
        await asyncio.to_thread(self.nodes[name].started)
        return self.nodes[name]

    async def start_server(self) -> None:
        """Start the server, or another after it."""
        await asyncio.to_thread(self.server.start)

    def charger_url(self, place: str) -> str:
        return self.server.charger_url if place == SERVER else self.nodes[place].charger_url

    async def dial(self, place: str, box: str, script: Any = None) -> NodeCharger:
        """A charger that has dialled a place, as soon as it is let in."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await dialled(self.charger_url(place), box, script)
            except Exception:
                assert time.monotonic() < give_up_at
                await asyncio.sleep(0.2)

    async def tell(
        self, place: str, method: str, path: str, body: Any = None, **query: Any
    ) -> httpx.Response:
        """The answer of /api/v1 there, whatever it is."""
        port = self.server.port if place == SERVER else self.nodes[place].port
        headers = {"Authorization": f"Bearer {KEY}"}
        url = f"http://127.0.0.1:{port}/api/v1{path}"
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE_S) as client:
            return await client.request(method, url, json=body, params=query or None)

    async def ask(self, place: str, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The same of a request that is to succeed."""
        answer = await self.tell(place, method, path, body, **query)
        assert answer.is_success, f"{answer.status_code} {answer.text}"
        return answer.json()

    async def answered(self, place: str, path: str) -> Any:
        """The answer to a GET, once it succeeds."""
        give_up_at = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                answer = await self.tell(place, "GET", path)
                if answer.is_success:
                    return answer.json()
                assert answer.status_code == 503, answer.text
            assert time.monotonic() < give_up_at
            await asyncio.sleep(0.1)

    async def online(self, box: str, at: str = "b") -> None:
        """Wait until a charger is online."""
        await until(
            lambda: self.ask(at, "GET", f"/chargers/{box}"), lambda shown: shown["isOnline"]
        )

    async def register(self, *boxes: str) -> None:
        for box in boxes:
            await self.ask(SERVER, "POST", "/chargers", {"chargeBoxId": box})

    async def events(self, place: str, **query: Any) -> list[dict[str, Any]]:
        """All events, the oldest first."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.ask(place, "GET", "/events", limit=100, offset=len(found), **query)
            found += page["events"]
            if not page["events"]:
                return found[::-1]

    async def query(self, statement: str) -> list[Any]:
        """Rows of the database."""
        async with await psycopg.AsyncConnection.connect(
            self._database_url, autocommit=True
        ) as connection:
            cursor = await connection.execute(statement.encode())
            return await cursor.fetchall()

    def close(self) -> None:
        for node in self.nodes.values():
            node.close()
        self.server.__exit__()


@asynccontextmanager
async def processes_of(directory: Path, database_url: str, *nodes: str) -> AsyncIterator[Processes]:
    """A server with nodes of these names."""
    bus = LocalBusServer(directory / "bus")
    await bus.start()
    one = Processes(directory, database_url, bus)
    try:
        await one.start_server()
        await asyncio.gather(*(one.start_node(name) for name in nodes))
        yield one
    finally:
        await asyncio.to_thread(one.close)
        await bus.close()
