"""The server that is attacked, and those who have a right to be there."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.attack.bench import Bystander, Target, client_of, standing_by, tenant_of
from voltyard.testing.processes import ServerProcess

SOURCE = "VOLTYARD_TEST_SOURCE"
"""A `src` of other code to be attacked, in the place of this one's: that of before a mend."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "open_files(most): the target's hard limit of those")
    config.addinivalue_line("markers", "settings(**values): the target's, beside those of a start")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them take seconds."""
    for item in items:
        if item.nodeid.startswith("tests/attack/"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def database_url(request: pytest.FixtureRequest) -> str | None:
    """The target's database; None: SQLite in its data directory."""
    url: str | None = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, object]:
    """Settings of the target, by name; a file of tests may have its own."""
    return {}


@pytest.fixture
def target(
    request: pytest.FixtureRequest,
    database_url: str | None,
    settings: dict[str, object],
    tmp_path: Path,
) -> Iterator[Target]:
    """A server of the test's own, on each kind of database."""
    marked = {name: one for name in ("open_files", "settings") for one in [marker(request, name)]}
    most = marked["open_files"]
    server = ServerProcess(
        tmp_path / "data", database_url=database_url, open_files=most.args[0] if most else None
    )
    told = settings | (marked["settings"].kwargs if marked["settings"] else {})
    server.environment |= {f"VOLTYARD_{name.upper()}": str(told[name]) for name in told}
    if SOURCE in os.environ:
        server.environment["PYTHONPATH"] = os.environ[SOURCE]
    with server:
        yield Target(server)


def marker(request: pytest.FixtureRequest, name: str) -> pytest.Mark | None:
    found: pytest.Mark | None = request.node.get_closest_marker(name)
    return found


@pytest.fixture
async def admin(target: Target) -> AsyncIterator[httpx.AsyncClient]:
    """With the target's first key."""
    async with client_of(target, target.server.key) as client:
        yield client


@pytest.fixture
async def tenant(target: Target, admin: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """With a key of an organization of its own, which it names in each request."""
    async with await tenant_of(target, admin, "tenant") as client:
        yield client


@pytest.fixture
async def bystander(target: Target, admin: httpx.AsyncClient) -> AsyncIterator[Bystander]:
    """A charger that is connected while others are attacked; it is there afterwards, too, and so
    is /health."""
    async with standing_by(target, admin) as one:
        yield one
        await one.check()
        assert await target.health_s() < 10.0
