"""Chargers faster than real time, over the gateway."""

from typing import Any

import pytest

from tests.api.gateway.bench import Gateway

AGREED = {"rate": 60, "peer_agrees_to_rate": True}


async def _pace(gateway: Gateway, charger_id: str) -> dict[str, Any]:
    await gateway.settled()
    return dict(gateway.provider.running[charger_id].pace)


async def test_a_rate_the_peer_agreed_to_is_the_runtimes(gateway: Gateway) -> None:
    charger_id = await gateway.charger(**AGREED)

    pace = await _pace(gateway, charger_id)
    shown = (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()

    assert pace["rate"] == 60
    assert pace["real"] == pace["local"] > 0
    assert shown["rate"] == 60
    assert shown["peer_agrees_to_rate"] is True
    assert "pace" not in shown


async def test_a_charger_of_which_nothing_is_said_runs_in_real_time(gateway: Gateway) -> None:
    assert await _pace(gateway, await gateway.charger()) == {}
    assert await _pace(gateway, await gateway.charger("CP-2", rate=1)) == {}


@pytest.mark.parametrize(
    "said",
    [
        {"rate": 60},
        {"rate": 60, "peer_agrees_to_rate": False},
        {"rate": 0.5, "peer_agrees_to_rate": True},
        {"rate": 1_000_000, "peer_agrees_to_rate": True},
    ],
)
async def test_a_rate_that_cannot_be_changes_nothing(
    gateway: Gateway, said: dict[str, Any]
) -> None:
    charger_id = await gateway.charger()

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", said)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"] == "rate"
    assert await _pace(gateway, charger_id) == {}


async def test_a_changed_rate_goes_on_where_the_charger_is(gateway: Gateway) -> None:
    charger_id = await gateway.charger(**AGREED)
    before = await _pace(gateway, charger_id)

    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", {"rate": 1})

    after = await _pace(gateway, charger_id)
    elapsed_s = after["real"] - before["real"]
    assert answer.status_code == 200, answer.text
    assert after["rate"] == 1
    assert after["local"] == pytest.approx(before["local"] + 60 * elapsed_s)


async def test_a_change_of_something_else_leaves_the_pace(gateway: Gateway) -> None:
    charger_id = await gateway.charger(**AGREED)
    before = await _pace(gateway, charger_id)

    await gateway.put(f"/ocpp/chargers/{charger_id}", {"name": "Bay", "seed": 4})

    assert await _pace(gateway, charger_id) == before


async def test_an_agreement_cannot_be_taken_back_while_the_charger_is_fast(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger(**AGREED)

    body = {"peer_agrees_to_rate": False}
    answer = await gateway.put(f"/ocpp/chargers/{charger_id}", body)

    assert answer.status_code == 400
    assert (await _pace(gateway, charger_id))["rate"] == 60
