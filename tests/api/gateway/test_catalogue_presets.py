"""A location with its chargers, from a preset of the catalogue."""

from typing import Any

import pytest

from tests.api.gateway.bench import LOCATION, Gateway, job_of

URL = "ws://127.0.0.1:9/ocpp"
FLEET_YARD = "/ocpp/templates/locations/fleet-yard"


def furnishing(**said: Any) -> dict[str, Any]:
    return {**LOCATION, "ws_url": URL, "identity_prefix": "YARD-", **said}


async def test_a_preset_is_shown_by_its_slug(gateway: Gateway) -> None:
    listed = (await gateway.get("/ocpp/templates/locations", limit=100)).json()["data"]

    for preset in listed:
        answer = await gateway.get(f"/ocpp/templates/locations/{preset['slug']}")
        assert (answer.status_code, answer.json()) == (200, preset)


async def test_presets_come_in_pages(gateway: Gateway) -> None:
    everything = (await gateway.get("/ocpp/templates/locations")).json()
    page = (await gateway.get("/ocpp/templates/locations", page=2, limit=3)).json()

    assert page["data"] == everything["data"][3:6]
    assert (page["total"], page["page"], page["limit"]) == (everything["total"], 2, 3)


async def test_a_location_is_made_with_the_chargers_of_its_preset(gateway: Gateway) -> None:
    answer = await gateway.post(FLEET_YARD, furnishing())

    assert answer.status_code == 202
    body = answer.json()
    location = (await gateway.get(f"/ocpp/locations/{body['location_id']}")).json()
    assert (location["name"], location["slug"]) == (LOCATION["name"], body["slug"])
    job = await job_of(gateway, body["status_url"])
    assert (job["job_id"], job["status"]) == (body["job_id"], "READY")
    assert (job["results"]["created_count"], job["results"]["failed_count"]) == (12, 0)
    chargers = (await gateway.get(f"/ocpp/locations/{location['id']}/chargers")).json()["data"]
    assert sorted(charger["model_slug"] for charger in chargers) == (
        ["alfen-eve-double-pro-line"] * 10 + ["hyc-200"] * 2
    )
    for charger in chargers:
        assert charger["identity"].startswith("YARD-")
        assert (charger["ws_url"], charger["ocpp_version"]) == (URL, "OCPP2.0.1")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_unknown_preset_is_404_by_its_name(gateway: Gateway, method: str) -> None:
    body = furnishing() if method == "POST" else None

    answer = await gateway.send(method, "/ocpp/templates/locations/moon-base", body)

    assert answer.status_code == 404
    assert "moon-base" in answer.json()["detail"]
    assert (await gateway.get("/ocpp/locations")).json()["total"] == 0


@pytest.mark.parametrize(
    ("said", "status", "named"),
    [
        ({"ws_url": "http://csms.example"}, 400, "ws_url"),
        ({"identity_prefix": "a/b"}, 400, "identity"),
        ({"identity_prefix": "x" * 43}, 400, "identity"),
        ({"timezone": "Europe/Nowhere"}, 400, "Europe/Nowhere"),
        ({"ws_url": ""}, 422, "ws_url"),
        ({"coordinates": {"latitude": 91, "longitude": 0}}, 422, "latitude"),
    ],
)
async def test_what_could_never_be_is_refused_and_leaves_no_location(
    gateway: Gateway, said: dict[str, Any], status: int, named: str
) -> None:
    answer = await gateway.post(FLEET_YARD, furnishing(**said))

    assert answer.status_code == status
    assert named in str(answer.json()["detail"])
    assert (await gateway.get("/ocpp/locations")).json()["total"] == 0
    assert (await gateway.get("/ocpp/chargers")).json()["total"] == 0


async def test_a_reader_may_look_and_not_furnish(gateway: Gateway) -> None:
    _, key = await gateway.keys.add("org_default", "reads", ("read",))

    assert (await gateway.send("GET", FLEET_YARD, key=key)).status_code == 200
    assert (await gateway.send("POST", FLEET_YARD, furnishing(), key=key)).status_code == 403
