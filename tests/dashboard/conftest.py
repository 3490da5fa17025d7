"""A real browser before a real server; screenshots are kept in VOLTYARD_SCREENSHOTS, else in
build/screenshots."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.dashboard.browsing import Visitor
from voltyard.testing.processes import ServerProcess

BUILT = Path(__file__).parents[2] / "src" / "voltyard" / "dashboard" / "page" / "index.html"


def absent(what: str) -> None:
    """In CI its absence is a failure."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one module: while it is open, no test of this process can run an event loop."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        absent("chromium is not installed")
    if not BUILT.is_file():
        absent("the page is not built: make page")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("data"), "key-of-the-page") as server:
        yield server


@pytest.fixture
def visitor(browser: Browser, server: ServerProcess) -> Iterator[Visitor]:
    """A visitor with the key; at the end nothing may have gone wrong in the browser."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        visitor = Visitor(context.new_page(), server)
        yield visitor
        assert not visitor.errors
