"""Fixtures of chargers that move between processes."""

from collections.abc import AsyncIterator

import pytest

from tests.csms.ownership.bench import Pair


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """A server and a node without chargers."""
    pair = Pair()
    yield pair
    await pair.close()
