"""The target of an attack and its measures, and the hands of an attacker."""

import asyncio
import base64
import contextlib
import json
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.api.bench import ScriptedCharger
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling
from voltyard.testing.processes import ServerProcess

ATTACKER = "127.0.0.66"
"""An address of loopback that is not the one of those who belong."""

PATIENCE_S = 60.0
_CALM_REQUESTS = 300
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


class Target:
    """A server that runs, and its costs as the system tells them."""

    def __init__(self, server: ServerProcess) -> None:
        self.server = server

    def memory_mb(self) -> float:
        """Resident memory."""
        status = Path(f"/proc/{self.server.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def cpu_s(self) -> float:
        """Seconds of a core that it has used so far."""
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND

    async def calm_cost_s(self) -> float:
        """Seconds of a core that a request to /health costs, over a connection of its own."""
        before = self.cpu_s()
        for _ in range(_CALM_REQUESTS):
            await self.health_s()
        return (self.cpu_s() - before) / _CALM_REQUESTS

    def descriptors(self) -> int:
        """Open files and sockets."""
        return len(list(Path(f"/proc/{self.server.pid}/fd").iterdir()))

    async def health_s(self) -> float:
        """Seconds that /health takes to answer, over a connection of its own."""
        begun = time.monotonic()
        async with asyncio.timeout(PATIENCE_S):
            answer = await asked(self.server.port, b"GET /health HTTP/1.1\r\nHost: x\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        return time.monotonic() - begun


async def asked(port: int, head: bytes, address: str | None = None) -> bytes:
    """The answer to a request that asks for the connection to be closed."""
    where = None if address is None else (address, 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=where)
    try:
        writer.write(head + b"Connection: close\r\n\r\n")
        return await reader.read()
    finally:
        writer.close()


def upgrade(identity: str, password: str = "", *headers: str) -> bytes:
    """A charger's handshake."""
    lines = [
        f"GET /ocpp/{identity} HTTP/1.1",
        "Host: x",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: ocpp1.6",
        *headers,
    ]
    if password:
        credentials = base64.b64encode(f"{identity}:{password}".encode()).decode()
        lines.append(f"Authorization: Basic {credentials}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def status(port: int, said: bytes, address: str | None = None) -> int:
    """Of the answer, whatever comes behind it."""
    where = None if address is None else (address, 0)
    async with asyncio.timeout(PATIENCE_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=where)
        try:
            writer.write(said)
            return int((await reader.readline()).split()[1])
        finally:
            writer.transport.abort()


async def until(is_so: Callable[[], bool], patience_s: float) -> None:
    """Wait for what the server does by itself; go on after so long all the same."""
    end = time.monotonic() + patience_s
    while not is_so() and time.monotonic() < end:  # noqa: ASYNC110 - it is another process
        await asyncio.sleep(0.1)


@contextlib.contextmanager
def silent_sockets(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections that say nothing."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            opened.append(one)
        yield opened
    finally:
        for one in opened:
            one.close()


def client_of(target: Target, key: str) -> httpx.AsyncClient:
    """A client with that key."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.AsyncClient(base_url=target.server.url, headers=headers, timeout=PATIENCE_S)


async def key_of(admin: httpx.AsyncClient, name: str, **said: Any) -> str:
    """A key that was just made."""
    made = await admin.post("/api/v1/auth/api-keys", json={"name": name, **said})
    assert made.is_success, made.text
    return str(made.json()["key"])


async def tenant_of(target: Target, admin: httpx.AsyncClient, name: str) -> httpx.AsyncClient:
    """A client with a key of a new organization, which it names in each request."""
    made = (await admin.post("/api/v1/organizations", json={"name": name})).json()
    key = await key_of(admin, name, scopes=["operate"], organizationId=made["id"])
    client = client_of(target, key)
    client.headers["x-organization-id"] = made["id"]
    return client


async def heard(client: httpx.AsyncClient, path: str, words: str) -> None:
    """Wait until an answer holds these words."""
    async with asyncio.timeout(PATIENCE_S):
        while words not in (await client.get(path)).text:  # noqa: ASYNC110  nobody sets an event
            await asyncio.sleep(0.05)


class DialledCharger(ScriptedCharger):
    """The same over a socket of its own."""

    @classmethod
    async def dial(
        cls,
        url: str,
        subprotocol: str = "ocpp1.6",
        password: str | None = None,
        script: dict[str, Any] | None = None,
    ) -> "DialledCharger":
        """One whose handshake was answered well."""
        charger = cls(script or {})
        identity = url.rpartition("/")[2]
        dialling = Dialling(
            url, (subprotocol,), timeout_s=PATIENCE_S, username=identity, password=password
        )
        await PicowsDialler().dial(dialling, charger)
        return charger

    async def call(self, action: str, payload: Any) -> Any:
        """The frame that answers a CALL."""
        number = f"n{time.monotonic_ns()}"
        self.send([2, number, action, payload])
        await self.until(lambda: number in self.answers)
        return self.answers[number]


class Bystander:
    """A charger of the organization `default` that has done nothing to anybody."""

    def __init__(self, charger: DialledCharger) -> None:
        self._charger = charger

    async def check(self) -> None:
        """Its link is the one it had, and its calls are answered."""
        async with asyncio.timeout(PATIENCE_S):
            answer = await self._charger.call("Heartbeat", {})
        assert answer[0] == 3 and not self._charger.is_closed, json.dumps(answer)


@contextlib.asynccontextmanager
async def standing_by(target: Target, admin: httpx.AsyncClient) -> AsyncIterator[Bystander]:
    """A bystander, for as long."""
    made = await admin.post("/api/v1/chargers", json={"chargeBoxId": "BYSTANDER"})
    assert made.is_success, made.text
    charger = await DialledCharger.dial(f"{target.server.charger_url}/BYSTANDER")
    await charger.call("BootNotification", {"chargePointVendor": "v", "chargePointModel": "m"})
    yield Bystander(charger)
    if charger.link is not None:
        charger.link.close()
