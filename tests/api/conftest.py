"""The whole app, alone on SQLite and as a server with two nodes on PostgreSQL, and chargers that
answer as they are told."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from tests.api.bench import START, TOKEN, Lab
from tests.api.nodes_lab import nodes_lab
from tests.standing import Standing
from voltyard.api.access.audit_trail import AuditTrail
from voltyard.api.app import create_app
from voltyard.api.csms import BackendContext, csms_router
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import backend_event_log, backend_webhooks
from voltyard.csms.reading.charger_lists import ListsInMemory
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.network.poster import HttpPoster
from voltyard.organizations.audit import AuditLog
from voltyard.organizations.egress_policies import EgressPolicies
from voltyard.organizations.first_key import ensure_first_key
from voltyard.organizations.key_cache import Keys
from voltyard.organizations.rates import Rates
from voltyard.storage.audit_log import StoredAuditLog
from voltyard.storage.csms.backend_records import csms_journal, load_contents
from voltyard.storage.csms.deliveries import StoredDeliveries
from voltyard.storage.csms.events import stored_backend_events
from voltyard.storage.csms.reads import StoredReads
from voltyard.storage.database.database import Database
from voltyard.storage.disk import Disk
from voltyard.storage.organizations import StoredKeys
from voltyard.vitals import ServerProblem, Vitals


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What is logged while a test runs, instead of the terminal."""
    with capture_logs() as lines:
        yield lines


class House:
    """The app, and whom it serves."""

    def __init__(self) -> None:
        self.keys = Standing()
        self.rates = Standing()
        self.audit_log = Standing()
        trail = AuditTrail(cast(AuditLog, self.audit_log), lambda: START)
        rates = cast(Rates, self.rates)
        self.app = create_app(cast(Keys, self.keys), [csms_router()], rates=rates, trail=trail)

    def let(self, keys: Keys, rates: Rates, log: AuditLog, state: Mapping[str, Any]) -> FastAPI:
        """The app, which serves these from now on."""
        self.keys.behind, self.rates.behind, self.audit_log.behind = keys, rates, log
        for name, value in state.items():
            setattr(self.app.state, name, value)
        return self.app


@pytest.fixture(scope="session")
def house() -> House:
    return House()


@pytest.fixture
async def lab(
    request: pytest.FixtureRequest, tmp_path: Path, where: str | Path, house: House
) -> AsyncIterator[Lab]:
    """The app. Where a test is marked `alone` it has no nodes on PostgreSQL either."""
    if isinstance(where, Path) or request.node.get_closest_marker("alone"):
        made = alone(tmp_path, where, house)
    else:
        made = nodes_lab(tmp_path, where, files="kept" in request.fixturenames)
    async with made as opened:
        yield opened


@asynccontextmanager
async def alone(tmp_path: Path, where: str | Path, house: House) -> AsyncIterator[Lab]:
    """The app as a server composes it, with chargers in memory."""
    opened: list[Lab] = []
    told: list[tuple[ServerProblem, ...]] = []

    def clock() -> float:
        return opened[0].now if opened else START

    database = await Database.open(where)
    await ensure_first_key(StoredKeys(database), tmp_path, TOKEN, START)
    keys = await Keys.load(StoredKeys(database), clock)
    poster = HttpPoster(EgressPolicies(keys.organization, ()).of, connections=8)
    journal = csms_journal(database)
    event_log = backend_event_log(journal, stored_backend_events(database))
    backend = Backend(journal, clock, poster=poster, event_log=event_log)
    contents = await database.read(load_contents)
    event_log.load(contents.highest_event_number)
    event_log.outbox.load(contents.highest_delivery_number)
    backend.load(contents)
    webhooks = backend_webhooks(event_log, journal, StoredDeliveries(database), poster, clock)
    await webhooks.start(contents.webhooks)
    network = MemoryNetwork()
    door = MemoryDoor(network)
    await door.open("lab", 9000, backend.gate)
    reads, lists = StoredReads(database), ListsInMemory(backend)
    url = "ws://lab:9000/ocpp"
    csms = BackendContext(backend, reads, lists, keys, clock, event_log, webhooks, url)
    rates = Rates(backend.requests_per_minute, clock)
    vitals = Vitals(database, Disk(tmp_path, 0), clock, told.append)
    state = {"csms": csms, "vitals": vitals, "database": database}
    transport = httpx.ASGITransport(house.let(keys, rates, StoredAuditLog(database), state))
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        opened.append(Lab(client, backend, database, keys, MemoryDialler(network), vitals, told))
        yield opened[0]
    await vitals.close()
    await webhooks.close()
    await backend.close()
    await poster.close()
    await door.close()
    await database.close()
