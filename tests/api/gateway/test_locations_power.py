"""The limit of a location: made, read, changed, taken back, and what its chargers are told."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.api.gateway.bench import LOCATION, Gateway, GatewayBench
from voltyard.kernel.errors import Unavailable
from voltyard.ports.runtimes import CommandRefused
from voltyard.storage.yard.yard_records import yard_repositories

FREE = {"frees": True}


def told(gateway: Gateway, charger_id: str) -> list[dict[str, Any]]:
    """What a charger was told of its share, in order."""
    return [
        payload
        for deployment_id, verb, payload in gateway.provider.asked
        if deployment_id == charger_id and verb == "site_share"
    ]


async def until(gateway: Gateway, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(120):
        while not holds():
            await gateway.settled()


async def test_a_limit_is_made_read_changed_and_taken_back(gateway: Gateway) -> None:
    location_id = await gateway.location(max_power_w=50_000)
    path = f"/ocpp/locations/{location_id}"

    made = (await gateway.get(path)).json()
    changed = (await gateway.put(path, {"max_power_w": 20_000})).json()
    renamed = (await gateway.put(path, {"name": "West"})).json()
    taken_back = (await gateway.put(path, {"max_power_w": None})).json()

    assert made["max_power_w"] == 50_000
    assert changed["max_power_w"] == renamed["max_power_w"] == 20_000
    assert taken_back["max_power_w"] is None
    assert taken_back["name"] == "West"


@pytest.mark.parametrize("limit_w", [0, -1, "much"])
async def test_what_is_no_limit_is_refused(gateway: Gateway, limit_w: Any) -> None:
    answer = await gateway.post("/ocpp/locations", {**LOCATION, "max_power_w": limit_w})

    assert answer.status_code == 422


async def test_a_location_without_a_limit_tells_its_chargers_nothing(gateway: Gateway) -> None:
    charger_id = await gateway.charger(location_id=await gateway.location())

    assert told(gateway, charger_id) == []


async def test_a_charger_that_starts_at_a_limited_location_holds_still(gateway: Gateway) -> None:
    location_id = await gateway.location(max_power_w=50_000)

    charger_id = await gateway.charger(location_id=location_id)

    assert told(gateway, charger_id)[0] == {"holds": True}


async def test_it_is_set_free_when_the_limit_goes_or_it_leaves(gateway: Gateway) -> None:
    location_id = await gateway.location(max_power_w=50_000)
    stays, leaves = [
        await gateway.charger(name, location_id=location_id) for name in ("CP-1", "CP-2")
    ]

    await gateway.put(f"/ocpp/chargers/{leaves}", {"location_id": None})
    await until(gateway, lambda: told(gateway, leaves)[-1] == FREE)
    assert told(gateway, stays)[-1] != FREE

    await gateway.put(f"/ocpp/locations/{location_id}", {"max_power_w": None})
    await until(gateway, lambda: told(gateway, stays)[-1] == FREE)


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_look_that_is_under_way_takes_no_freedom_back(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, leaves: bool
) -> None:
    location_id = await gateway.location(max_power_w=50_000)
    charger_id = await gateway.charger(location_id=location_id)
    await until(gateway, lambda: "shares" in told(gateway, charger_id)[-1])
    looks, goes_on = asyncio.Event(), asyncio.Event()
    state = gateway.provider.state

    async def held(deployment_id: str) -> Any:
        seen = await state(deployment_id)
        looks.set()
        await goes_on.wait()
        return {**seen, "connectors": [{**one, "share_w": None} for one in seen["connectors"]]}

    monkeypatch.setattr(gateway.provider, "state", held)
    await gateway.put(f"/ocpp/locations/{location_id}", {"max_power_w": 40_000})
    async with asyncio.timeout(120):
        await looks.wait()
    if leaves:
        await gateway.put(f"/ocpp/chargers/{charger_id}", {"location_id": None})
    else:
        await gateway.put(f"/ocpp/locations/{location_id}", {"max_power_w": None})
    await until(gateway, lambda: told(gateway, charger_id)[-1] == FREE)
    goes_on.set()
    for _ in range(20):
        await gateway.settled()

    assert told(gateway, charger_id)[-1] == FREE


async def test_it_is_set_free_when_the_location_is_deleted(gateway: Gateway) -> None:
    location_id = await gateway.location(max_power_w=50_000)
    charger_id = await gateway.charger(location_id=location_id)

    await gateway.delete(f"/ocpp/locations/{location_id}")

    await until(gateway, lambda: told(gateway, charger_id)[-1] == FREE)


async def test_how_power_is_shared_is_seen(gateway: Gateway) -> None:
    location_id = await gateway.location(max_power_w=50_000)
    charger_id = await gateway.charger(location_id=location_id)

    seen = (await gateway.get(f"/ocpp/locations/{location_id}/power")).json()

    assert (seen["max_power_w"], seen["power_w"], seen["wanted_w"]) == (50_000, 0, 0)
    [part] = seen["shares"]
    assert (part["charger_id"], part["identity"], part["evse_id"]) == (
        charger_id,
        "CP-TEST-001",
        1,
    )


async def test_a_limit_outlives_a_restart_of_the_server(yard: GatewayBench) -> None:
    first = await yard.open()
    location_id = await first.location(max_power_w=50_000)
    charger_id = await first.charger(location_id=location_id)
    await yard.close(first)

    second = await yard.open()
    await until(second, lambda: bool(told(second, charger_id)))
    await yard.close(second)

    assert told(second, charger_id)[0] == {"holds": True}


async def test_a_charger_that_was_not_told_of_the_end_of_a_limit_is_told_at_the_next_start(
    yard: GatewayBench,
) -> None:
    first = await yard.open()
    first.provider.memory = b'{"share":true}'
    location_id = await first.location(max_power_w=50_000)
    charger_id = await first.charger(location_id=location_id)
    locations = yard_repositories(first.database).locations
    [location] = await locations.limited()
    await locations.change(replace(location, max_power_w=None))  # and then the server was killed
    await yard.close(first)

    second = await yard.open()
    await until(second, lambda: told(second, charger_id) == [FREE])
    await yard.close(second)


async def test_a_charger_that_is_out_of_reach_is_set_free_when_it_is_back(
    gateway: Gateway,
) -> None:
    location_id = await gateway.location(max_power_w=50_000)
    charger_id = await gateway.charger(location_id=location_id)
    gateway.provider.refusals["site_share"] = CommandRefused(
        "unavailable", "its worker is away", {}
    )

    await gateway.delete(f"/ocpp/locations/{location_id}")
    await until(gateway, lambda: told(gateway, charger_id)[-1] == FREE)
    before = len(told(gateway, charger_id))
    del gateway.provider.refusals["site_share"]

    await until(gateway, lambda: len(told(gateway, charger_id)) > before)
    assert told(gateway, charger_id)[-1] == FREE


async def test_a_site_is_looked_at_again_after_a_charger_was_out_of_reach(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    location_id = await gateway.location()
    charger_id = await gateway.charger(location_id=location_id)
    away = Unavailable("its worker is away")
    seen, state = [], gateway.provider.state

    async def out_of_reach_once(deployment_id: str) -> Any:
        seen.append(deployment_id)
        if len(seen) == 1:
            raise away
        return await state(deployment_id)

    monkeypatch.setattr(gateway.provider, "state", out_of_reach_once)

    await gateway.put(f"/ocpp/locations/{location_id}", {"max_power_w": 50_000})

    share = {"shares": [{"evse_id": 1, "power_w": 0.0}]}
    await until(gateway, lambda: told(gateway, charger_id) == [share])
