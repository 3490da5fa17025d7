"""The gateway over HTTP, on a database of its own and a provider without runtimes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import httpx
from sqlalchemy import Connection

from surface import description
from voltyard.api.app import create_app
from voltyard.api.auth import Keys, ensure_first_key
from voltyard.api.gateway import gateway_router
from voltyard.config import Config
from voltyard.lab.catalogue import Catalogue
from voltyard.lab.lab import Lab
from voltyard.lab.reports import Reports
from voltyard.simulation.site import SiteDrivers
from voltyard.storage.database import Database
from voltyard.storage.lab import lab_journal, lab_repositories
from voltyard.storage.retention import Kept, sweep
from voltyard.testing.provider import FakeProvider
from voltyard.testing.workflows import MemoryEngine, Run

T = TypeVar("T")

TOKEN = "a-token-that-was-given"
NOW = 1_770_732_000.0

CHARGER = {
    "identity": "CP-TEST-001",
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
    "ws_url": "ws://127.0.0.1:9/ocpp",
    "ocpp_version": "OCPP1.6",
    "charge_point_name": "Bay A01",
}

LOCATION = {
    "name": "La Défense Charging Hub",
    "address": "14 Rue de la Paix",
    "city": "Paris",
    "country": "FR",
    "coordinates": {"latitude": 48.8566, "longitude": 2.3522},
    "timezone": "Europe/Paris",
    "owner_name": "VINCI Autoroutes",
    "public": True,
}


@dataclass
class Gateway:
    """A client with a key, and what is behind the gateway."""

    client: httpx.AsyncClient
    lab: Lab
    provider: FakeProvider
    database: "Watched"
    keys: Keys
    engine: MemoryEngine
    key: str = TOKEN

    async def send(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **params: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return await self.client.request(
            method, path, headers=headers, json=body, params=params or None
        )

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.send("GET", path, **params)

    async def post(self, path: str, body: Any = None) -> httpx.Response:
        return await self.send("POST", path, body)

    async def put(self, path: str, body: Any) -> httpx.Response:
        return await self.send("PUT", path, body)

    async def delete(self, path: str, **params: Any) -> httpx.Response:
        return await self.send("DELETE", path, **params)

    async def settled(self) -> None:
        """Return once what is under way has come to rest: a few trips to the database, each of
        which all that were under way before have made too."""
        for _ in range(16):
            await self.database.rest()
            await self.database.write(lambda connection: None)

    async def sweep(self, now: float, **kept: Any) -> None:
        """What the server deletes at that moment, by its settings' defaults or so."""
        await sweep(self.database, now, replace(Kept.of(Config()), **kept))

    async def charger(self, identity: str = "CP-TEST-001", **said: Any) -> str:
        """A charger that is READY; its id."""
        answer = await self.post("/ocpp/chargers", {**CHARGER, "identity": identity, **said})
        assert answer.status_code == 202, answer.text
        await self.settled()
        return str(answer.json()["charger_id"])

    async def location(self, **said: Any) -> str:
        """A location; its id."""
        answer = await self.post("/ocpp/locations", {**LOCATION, **said})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def stranger(self, *scopes: str) -> str:
        """A key of another organization."""
        other = await self.keys.add_organization("other")
        _, text = await self.keys.add(other.id, "theirs", scopes or ("operate",))
        return text


async def job_of(gateway: Gateway, url: str) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while True:
            job = (await gateway.get(url)).json()
            if job["status"] in ("READY", "FAILED"):
                return dict(job)


class Standing:
    """Stands for the object of the test at hand, in an app that is built once for all of them:
    building it takes longer than most tests."""

    def __init__(self) -> None:
        self.behind: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.behind, name)


class House:
    """The app, and whom it serves."""

    def __init__(self) -> None:
        self.lab = Standing()
        self.keys = Standing()
        self.app = create_app(cast(Keys, self.keys), [gateway_router()], {"lab": self.lab})
        self.described = description("/ocpp", "/health")


class Watched(Database):
    """A database that knows which readings are under way: several threads read, so a later one
    may be back first."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._under_way: set[asyncio.Future[Any]] = set()

    async def read(self, function: Callable[[Connection], T], **said: Any) -> T:
        reading = asyncio.ensure_future(super().read(function, **said))
        self._under_way.add(reading)
        reading.add_done_callback(self._under_way.discard)
        return await reading

    async def rest(self) -> None:
        """Return once no reading is under way that was when it was called."""
        await self.read(lambda connection: None)
        await asyncio.gather(*self._under_way, return_exceptions=True)


class Yard:
    """Opens gateways on one data directory and one database, one after the other."""

    def __init__(self, directory: Path, where: str | Path, house: House) -> None:
        self._directory = directory
        self._where = where
        self._house = house
        self.clock = Clock()
        self.runs: dict[str, Run] = {}
        """What its engines note."""

    async def open(self, *, started: bool = True) -> Gateway:
        """As a start of the server does."""
        database = cast(Watched, await Watched.open(self._where))
        await ensure_first_key(database, self._directory, TOKEN, NOW)
        keys = await Keys.load(database, lambda: NOW)
        journal = lab_journal(database)
        clock = self.clock
        reports = Reports(journal, clock)
        provider = FakeProvider(reports)
        engine = MemoryEngine(self.runs)
        catalogue = Catalogue.load()
        lab = Lab(
            lab_repositories(database),
            journal,
            provider,
            engine,
            reports,
            catalogue,
            clock,
            SiteDrivers(provider, catalogue, clock),
        )
        await lab.load()
        if started:
            await lab.start()
        self._house.lab.behind, self._house.keys.behind = lab, keys
        transport = httpx.ASGITransport(self._house.app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://lab")
        return Gateway(client, lab, provider, database, keys, engine)

    async def close(self, gateway: Gateway) -> None:
        """As its end does."""
        await gateway.client.aclose()
        await gateway.lab.close()
        await gateway.database.close()


class Clock:
    """Goes on by a millisecond whenever it is read."""

    def __init__(self) -> None:
        self.reading = NOW

    def __call__(self) -> float:
        self.reading += 0.001
        return self.reading
