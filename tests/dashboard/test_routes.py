"""The page at `/`: open to all, with nothing secret in it; and what a real browser makes of it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI

from tests.surface import description
from voltyard.api import errors
from voltyard.api.app import create_app
from voltyard.dashboard.routes import dashboard_router
from voltyard.organizations.key_cache import Keys
from voltyard.server import routers
from voltyard.testing.processes import ServerProcess

KEY = "key-of-the-page"
PATIENCE_S = 120.0


@pytest.fixture
def page() -> httpx.AsyncClient:
    app = FastAPI()
    errors.install(app)
    app.include_router(dashboard_router())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")


async def test_the_page_needs_no_key_and_loads_only_what_is_served_with_it(
    page: httpx.AsyncClient,
) -> None:
    answer = await page.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert (await page.get("/page/yard.js")).status_code == 200
    assert (await page.get("/page/style.css")).status_code == 200


async def test_its_links_lead_to_what_needs_no_key_either() -> None:
    app = create_app(cast(Keys, None), routers())
    visitor = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page")

    page = (await visitor.get("/")).text
    links = set(re.findall(r'<a href="(/[^"]*)"', page))

    assert {"/docs", "/openapi.json", "/health"} <= links
    for link in links:
        assert (await visitor.get(link)).status_code == 200, link


async def test_its_first_steps_name_operations_that_there_are(page: httpx.AsyncClient) -> None:
    known = {
        (method.upper(), path)
        for path, methods in description()["paths"].items()
        for method in methods
    }

    text = (await page.get("/")).text
    named = re.findall(r"<code>(GET|POST) (/[^ <]+)", text)

    assert len(named) >= 7
    for method, path in named:
        assert (method, path.replace("CP-1", "{charger_id}")) in known, (method, path)


@pytest.mark.parametrize("name", ["nothing.js", "..%2Froutes.py", "index.htm"])
async def test_what_is_no_part_of_the_page_is_not_found(page: httpx.AsyncClient, name: str) -> None:
    answer = await page.get(f"/page/{name}")

    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"}


@pytest.fixture(scope="module")
def chromium() -> str:
    """The browser; in CI its absence is a failure."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("chromium is not installed")
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server with one charger that charges."""
    with ServerProcess(tmp_path_factory.mktemp("data"), KEY) as server, server.client() as client:
        client.post("/api/v1/chargers", json={"chargeBoxId": "CP-<b>1<b>"}).raise_for_status()
        body = {
            "identity": "CP-<b>1<b>",
            "brand_slug": "wallbox",
            "model_slug": "wallbox-pulsar-plus",
            "connector_type": "Type2",
            "ws_url": server.charger_url,
        }
        charger = client.post("/ocpp/chargers", json=body).raise_for_status().json()["charger_id"]
        session = {"target": {"charger_id": charger}, "event": {"id_tag": "TAG-1"}}
        client.post("/ocpp/commands/start-session", json=session).raise_for_status()
        give_up_at = time.monotonic() + PATIENCE_S
        while not client.get("/api/v1/transactions").json()["transactions"]:
            assert time.monotonic() < give_up_at, "no transaction came of it"
            time.sleep(0.05)
        yield server


def seen(chromium: str, url: str, profile: Path) -> str:
    """The page as the browser has it once its scripts have run for some seconds."""
    command = [
        chromium,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={profile}",
        "--virtual-time-budget=5000",
        "--dump-dom",
        url,
    ]
    run = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    return run.stdout


@pytest.mark.service
def test_a_browser_with_the_key_sees_the_charger_charge(
    server: ServerProcess, chromium: str, tmp_path: Path
) -> None:
    dom = seen(chromium, f"{server.url}/#key={KEY}", tmp_path)

    assert "1 charger, 1 connected, 1 in transaction" in dom
    assert "Pulsar Plus" in dom
    assert ">Charging<" in dom
    assert "→ StartTransaction" in dom
    assert "<td>TAG-1</td>" in dom
    assert "CP-&lt;b&gt;1" in dom and "CP-<b>1" not in dom


@pytest.mark.service
def test_a_browser_without_a_key_is_asked_for_one(
    server: ServerProcess, chromium: str, tmp_path: Path
) -> None:
    dom = seen(chromium, server.url, tmp_path)

    assert "a key is needed" in dom
    assert "Pulsar Plus" not in dom
    assert KEY not in dom
