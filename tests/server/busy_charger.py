"""A charger that is never idle, and the transactions that a server has kept of such ones."""

import asyncio
import json
import time

import httpx

from voltyard.ports.links import Link
from voltyard.testing.processes import ServerProcess

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


async def kept_numbers(server: ServerProcess) -> set[int]:
    """The numbers of all transactions."""
    numbers: set[int] = set()
    async with client_of(server) as client:
        while True:
            query = {"limit": 100, "offset": len(numbers)}
            body = (await client.get("/transactions", params=query)).json()
            numbers |= {one["transactionId"] for one in body["transactions"]}
            if len(body["transactions"]) < 100:
                return numbers


def client_of(server: ServerProcess) -> httpx.AsyncClient:
    """A client of the backend, with the server's key."""
    return httpx.AsyncClient(
        base_url=f"{server.url}/api/v1", headers={"X-API-Key": server.key}, timeout=120
    )
