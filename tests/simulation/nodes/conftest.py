"""Fixtures of simulated nodes."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the processes' own logs to themselves: faults are what is simulated."""
    with capture_logs():
        yield
