"""Our backend as a server composes it: a real door, SQLite, and REST."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from voltyard.api.app import create_app
from voltyard.api.auth import Keys, ensure_first_key
from voltyard.api.csms import Csms, csms_router
from voltyard.csms.authority import Signer
from voltyard.csms.backend import Backend
from voltyard.csms.outbox import Outbox
from voltyard.csms.webhooks.webhooks import Webhooks
from voltyard.network.picows_links import PicowsDoor
from voltyard.network.poster import HttpPoster
from voltyard.storage.csms import csms_journal, load_contents
from voltyard.storage.database import Database
from voltyard.storage.deliveries import StoredDeliveries
from voltyard.storage.events import StoredEvents

TOKEN = "a-token-that-was-given"


class Desk:
    """An operator with a key, over REST."""

    def __init__(self, client: httpx.AsyncClient, charger_url: str) -> None:
        self.charger_url = charger_url
        self._client = client

    async def get(self, path: str, **query: Any) -> Any:
        response = await self._client.get(f"/api/v1{path}", params=query or None)
        assert response.status_code == 200, response.text
        return response.json()

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """By any method."""
        response = await self._client.request(method, f"/api/v1{path}", json=body)
        assert response.status_code == status, response.text
        return response.json()

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return await self.ask("POST", path, body, status)

    async def put(self, path: str, body: Any = None) -> Any:
        return await self.ask("PUT", path, body)

    async def delete(self, path: str, body: Any = None) -> Any:
        return await self.ask("DELETE", path, body)

    async def patch(self, path: str, body: Any) -> Any:
        response = await self._client.patch(f"/api/v1{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def register(self, box: str, **fields: Any) -> None:
        await self.post("/chargers", {"chargeBoxId": box, **fields}, status=201)

    async def until(self, path: str, **expected: Any) -> Any:
        """The resource at that path, once its fields are as expected."""
        body: dict[str, Any] = {}
        try:
            async with asyncio.timeout(120):
                while True:
                    body = await self.get(path)
                    if all(body.get(name) == value for name, value in expected.items()):
                        return body
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{path} never became {expected}: {body}") from None

    async def transactions(self, box: str, **query: Any) -> list[dict[str, Any]]:
        body = await self.get("/transactions", chargeBoxId=box, **query)
        found: list[dict[str, Any]] = body["transactions"]
        return found


@asynccontextmanager
async def open_desk(folder: Path, signer: Signer | None = None) -> AsyncIterator[Desk]:
    """A backend of its own on the database there, for as long as the context lasts."""
    database = await Database.open(folder)
    await ensure_first_key(database, folder, TOKEN, time.time())
    keys = await Keys.load(database, time.time)
    poster = HttpPoster(lambda: True, connections=8)
    journal = csms_journal(database)
    outbox = Outbox(journal, StoredEvents(database))
    backend = Backend(journal, time.time, poster=poster, outbox=outbox, signer=signer)
    contents = await database.read(load_contents)
    outbox.load(contents)
    backend.load(contents)
    webhooks = Webhooks(outbox, journal, StoredDeliveries(database), poster, time.time)
    await webhooks.start(contents.webhooks)
    door = PicowsDoor()
    await door.open("127.0.0.1", 0, backend.gate)
    url = f"ws://127.0.0.1:{door.port}/ocpp"
    csms = Csms(backend, database, keys, time.time, outbox, webhooks, url)
    app = create_app(keys, [csms_router()], {"csms": csms})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://desk", headers={"X-API-Key": TOKEN}
    ) as client:
        yield Desk(client, url)
    await webhooks.close()
    await backend.close()
    await poster.close()
    await door.close()
    await database.close()
