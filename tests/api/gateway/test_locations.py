"""Locations over REST, and many chargers of one at a time."""

import asyncio
import re
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, LOCATION, Gateway, GatewayBench, job_of
from voltyard.kernel.errors import Invalid

TEMPLATE = {
    "brand_slug": "schneider",
    "model_slug": "evlink-pro-ac-22kw",
    "connector_type": "Type2",
    "ws_url": "ws://127.0.0.1:9/ocpp",
    "identity_prefix": "SITE_A_",
    "template_name": "Bay",
}


async def test_a_location_is_made_with_all_its_fields(gateway: Gateway) -> None:
    answer = await gateway.post("/ocpp/locations", LOCATION)

    made = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", made["id"]
    )
    assert re.fullmatch(r"la-defense-charging-hub-[0-9a-f]{4}", made["slug"])
    assert LOCATION.items() <= made.items()
    assert made["status"] == "active"
    assert (await gateway.get(f"/ocpp/locations/{made['id']}")).json() == made
    listed = (await gateway.get("/ocpp/locations")).json()
    assert listed == {"data": [made], "total": 1, "page": 1, "limit": 50}


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"coordinates": {"latitude": 91, "longitude": 0}}, 422),
        ({"coordinates": {"latitude": 0}}, 422),
        ({"name": ""}, 422),
        ({"city": None}, 422),
        ({"timezone": "Europe/Nowhere"}, 400),
    ],
)
async def test_a_bad_location_is_refused(
    gateway: Gateway, said: dict[str, Any], status: int
) -> None:
    answer = await gateway.post("/ocpp/locations", {**LOCATION, **said})

    assert answer.status_code == status
    assert (await gateway.get("/ocpp/locations")).json()["total"] == 0


async def test_a_change_touches_only_what_is_given(gateway: Gateway) -> None:
    location_id = await gateway.location()
    before = (await gateway.get(f"/ocpp/locations/{location_id}")).json()

    answer = await gateway.put(
        f"/ocpp/locations/{location_id}",
        {"name": "West", "coordinates": {"latitude": 1, "longitude": 2}, "owner_name": None},
    )

    assert answer.status_code == 200
    changed = {
        "name": "West",
        "coordinates": {"latitude": 1, "longitude": 2},
        "owner_name": None,
        "updated_at": answer.json()["updated_at"],
    }
    assert answer.json() == {**before, **changed}


async def test_a_slug_that_is_taken_is_409_and_changes_nothing(gateway: Gateway) -> None:
    first, second = await gateway.location(), await gateway.location(name="Other")
    taken = (await gateway.get(f"/ocpp/locations/{first}")).json()["slug"]

    answer = await gateway.put(f"/ocpp/locations/{second}", {"slug": taken})

    assert answer.status_code == 409
    assert (await gateway.get(f"/ocpp/locations/{second}")).json()["slug"] != taken


async def test_deleting_a_location_again_is_no_error_and_its_chargers_stay(
    gateway: Gateway,
) -> None:
    location_id = await gateway.location()
    charger_id = await gateway.charger(location_id=location_id)

    first = await gateway.delete(f"/ocpp/locations/{location_id}")
    again = await gateway.delete(f"/ocpp/locations/{location_id}")

    assert (first.status_code, again.status_code) == (204, 204)
    assert (await gateway.get(f"/ocpp/locations/{location_id}")).status_code == 404
    assert (await gateway.get(f"/ocpp/chargers/{charger_id}")).json()["location_id"] is None


async def test_a_locations_chargers_are_all_or_those_named(gateway: Gateway) -> None:
    location_id = await gateway.location()
    first = await gateway.charger("CP-1", location_id=location_id)
    second = await gateway.charger("CP-2", location_id=location_id)
    await gateway.charger("CP-3")
    path = f"/ocpp/locations/{location_id}/chargers"

    everyone = (await gateway.get(path)).json()
    named = (await gateway.get(path, charger_ids=["CP-2", second])).json()

    assert [one["id"] for one in everyone["data"]] == [first, second]
    assert ([one["id"] for one in named["data"]], named["total"]) == ([second], 1)
    assert (await gateway.get(path, charger_ids=["CP-3"])).status_code == 404


