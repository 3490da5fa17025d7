"""Two clients at once: what each was told is so afterwards, whoever came first."""

import asyncio

from tests.api.gateway.bench import CHARGER, Gateway


async def test_changes_of_one_charger_at_once_are_all_kept(gateway: Gateway) -> None:
    charger_id = await gateway.charger(location_id=await gateway.location())
    path = f"/ocpp/chargers/{charger_id}"

    answers = await asyncio.gather(
        gateway.put(path, {"name": "Bay 7"}),
        gateway.put(path, {"serial_number": "S-7"}),
        gateway.put(f"{path}/quirks", {"quirks": ["drifting-clock"]}),
        gateway.put(path, {"location_id": None}),
        gateway.put(path, {"cable_lock": True}),
    )
    await gateway.settled()

    assert [answer.status_code for answer in answers] == [200] * 5, [a.text for a in answers]
    kept = (await gateway.get(path)).json()
    assert (kept["name"], kept["serial_number"], kept["cable_lock"]) == ("Bay 7", "S-7", True)
    assert (kept["location_id"], kept["status"]) == (None, "READY")
    quirks = (await gateway.get(f"{path}/quirks")).json()["quirks"]
    assert [one["name"] for one in quirks] == ["drifting-clock"]


async def test_changes_of_one_location_at_once_are_all_kept(gateway: Gateway) -> None:
    path = f"/ocpp/locations/{await gateway.location()}"

    await asyncio.gather(
        gateway.put(path, {"name": "West"}),
        gateway.put(path, {"city": "Lyon"}),
        gateway.put(path, {"max_power_w": 9_000}),
    )

    kept = (await gateway.get(path)).json()
    assert (kept["name"], kept["city"], kept["max_power_w"]) == ("West", "Lyon", 9_000)


async def test_no_charger_is_at_a_location_that_is_deleted_meanwhile(gateway: Gateway) -> None:
    location_id = await gateway.location()
    comes = await gateway.charger("CP-1")
    here = {"location_id": location_id}

    added, changed, _ = await asyncio.gather(
        gateway.post("/ocpp/chargers", {**CHARGER, "identity": "CP-2", **here}),
        gateway.put(f"/ocpp/chargers/{comes}", {"name": "Bay 1", **here}),
        gateway.delete(f"/ocpp/locations/{location_id}"),
    )
    await gateway.settled()

    assert (added.status_code, changed.status_code) in ((202, 200), (400, 400), (202, 400))
    listed = (await gateway.get("/ocpp/chargers")).json()["data"]
    assert [one["location_id"] for one in listed] == [None] * len(listed)


async def test_a_bulk_makes_no_more_at_a_location_that_is_deleted(gateway: Gateway) -> None:
    location_id = await gateway.location()
    template = {name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type")}
    group = {"template": {**template, "ws_url": CHARGER["ws_url"]}, "chargers_number": 200}
    gateway.provider.gate = asyncio.Event()  # the first are being made
    job = (await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])).json()
    await gateway.settled()

    await gateway.delete(f"/ocpp/locations/{location_id}")
    gateway.provider.gate.set()
    async with asyncio.timeout(120):
        while (seen := (await gateway.get(job["status_url"])).json())["status"] != "READY":
            await gateway.settled()

    results = seen["results"]
    assert 0 < results["created_count"] < 200
    assert results["created_count"] + results["failed_count"] == 200
    reasons = {(one["code"], one["error"]) for one in results["failed"]}
    assert reasons == {("not_found", "the location was deleted meanwhile")}
    listed = (await gateway.get("/ocpp/chargers", limit=100)).json()
    assert listed["total"] == results["created_count"]
    assert {one["location_id"] for one in listed["data"]} == {None}
