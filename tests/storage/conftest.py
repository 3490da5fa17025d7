"""A database of its own for each test, of each kind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voltyard.storage.database.database import Database


@pytest.fixture
async def database(where: str | Path) -> AsyncIterator[Database]:
    opened = await Database.open(where)
    yield opened
    await opened.close()
