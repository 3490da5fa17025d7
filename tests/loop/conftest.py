"""The start limit is tried on both event loops: uvloop, where servers run, and in `make check` the
standard one too."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

ON_BOTH = "test_start_limit.py"


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    standard = {"asyncio": asyncio.new_event_loop}
    return {**standard, "uvloop": uvloop.new_event_loop} if item.path.name == ON_BOTH else standard


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "[asyncio" in item.name and item.path.name == ON_BOTH:
            item.add_marker(pytest.mark.slow)
