"""The profiles of hypothesis, and a database of each kind for whatever is tested on both."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import exploring, measured, postgres, watchdog
from voltyard.loop import collector
from voltyard.storage.database.database import FILE_NAME, Database

exploring.register()


def pytest_configure(config: pytest.Config) -> None:
    """After the command line's choice of a profile."""
    measured.begin(config)
    watchdog.begin(config)
    collector.tune()
    if not exploring.is_exploring():
        exploring.forget_constants()


def pytest_collection_finish() -> None:
    """Thousands of tests are there to stay: the collector need not look at them again and again."""
    collector.tune()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="all of what else is played in part: `make long`"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Examples that fail are shrunk, which takes its time."""
    for item in items:
        if item.get_closest_marker("hypothesis"):
            item.add_marker(pytest.mark.timeout(exploring.TIMEOUT_S))


@pytest.fixture(scope="session")
def postgres_server() -> None:
    """Where there is none, a laptop goes without these tests and CI fails."""
    if missing := postgres.why_missing():
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: None) -> Iterator[str]:
    """One for all tests, emptied after each: making it takes longer than most tests."""
    with postgres.fresh_database() as url:
        asyncio.run(_migrate(url))
        yield url


@pytest.fixture
def empty_postgres(postgres_server: None) -> Iterator[str]:
    """The URL of a PostgreSQL database of the test's own, without tables."""
    with postgres.fresh_database() as url:
        yield url


@pytest.fixture
def postgres_url(migrated_postgres: str) -> Iterator[str]:
    """The URL of a migrated PostgreSQL database without rows."""
    yield migrated_postgres
    postgres.empty(migrated_postgres)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    directory = tmp_path_factory.mktemp("migrated")
    asyncio.run(_migrate(directory))
    return directory / FILE_NAME


@pytest.fixture
def sqlite_directory(tmp_path: Path, migrated_sqlite: Path) -> Path:
    """A data directory with a migrated SQLite database without rows."""
    shutil.copy(migrated_sqlite, tmp_path / FILE_NAME)
    return tmp_path


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def where(request: pytest.FixtureRequest) -> str | Path:
    """What Database.open takes: a migrated database without rows, of each kind."""
    name = {"sqlite": "sqlite_directory", "postgresql": "postgres_url"}[request.param]
    found: str | Path = request.getfixturevalue(name)
    return found


async def _migrate(place: str | Path) -> None:
    await (await Database.open(place)).close()
