"""A server that lets in so many chargers a second: those it sends away are let in later."""

import time
from pathlib import Path

import httpx
import pytest

from voltyard.testing.processes import ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

_CHARGERS = 6
_PATIENCE_S = 300.0


def test_all_chargers_are_let_in_after_a_restart(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    server.environment["VOLTYARD_OCPP_LINKS_PER_S"] = "2"
    with server, server.client() as client:
        for number in range(_CHARGERS):
            made = {
                "identity": f"PACED-{number}",
                "brand_slug": "wallbox",
                "model_slug": "wallbox-pulsar-plus",
                "connector_type": "Type2",
            }
            client.post("/ocpp/chargers", json=made).raise_for_status()
        _wait_until_all_are_online(client)

        server.kill()
        server.start()

        _wait_until_all_are_online(client)
        refused = client.get("/api/v1/refusals").raise_for_status().json()
        assert "server_busy" in str(refused)


def _wait_until_all_are_online(client: httpx.Client) -> None:
    give_up_at = time.monotonic() + _PATIENCE_S
    while True:
        listed = client.get("/api/v1/chargers").raise_for_status().json()
        online = [one for one in listed["chargers"] if one["isOnline"]]
        if len(online) == _CHARGERS:
            return
        assert time.monotonic() < give_up_at, f"{len(online)} are online"
        time.sleep(0.1)
