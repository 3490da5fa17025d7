"""A day at a location: drivers come to its chargers, over the gateway."""

import asyncio
from typing import Any

import pytest

from tests.api.gateway.bench import Gateway, GatewayBench
from voltyard.kernel import limits

FAST = {"rate": 60, "peer_agrees_to_rate": True}


async def site(gateway: Gateway, chargers: int = 2, **said: Any) -> str:
    """A location with so many chargers that run; its id."""
    location_id = await gateway.location()
    for number in range(chargers):
        await gateway.charger(f"CP-{number}", location_id=location_id, **said)
    return location_id


async def begun(gateway: Gateway, location_id: str, **said: Any) -> dict[str, Any]:
    answer = await gateway.post(f"/ocpp/locations/{location_id}/days", said)
    assert answer.status_code == 202, answer.text
    await gateway.settled()
    return dict(answer.json())


async def shown(gateway: Gateway, day: dict[str, Any]) -> dict[str, Any]:
    answer = await gateway.get(f"/ocpp/locations/{day['location_id']}/days/{day['id']}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def happens(gateway: Gateway, deployment_id: str, type: str, **more: Any) -> None:
    gateway.provider.listener.happened(
        deployment_id,
        {
            "type": type,
            "at": 1.0,
            "evse_id": 1,
            "connector_id": 1,
            "transaction": "t",
            "transaction_id": "1",
            "id_tag": "TAG",
            "reason": "Local",
            "meter_start_wh": 100.0,
            "meter_stop_wh": 5_100.0,
            **more,
        },
    )


async def test_a_day_begins_and_its_chargers_are_fast(gateway: Gateway) -> None:
    location_id = await site(gateway)

    day = await begun(gateway, location_id, kind="work", hours=12, seed=4, **FAST)

    assert (day["status"], day["kind"], day["rate"], day["chargers"]) == ("running", "work", 60, 2)
    assert day["site_began_at"] <= day["site_time"] < day["site_ends_at"]
    paces = [spec.pace for spec in gateway.provider.running.values()]
    assert [pace["rate"] for pace in paces] == [60, 60]
    assert len({pace["local"] for pace in paces}) == 1
    listed = (await gateway.get(f"/ocpp/locations/{location_id}/days")).json()
    assert [one["id"] for one in listed["data"]] == [day["id"]]


async def test_its_sessions_are_counted(gateway: Gateway) -> None:
    location_id = await site(gateway)
    stranger = await gateway.charger("ELSEWHERE")
    day = await begun(gateway, location_id)
    ours = next(one for one in gateway.provider.running if one != stranger)

    for deployment_id in (ours, stranger):
        happens(gateway, deployment_id, "transaction_started")
        happens(gateway, deployment_id, "transaction_ended")
    happens(gateway, ours, "transaction_started")

    after = await shown(gateway, day)
    assert (after["sessions_begun"], after["sessions_ended"]) == (2, 1)
    assert after["energy_wh"] == 5_000.0


async def test_a_stopped_day_gives_the_chargers_their_rates_back(gateway: Gateway) -> None:
    location_id = await site(gateway)
    day = await begun(gateway, location_id, **FAST)

    answer = await gateway.delete(f"/ocpp/locations/{location_id}/days/{day['id']}")
    again = await gateway.delete(f"/ocpp/locations/{location_id}/days/{day['id']}")
    await gateway.settled()

    assert answer.json()["status"] == "stopped"
    assert again.json() == answer.json() == await shown(gateway, day)
    assert [spec.pace["rate"] for spec in gateway.provider.running.values()] == [1, 1]
    happens(gateway, next(iter(gateway.provider.running)), "transaction_started")
    assert (await shown(gateway, day))["sessions_begun"] == 0


async def test_its_beginning_and_end_are_events(gateway: Gateway) -> None:
    location_id = await site(gateway)
    day = await begun(gateway, location_id)
    await gateway.delete(f"/ocpp/locations/{location_id}/days/{day['id']}")
    await gateway.settled()

    query = f"/ocpp/events?location_id={location_id}&types=day.started,day.ended&after=0"
    events = (await gateway.get(query)).json()["data"]

    assert [event["type"] for event in events] == ["day.started", "day.ended"]
    assert events[1]["data"]["day_id"] == day["id"]
    assert events[1]["data"]["status"] == "stopped"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"rate": 60}, 400),
        ({"rate": 0.5, "peer_agrees_to_rate": True}, 422),
        ({"kind": "castle"}, 422),
        ({"hours": 0}, 422),
        ({"hours": 10_000}, 422),
        ({"vehicles": ["horse"]}, 400),
        ({"start": "2001-01-01T00:00:00Z"}, 400),
        ({"tags": {"known": []}}, 422),
        ({"tags": {"known": ["x" * 21]}}, 422),
        ({"tags": {"unknown": 0.7, "blocked": 0.7}}, 422),
    ],
)
async def test_a_day_that_cannot_be_changes_nothing(
    gateway: Gateway, said: dict[str, Any], status: int
) -> None:
    location_id = await site(gateway, 1)

    answer = await gateway.post(f"/ocpp/locations/{location_id}/days", said)

    assert answer.status_code == status, answer.text
    assert (await gateway.get(f"/ocpp/locations/{location_id}/days")).json()["total"] == 0
    assert [dict(spec.pace) for spec in gateway.provider.running.values()] == [{}]


