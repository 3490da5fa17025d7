"""Make docs/screenshot.png: the page of a demo in its own server, as a browser shows it.

python tools/documents/screenshot.py             # needs the page (make page) and Chromium
python tools/documents/screenshot.py --out FILE
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from voltyard.testing.processes import ServerProcess

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "screenshot.png"
WIDTH, HEIGHT = 1280, 710
LARGEST_BYTES = 150_000
_PATIENCE_MS = 120_000
_HISTORY_MS = 40_000
"""Until the chart of power has a line."""


def pictured(server: ServerProcess) -> bytes:
    """The page once several of its chargers are charging, as PNG."""
    with sync_playwright() as player:
        browser = player.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        page.goto(f"{server.url}/#key={server.key}")
        _wait_for_charging(page)
        page.wait_for_timeout(_HISTORY_MS)
        _wait_for_charging(page)
        picture = page.screenshot(animations="disabled")
        browser.close()
        return picture


def _wait_for_charging(page: Page) -> None:
    page.get_by_text("HARBOUR-08").first.wait_for(timeout=_PATIENCE_MS)
    page.get_by_text("Charging").nth(5).wait_for(timeout=_PATIENCE_MS)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=OUT)
    out: Path = parser.parse_args().out
    with (
        tempfile.TemporaryDirectory() as data,
        ServerProcess(Path(data), "key", "--demo") as server,
    ):
        out.write_bytes(pictured(server))
    size = out.stat().st_size
    print(f"{out}: {size:,} bytes")
    return 1 if size > LARGEST_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
