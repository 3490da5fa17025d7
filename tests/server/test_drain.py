"""A server that is asked to end under load: who was answered is remembered, who was not asks again,
and each is told why its link ends."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Dialling, Link
from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_CHARGERS = 120
_MOMENT = "2026-02-10T14:00:00Z"


class Busy:
    """A charger that starts a transaction as soon as the last one is answered."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.closed_at: float | None = None
        self.closed_with: tuple[int, str] | None = None
        self.gone = asyncio.Event()
        self.has_begun = asyncio.Event()
        self._link: Link | None = None
        self._sent = 0

    def opened(self, link: Link) -> None:
        self._link = link
        boot = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}
        link.send(json.dumps([2, "boot", "BootNotification", boot]))

    def received(self, text: str) -> None:
        kind, _, payload = json.loads(text)[:3]
        assert kind == 3, text
        if "transactionId" in payload:
            self.numbers.append(payload["transactionId"])
            if len(self.numbers) == 3:
                self.has_begun.set()
        self._sent += 1
        start = {"connectorId": 1, "idTag": "T", "meterStart": self._sent, "timestamp": _MOMENT}
        assert self._link is not None
        self._link.send(json.dumps([2, f"s{self._sent}", "StartTransaction", start]))

    def closed(self, code: int, reason: str) -> None:
        self.closed_at, self.closed_with = time.monotonic(), (code, reason)
        self.gone.set()


async def test_nothing_answered_is_lost_when_a_server_ends_under_load(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    await asyncio.to_thread(server.start)
    try:
        busy = await _fleet(server)
        async with asyncio.timeout(120):
            await asyncio.gather(*(one.has_begun.wait() for one in busy))

        code = await asyncio.to_thread(server.stop)

        async with asyncio.timeout(120):
            await asyncio.gather(*(one.gone.wait() for one in busy))
        assert code == 0
        assert {one.closed_with for one in busy} == {(1012, "the server restarts")}
        answered = [number for one in busy for number in one.numbers]
        assert len(answered) == len(set(answered))
        await asyncio.to_thread(server.start)
        kept, ends = await kept_numbers(server), await _ends(server)
        assert set(answered) <= kept
        assert len(kept) <= len(answered) + _CHARGERS  # one each that was stored as it hung up
        assert ends == {(1012, "the server restarts")}
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


async def _fleet(server: ServerProcess) -> list[Busy]:
    busy = [Busy() for _ in range(_CHARGERS)]
    dialler = PicowsDialler()
    async with _client(server) as client:
        for number, one in enumerate(busy):
            response = await client.post("/chargers", json={"chargeBoxId": f"CP-{number}"})
            assert response.status_code == 201
            await dialler.dial(Dialling(f"{server.charger_url}/CP-{number}", ("ocpp1.6",)), one)
    return busy


async def kept_numbers(server: ServerProcess) -> set[int]:
    """The numbers of all transactions."""
    numbers: set[int] = set()
    async with _client(server) as client:
        while True:
            query = {"limit": 100, "offset": len(numbers)}
            body = (await client.get("/transactions", params=query)).json()
            numbers |= {one["transactionId"] for one in body["transactions"]}
            if len(body["transactions"]) < 100:
                return numbers


async def _ends(server: ServerProcess) -> set[tuple[Any, Any]]:
    """How the connections of the first ten have ended."""
    ends: set[tuple[Any, Any]] = set()
    async with _client(server) as client:
        for number in range(10):
            listed = (await client.get(f"/chargers/CP-{number}/connections")).json()
            ends |= {(one["code"], one["reason"]) for one in listed["connections"]}
    return ends


def _client(server: ServerProcess) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=f"{server.url}/api/v1", headers={"X-API-Key": server.key}, timeout=120
    )
