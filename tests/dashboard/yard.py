"""Chargers for tests of the page, made over REST and waited for."""

import time
from typing import Any

import httpx

from voltyard.testing.processes import ServerProcess

PATIENCE_S = 120.0


def furnish(server: ServerProcess, *identities: str, version: str = "OCPP1.6") -> None:
    """Chargers at the server's own backend, each connected and with a status."""
    with server.client() as client:
        for identity in identities:
            client.post("/api/v1/chargers", json={"chargeBoxId": identity}).raise_for_status()
            body = {
                "identity": identity,
                "brand_slug": "wallbox",
                "model_slug": "wallbox-pulsar-plus",
                "connector_type": "Type2",
                "ocpp_version": version,
                "ws_url": server.charger_url,
            }
            client.post("/ocpp/chargers", json=body).raise_for_status()
        for identity in identities:
            until(lambda name=identity: state(client, name).get("boot_status") == "Accepted")


def state(client: httpx.Client, identity: str) -> dict[str, Any]:
    """What the charger is doing; empty where it does not run yet."""
    answer = client.get(f"/ocpp/chargers/{identity}/state")
    found: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
    return found


def until(condition: Any) -> None:
    """Waits until it comes true, and fails where it does not."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_at, "it did not come true"
        time.sleep(0.05)
