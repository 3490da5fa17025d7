"""Commands to connectors that are not there: refused at once, with those that are."""

from typing import Any

import pytest

from tests.api.gateway.bench import Gateway


async def posted(gateway: Gateway, name: str, target: Any, event: Any, **said: Any) -> Any:
    body = {"target": target, "event": event, **said}
    return await gateway.post(f"/ocpp/commands/{name}", body)


@pytest.mark.parametrize(
    ("options", "event", "said"),
    [
        ({}, {"connector_id": 2}, "no connector_id 2 (it has connector_id 1)"),
        ({}, {"evse_id": 2}, "no connector_id 2 (it has connector_id 1)"),
        (
            {"number_of_connectors": 3},
            {"connector_id": 4},
            "no connector_id 4 (it has connector_id 1 to 3)",
        ),
        (
            {"ocpp_version": "OCPP2.0.1", "number_of_connectors": 4, "connectors_per_evse": 2},
            {"evse_id": 1, "connector_id": 3},
            "no connector_id 3 at evse_id 1 (it has evse_id 1 to 2, with connector_id 1 to 2)",
        ),
        (
            {"ocpp_version": "OCPP2.0.1", "number_of_connectors": 2},
            {"connector_id": 2},
            "no connector_id 2 at evse_id 1 (it has evse_id 1 to 2, with connector_id 1)",
        ),
    ],
)
async def test_a_connector_that_is_not_there_is_404_at_once(
    gateway: Gateway, options: dict[str, Any], event: dict[str, Any], said: str
) -> None:
    charger_id = await gateway.charger("CP-1", **options)

    answer = await posted(gateway, "plug-connector", {"charger_id": charger_id}, event)

    assert answer.status_code == 404
    assert answer.json() == {"detail": f"the charger 'CP-1' has {said}"}
    assert (await gateway.get("/ocpp/commands")).json()["total"] == 0
    assert gateway.provider.asked == []


@pytest.mark.parametrize(
    ("options", "event"),
    [
        ({"number_of_connectors": 2}, {"connector_id": 2}),
        ({"number_of_connectors": 2}, {"evse_id": 2}),
        ({"number_of_connectors": 4, "connectors_per_evse": 2}, {"connector_id": 4}),
        ({"ocpp_version": "OCPP2.0.1", "number_of_connectors": 2}, {"evse_id": 2}),
    ],
)
async def test_one_that_is_there_is_asked(
    gateway: Gateway, options: dict[str, Any], event: dict[str, Any]
) -> None:
    charger_id = await gateway.charger("CP-1", **options)

    answer = await posted(gateway, "plug-connector", {"charger_id": charger_id}, event)

    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("name", ["start-session", "stop-session"])
async def test_sessions_count_connectors_over_the_charger(gateway: Gateway, name: str) -> None:
    target = {"charger_id": await gateway.charger("CP-1", number_of_connectors=2)}
    event: dict[str, Any] = {"id_tag": "T"} if name == "start-session" else {}

    there = await posted(gateway, name, target, {**event, "connector_id": 2})
    beyond = await posted(gateway, name, target, {**event, "connector_id": 3})

    assert (there.status_code, beyond.status_code) == (202, 404)


async def test_a_command_for_a_charger_that_is_stopped_is_checked_too(gateway: Gateway) -> None:
    target = {"charger_id": await gateway.charger("CP-1", start=False)}

    kept = await posted(gateway, "plug-connector", target, {}, queue_if_stopped=True)
    beyond = await posted(
        gateway, "plug-connector", target, {"connector_id": 2}, queue_if_stopped=True
    )

    assert (kept.status_code, beyond.status_code) == (202, 404)
    assert (await gateway.get("/ocpp/commands")).json()["total"] == 1


async def test_at_a_location_those_without_it_are_listed(gateway: Gateway) -> None:
    location_id = await gateway.location()
    await gateway.charger("CP-1", location_id=location_id)
    await gateway.charger("CP-2", location_id=location_id, number_of_connectors=2)

    answer = await posted(
        gateway, "plug-connector", {"location_id": location_id}, {"connector_id": 2}
    )

    assert answer.status_code == 202
    assert [one["identity"] for one in answer.json()["results"]] == ["CP-2"]
    (failed,) = answer.json()["failed"]
    assert failed["identity"] == "CP-1"
    assert "it has connector_id 1" in failed["error"]
