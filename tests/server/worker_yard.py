"""What the tests of workers share: a CSMS that counts, a cable to cut, and a yard to ask."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx

from tests.fakes.links import RecordingGate
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.ports.links import Link
from voltyard.testing.processes import ServerProcess

T = TypeVar("T")

PATIENCE_S = 120.0

_ANSWERS: dict[str, dict[str, Any]] = {
    "BootNotification": {
        "status": "Accepted",
        "currentTime": "2026-01-05T00:00:00Z",
        "interval": 300,
    },
    "Heartbeat": {"currentTime": "2026-01-05T00:00:00Z"},
    "Authorize": {"idTagInfo": {"status": "Accepted"}},
    "StartTransaction": {"idTagInfo": {"status": "Accepted"}, "transactionId": 7},
}


class Csms:
    """Answers chargers of OCPP 1.6, and knows how often each has come."""

    def __init__(self) -> None:
        self._gate = RecordingGate("ocpp1.6", on_frame=_answer)
        self._door = PicowsDoor()

    async def open(self) -> None:
        await self._door.open("127.0.0.1", 0, self._gate)

    async def close(self) -> None:
        await self._door.close()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._door.port}/ocpp"

    def visits(self) -> Counter[str]:
        """How often each identity has connected."""
        return Counter(one.path.rpartition("/")[2] for one in self._gate.handshakes)

    def open_links(self) -> int:
        return sum(1 for user in self._gate.users if user.link is not None and not user.ends)

    def calls(self, action: str) -> int:
        """How many calls of that action have come, of all chargers."""
        frames = (json.loads(frame) for user in self._gate.users for frame in user.frames)
        return sum(1 for frame in frames if frame[0] == 2 and frame[2] == action)


@asynccontextmanager
async def csms() -> AsyncIterator[Csms]:
    one = Csms()
    await one.open()
    yield one
    await one.close()


def _answer(link: Link, text: str) -> None:
    kind, identifier, *rest = json.loads(text)
    if kind == 2:
        link.send(json.dumps([3, identifier, _ANSWERS.get(rest[0], {})]))


class Cable:
    """A TCP relay between a worker and the bus, which can be cut."""

    def __init__(self, bus_url: str) -> None:
        self._before, _, port = bus_url.rpartition(":")
        self._port = int(port)
        self._is_cut = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", 0)

    @property
    def url(self) -> str:
        return f"{self._before}:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        self._is_cut = True
        for end in self._ends:
            end.transport.abort()

    def mend(self) -> None:
        self._is_cut = False

    async def close(self) -> None:
        self.cut()
        self._server.close()
        await self._server.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._ends |= {writer, far_writer}
        await asyncio.gather(
            _copy(reader, far_writer), _copy(far_reader, writer), return_exceptions=True
        )
        self._ends -= {writer, far_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.transport.abort()


class Yard:
    """A server with workers, asked over REST; its chargers dial the CSMS they are given."""

    def __init__(self, server: ServerProcess, client: httpx.AsyncClient) -> None:
        self.server = server
        self.client = client

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def charger(self, identity: str, ws_url: str) -> str:
        """A charger on its way; its id."""
        body = {
            "identity": identity,
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ws_url": ws_url,
        }
        made = await self.ask("POST", "/ocpp/chargers", body)
        return str(made["charger_id"])

    async def status(self, charger: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.ask("GET", f"/ocpp/chargers/{charger}/status")
        return found

    async def settled(self, charger: str) -> dict[str, Any]:
        """Its status, once it is READY or FAILED."""
        return await self.until(lambda: self.status(charger), lambda s: s["status"] in SETTLED)

    async def connected(self, charger: str) -> None:
        """Returns once it is READY and has reached its CSMS, which it may do before."""

        def is_there(status: dict[str, Any]) -> bool:
            return status["status"] == "READY" and (status["connection"] or {}).get("connected")

        await self.until(lambda: self.status(charger), is_there)

    async def state(self, charger: str) -> httpx.Response:
        return await self.client.get(f"/ocpp/chargers/{charger}/state")

    async def command(self, verb: str, charger: str, **event: Any) -> dict[str, Any]:
        """A command of the gateway with its result."""
        body = {"target": {"charger_id": charger}, "event": event}
        queued = await self.ask("POST", f"/ocpp/commands/{verb}", body)
        identifier = queued["results"][0]["command"]["id"]
        return await self.until(
            lambda: self.ask("GET", f"/ocpp/commands/{identifier}"),
            lambda one: one["finished_at"] is not None,
        )

    async def runtime(self, verb: str, charger: str) -> dict[str, Any]:
        """start-, stop- or reset-charger, carried out; what its payload says."""
        said: dict[str, Any] = await self.ask("POST", f"/ocpp/chargers/{charger}/{verb}", {})
        await self.until(
            lambda: self.ask("GET", f"/ocpp/commands/{said['id']}"),
            lambda one: one["status"] == "completed",
        )
        payload: dict[str, Any] = said["payload"]
        return payload

    async def until(self, look: Callable[[], Any], holds: Callable[[Any], bool]) -> Any:
        """What is seen once it is so."""
        give_up_at = time.monotonic() + PATIENCE_S
        while not holds(seen := await look()):
            assert time.monotonic() < give_up_at, seen
            await asyncio.sleep(0.05)
        return seen


SETTLED = ("READY", "FAILED")


@asynccontextmanager
async def yard(server: ServerProcess) -> AsyncIterator[Yard]:
    """Started, and stopped in order."""
    await asyncio.to_thread(server.start)
    headers = {"Authorization": f"Bearer {server.key}"}
    try:
        async with httpx.AsyncClient(
            base_url=server.url, headers=headers, timeout=PATIENCE_S
        ) as client:
            yield Yard(server, client)
    finally:
        await asyncio.to_thread(server.stop)


async def until(holds: Callable[[], bool], what: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < give_up_at, f"{what} did not come true"
        await asyncio.sleep(0.02)
