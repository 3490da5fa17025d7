"""The whole app over real SQLite, and chargers that answer as they are told."""

import asyncio
import shutil
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
from voltyard.csms.backend import Backend
from voltyard.network.memory import MemoryDoor, MemoryNetwork
from voltyard.storage.csms import csms_journal, load_contents
from voltyard.storage.database import FILE_NAME, Database


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """What is logged while a test runs, instead of the terminal."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that need not be migrated again for each test."""
    directory = tmp_path_factory.mktemp("migrated")

    async def make() -> None:
        await (await Database.open(directory)).close()

    asyncio.run(make())
    return directory / FILE_NAME


@pytest.fixture
async def lab(tmp_path: Path, migrated: Path) -> AsyncIterator[Lab]:
    """The app as a server composes it, with chargers in memory."""
    shutil.copy(migrated, tmp_path)
    opened: list[Lab] = []

    def clock() -> float:
        return opened[0].now if opened else START

    database = await Database.open(tmp_path)
    await ensure_first_key(database, tmp_path, TOKEN, START)
    keys = await Keys.load(database, clock)
    backend = Backend(csms_journal(database), clock)
    backend.load(await database.read(load_contents))
    network = MemoryNetwork()
    door = MemoryDoor(network)
    await door.open("lab", 9000, backend.gate)
    csms = Csms(backend, database, keys, clock, "ws://lab:9000/ocpp")
    app = create_app(keys, [csms_router()], {"csms": csms})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
        opened.append(Lab(client, backend, database, keys, network))
        yield opened[0]
    await backend.close()
    await door.close()
    await database.close()
