"""Quotas by the settings: counted anew at each start, and of a bulk as a whole."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.gateway.bench import LOCATION
from voltyard.config.config import Config
from voltyard.server.server import Server

TEMPLATE = {
    "brand_slug": "abb",
    "model_slug": "terra-184",
    "connector_type": "CCS2",
    "ws_url": "wss://csms.invalid/ocpp",
}


def at(directory: Path, **quotas: int) -> Config:
    return Config(data=directory, port=0, ocpp_port=0, drain_s=1.0, **quotas)  # type: ignore[arg-type]


def client_of(server: Server) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {server.key}"}
    return httpx.AsyncClient(base_url=server.api_url, headers=headers, timeout=60.0)


@pytest.mark.slow
async def test_what_is_deleted_makes_room_and_a_restart_counts_anew(tmp_path: Path) -> None:
    config = at(tmp_path, quota_chargers=1)

    def registered(client: httpx.AsyncClient, box: str) -> Any:
        return client.post("/api/v1/chargers", json={"chargeBoxId": box})

    for expected in (201, 409):
        async with Server(config) as server, client_of(server) as client:
            assert (await registered(client, "CP-1")).status_code == expected
            assert (await registered(client, "CP-2")).status_code == 409
    async with Server(config) as server, client_of(server) as client:
        await client.delete("/api/v1/chargers/CP-1")
        assert (await registered(client, "CP-2")).status_code == 201


async def test_a_bulk_that_would_go_beyond_makes_none(tmp_path: Path) -> None:
    async with Server(at(tmp_path, quota_deployments=2)) as server, client_of(server) as client:
        location = (await client.post("/ocpp/locations", json={**LOCATION, "name": "x"})).json()
        groups = [{"template": TEMPLATE, "charger_ids": ["A", "B", "C"]}]

        refused = await client.post(f"/ocpp/locations/{location['id']}/chargers", json=groups)
        jobs = await client.get(f"/ocpp/locations/{location['id']}/chargers/jobs")

    assert refused.status_code == 409
    assert '"deployments";r=2' in refused.headers["ratelimit"]
    assert jobs.json()["total"] == 0
