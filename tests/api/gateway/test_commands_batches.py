"""Batches over REST: how they are spread, listed, cancelled, and taken up by the next start."""

from typing import Any

import pytest

from tests.api.gateway.bench import Gateway, GatewayBench

AT_ONCE = {"mode": "all_at_once"}
SLOWLY = {"mode": "staggered", "interval_s": 600}


async def post(gateway: Gateway, target: Any, verb: str = "plug-connector", **said: Any) -> Any:
    return await gateway.post(f"/ocpp/commands/{verb}", {"target": target, "event": {}, **said})


async def location_of(gateway: Gateway, count: int) -> tuple[str, list[str]]:
    location_id = await gateway.location()
    ids = [await gateway.charger(f"CP-{n}", location_id=location_id) for n in range(count)]
    return location_id, ids


async def test_a_batch_is_listed_by_the_id_in_the_answer(gateway: Gateway) -> None:
    location_id, ids = await location_of(gateway, 3)
    await post(gateway, {"charger_id": ids[0]}, "unplug-connector")

    answer = (await post(gateway, {"location_id": location_id}, pacing=AT_ONCE)).json()

    listed = (await gateway.get("/ocpp/commands", batch_id=answer["batch_id"])).json()
    assert listed["total"] == 3
    assert {one["event_type"] for one in listed["data"]} == {"plug"}
    assert {one["batch_id"] for one in listed["data"]} == {answer["batch_id"]}


async def test_a_staggered_batch_is_queued_at_once_and_says_when_each_is_due(
    gateway: Gateway,
) -> None:
    location_id, ids = await location_of(gateway, 3)

    answer = (await post(gateway, {"location_id": location_id}, pacing=SLOWLY)).json()

    await gateway.settled()
    assert answer["queued_count"] == 3
    assert [asked[0] for asked in gateway.provider.asked] == ids[:1]
    listed = (await gateway.get("/ocpp/commands", batch_id=answer["batch_id"])).json()["data"]
    assert [one["status"] for one in reversed(listed)][1:] == ["queued", "queued"]
    assert sorted(one["due_at"] for one in listed) == [one["due_at"] for one in reversed(listed)]


async def test_a_paced_batch_goes_on_after_a_restart_of_the_server(yard: GatewayBench) -> None:
    first = await yard.open()
    location_id, ids = await location_of(first, 3)
    first.provider.silent.add("plug")
    pacing = {"mode": "rolling", "at_once": 1}
    await post(first, {"location_id": location_id}, pacing=pacing)
    await first.settled()
    assert [asked[0] for asked in first.provider.asked] == ids[:1]
    await yard.close(first)

    second = await yard.open()
    second.provider.silent.add("plug")
    await second.settled()

    assert [asked[0] for asked in second.provider.asked] == ids[1:2]
    await yard.close(second)


@pytest.mark.parametrize(
    ("pacing", "field"),
    [
        ({"mode": "staggered"}, "interval_s"),
        ({"mode": "staggered", "interval_s": 0}, "interval_s"),
        ({"mode": "rolling"}, "at_once"),
        ({"mode": "rolling", "at_once": 2, "interval_s": 1}, "interval_s"),
        ({"mode": "all_at_once", "at_once": 2}, "at_once"),
        ({"mode": "someday"}, "pacing"),
        ({}, "pacing"),
    ],
)
async def test_pacing_that_makes_no_sense_is_422_and_names_the_field(
    gateway: Gateway, pacing: Any, field: str
) -> None:
    location_id, _ = await location_of(gateway, 1)

    answer = await post(gateway, {"location_id": location_id}, pacing=pacing)

    assert answer.status_code == 422
    assert field in str(answer.json()["detail"])
    await gateway.settled()
    assert gateway.provider.asked == []


async def test_one_charger_cannot_be_paced(gateway: Gateway) -> None:
    charger_id = await gateway.charger()

    answer = await post(gateway, {"charger_id": charger_id}, pacing=AT_ONCE)

    assert answer.status_code == 422
    assert "location_id" in str(answer.json()["detail"])


async def test_a_queued_command_is_cancelled_once(gateway: Gateway) -> None:
    location_id, _ = await location_of(gateway, 2)
    answer = (await post(gateway, {"location_id": location_id}, pacing=SLOWLY)).json()
    command_id = answer["results"][1]["command"]["id"]

    cancelled = await gateway.delete(f"/ocpp/commands/{command_id}")

    assert cancelled.status_code == 200
    assert cancelled.json()["status"] == "failed"
    assert cancelled.json()["error"]["code"] == "cancelled"
    read = (await gateway.get(f"/ocpp/commands/{command_id}")).json()
    assert read == cancelled.json()
    assert (await gateway.delete(f"/ocpp/commands/{command_id}")).status_code == 409


async def test_what_a_charger_has_is_409_and_what_nobody_posted_404(gateway: Gateway) -> None:
    charger_id = await gateway.charger()
    gateway.provider.silent.add("plug")
    answer = (await post(gateway, {"charger_id": charger_id})).json()
    await gateway.settled()
    command_id = answer["results"][0]["command"]["id"]

    assert (await gateway.delete(f"/ocpp/commands/{command_id}")).status_code == 409
    assert (await gateway.delete("/ocpp/commands/0123456789ab")).status_code == 404
    assert (await gateway.delete("/ocpp/commands", batch_id="0123456789ab")).status_code == 404
    assert (await gateway.delete("/ocpp/commands")).status_code == 422


async def test_another_organization_can_neither_see_nor_cancel_a_batch(gateway: Gateway) -> None:
    location_id, _ = await location_of(gateway, 2)
    answer = (await post(gateway, {"location_id": location_id}, pacing=SLOWLY)).json()
    theirs = await gateway.stranger()

    refused = await gateway.send(
        "DELETE", "/ocpp/commands", key=theirs, batch_id=answer["batch_id"]
    )

    assert refused.status_code == 404
    done = (await gateway.delete("/ocpp/commands", batch_id=answer["batch_id"])).json()
    assert done["cancelled_count"] == 1


async def test_a_stopped_charger_is_listed_as_failed_with_a_reason_or_queued_where_asked(
    gateway: Gateway,
) -> None:
    charger_id = await gateway.charger()
    await gateway.post(f"/ocpp/chargers/{charger_id}/stop-charger", {})
    await gateway.settled()

    refused = (await post(gateway, {"charger_id": charger_id})).json()
    queued = (await post(gateway, {"charger_id": charger_id}, queue_if_stopped=True)).json()

    assert (refused["queued_count"], refused["failed_count"]) == (0, 1)
    assert "start-charger" in refused["failed"][0]["error"]
    assert (queued["queued_count"], queued["failed_count"]) == (1, 0)
    await gateway.settled()
    assert gateway.provider.asked == []
    await gateway.post(f"/ocpp/chargers/{charger_id}/start-charger", {})
    await gateway.settled()
    assert [verb for _, verb, _ in gateway.provider.asked] == ["plug"]


async def test_what_is_held_for_a_stopped_charger_is_still_held_after_a_restart(
    yard: GatewayBench,
) -> None:
    first = await yard.open()
    charger_id = await first.charger()
    await first.post(f"/ocpp/chargers/{charger_id}/stop-charger", {})
    await first.settled()
    await post(first, {"charger_id": charger_id}, queue_if_stopped=True)
    await yard.close(first)

    second = await yard.open()
    await second.settled()
    assert second.provider.asked == []
    await second.post(f"/ocpp/chargers/{charger_id}/start-charger", {})
    await second.settled()

    assert [verb for _, verb, _ in second.provider.asked] == ["plug"]
    await yard.close(second)
