"""Our backend as a server composes it: a real door, SQLite, and REST."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.ocsp_poster import OcspPoster
from voltyard.api.app import create_app
from voltyard.api.csms import BackendContext, csms_router
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import backend_event_log, backend_webhooks
from voltyard.csms.reading.charger_lists import ListsInMemory
from voltyard.csms.security.certificate_authority import CertificateSigner
from voltyard.csms.security.vehicle_pki import NO_VEHICLE_PKI, VehiclePki
from voltyard.kernel.addressing.egress import ANYWHERE
from voltyard.network.links.picows_links import PicowsDoor
from voltyard.network.poster import HttpPoster
from voltyard.organizations.first_key import ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.pki.charging_pki import ChargingPki
from voltyard.storage.csms.backend_records import csms_journal, load_contents
from voltyard.storage.csms.deliveries import StoredDeliveries
from voltyard.storage.csms.events import stored_backend_events
from voltyard.storage.csms.reads import StoredReads
from voltyard.storage.database.database import Database
from voltyard.storage.organizations import StoredKeys

TOKEN = "a-token-that-was-given"


class Desk:
    """An operator with a key, over REST."""

    def __init__(
        self, client: httpx.AsyncClient, charger_url: str, transport: httpx.AsyncBaseTransport
    ) -> None:
        self.charger_url = charger_url
        self.transport = transport
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
async def open_desk(
    folder: Path,
    signer: CertificateSigner | None = None,
    vehicle_pki: VehiclePki = NO_VEHICLE_PKI,
    responder: ChargingPki | None = None,
) -> AsyncIterator[Desk]:
    """A backend of its own on the database there, for as long as the context lasts. It reaches the
    OCSP responder of the PKI `responder`."""
    database = await Database.open(folder)
    await ensure_first_key(StoredKeys(database), folder, TOKEN, time.time())
    keys = await Keys.load(StoredKeys(database), time.time)
    poster = HttpPoster(lambda organization_id: ANYWHERE, connections=8)
    journal = csms_journal(database)
    event_log = backend_event_log(journal, stored_backend_events(database))
    backend = Backend(
        journal,
        time.time,
        poster=poster if responder is None else OcspPoster(responder, time.time, poster),
        event_log=event_log,
        signer=signer,
        vehicle_pki=vehicle_pki,
    )
    contents = await database.read(load_contents)
    event_log.load(contents.highest_event_number)
    event_log.outbox.load(contents.highest_delivery_number)
    backend.load(contents)
    webhooks = backend_webhooks(event_log, journal, StoredDeliveries(database), poster, time.time)
    await webhooks.start(contents.webhooks)
    door = PicowsDoor()
    await door.open("127.0.0.1", 0, backend.gate)
    url = f"ws://127.0.0.1:{door.port}/ocpp"
    reads, lists = StoredReads(database), ListsInMemory(backend)
    csms = BackendContext(backend, reads, lists, keys, time.time, event_log, webhooks, url)
    app = create_app(keys, [csms_router()], {"csms": csms})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://desk", headers={"X-API-Key": TOKEN}
    ) as client:
        yield Desk(client, url, transport)
    await webhooks.close()
    await backend.close()
    await poster.close()
    await door.close()
    await database.close()
