"""What tests of the page do in a browser."""

import os
from pathlib import Path
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from voltyard.testing.processes import ServerProcess

PATIENCE_MS = 60_000
WIDE, NARROW = 1440, 390

expect.set_options(timeout=PATIENCE_MS)


class Visitor:
    """A browser's page at a server, and a client of its REST API beside it."""

    def __init__(self, page: Page, server: ServerProcess) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self._console(line.type, line.text))

    def open(self, place: str = "#/yard") -> None:
        """Opens a place of the page, with the key."""
        self.page.goto(f"{self.server.url}/#key={self.server.key}")
        self.page.goto(f"{self.server.url}/{place}")

    def look(self, name: str, at: Locator | None = None) -> None:
        """Keeps screenshots: wide and narrow, light and dark, of the top or of what is scrolled to;
        nothing may need scrolling sideways, and axe may find nothing serious."""
        folder = Path(os.environ.get("VOLTYARD_SCREENSHOTS", "build/screenshots"))
        folder.mkdir(parents=True, exist_ok=True)
        for width in (WIDE, NARROW):
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                if at is not None:
                    at.evaluate("element => element.scrollIntoView({ block: 'start' })")
                self.page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
                assert serious(self.page) == []
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width
        self.page.set_viewport_size({"width": WIDE, "height": 900})

    def client(self) -> httpx.Client:
        return self.server.client()

    def _console(self, kind: str, text: str) -> None:
        # A browser itself writes down each answer of 4xx; the page says what it makes of them.
        if kind == "error" and "Failed to load resource" not in text:
            self.errors.append(text)


def serious(page: Page) -> list[str]:
    """What axe finds that is serious or worse, with where."""
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