async def test_many_are_changed_and_those_that_cannot_be_are_listed(gateway: Gateway) -> None:
    location_id = await gateway.location()
    charger_id = await gateway.charger("CP-1", location_id=location_id)
    await gateway.charger("CP-2", location_id=location_id)
    await gateway.charger("CP-3")

    answer = await gateway.put(
        f"/ocpp/locations/{location_id}/chargers",
        {
            "chargers": [
                {"charger_id": charger_id, "charge_point_name": "Bay A02"},
                {"charger_id": "CP-2", "connector_type": "CCS9"},
                {"charger_id": "CP-3", "name": "elsewhere"},
            ]
        },
    )

    outcome = answer.json()
    assert answer.status_code == 200
    assert (outcome["updated_count"], outcome["failed_count"]) == (1, 2)
    assert [(one["id"], one["name"]) for one in outcome["updated"]] == [(charger_id, "Bay A02")]
    assert [one["charger_id"] for one in outcome["failed"]] == ["CP-2", "CP-3"]
    assert "CCS9" in outcome["failed"][0]["error"]


async def test_those_named_are_deleted(gateway: Gateway) -> None:
    location_id = await gateway.location()
    first = await gateway.charger("CP-1", location_id=location_id)
    second = await gateway.charger("CP-2", location_id=location_id)
    path = f"/ocpp/locations/{location_id}/chargers"

    answer = await gateway.delete(path, charger_ids=["CP-1", first, "CP-9"])

    outcome = answer.json()
    assert answer.status_code == 200
    assert outcome["deleted"] == [first]
    assert outcome["failed"][0]["charger_id"] == "CP-9"
    assert (outcome["deleted_count"], outcome["failed_count"]) == (1, 1)
    assert set(gateway.provider.running) == {second}


async def test_whom_to_delete_must_be_said(gateway: Gateway) -> None:
    location_id = await gateway.location()

    answer = await gateway.delete(f"/ocpp/locations/{location_id}/chargers")

    assert answer.status_code == 422


async def test_a_group_becomes_chargers_by_name_and_by_number(gateway: Gateway) -> None:
    location_id = await gateway.location()
    group = {"template": TEMPLATE, "charger_ids": ["001", "002"], "chargers_number": 5}

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])

    accepted = answer.json()
    assert answer.status_code == 202
    assert accepted["status"] == "PENDING"
    assert accepted["status_url"] == (
        f"/ocpp/locations/{location_id}/chargers/jobs/{accepted['job_id']}"
    )
    job = await job_of(gateway, accepted["status_url"])
    assert job["status"] == "READY"
    assert job["results"]["failed"] == []
    identities = [one["identity"] for one in job["results"]["created"]]
    assert identities[:2] == ["SITE_A_001", "SITE_A_002"]
    assert all(re.fullmatch(r"SITE_A_[0-9a-f]{6}", identity) for identity in identities[2:])
    assert len(set(identities)) == 5
    page = (await gateway.get(f"/ocpp/locations/{location_id}/chargers")).json()
    assert [one["identity"] for one in page["data"]] == identities
    assert page["data"][0]["name"] == "Bay 1"
    assert {one["status"] for one in page["data"]} == {"READY"}


async def test_more_names_than_the_number_are_cut(gateway: Gateway) -> None:
    location_id = await gateway.location()
    group = {"template": TEMPLATE, "charger_ids": ["001", "002"], "chargers_number": 1}

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [group])

    job = await job_of(gateway, answer.json()["status_url"])
    assert [one["identity"] for one in job["results"]["created"]] == ["SITE_A_001"]


async def test_what_cannot_be_made_is_listed_and_the_rest_is_made(gateway: Gateway) -> None:
    location_id = await gateway.location()
    await gateway.charger("SITE_A_001")
    gateway.provider.unavailable = [Invalid("not this one")]
    unknown = {**TEMPLATE, "model_slug": "roadrunner", "identity_prefix": "B_"}
    groups = [
        {"template": TEMPLATE, "charger_ids": ["001", "002", "003", "003"]},
        {"template": unknown, "charger_ids": ["1"]},
    ]

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", groups)

    job = await job_of(gateway, answer.json()["status_url"])
    assert job["status"] == "READY"
    failed = sorted((one["identity"], one["code"]) for one in job["results"]["failed"])
    [made] = [one["identity"] for one in job["results"]["created"]]
    [refused] = {"SITE_A_002", "SITE_A_003"} - {made}  # whichever the provider met first
    assert failed == sorted(
        [
            ("B_1", "invalid"),
            ("SITE_A_001", "conflict"),
            ("SITE_A_003", "conflict"),
            (refused, "invalid"),
        ]
    )


