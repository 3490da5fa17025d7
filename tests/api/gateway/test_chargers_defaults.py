"""Chargers of which little is said: model, connector and the server's own backend by default."""

import asyncio
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, LOCATION, Gateway, GatewayBench
from voltyard.kernel.errors import Conflict, Unavailable
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID

OWN = "ws://own.example/ocpp"


async def made(gateway: Gateway, **said: Any) -> dict[str, Any]:
    """A charger that was made, once it is READY or FAILED."""
    answer = await gateway.post("/ocpp/chargers", {"identity": "CP-1", **said})
    assert answer.status_code == 202, answer.text
    return await settled(gateway, answer.json()["status_url"])


async def settled(gateway: Gateway, status_url: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            found: dict[str, Any] = (await gateway.get(status_url)).json()
            if found["status"] in ("READY", "FAILED"):
                return found
            await asyncio.sleep(0)


async def test_an_identity_suffices(gateway: Gateway, yard: GatewayBench) -> None:
    assert (await made(gateway))["status"] == "READY"

    charger = (await gateway.get("/ocpp/chargers/CP-1")).json()
    assert charger["ws_url"] == OWN
    assert (charger["brand_slug"], charger["model_slug"]) == ("abb", "terra-ac-w22")
    assert charger["connector_type"] == "Type2"
    assert "registers" not in charger
    assert yard.own_backend.registered == {(DEFAULT_ORGANIZATION_ID, "CP-1"): (None, None)}


async def test_a_password_and_a_profile_are_known_to_the_backend_too(
    gateway: Gateway, yard: GatewayBench
) -> None:
    said = {"basic_auth_password": "correct-horse", "security_profile": 2}
    assert (await made(gateway, **said))["status"] == "READY"

    assert (await gateway.get("/ocpp/chargers/CP-1")).json()["ws_url"].startswith("wss://")
    assert list(yard.own_backend.registered.values()) == [("correct-horse", 2)]


@pytest.mark.parametrize(
    ("said", "is_registered"),
    [
        ({}, True),
        ({"register": None}, True),
        ({"register": False}, False),
        ({"ws_url": "ws://csms.example/ocpp"}, False),
        ({"ws_url": "ws://csms.example/ocpp", "register": True}, True),
        ({"start": False}, True),
    ],
)
async def test_who_is_registered(
    gateway: Gateway, yard: GatewayBench, said: dict[str, Any], is_registered: bool
) -> None:
    assert (await made(gateway, **said))["status"] == "READY"

    assert bool(yard.own_backend.registered) is is_registered
    assert (await gateway.get("/ocpp/chargers/CP-1")).json()["ws_url"] == said.get("ws_url", OWN)


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"brand_slug": "wallbox"}, "model_slug"),
        ({"model_slug": "terra-184"}, "brand_slug"),
        ({"brand_slug": "abb", "model_slug": "no-such"}, "model_slug"),
        ({"connector_type": "Schuko"}, "connector_type"),
        ({"register": "please"}, "register"),
    ],
)
async def test_half_a_model_is_refused_and_makes_nothing(
    gateway: Gateway, yard: GatewayBench, said: dict[str, Any], param: str
) -> None:
    answer = await gateway.post("/ocpp/chargers", {"identity": "CP-1", **said})

    assert answer.status_code in (400, 422)
    assert param in answer.text
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0
    assert yard.own_backend.asked == []


async def test_one_that_the_backend_will_not_have_fails_and_says_why(
    gateway: Gateway, yard: GatewayBench
) -> None:
    yard.own_backend.error = Conflict("the organization has 5 chargers, and its quota is 5")

    status = await made(gateway)

    assert status["status"] == "FAILED"
    assert "quota is 5" in status["error"]["message"]

    yard.own_backend.error = None
    yard.own_backend.called.clear()
    await gateway.post("/ocpp/chargers/CP-1/start-charger", {})
    async with asyncio.timeout(60):
        await yard.own_backend.called.wait()
    assert yard.own_backend.registered


async def test_what_was_deleted_at_the_backend_stays_so(yard: GatewayBench) -> None:
    gateway = await yard.open()
    await made(gateway)
    yard.own_backend.registered.clear()
    await yard.close(gateway)

    gateway = await yard.open()
    await gateway.post("/ocpp/chargers/CP-1/restart-charger", {})
    await made(gateway, identity="CP-2")  # after what was asked before

    assert yard.own_backend.asked == ["CP-1", "CP-2"]
    await yard.close(gateway)


async def test_a_repeated_request_registers_once(gateway: Gateway, yard: GatewayBench) -> None:
    headers = {"Authorization": f"Bearer {gateway.key}", "Idempotency-Key": "1"}
    answers = [
        await gateway.client.post("/ocpp/chargers", json={"identity": "CP-1"}, headers=headers)
        for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    await settled(gateway, answers[0].json()["status_url"])
    assert yard.own_backend.asked == ["CP-1"]


async def test_a_registration_that_is_cut_short_is_tried_again(
    gateway: Gateway, yard: GatewayBench
) -> None:
    yard.own_backend.error = Unavailable("it could not be stored")
    answer = await gateway.post("/ocpp/chargers", {"identity": "CP-1"})
    async with asyncio.timeout(60):
        await yard.own_backend.called.wait()
    yard.own_backend.error = None

    assert (await settled(gateway, answer.json()["status_url"]))["status"] == "READY"
    assert len(yard.own_backend.registered) == 1


async def test_many_chargers_and_those_of_a_preset_are_registered(
    gateway: Gateway, yard: GatewayBench
) -> None:
    location = (await gateway.post("/ocpp/locations", LOCATION)).json()
    groups = [{"template": {"identity_prefix": "A-"}, "charger_ids": ["1", "2"]}]
    job = (await gateway.post(f"/ocpp/locations/{location['id']}/chargers", groups)).json()
    assert (await settled(gateway, job["status_url"]))["status"] == "READY"
    assert {identity for _, identity in yard.own_backend.registered} == {"A-1", "A-2"}

    presets = (await gateway.get("/ocpp/templates/locations")).json()["data"]
    path = f"/ocpp/templates/locations/{presets[0]['slug']}"
    furnished = (await gateway.post(path, {**LOCATION, "name": "Another"})).json()
    assert (await settled(gateway, furnished["status_url"]))["status"] == "READY"
    there = (await gateway.get("/ocpp/chargers")).json()
    assert {one["ws_url"] for one in there["data"]} == {OWN}
    assert len(yard.own_backend.registered) == there["total"]

    silent = [{"template": {"identity_prefix": "B-", "register": False}, "charger_ids": ["1"]}]
    await gateway.post(f"/ocpp/locations/{location['id']}/chargers", silent)
    assert "B-1" not in yard.own_backend.asked


async def test_a_charger_of_the_catalogue_is_as_it_was(
    gateway: Gateway, yard: GatewayBench
) -> None:
    assert (await made(gateway, **CHARGER))["status"] == "READY"

    assert yard.own_backend.asked == []
