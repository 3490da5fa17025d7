"""A server that listens on all addresses: chargers are told one at which it can be reached."""

from pathlib import Path

import httpx

from tests.fakes.memory_engine import MemoryEngine
from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-all-addresses"


async def told(server: Server, identity: str, host: str) -> str:
    """The URL that a caller is told for a new charger, when it has called that host."""
    headers = {"Authorization": f"Bearer {KEY}", "Host": host}
    async with httpx.AsyncClient(base_url=server.api_url, headers=headers) as rest:
        answer = await rest.post("/api/v1/chargers", json={"chargeBoxId": identity})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        assert body["instructions"]["url"] == body["connectionUrl"]
        return str(body["connectionUrl"])


async def test_chargers_are_told_the_address_that_the_caller_used(tmp_path: Path) -> None:
    config = Config(data=tmp_path, host="0.0.0.0", port=0, ocpp_port=0, token=KEY)

    async with Server(config, engine=MemoryEngine()) as server:
        port = server.charger_url.rpartition(":")[2].partition("/")[0]
        found = [
            await told(server, "CP-1", "192.0.2.7:8080"),
            await told(server, "CP-2", "yard.example"),
            await told(server, "CP-3", "[2001:db8::7]:8080"),
        ]

    assert found == [
        f"ws://192.0.2.7:{port}/ocpp/CP-1",
        f"ws://yard.example:{port}/ocpp/CP-2",
        f"ws://[2001:db8::7]:{port}/ocpp/CP-3",
    ]


async def test_a_setting_goes_before_what_the_caller_used(tmp_path: Path) -> None:
    public = "wss://csms.example/ocpp"
    config = Config(
        data=tmp_path, host="0.0.0.0", port=0, ocpp_port=0, token=KEY, public_ocpp_url=public
    )

    async with Server(config, engine=MemoryEngine()) as server:
        assert await told(server, "CP-1", "yard.example") == f"{public}/CP-1"


async def test_a_server_of_one_address_tells_that(tmp_path: Path) -> None:
    config = Config(data=tmp_path, port=0, ocpp_port=0, token=KEY)

    async with Server(config, engine=MemoryEngine()) as server:
        assert await told(server, "CP-1", "yard.example") == f"{server.charger_url}/CP-1"