async def test_a_job_of_which_nothing_came_has_failed(gateway: Gateway) -> None:
    location_id = await gateway.location()
    unknown = {**TEMPLATE, "brand_slug": "acme"}

    answer = await gateway.post(
        f"/ocpp/locations/{location_id}/chargers", [{"template": unknown, "chargers_number": 2}]
    )

    job = await job_of(gateway, answer.json()["status_url"])
    assert job["status"] == "FAILED"
    assert job["error"]["code"] == "invalid"
    assert job["results"]["failed_count"] == 2


@pytest.mark.parametrize(
    ("groups", "status"),
    [
        ([], 422),
        ([{"template": TEMPLATE}], 422),
        ([{"template": TEMPLATE, "chargers_number": 0}], 422),
        ([{"template": TEMPLATE, "chargers_number": 10_001}], 422),
        ([{"template": TEMPLATE, "chargers_number": 6_000}] * 2, 400),
        ([{"template": {**TEMPLATE, "ocpp_version": "OCPP3"}, "chargers_number": 1}], 400),
        ({"template": TEMPLATE, "chargers_number": 1}, 422),
    ],
)
async def test_a_job_out_of_bounds_is_refused(gateway: Gateway, groups: Any, status: int) -> None:
    location_id = await gateway.location()

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", groups)

    assert answer.status_code == status
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0


async def test_a_charger_deleted_in_the_middle_of_its_job_does_not_hold_it_up(
    gateway: Gateway,
) -> None:
    location_id = await gateway.location()
    gateway.provider.gate = asyncio.Event()
    answer = await gateway.post(
        f"/ocpp/locations/{location_id}/chargers",
        [{"template": TEMPLATE, "charger_ids": ["001", "002"]}],
    )
    await gateway.settled()

    deleting = asyncio.create_task(gateway.delete("/ocpp/chargers/SITE_A_001"))
    await gateway.settled()
    gateway.provider.gate.set()
    await deleting

    job = await job_of(gateway, answer.json()["status_url"])
    assert job["status"] == "READY"
    assert set(gateway.provider.running) == {job["results"]["created"][-1]["id"]}


async def test_a_job_goes_on_after_a_restart_of_the_server(yard: GatewayBench) -> None:
    first = await yard.open()
    location_id = await first.location()
    first.provider.gate = asyncio.Event()
    answer = await first.post(
        f"/ocpp/locations/{location_id}/chargers", [{"template": TEMPLATE, "chargers_number": 100}]
    )
    await first.settled()
    await yard.close(first)

    second = await yard.open()
    job = await job_of(second, answer.json()["status_url"])

    assert job["status"] == "READY"
    assert job["results"]["created_count"] == 100
    assert len(second.provider.running) == 100
    assert (await second.get("/ocpp/chargers")).json()["total"] == 100
    await yard.close(second)


async def test_what_belongs_to_no_location_of_ours_is_404(gateway: Gateway) -> None:
    location_id = await gateway.location()
    path = f"/ocpp/locations/{location_id}/chargers"
    answer = await gateway.post(path, [{"template": TEMPLATE, "chargers_number": 1}])
    job_url = answer.json()["status_url"]
    await job_of(gateway, job_url)

    assert (await gateway.get(f"{path}/jobs/none")).status_code == 404
    gateway.key = await gateway.stranger()
    assert (await gateway.get(job_url)).status_code == 404
    assert (await gateway.get(path)).status_code == 404
    assert (await gateway.delete(f"/ocpp/locations/{location_id}")).status_code == 404
    assert (await gateway.put(path, {"chargers": []})).status_code == 404
    assert (
        await gateway.post("/ocpp/chargers", {**CHARGER, "location_id": location_id})
    ).status_code == 400
