"""Certificates that a server issued to chargers: their end is told ahead, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.attack.asking_charger import asked, signing_request
from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-tests-of-certificates"
PASSWORD = "correct-horse-battery"


@asynccontextmanager
async def started(data: Path, where: str | Path) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    """A server on that database, whose certificates hold for 20 days."""
    url = where if isinstance(where, str) else None
    config = Config(data=data, database_url=url, port=0, ocpp_port=0, token=KEY, ca_days=20)
    async with (
        Server(config) as server,
        httpx.AsyncClient(
            base_url=server.api_url, headers={"X-API-Key": KEY}, timeout=120
        ) as client,
    ):
        yield server, client


async def certified(server: Server, client: httpx.AsyncClient, identity: str) -> None:
    """A charger of that name that has asked for a certificate, and got it."""
    body = {"chargeBoxId": identity, "password": PASSWORD}
    assert (await client.post("/api/v1/chargers", json=body)).is_success
    csr = signing_request(identity, ec.generate_private_key(ec.SECP256R1()))
    url = f"{server.charger_url}/{identity}"
    assert await asked(url, identity, PASSWORD, csr) is not None


async def told_of(client: httpx.AsyncClient, identity: str) -> list[Any]:
    """The events so far, once there is one of that charger."""
    path = "/api/v1/events?event=certificate.expiring"
    async with asyncio.timeout(60.0):
        while True:
            events = (await client.get(path)).json()["events"]
            if identity in [one["data"]["chargeBoxId"] for one in events]:
                return list(events)


@pytest.mark.slow
async def test_the_end_of_a_chargers_certificate_is_told_once_over_restarts(
    tmp_path: Path, where: str | Path
) -> None:
    async with started(tmp_path, where) as (server, client):
        await certified(server, client, "CP1")
    async with started(tmp_path, where) as (server, client):
        (first,) = await told_of(client, "CP1")
        await certified(server, client, "CP2")
        listed = (await client.get("/api/v1/certificates?chargeBoxId=CP1")).json()
    async with started(tmp_path, where) as (server, client):
        events = await told_of(client, "CP2")

    assert first["data"]["certificateId"] == listed["certificates"][0]["id"]
    assert sorted(one["data"]["chargeBoxId"] for one in events) == ["CP1", "CP2"]
