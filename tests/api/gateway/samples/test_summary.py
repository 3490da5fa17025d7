"""Totals of all chargers over REST."""

from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, Gateway, job_of
from tests.fakes.samples import sample
from voltyard.charger.description.samples import ChargerSample


async def summary(gateway: Gateway, **query: Any) -> dict[str, Any]:
    answer = await gateway.get("/ocpp/summary", **query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_yard_without_chargers_has_totals_of_nothing(gateway: Gateway) -> None:
    found = await summary(gateway)

    assert found.pop("at").startswith("2026-")
    assert found == {
        "chargers": {"total": 0, "connected": 0, "accepted": 0, "by_provisioning": {}},
        "connectors": {"total": 0, "in_transaction": 0, "faulted": 0, "by_status": {}},
        "power_w": 0,
        "locations": [],
    }


async def test_the_totals_count_what_each_charger_does(gateway: Gateway) -> None:
    site, empty = await gateway.location(), await gateway.location(name="Empty")
    ids = {one: await gateway.charger(one, location_id=site) for one in ("BUSY", "BROKEN")}
    ids |= {one: await gateway.charger(one) for one in ("AWAY", "PENDING")}
    await gateway.charger("STOPPED", start=False, location_id=site)
    gateway.provider.samples = {
        ids["BUSY"]: sample(status="Charging", power_w=7_360, charging_state="Charging"),
        ids["BROKEN"]: sample(error_code="WeakSignal"),
        ids["AWAY"]: sample(connected=False, status="SuspendedEV", charging_state="SuspendedEV"),
        ids["PENDING"]: sample(boot_status="Pending"),
    }

    found = await summary(gateway)

    assert found["chargers"] == {
        "total": 5,
        "connected": 3,
        "accepted": 2,
        "by_provisioning": {"READY": 5},
    }
    assert found["connectors"] == {
        "total": 4,
        "in_transaction": 2,
        "faulted": 1,
        "by_status": {"Charging": 1, "Available": 2, "SuspendedEV": 1},
    }
    assert found["power_w"] == 7_360
    at_site = {"chargers": 3, "connected": 2, "in_transaction": 1, "power_w": 7_360}
    nothing = dict.fromkeys(at_site, 0)
    assert [one.pop("name") for one in found["locations"]] == ["La Défense Charging Hub", "Empty"]
    assert found["locations"] == [
        {"location_id": site, **at_site},
        {"location_id": empty, **nothing},
    ]

    here = await summary(gateway, location_id=site)

    assert here["chargers"]["total"] == here["chargers"]["by_provisioning"]["READY"] == 3
    assert here["connectors"]["by_status"] == {"Charging": 1, "Available": 1}
    assert here["power_w"] == 7_360
    assert [one["location_id"] for one in here["locations"]] == [site]


async def test_the_totals_follow_a_charger_that_stops_moves_and_goes(gateway: Gateway) -> None:
    site = await gateway.location()
    charger = await gateway.charger("CP-1")
    gateway.provider.samples = {charger: sample(power_w=1_000)}
    assert (await summary(gateway))["power_w"] == 1_000

    await gateway.put(f"/ocpp/chargers/{charger}", {"location_id": site})
    moved = await summary(gateway, location_id=site)
    await gateway.post(f"/ocpp/chargers/{charger}/stop-charger")
    await gateway.settled()
    stopped = await summary(gateway)
    await gateway.delete(f"/ocpp/chargers/{charger}")
    gone = await summary(gateway)

    assert (moved["chargers"]["total"], moved["power_w"]) == (1, 1_000)
    assert (stopped["chargers"]["total"], stopped["power_w"]) == (1, 0)
    assert stopped["connectors"]["total"] == 0
    assert gone["chargers"]["total"] == 0


async def test_a_summary_is_of_the_own_organization_alone(gateway: Gateway) -> None:
    site = await gateway.location()
    mine = await gateway.charger("CP-1", location_id=site)
    gateway.provider.samples = {mine: sample(power_w=5_000)}
    await summary(gateway)
    stranger = await gateway.stranger("read")

    theirs = (await gateway.send("GET", "/ocpp/summary", key=stranger)).json()
    refused = await gateway.send("GET", "/ocpp/summary", key=stranger, location_id=site)

    assert theirs["chargers"]["total"] == theirs["connectors"]["total"] == theirs["power_w"] == 0
    assert theirs["locations"] == []
    assert refused.status_code == 404


async def test_a_location_that_is_not_there_is_not_found(gateway: Gateway) -> None:
    answer = await gateway.get("/ocpp/summary", location_id="nowhere")

    assert answer.status_code == 404
    assert "nowhere" in answer.json()["detail"]


@pytest.mark.timeout(300)
@pytest.mark.slow
async def test_the_totals_of_a_thousand_are_those_of_their_list(gateway: Gateway) -> None:
    site = await gateway.location()
    template = {name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type")}
    group = {
        "template": {**template, "ws_url": CHARGER["ws_url"], "identity_prefix": "CP-"},
        "charger_ids": [str(number) for number in range(1_000)],
    }
    begun = await gateway.post(f"/ocpp/locations/{site}/chargers", [group])
    assert begun.status_code == 202, begun.text
    await job_of(gateway, begun.json()["status_url"])
    for number, charger in enumerate(list(gateway.provider.running)):
        gateway.provider.samples[charger] = _one_of_many(number)

    found = await summary(gateway)

    listed = {
        status: (await gateway.get("/ocpp/chargers", status=status, limit=1)).json()["total"]
        for status in ("Available", "Charging", "Faulted", "offline", "stopped")
    }
    assert found["chargers"]["total"] == 1_000
    assert found["connectors"]["by_status"] == {
        status: listed[status] for status in ("Available", "Charging", "Faulted")
    }
    assert found["connectors"]["in_transaction"] == listed["Charging"] == 333
    assert found["chargers"]["connected"] == 1_000 - listed["offline"] == 800
    assert listed["stopped"] == 0
    assert found["power_w"] == found["locations"][0]["power_w"] == 333 * 7_000


def _one_of_many(number: int) -> ChargerSample:
    connected = number % 5 != 0
    if number % 3 == 1:
        charging = {"status": "Charging", "charging_state": "Charging", "power_w": 7_000}
        return sample(connected=connected, **charging)
    return sample(connected=connected, status="Faulted" if number % 3 == 2 else "Available")
