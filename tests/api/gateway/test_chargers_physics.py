"""Physics that a caller asks for over the gateway reaches the charger."""

from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, Gateway, job_of


async def specification(gateway: Gateway, charger_id: str) -> Any:
    return gateway.provider.running[charger_id].charger


async def test_a_meter_and_a_rating_reach_the_charger(gateway: Gateway) -> None:
    charger_id = await gateway.charger(
        "CP-1",
        meter={"accuracy": "B", "resolution_wh": 10, "noise": 0.015},
        rating={"steps_a": [6, 10, 16], "ramp_s": 5, "precharge_s": 12},
    )

    charger = await specification(gateway, charger_id)

    assert charger["meter"] == {"accuracy": "B", "resolution_wh": 10, "noise": 0.015}
    connector = charger["evses"][0]["connectors"][0]
    assert connector["steps_a"] == [6, 10, 16]
    assert (connector["ramp_s"], connector["precharge_s"]) == (5, 12)
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()
    assert shown["meter"]["accuracy"] == "B"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("meter", {"accuracy": "D"}),
        ("meter", {"resolution_wh": 0}),
        ("rating", {"steps_a": [-1]}),
        ("rating", {"ramp_s": -1}),
    ],
)
async def test_what_cannot_be_is_refused(gateway: Gateway, field: str, value: Any) -> None:
    answer = await gateway.post("/ocpp/chargers", {**CHARGER, field: value})

    assert answer.status_code == 422


async def test_a_cable_comes_with_the_plug(gateway: Gateway) -> None:
    charger_id = await gateway.charger("CP-1")

    for path, body in (
        ("plug-connector", {"connector_id": 1, "evse_id": 1, "cable_a": 20}),
        ("start-session", {"connector_id": 1, "id_tag": "T", "cable_a": 13}),
    ):
        answer = await gateway.post(
            f"/ocpp/commands/{path}", {"target": {"charger_id": charger_id}, "event": body}
        )
        assert answer.status_code == 202, answer.text
    await gateway.settled()

    assert [asked[2]["cable_a"] for asked in gateway.provider.asked] == [20, 13]


async def test_a_vehicle_of_a_template_is_every_chargers(gateway: Gateway) -> None:
    location_id = await gateway.location()
    template = {
        name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type", "ws_url")
    } | {"identity_prefix": "B-", "vehicle": "renault-zoe-ze50"}

    answer = await gateway.post(
        f"/ocpp/locations/{location_id}/chargers",
        [{"template": template, "charger_ids": ["1", "2"]}],
    )
    await job_of(gateway, answer.json()["status_url"])

    vehicles = [runtime.charger["vehicle"]["name"] for runtime in gateway.provider.running.values()]
    assert vehicles == ["renault-zoe-ze50"] * 2
