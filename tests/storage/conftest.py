"""A database of its own for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voltyard.storage.database import Database


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path)
    yield opened
    await opened.close()
