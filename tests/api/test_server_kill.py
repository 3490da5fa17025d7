"""`kill -9` of the server in the middle of ten transactions: after a restart none is lost, none is
there twice."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from backend_lab import TOKEN
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

CHARGERS = 10
HOST = "127.0.0.1"


class Running:
    """A server in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, api: str, charger_url: str) -> None:
        self.process = process
        self.api = api
        self.charger_url = charger_url

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()


# Ports are free ones, and told on the first line of output.
SERVING = """
import asyncio, pathlib, sys
from voltyard.config import Config
from voltyard.server import Server, run

async def main():
    config = Config(data=pathlib.Path(sys.argv[1]), port=0, ocpp_port=0, token=sys.argv[2])
    async with Server(config) as server:
        print(server.api_url, server.charger_url, flush=True)
        await asyncio.Event().wait()

run(main())
"""


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Any]:
    running: list[Running] = []

    async def one() -> Running:
        code = f"import sys; sys.path[:0] = {sys.path!r}\n{SERVING}"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            str(tmp_path),
            TOKEN,
            stdout=asyncio.subprocess.PIPE,
            env=dict(os.environ),
        )
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while not (line := await process.stdout.readline()).startswith(b"http"):
                assert line, "the server ended"
        running.append(Running(process, *line.decode().split()))
        return running[-1]

    yield one
    for server in running:
        if server.process.returncode is None:
            await server.kill()


class Charger:
    """Charges again and again; says a message again until it is answered, as OCPP demands."""

    def __init__(self, number: int) -> None:
        self.box = f"CP-{number}"
        self.number = number
        self.starts: list[int] = []
        """Transaction ids, one for each StartTransaction that was answered."""
        self.stopped: list[int] = []
        self._unanswered: tuple[str, dict[str, Any]] | None = None
        self._message = 0
        self._rounds = 0

    async def charge(self, url: str, rounds: int | None = None) -> None:
        """Until the link breaks, or for so many transactions more."""
        goal = None if rounds is None else len(self.stopped) + rounds
        try:
            async with connect(f"{url}/{self.box}", subprotocols=["ocpp1.6"]) as link:  # type: ignore[list-item]
                boot = {"chargePointVendor": "ACME", "chargePointModel": "DC-50"}
                await self._call(link, "BootNotification", boot)
                while goal is None or len(self.stopped) < goal:
                    await self._next(link)
        except (ConnectionClosed, OSError):
            return

    async def _next(self, link: ClientConnection) -> None:
        """The next message in turn, or the one that got no answer, word for word."""
        running = len(self.starts) > len(self.stopped)
        if self._unanswered is None:
            self._unanswered = self._stop() if running else self._start()
        answer = await self._call(link, *self._unanswered)
        self._unanswered = None
        if running:
            self.stopped.append(self.starts[-1])
        else:
            self.starts.append(answer["transactionId"])

    def _start(self) -> tuple[str, dict[str, Any]]:
        self._rounds += 1
        at = f"2026-02-10T14:{self._rounds // 60 % 60:02d}:{self._rounds % 60:02d}Z"
        payload = {"connectorId": 1, "idTag": "T", "meterStart": self._rounds, "timestamp": at}
        return "StartTransaction", payload

    def _stop(self) -> tuple[str, dict[str, Any]]:
        payload = {
            "transactionId": self.starts[-1],
            "meterStop": self._rounds + 1000,
            "timestamp": "2026-02-10T16:00:00Z",
        }
        return "StopTransaction", payload

    async def _call(self, link: ClientConnection, action: str, payload: Any) -> Any:
        self._message += 1
        message_id = str(self._message)
        await link.send(json.dumps([2, message_id, action, payload]))
        while True:
            frame = json.loads(await link.recv())
            if frame[1] == message_id:
                assert frame[0] == 3, frame
                return frame[2]


async def transactions(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        query = {"limit": 100, "offset": len(found)}
        part = (await client.get("/api/v1/transactions", params=query)).json()
        found += part["transactions"]
        if len(found) >= part["pagination"]["total"]:
            return found


@pytest.mark.slow
async def test_a_killed_server_loses_no_transaction_and_doubles_none(start: Any) -> None:
    headers = {"X-API-Key": TOKEN}
    chargers = [Charger(number) for number in range(CHARGERS)]
    server = await start()
    async with httpx.AsyncClient(base_url=server.api, headers=headers) as client:
        for charger in chargers:
            await client.post("/api/v1/chargers", json={"chargeBoxId": charger.box})

    for _ in range(2):
        charging = [asyncio.create_task(charger.charge(server.charger_url)) for charger in chargers]
        answered = sum(len(charger.starts) for charger in chargers)
        async with asyncio.timeout(30):
            while sum(len(charger.starts) for charger in chargers) < answered + 100:
                await asyncio.wait(charging, timeout=0.01)
        await server.kill()
        await asyncio.gather(*charging)
        server = await start()

    await asyncio.gather(*(charger.charge(server.charger_url, 2) for charger in chargers))
    async with httpx.AsyncClient(base_url=server.api, headers=headers) as client:
        stored = await transactions(client)

    expected = sorted((charger.box, number) for charger in chargers for number in charger.starts)
    assert sorted((one["chargeBoxId"], one["transactionId"]) for one in stored) == expected
    assert {one["status"] for one in stored} == {"completed"}
    assert {one["energyDelivered"] for one in stored} == {1.0}
