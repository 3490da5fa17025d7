"""A server that speaks TLS to chargers, and what is asked of it over REST."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.network.links.websockets_links import WebsocketsDialler, WebsocketsDoor
from voltyard.config.config import Config
from voltyard.server.server import PICOWS, LinkLibrary, Server
from voltyard.testing.certificates import RootAuthority

KEY = "a-key-for-tests-of-tls"
PASSWORD = "correct-horse-battery"
CHARGER = {
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
}


class Lab:
    """A server, and what its callers ask."""

    def __init__(self, server: Server, client: httpx.AsyncClient) -> None:
        self.server = server
        self._client = client

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    async def text(self, path: str) -> str:
        answer = await self._client.get(path)
        assert answer.is_success, answer.text
        return answer.text

    async def registered(self, identity: str, **said: Any) -> Any:
        return await self.send("POST", "/api/v1/chargers", {"chargeBoxId": identity, **said})

    async def charger(self, identity: str, version: str = "OCPP1.6", **said: Any) -> str:
        url = self.server.charger_url
        body = {**CHARGER, "identity": identity, "ws_url": url, "ocpp_version": version, **said}
        return str((await self.send("POST", "/ocpp/chargers", body))["charger_id"])

    async def triggered(self, identity: str, body: Any) -> str:
        """What a charger says to a trigger; empty where it is not connected yet."""
        path = f"/api/v1/chargers/{identity}/trigger"
        answer = await self._client.request("POST", path, json=body)
        return str(answer.json().get("status", "")) if answer.is_success else ""

    async def connection(
        self, charger_id: str, holds: Callable[[dict[str, Any]], bool]
    ) -> dict[str, Any]:
        """What the charger's status says of its connection, once it is so."""
        give_up_at = time.monotonic() + 120
        while True:
            status = await self.send("GET", f"/ocpp/chargers/{charger_id}/status")
            connection: dict[str, Any] = status["connection"] or {"connected": False, "reason": ""}
            if holds(connection):
                return connection
            assert time.monotonic() < give_up_at, status
            await asyncio.sleep(0.05)

    async def until_connected(self, charger_id: str) -> None:
        await self.connection(charger_id, lambda one: one["connected"])

    async def failure(self, charger_id: str) -> str:
        said = await self.connection(charger_id, lambda one: bool(one["reason"]))
        assert not said["connected"]
        return str(said["reason"])


LIBRARIES = {
    "picows": PICOWS,
    "websockets": LinkLibrary(lambda tls, *_: WebsocketsDoor(tls), WebsocketsDialler),
}


@asynccontextmanager
async def lab(directory: Path, root: RootAuthority, links: str, **said: Any) -> AsyncIterator[Lab]:
    certificate, key = root.sign("csms", "127.0.0.1").files(directory)
    config = Config(
        data=directory / "data",
        port=0,
        ocpp_port=0,
        token=KEY,
        ocpp_tls_certificate=certificate,
        ocpp_tls_key=key,
        **said,
    )
    async with Server(config, links=LIBRARIES[links]) as server:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(
            base_url=server.api_url, headers=headers, timeout=120
        ) as client:
            yield Lab(server, client)
