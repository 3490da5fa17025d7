"""The app over HTTP with chargers that answer as they are told, for the tests of the REST API."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from voltyard.csms.backend import Backend
from voltyard.csms.registry import RegisteredCharger
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.ports.links import Dialler, Dialling, Link
from voltyard.storage.csms.files import Files
from voltyard.storage.database.database import Database
from voltyard.vitals import ServerProblem, Vitals

TOKEN = "a-token-that-was-given"
START = 1_770_732_000.0  # 2026-02-10T14:00:00Z
BOX = "CHARGER-001"


class ScriptedCharger:
    """The charger's end of a link: answers each action as scripted, and keeps what it was asked."""

    def __init__(self, script: Mapping[str, Any]) -> None:
        self.script = dict(script)
        self.asked: list[tuple[str, Any]] = []
        self.answers: dict[str, list[Any]] = {}
        self.link: Link | None = None
        self.is_closed = False
        self._changed = asyncio.Event()

    def opened(self, link: Link) -> None:
        self.link = link

    def closed(self, code: int, reason: str) -> None:
        self.is_closed = True
        self._changed.set()

    def received(self, text: str) -> None:
        self._changed.set()
        frame = json.loads(text)
        if frame[0] != 2:
            self.answers[frame[1]] = frame
            return
        _, message_id, action, payload = frame
        self.asked.append((action, payload))
        reply = self.script.get(action)
        if isinstance(reply, list):
            self.send([4, message_id, *reply])
        elif callable(reply):
            reply(self, message_id, payload)
        elif reply is not None:
            self.send([3, message_id, reply])

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait for frames until that is so; TimeoutError where it does not come about."""
        async with asyncio.timeout(120):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    def send(self, frame: list[Any]) -> None:
        assert self.link is not None
        self.link.send(json.dumps(frame))


class Lab:
    """The app, its backend, and the chargers that are connected to it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        backend: Backend,
        database: Database,
        keys: Keys,
        dialler: Dialler,
        vitals: Vitals,
        told: list[tuple[ServerProblem, ...]],
    ) -> None:
        self.vitals = vitals
        self.told = told
        """What the vitals said, in order."""
        self.client = client
        self.backend = backend
        self.database = database
        self.keys = keys
        self.now = START
        self.dialler = dialler
        self.password: str | None = None
        """What chargers show when they dial."""
        self._ids = iter(range(1, 1_000_000))

    async def get(self, path: str, key: str = TOKEN, **query: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", params=query, headers={"X-API-Key": key})

    async def post(self, path: str, body: Any = None, key: str = TOKEN) -> httpx.Response:
        return await self.client.post(f"/api/v1{path}", json=body, headers={"X-API-Key": key})

    async def patch(self, path: str, body: Any, key: str = TOKEN) -> httpx.Response:
        return await self.client.patch(f"/api/v1{path}", json=body, headers={"X-API-Key": key})

    async def put(self, path: str, body: Any, key: str = TOKEN) -> httpx.Response:
        return await self.client.put(f"/api/v1{path}", json=body, headers={"X-API-Key": key})

    async def delete(self, path: str, key: str = TOKEN, body: Any = None) -> httpx.Response:
        headers = {"X-API-Key": key}
        return await self.client.request("DELETE", f"/api/v1{path}", json=body, headers=headers)

    def chargers(self) -> list[RegisteredCharger]:
        return self.backend.chargers(DEFAULT_ORGANIZATION_ID)

    def is_registered(self, box: str) -> bool:
        return box in {one.row.charge_box_id for one in self.chargers()}

    def with_files(self, directory: Path) -> Files:
        """Keep files there, from now on."""
        files = Files(self.database, directory, "http://lab", lambda: self.now)
        files.load()
        app: Any = self.client._transport.app  # type: ignore[attr-defined]
        app.state.csms = replace(app.state.csms, files=files)
        return files

    def tick(self) -> None:
        """Have what is due be done."""
        self.backend.tick()

    async def register(self, box: str = BOX, **fields: Any) -> dict[str, Any]:
        response = await self.post("/chargers", {"chargeBoxId": box, **fields})
        assert response.status_code == 201, response.text
        body: dict[str, Any] = response.json()
        return body

    async def connect(
        self, version: str = "1.6", script: Mapping[str, Any] | None = None, box: str = BOX
    ) -> ScriptedCharger:
        """A registered charger, connected and accepted."""
        if not self.is_registered(box):
            await self.register(box)
        charger = ScriptedCharger(script or {})
        await self.dial(charger, version, box)
        await self.call(charger, "BootNotification", BOOT[version])
        return charger

    async def dial(self, charger: ScriptedCharger, version: str = "1.6", box: str = BOX) -> None:
        """Connect, and say nothing yet."""
        url, subprotocols = f"ws://lab:9000/ocpp/{box}", (f"ocpp{version}",)
        dialling = Dialling(url, subprotocols, username=box, password=self.password)
        await self.dialler.dial(dialling, charger)

    async def call(self, charger: ScriptedCharger, action: str, payload: Any) -> Any:
        """Have the charger send a CALL; the payload of its CALLRESULT."""
        message_id = f"m{next(self._ids)}"
        charger.send([2, message_id, action, payload])
        await charger.until(lambda: message_id in charger.answers)
        frame = charger.answers[message_id]
        assert frame[0] == 3, frame
        return frame[2]


BOOT: Mapping[str, Any] = {
    "1.6": {
        "chargePointVendor": "ACME",
        "chargePointModel": "DC-50",
        "chargePointSerialNumber": "SN-1",
        "firmwareVersion": "1.2.3",
    },
    "2.0.1": {
        "reason": "PowerUp",
        "chargingStation": {
            "vendorName": "ACME",
            "model": "DC-50",
            "serialNumber": "SN-1",
            "firmwareVersion": "1.2.3",
        },
    },
}
