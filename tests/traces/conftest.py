"""A browser without a network, and the built viewer."""

import os
import shutil
from collections.abc import Iterator

import pytest

from voltyard.kernel.errors import Unavailable
from voltyard.traces.html import built_viewer


def absent(what: str) -> None:
    """In CI its absence is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        absent("chromium is not installed")
    return found or ""


@pytest.fixture(scope="session")
def viewer() -> Iterator[str]:
    try:
        yield built_viewer()
    except Unavailable as reason:
        absent(str(reason))
