"""The page: how busy its main thread is, and its heap, before 5,000 chargers of which 1,000 change
a second."""

import asyncio
import json
import multiprocessing
import random
import shutil
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from playwright.async_api import CDPSession, async_playwright

from bench.figures import Figure, Options
from bench.needs import free_ports
from voltyard import dashboard
from voltyard.dashboard.routes import dashboard_router

CHARGERS_OF_OURS: Final = 5
"""For each of --chargers."""
CHANGES_A_SECOND: Final = 1_000
FRAMES_A_SECOND: Final = 4
PATIENCE_MS: Final = 60_000
STATUSES: Final = ("Available", "Preparing", "Charging", "SuspendedEV", "Finishing")


async def page(options: Options) -> list[Figure]:
    """Chromium shows the Yard while a server tells of changes as ours does, at its fastest."""
    count = options.chargers * CHARGERS_OF_OURS
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RuntimeError("chromium is not installed")
    if not (Path(dashboard.__file__).parent / "page" / "index.html").is_file():
        raise RuntimeError("the page is not built: make page")
    with _served(count) as url:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox"]
            )
            tab = await browser.new_page(viewport={"width": 1440, "height": 900})
            await tab.goto(f"{url}/#key=any")
            await tab.get_by_text(f"{count:,}", exact=True).first.wait_for(timeout=PATIENCE_MS)
            session = await tab.context.new_cdp_session(tab)
            await session.send("Performance.enable")
            busy = await _busy_share(session, 4 * options.seconds)
            await session.send("HeapProfiler.collectGarbage")
            heap = (await _metrics(session))["JSHeapUsedSize"] / 1e6
            await browser.close()
    note = (
        f"{count:,} chargers, of which {CHANGES_A_SECOND:,} change a second in {FRAMES_A_SECOND} "
        "frames; the table of the Yard in Chromium, 1440 x 900"
    )
    return [
        Figure("page, main thread busy", "%", busy * 100, None, "< 25", note),
        Figure("page, heap", "MB", heap, None, "< 100", note),
    ]


async def _busy_share(session: CDPSession, seconds: float) -> float:
    before, began = await _metrics(session), time.monotonic()
    await asyncio.sleep(seconds)
    after = await _metrics(session)
    return (after["TaskDuration"] - before["TaskDuration"]) / (time.monotonic() - began)


async def _metrics(session: CDPSession) -> dict[str, float]:
    answer = await session.send("Performance.getMetrics")
    return {one["name"]: one["value"] for one in answer["metrics"]}


@contextmanager
def _served(count: int) -> Iterator[str]:
    """The page, and what it asks for, in a process of its own."""
    [port] = free_ports(1)
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(port, count))
    server.start()
    try:
        _await_answer(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.join()


def _await_answer(port: int) -> None:
    give_up_at = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < give_up_at:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise RuntimeError("the server of the page did not start")


def _serve(port: int, count: int) -> None:
    uvicorn.run(_app(count), host="127.0.0.1", port=port, log_level="error")


def _app(count: int) -> FastAPI:
    app = FastAPI()
    app.include_router(dashboard_router())
    chargers = [_charger(number) for number in range(count)]

    @app.get("/ocpp/chargers")
    def listed(page: int, limit: int) -> dict[str, Any]:
        start = (page - 1) * limit
        data = chargers[start : start + limit]
        return {"data": data, "total": count, "page": page, "limit": limit}

    @app.get("/ocpp/summary")
    def summary() -> dict[str, Any]:
        return {
            "at": _now(),
            "chargers": {"total": count, "connected": count, "accepted": count},
            "connectors": {"total": count, "in_transaction": 0, "faulted": 0},
            "power_w": 0,
            "locations": [],
        }

    @app.get("/ocpp/power-history")
    def history() -> dict[str, Any]:
        return {"step_s": 10, "samples": [{"at": _now(), "power_w": 0}]}

    @app.get("/ocpp/locations")
    @app.get("/ocpp/catalog/vehicles")
    def nothing() -> dict[str, Any]:
        return {"data": [], "total": 0, "page": 1, "limit": 100}

    @app.get("/ocpp/events/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(_samples(count), media_type="text/event-stream")

    return app


def _charger(number: int) -> dict[str, Any]:
    """A charger of the gateway's list, with its state."""
    identity = f"CP-{number:05}"
    connector = {
        "evse_id": 1,
        "connector_id": 1,
        "status": "Available",
        "error_code": "NoError",
        "power_w": 0.0,
        "current_a": 0.0,
        "energy_wh": 0.0,
        "soc_percent": None,
        "limit_w": 22000.0,
        "transaction": None,
        "vehicle": None,
        "faults": [],
    }
    state = {
        "charger_id": f"dep-{number}",
        "identity": identity,
        "connected": True,
        "boot_status": "Accepted",
        "at": _now(),
        "connectors": [connector],
    }
    return {
        "id": f"dep-{number}",
        "identity": identity,
        "vendor_name": "Wall Box Chargers",
        "model": "Pulsar Plus",
        "ocpp_version": "OCPP1.6",
        "location_id": f"loc-{number % 50}",
        "status": "READY",
        "state": state,
    }


async def _samples(count: int) -> AsyncIterator[str]:
    chance = random.Random(7)
    while True:
        changed = chance.sample(range(count), min(count, CHANGES_A_SECOND // FRAMES_A_SECOND))
        frame = {
            "at": _now(),
            "chargers": {f"dep-{number}": _change(chance) for number in changed},
            "missed": 0,
        }
        yield f"event: samples\ndata: {json.dumps(frame)}\n\n"
        await asyncio.sleep(1 / FRAMES_A_SECOND)


def _change(chance: random.Random) -> dict[str, Any]:
    watts = chance.uniform(0, 22_000)
    connector = {
        "evse_id": 1,
        "connector_id": 1,
        "status": chance.choice(STATUSES),
        "power_w": watts,
        "current_a": watts / 690,
        "soc": chance.uniform(10, 90),
        "energy_wh": chance.uniform(0, 1e6),
        "limit_w": 22_000.0,
        "transaction_id": str(chance.randrange(1_000_000)),
        "charging_state": "Charging",
    }
    return {"power_w": watts, "connectors": [connector]}


def _now() -> str:
    return datetime.now(UTC).isoformat()
