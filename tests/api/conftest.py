"""The whole app over a real database of each kind, and chargers that answer as they are told."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from backend_lab import START, TOKEN, Lab
from structlog.testing import capture_logs

from voltyard.api.app import create_app
from voltyard.api.auth import Keys, ensure_first_key
from voltyard.api.csms import Csms, csms_router
from voltyard.api.rates import Rates
from voltyard.csms.backend import Backend
from voltyard.csms.outbox import Outbox
from voltyard.csms.webhooks.webhooks import Webhooks
from voltyard.network.memory import MemoryDoor, MemoryNetwork
from voltyard.network.poster import HttpPoster
from voltyard.storage.csms import csms_journal, load_contents
from voltyard.storage.database import Database
from voltyard.storage.deliveries import StoredDeliveries
from voltyard.storage.disk import Disk
from voltyard.storage.events import StoredEvents
from voltyard.vitals import Problem, Vitals


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What is logged while a test runs, instead of the terminal."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def lab(tmp_path: Path, where: str | Path) -> AsyncIterator[Lab]:
    """The app as a server composes it, with chargers in memory."""
    opened: list[Lab] = []
    told: list[tuple[Problem, ...]] = []

    def clock() -> float:
        return opened[0].now if opened else START

    database = await Database.open(where)
    await ensure_first_key(database, tmp_path, TOKEN, START)
    keys = await Keys.load(database, clock)
    poster = HttpPoster(lambda: len(keys.organizations()) == 1, connections=8)
    journal = csms_journal(database)
    outbox = Outbox(journal, StoredEvents(database))
    backend = Backend(journal, clock, poster=poster, outbox=outbox)
    contents = await database.read(load_contents)
    outbox.load(contents)
    backend.load(contents)
    webhooks = Webhooks(outbox, journal, StoredDeliveries(database), poster, clock)
    await webhooks.start(contents.webhooks)
    network = MemoryNetwork()
    door = MemoryDoor(network)
    await door.open("lab", 9000, backend.gate)
    csms = Csms(backend, database, keys, clock, outbox, webhooks, "ws://lab:9000/ocpp")
    rates = Rates(backend.requests_per_minute, clock)
    vitals = Vitals(database, Disk(tmp_path, 0), clock, told.append)
    state = {"csms": csms, "vitals": vitals, "database": database}
    app = create_app(keys, [csms_router()], state, rates)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        opened.append(Lab(client, backend, database, keys, network, vitals, told))
        yield opened[0]
    await vitals.close()
    await webhooks.close()
    await backend.close()
    await poster.close()
    await door.close()
    await database.close()
