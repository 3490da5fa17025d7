"""A server and two nodes on one PostgreSQL database."""

from collections.abc import AsyncIterator

import pytest

from voltyard.kernel import limits
from voltyard.storage.database.database import Database


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DATABASE_HOLD_S", 1)
    monkeypatch.setattr(limits, "LEASE_RENEWED_S", 1.0)  # of its statements too


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, alone=True)
    yield opened
    await opened.close()


@pytest.fixture
async def n1(server: Database, postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, node="n1")
    yield opened
    await opened.close()


@pytest.fixture
async def n2(server: Database, postgres_url: str) -> AsyncIterator[Database]:
    opened = await Database.open(postgres_url, node="n2")
    yield opened
    await opened.close()
