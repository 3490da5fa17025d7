"""What the tests of the gateway are given."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.api.gateway.bench import Gateway, GatewayBench, House


@pytest.fixture(scope="session")
def house() -> House:
    return House()


@pytest.fixture
def yard(
    request: pytest.FixtureRequest, tmp_path: Path, where: str | Path, house: House
) -> GatewayBench:
    is_alone = request.node.get_closest_marker("alone") is not None
    return GatewayBench(tmp_path, where, house, is_alone=is_alone)


@pytest.fixture
async def gateway(yard: GatewayBench) -> AsyncIterator[Gateway]:
    opened = await yard.open()
    yield opened
    await yard.close(opened)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines
