"""A server with two nodes, started for one test; and what they log, kept from the terminal."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.server.nodes.cluster import Cluster, cluster_of


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines


@pytest.fixture
async def cluster(tmp_path: Path, postgres_url: str, logged: list[Any]) -> AsyncIterator[Cluster]:
    """A server, and the nodes `a` and `b`."""
    async with cluster_of(tmp_path, postgres_url, "a", "b") as one:
        yield one