async def test_a_location_has_one_day_at_a_time(gateway: Gateway) -> None:
    location_id = await site(gateway, 1)
    await begun(gateway, location_id)

    answer = await gateway.post(f"/ocpp/locations/{location_id}/days", {})

    assert answer.status_code == 409
    assert "under way" in answer.json()["detail"]


async def test_an_organization_has_so_many_days_at_a_time(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DAYS_AT_ONCE", 1)
    await begun(gateway, await site(gateway, 1))
    elsewhere = await gateway.location(name="Elsewhere")
    await gateway.charger("CP-9", location_id=elsewhere)

    answer = await gateway.post(f"/ocpp/locations/{elsewhere}/days", {})

    assert answer.status_code == 503, answer.text
    assert (await gateway.get(f"/ocpp/locations/{elsewhere}/days")).json()["total"] == 0


async def test_the_oldest_days_of_a_location_are_forgotten(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "DAYS_KEPT", 2)
    location_id = await site(gateway, 1)
    days = []
    for _ in range(4):
        days.append(await begun(gateway, location_id))
        await gateway.delete(f"/ocpp/locations/{location_id}/days/{days[-1]['id']}")

    listed = (await gateway.get(f"/ocpp/locations/{location_id}/days")).json()
    assert [one["id"] for one in listed["data"]] == [days[3]["id"], days[2]["id"]]


async def test_a_day_ends_by_itself(yard: GatewayBench) -> None:
    gateway = await yard.open()
    day = await begun(gateway, await site(gateway, 1), hours=0.0001)

    yard.clock.reading += 10.0
    async with asyncio.timeout(120):
        while (after := await shown(gateway, day))["status"] == "running":
            await gateway.settled()

    assert after["status"] == "ended"
    assert after["site_time"] >= after["site_ends_at"]
    await yard.close(gateway)


async def test_a_location_where_nothing_runs_has_none(gateway: Gateway) -> None:
    location_id = await gateway.location()

    answer = await gateway.post(f"/ocpp/locations/{location_id}/days", {})

    assert answer.status_code == 409


async def test_another_organization_has_no_such_day(gateway: Gateway) -> None:
    location_id = await site(gateway, 1)
    day = await begun(gateway, location_id)
    key = await gateway.stranger()
    path = f"/ocpp/locations/{location_id}/days"

    for method, where in (
        ("GET", path),
        ("POST", path),
        ("GET", f"{path}/{day['id']}"),
        ("DELETE", f"{path}/{day['id']}"),
    ):
        answer = await gateway.send(method, where, {} if method == "POST" else None, key=key)
        assert answer.status_code == 404, (method, where)
    assert (await shown(gateway, day))["status"] == "running"


async def test_a_day_goes_on_after_a_start_of_the_server(yard: GatewayBench) -> None:
    gateway = await yard.open()
    location_id = await site(gateway, 1)
    day = await begun(gateway, location_id, **FAST)
    happens(gateway, next(iter(gateway.provider.running)), "transaction_started")
    await yard.close(gateway)

    gateway = await yard.open()
    await gateway.settled()

    after = await shown(gateway, day)
    assert after["status"] == "running"
    assert after["sessions_begun"] == 1
    (spec,) = gateway.provider.running.values()
    assert spec.pace["rate"] == 60
    happens(gateway, spec.deployment_id, "transaction_started")
    assert (await shown(gateway, day))["sessions_begun"] == 2
    await yard.close(gateway)


async def test_a_day_whose_hours_passed_while_the_server_was_away_has_ended(
    yard: GatewayBench,
) -> None:
    gateway = await yard.open()
    location_id = await site(gateway, 1)
    day = await begun(gateway, location_id, **FAST)
    await yard.close(gateway)

    yard.clock.reading += 25 * 60.0
    gateway = await yard.open()
    await gateway.settled()

    assert (await shown(gateway, day))["status"] == "ended"
    (spec,) = gateway.provider.running.values()
    assert spec.pace["rate"] == 1
    await yard.close(gateway)


async def test_a_day_ends_with_its_location(gateway: Gateway) -> None:
    location_id = await site(gateway)
    await begun(gateway, location_id, **FAST)

    await gateway.delete(f"/ocpp/locations/{location_id}")
    await gateway.settled()

    assert [(spec.pace or {}).get("rate", 1) for spec in gateway.provider.running.values()] == [
        1,
        1,
    ]
