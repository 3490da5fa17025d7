"""What the tests of the gateway are given."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Gateway, House, Yard
from structlog.testing import capture_logs

from voltyard.storage.database import FILE_NAME, Database


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables, to be copied: migrating takes longer than most tests."""
    directory = tmp_path_factory.mktemp("migrated")
    asyncio.run(_migrate(directory))
    return directory / FILE_NAME


async def _migrate(directory: Path) -> None:
    await (await Database.open(directory)).close()


@pytest.fixture(scope="session")
def house() -> House:
    return House()


@pytest.fixture
def yard(tmp_path: Path, migrated: Path, house: House) -> Yard:
    shutil.copy(migrated, tmp_path / FILE_NAME)
    return Yard(tmp_path, house)


@pytest.fixture
async def gateway(yard: Yard) -> AsyncIterator[Gateway]:
    opened = await yard.open()
    yield opened
    await yard.close(opened)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines
