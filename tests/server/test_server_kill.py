"""`kill -9` of the server in the middle of ten transactions, or of adding id tags, or after a
charger was refused: after a restart none is lost, none is given twice. On SQLite and PostgreSQL."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.server.stubborn_charger import StubbornCharger
from voltyard.storage.csms.backend_records import load_contents
from voltyard.storage.database.database import Database

TOKEN = "a-token-that-was-given"
CHARGERS = 10


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
from voltyard.config.config import Config
from voltyard.loop.run import run
from voltyard.server.server import Server

async def main():
    data, token, url = sys.argv[1:]
    config = Config(
        data=pathlib.Path(data), port=0, ocpp_port=0, token=token, database_url=url or None
    )
    async with Server(config) as server:
        print(server.api_url, server.charger_url, flush=True)
        await asyncio.Event().wait()

run(main())
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Empty: SQLite in the data directory."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("empty_postgres")
    return str(url)


@pytest.fixture
async def start(database_url: str, tmp_path: Path) -> AsyncIterator[Any]:
    running: list[Running] = []

    async def one() -> Running:
        code = f"import sys; sys.path[:0] = {sys.path!r}\n{SERVING}"
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            code,
            str(tmp_path),
            TOKEN,
            database_url,
            stdout=asyncio.subprocess.PIPE,
            env=dict(os.environ),
        )
        assert process.stdout is not None
        async with asyncio.timeout(120):
            while not (line := await process.stdout.readline()).startswith(b"http"):
                assert line, "the server ended"
        running.append(Running(process, *line.decode().split()))
        return running[-1]

    yield one
    for server in running:
        if server.process.returncode is None:
            await server.kill()


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
    chargers = [StubbornCharger(number) for number in range(CHARGERS)]
    server = await start()
    async with httpx.AsyncClient(base_url=server.api, headers=headers, timeout=120) as client:
        for charger in chargers:
            await client.post("/api/v1/chargers", json={"chargeBoxId": charger.box})

    for _ in range(2):
        charging = [asyncio.create_task(charger.charge(server.charger_url)) for charger in chargers]
        answered = sum(len(charger.starts) for charger in chargers)
        async with asyncio.timeout(120):
            while sum(len(charger.starts) for charger in chargers) < answered + 100:
                await asyncio.wait(charging, timeout=0.01)
        await server.kill()
        await asyncio.gather(*charging)
        server = await start()

    await asyncio.gather(*(charger.charge(server.charger_url, 2) for charger in chargers))
    async with httpx.AsyncClient(base_url=server.api, headers=headers, timeout=120) as client:
        stored = await transactions(client)

    expected = sorted((charger.box, number) for charger in chargers for number in charger.starts)
    assert sorted((one["chargeBoxId"], one["transactionId"]) for one in stored) == expected
    assert {one["status"] for one in stored} == {"completed"}
    assert {one["energyDelivered"] for one in stored} == {1.0}


@pytest.mark.slow
async def test_a_killed_server_knows_every_id_tag_it_has_answered_for(start: Any) -> None:
    headers = {"X-API-Key": TOKEN}
    server = await start()
    known: set[str] = set()

    async def adding(client: httpx.AsyncClient, part: int) -> None:
        for number in range(1_000):
            try:
                answer = await client.post("/api/v1/id-tags", json={"idTag": f"{part}-{number}"})
            except httpx.TransportError:
                return
            assert answer.status_code == 201
            known.add(answer.json()["idTag"])

    async with httpx.AsyncClient(base_url=server.api, headers=headers, timeout=120) as client:
        adders = [asyncio.create_task(adding(client, part)) for part in range(4)]
        async with asyncio.timeout(120):
            while len(known) < 100:
                await asyncio.wait(adders, timeout=0.01)
        await server.kill()
        await asyncio.gather(*adders)
    server = await start()
    async with httpx.AsyncClient(base_url=server.api, headers=headers, timeout=120) as client:
        missing = [
            tag for tag in known if (await client.get(f"/api/v1/id-tags/{tag}")).status_code != 200
        ]

    assert missing == []


async def dial_in_vain(server: Running) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(f"{server.charger_url}/STRANGER", subprotocols=["ocpp1.6"])  # type: ignore[list-item]


@pytest.mark.slow
async def test_a_killed_server_knows_the_refusals_that_it_has_stored(
    start: Any, database_url: str, tmp_path: Path
) -> None:
    headers = {"X-API-Key": TOKEN}
    server = await start()
    await dial_in_vain(server)
    await dial_in_vain(server)
    database = await Database.open(database_url or tmp_path)
    stored = 0
    async with asyncio.timeout(120):
        while stored < 2:
            contents = await database.read(load_contents)
            stored = sum(row.count for row in contents.refusals)
    await database.close()
    await server.kill()

    server = await start()
    await dial_in_vain(server)
    async with httpx.AsyncClient(base_url=server.api, headers=headers, timeout=120) as client:
        (row,) = (await client.get("/api/v1/refusals")).json()["refusals"]

    assert (row["identity"], row["reason"], row["count"]) == ("STRANGER", "not_registered", 3)
