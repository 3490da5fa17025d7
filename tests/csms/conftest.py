"""Fixtures of the backend's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.csms.bench import Yard


@pytest.fixture
async def yard() -> AsyncIterator[Yard]:
    """A backend without chargers. It must not have complained of itself unless a test says so."""
    yard = Yard()
    yield yard
    await yard.backend.close()
    assert not yard.complaints
