"""The gateway over HTTP, on a database of its own and a provider without runtimes: alone on SQLite,
and by way of two nodes on PostgreSQL."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import httpx
from sqlalchemy import Connection

from tests.api.gateway.through_nodes import through_nodes
from tests.fakes.memory_engine import MemoryEngine, WorkflowRun
from tests.fakes.own_backend import FakeOwnBackend
from tests.fakes.provider import FakeProvider
from tests.standing import Standing
from tests.surface import description
from voltyard.api.app import create_app
from voltyard.api.gateway import gateway_router
from voltyard.catalogue.catalogue import Catalogue
from voltyard.config.config import Config
from voltyard.drivers.site_drivers import SiteDrivers
from voltyard.organizations.first_key import ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.ports.spans import NO_SPANS, Spans
from voltyard.storage.database.database import Database
from voltyard.storage.organizations import StoredKeys
from voltyard.storage.retention.retention import RetentionBounds, sweep
from voltyard.storage.yard.yard_records import yard_journal, yard_repositories
from voltyard.yard.runtime_reports import RuntimeReports
from voltyard.yard.yard import Yard

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
    yard: Yard
    provider: FakeProvider
    database: "Watched"
    keys: Keys
    engine: MemoryEngine
    ends: AsyncExitStack
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
        which all that were under way before have made too, until nobody else has made any."""
        quiet = 0
        for _ in range(64):
            before = self.database.asked
            await self.database.rest()
            await self.database.write(lambda connection: None)
            quiet = quiet + 1 if self.database.asked == before + Watched.OF_A_TRIP else 0
            if quiet == 3:
                return

    async def sweep(self, now: float, **kept: Any) -> None:
        """What the server deletes at that moment, by its settings' defaults or so."""
        await sweep(self.database, now, replace(RetentionBounds.of(Config()), **kept))

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


class House:
    """The app, and whom it serves."""

    def __init__(self) -> None:
        self.yard = Standing()
        self.keys = Standing()
        self.spans = Standing()
        self.app = create_app(
            cast(Keys, self.keys),
            [gateway_router()],
            {"yard": self.yard},
            spans=cast(Spans, self.spans),
        )
        self.catalogue = Catalogue.load()
        self.described = description("/ocpp", "/health")


class Watched(Database):
    """A database that knows which readings are under way: several threads read, so a later one
    may be back first."""

    OF_A_TRIP: Final = 2
    """How much a reading at rest and a write add to what was asked."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self._readings = 0
        self._under_way: set[asyncio.Future[Any]] = set()

    @property
    def asked(self) -> int:
        """Readings so far, and rows written or to be written."""
        writer = self.writer
        return self._readings + writer.committed_rows + writer.refused + writer.rows_waiting

    async def read(self, function: Callable[[Connection], T], **said: Any) -> T:
        self._readings += 1
        reading = asyncio.ensure_future(super().read(function, **said))
        self._under_way.add(reading)
        reading.add_done_callback(self._under_way.discard)
        return await reading

    async def rest(self) -> None:
        """Return once no reading is under way that was when it was called."""
        await self.read(lambda connection: None)
        await asyncio.gather(*self._under_way, return_exceptions=True)


class GatewayBench:
    """Opens gateways on one data directory and one database, one after the other."""

    def __init__(
        self, directory: Path, where: str | Path, house: House, *, is_alone: bool = False
    ) -> None:
        self._has_nodes = isinstance(where, str) and not is_alone
        self._directory = directory
        self._where = where
        self._house = house
        self.clock = Clock()
        self.own_backend = FakeOwnBackend()
        self.spans: Spans = NO_SPANS
        self.runs: dict[str, WorkflowRun] = {}
        """What its engines note."""

    async def open(self, *, started: bool = True) -> Gateway:
        """As a start of the server does."""
        database = cast(Watched, await Watched.open(self._where))
        await ensure_first_key(StoredKeys(database), self._directory, TOKEN, NOW)
        keys = await Keys.load(StoredKeys(database), lambda: NOW)
        ends = AsyncExitStack()
        transport = await self._transport(keys, ends)
        journal = yard_journal(database)
        clock = self.clock
        reports = RuntimeReports(journal, clock)
        provider = FakeProvider(reports)
        engine = MemoryEngine(self.runs)
        catalogue = self._house.catalogue
        yard = Yard(
            yard_repositories(database),
            journal,
            provider,
            engine,
            reports,
            catalogue,
            clock,
            SiteDrivers(provider, catalogue, clock),
            own_backend=self.own_backend,
        )
        await yard.load()
        if started:
            await yard.start()
        self._house.yard.behind, self._house.keys.behind = yard, keys
        self._house.spans.behind = self.spans
        client = httpx.AsyncClient(transport=transport, base_url="http://yard")
        return Gateway(client, yard, provider, database, keys, engine, ends)

    async def _transport(self, keys: Keys, ends: AsyncExitStack) -> httpx.AsyncBaseTransport:
        if not self._has_nodes:
            return httpx.ASGITransport(self._house.app, raise_app_exceptions=False)
        made = through_nodes(self._directory, self._house.app, keys)
        return await ends.enter_async_context(made)

    async def close(self, gateway: Gateway) -> None:
        """As its end does."""
        await gateway.client.aclose()
        await gateway.ends.aclose()
        await gateway.yard.close()
        await gateway.database.close()


class Clock:
    """Goes on by a millisecond whenever it is read."""

    def __init__(self) -> None:
        self.reading = NOW

    def __call__(self) -> float:
        self.reading += 0.001
        return self.reading
