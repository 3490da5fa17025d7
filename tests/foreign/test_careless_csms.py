"""A CSMS that answers with Python's isoformat(), as its library's example has it: no zone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.foreign.peers.csms import ForeignCsms
from voltyard.config.config import Config
from voltyard.server.server import Server

KEY = "a-key-for-the-lab"
MODEL = {
    "brand_slug": "wallbox",
    "model_slug": "wallbox-pulsar-plus",
    "connector_type": "Type2",
}


def without_zone() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


@asynccontextmanager
async def yard(data: Path) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY}"}
    config = Config(data=data, port=0, ocpp_port=0, token=KEY)
    async with (
        Server(config) as server,
        httpx.AsyncClient(base_url=server.api_url, headers=headers, timeout=120) as rest,
    ):
        yield rest


async def made(rest: httpx.AsyncClient, csms: ForeignCsms, **more: Any) -> str:
    body = {"identity": "CP-CARELESS", "ws_url": csms.url, **MODEL, **more}
    answer = await rest.post("/ocpp/chargers", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["charger_id"])


async def until(rest: httpx.AsyncClient, charger_id: str, **wanted: Any) -> dict[str, Any]:
    """The state once it is like that."""
    async with asyncio.timeout(120):
        while True:
            answer = await rest.get(f"/ocpp/chargers/{charger_id}/state")
            state: dict[str, Any] = answer.json()
            if wanted.items() <= state.items():
                return state
            await asyncio.sleep(0.05)


async def refusal(rest: httpx.AsyncClient, charger_id: str) -> dict[str, Any]:
    """What it could not accept, once there is something."""
    async with asyncio.timeout(120):
        while True:
            state = (await rest.get(f"/ocpp/chargers/{charger_id}/state")).json()
            if state.get("refused_answer"):
                return dict(state["refused_answer"])
            await asyncio.sleep(0.05)


async def events(rest: httpx.AsyncClient, charger_id: str, kind: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(120):
        while True:
            found = await rest.get("/ocpp/events", params={"charger_id": charger_id, "type": kind})
            if found.json()["data"]:
                return list(found.json()["data"])
            await asyncio.sleep(0.05)


async def verdicts(rest: httpx.AsyncClient, charger_id: str) -> list[str]:
    """Of the frames the CSMS sent, the oldest first."""
    async with asyncio.timeout(120):
        while True:
            answer = await rest.get(
                f"/ocpp/chargers/{charger_id}/logs", params={"direction": "csms_to_cp"}
            )
            if answer.json()["data"]:
                return [one["verdict"] for one in reversed(answer.json()["data"])]
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_charger_lives_with_it_and_says_what_it_forgave(
    tmp_path: Path, version: str
) -> None:
    async with ForeignCsms(written=without_zone) as csms, yard(tmp_path) as rest:
        charger_id = await made(rest, csms, ocpp_version=version)

        state = await until(rest, charger_id, boot_status="Accepted")
        [forgiven] = await events(rest, charger_id, "faults.forgiven")
        first = (await verdicts(rest, charger_id))[0]

    assert state["validation"] == "lenient"
    assert abs(state["clock_skew_s"]) < 60
    assert forgiven["data"]["action"] == "BootNotification"
    assert forgiven["data"]["faults"][0]["field"] == "$.currentTime"
    assert first.startswith("lenient: $.currentTime: not an RFC 3339 date-time with a zone")


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.slow
async def test_a_strict_one_says_why_it_is_not_accepted_until_it_is_made_lenient(
    tmp_path: Path, version: str
) -> None:
    async with ForeignCsms(written=without_zone) as csms:
        async with yard(tmp_path) as rest:
            charger_id = await made(rest, csms, ocpp_version=version, validation="strict")

            why = await refusal(rest, charger_id)
            [refused, *_] = await events(rest, charger_id, "answer.refused")
            first = (await verdicts(rest, charger_id))[0]
        async with yard(tmp_path) as rest:  # it is kept
            shown = (await rest.get(f"/ocpp/chargers/{charger_id}")).json()
            again = await refusal(rest, charger_id)
            await rest.put(f"/ocpp/chargers/{charger_id}", json={"validation": "lenient"})
            state = await until(rest, charger_id, boot_status="Accepted")

    told = {"action": "BootNotification", "field": "$.currentTime", "rule": "bad_value"}
    assert told.items() <= why.items()
    assert told.items() <= refused["data"].items()
    assert told.items() <= again.items()
    assert first.startswith("refused: $.currentTime: not an RFC 3339 date-time with a zone")
    assert shown["validation"] == "strict"
    assert (state["validation"], state["refused_answer"]) == ("lenient", None)
