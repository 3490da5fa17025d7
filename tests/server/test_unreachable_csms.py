"""A CSMS that cannot be reached: the charger is READY all the same, and its connection says why."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-the-lab"
CHARGER = {
    "identity": "CP-LOST",
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
    "ws_url": "ws://no-such-host.invalid/ocpp",
}


def is_told(status: dict[str, Any]) -> bool:
    """True where a charger's status says why it has no connection."""
    return "invalid" in (status["connection"] or {}).get("reason", "")


@pytest.mark.slow
async def test_a_charger_whose_csms_has_no_address_is_ready_and_says_so(tmp_path: Path) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        Server(Config(data=tmp_path, port=0, ocpp_port=0, token=KEY)) as server,
        httpx.AsyncClient(base_url=server.api_url, headers=headers, timeout=120) as rest,
    ):
        made = await rest.post("/ocpp/chargers", json=CHARGER)
        assert made.status_code == 202
        status: dict[str, Any] = {}
        async with asyncio.timeout(120):
            while status.get("status") != "READY" or not is_told(status):  # in either order
                status = (await rest.get(made.json()["status_url"])).json()

    assert status["error"] is None
    assert status["connection"]["connected"] is False
