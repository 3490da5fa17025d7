"""What the tests of the gateway are given."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from served import Gateway, House, Yard
from structlog.testing import capture_logs


@pytest.fixture(scope="session")
def house() -> House:
    return House()


@pytest.fixture
def yard(tmp_path: Path, where: str | Path, house: House) -> Yard:
    return Yard(tmp_path, where, house)


@pytest.fixture
async def gateway(yard: Yard) -> AsyncIterator[Gateway]:
    opened = await yard.open()
    yield opened
    await yard.close(opened)


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with capture_logs() as lines:
        yield lines
