"""The backend's stream of events over a real socket: resumed without loss, filtered, ended."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.server.eventlines import PATIENCE_S, listening
from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-the-stream"
STREAM = "/api/v1/events/stream"
AT = "2026-02-10T14:00:00Z"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with Server(Config(data=tmp_path, port=0, ocpp_port=0, token=KEY)) as running:
        yield running


async def visit(server: Server, box: str, *calls: tuple[str, dict[str, Any]]) -> None:
    """A charger connects, says these things, and leaves."""
    async with httpx.AsyncClient(
        base_url=server.api_url, headers={"X-API-Key": KEY}, timeout=120
    ) as rest:
        await rest.post("/api/v1/chargers", json={"chargeBoxId": box})
    boot = ("BootNotification", {"chargePointVendor": "ACME", "chargePointModel": "DC"})
    async with connect(f"{server.charger_url}/{box}", subprotocols=["ocpp1.6"]) as link:  # type: ignore[list-item]
        for number, (action, payload) in enumerate((boot, *calls)):
            await link.send(json.dumps([2, str(number), action, payload]))
            answer = json.loads(await link.recv())
            assert answer[0] == 3, answer


async def test_who_was_cut_off_resumes_without_loss_or_doubles(server: Server) -> None:
    async with listening(server.api_url, KEY, path=STREAM) as heard:
        await visit(server, "CP-1")
        first = [await heard.event() for _ in range(2)]
    await visit(server, "CP-2")

    async with listening(server.api_url, KEY, after=first[-1].id, path=STREAM) as heard:
        await visit(server, "CP-3")
        second = [await heard.event() for _ in range(7)]

    assert [one.type for one in first] == ["charger.connected", "charger.boot"]
    whole = ["charger.connected", "charger.boot", "charger.disconnected"]
    assert [one.type for one in second] == ["charger.disconnected", *whole, *whole]
    ids = [one.id for one in first + second]
    assert ids == list(range(1, 10))
    assert set(second[0].data) == {"id", "event", "timestamp", "data"}


async def test_only_what_was_asked_for_is_told(server: Server) -> None:
    await visit(server, "CP-1")
    await visit(server, "CP-2")

    query = {"after": 0, "path": STREAM, "event": "charger.dis*", "chargeBoxId": "CP-2"}
    async with listening(server.api_url, KEY, **query) as heard:
        told = await heard.event()

    assert (told.type, told.data["data"]["chargeBoxId"]) == ("charger.disconnected", "CP-2")


async def test_meter_values_are_told_live_without_an_id(server: Server) -> None:
    start = {"connectorId": 1, "idTag": "T", "meterStart": 0, "timestamp": AT}
    sample = {"timestamp": AT, "sampledValue": [{"value": "600"}]}
    values = {"connectorId": 1, "transactionId": 1, "meterValue": [sample]}

    async with listening(server.api_url, KEY, path=STREAM, event="transaction.*") as heard:
        await visit(server, "CP-1", ("StartTransaction", start), ("MeterValues", values))
        started, updated = await heard.event(), await heard.event()

    assert (started.type, updated.type) == ("transaction.started", "transaction.updated")
    assert updated.id is None and updated.data["id"] is None
    assert updated.data["data"]["energyDelivered"] == 0.6


async def test_a_server_that_ends_ends_its_streams(tmp_path: Path) -> None:
    server = Server(Config(data=tmp_path, port=0, ocpp_port=0, token=KEY))
    async with server:
        context = listening(server.api_url, KEY, path=STREAM)
        heard = await context.__aenter__()
        await heard.block()
    rest = await heard.rest()
    await context.__aexit__(None, None, None)

    assert rest == []
    assert PATIENCE_S > 0
