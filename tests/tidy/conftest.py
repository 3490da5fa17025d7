"""Style, which `make check` judges as it does ruff: going through all the code takes seconds."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder as slow."""
    for item in items:
        if item.nodeid.startswith("tests/tidy/"):
            item.add_marker(pytest.mark.slow)
