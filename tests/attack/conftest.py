"""The server that is attacked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.bench import Target
from voltyard.testing.processes import ServerProcess

HERE = Path(__file__).parent


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "open_files(most): the target's hard limit of those")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them take seconds."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A server of the test's own, on each kind of database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    marker = request.node.get_closest_marker("open_files")
    most = None if marker is None else marker.args[0]
    with ServerProcess(tmp_path / "data", database_url=url, open_files=most) as server:
        yield Target(server)
