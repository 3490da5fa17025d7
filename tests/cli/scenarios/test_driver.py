"""Drivers of `voltyard run`."""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from voltyard.cli.main import app
from voltyard.cli.scenarios.driver import OperatorDriver
from voltyard.config.config import Config
from voltyard.conformance.wire.endings import DriverFailed
from voltyard.kernel.errors import Invalid, PeerError
from voltyard.server.server import Server

URL = ("--url", "ws://127.0.0.1:1/ocpp")


class Failing:
    """An operator whose CSMS is out of order."""

    is_by_hand = False

    def can(self, operation: str) -> bool:
        return operation == "Reset"

    def conveys(self, operation: str, field: str) -> bool:
        return True

    async def ask(self, operation: str, identity: str, fields: Mapping[str, Any]) -> None:
        raise DriverFailed("POST /reset was answered 503")

    async def close(self) -> None:
        pass


async def test_a_failure_of_the_operator_is_one_that_a_scenario_knows() -> None:
    driver = OperatorDriver(Failing())

    assert driver.can("Reset") and not driver.can("ClearCache")
    with pytest.raises(PeerError, match="503"):
        await driver.ask("Reset", "CP-1", {})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--driver", "voltyard"), "--driver are for a CSMS"),
        ((*URL, "--driver", "voltyrd"), "voltyrd"),
        ((*URL, "--driver", "http:none.yaml"), "none.yaml"),
        ((*URL, "--driver", "prompt"), "conform"),
    ],
)
def test_a_driver_that_cannot_be_is_told(words: tuple[str, ...], told: str) -> None:
    ran = CliRunner().invoke(app, ["run", "remote-start-and-stop", *words])

    assert isinstance(ran.exception, Invalid)
    assert told in str(ran.exception)


async def test_a_csms_over_sockets_is_asked_for_a_remote_start(
    tmp_path: Path,
) -> None:
    """As it is typed, in a process of its own beside the server."""
    config = Config(data=tmp_path, port=0, ocpp_port=0, token="a-token-that-was-given")
    async with Server(config) as server:
        key = {"X-API-Key": "a-token-that-was-given"}
        async with httpx.AsyncClient(base_url=f"{server.api_url}/api/v1", headers=key) as client:
            for path, body in (
                ("/chargers", {"chargeBoxId": "CP-1"}),
                ("/id-tags", {"idTag": "ABCD1234", "status": "active"}),
            ):
                assert (await client.post(path, json=body)).status_code == 201
        words = ("--url", server.charger_url, "--identity", "CP-{n}", "--driver", "voltyard")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voltyard", "run", "remote-start-and-stop"),
            *("--version", "1.6", "--speed", "20", *words),
            env={**os.environ, "VOLTYARD_URL": server.api_url, "VOLTYARD_TOKEN": config.token},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()
    assert "1 passed" in output.decode()
