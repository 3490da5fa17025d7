"""Every route of the gateway: who may, whose it is, and what comes of a body that is none."""

import inspect
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, LOCATION, Gateway, House
from voltyard.api.gateway import (
    catalogue,
    chargers,
    commands,
    events,
    locations,
    queued_commands,
)
from voltyard.api.gateway.logs import frames, traces
from voltyard.api.gateway.queued_commands import OPERATIONS

EVENTS: dict[str, dict[str, Any]] = {
    "start-transaction": {"id_tag": "T"},
    "start-session": {"id_tag": "T"},
    "authorize-id-tag": {"id_tag": "T"},
    "swipe": {"id_tag": "T"},
    "power-update": {"power_w": 1},
    "drift": {"sensed": "temperature"},
    "external-limit": {"limit": 1},
    "charging-needs": {"charging_needs": {}},
    "configuration": {"configuration": {"A": "1"}},
    "local-auth-list": {"list_version": 1, "entries": []},
    "inject-fault": {"fault_type": "OverCurrent"},
    "clock-skew": {"seconds": 1},
    "proxy-message": {"action": "heartbeat", "ocpp_version": "ocpp1.6", "payload": {}},
}


STREAM = "/ocpp/events/stream"
"""Its answer does not end, and has tests of its own."""


def routes(house: House) -> Iterator[tuple[str, str]]:
    """(method, path) of every operation under the prefix."""
    for path, operations in house.described["paths"].items():
        if path.startswith("/ocpp"):
            for method in operations:
                yield method.upper(), path


def filled(path: str, charger_id: str, location_id: str, command_id: str) -> str:
    values = {
        "charger_id": charger_id,
        "location_id": location_id,
        "command_id": command_id,
        "day_id": "a-day",
        "job_id": "a-job",
        "brand_slug": "abb",
        "model_slug": "terra-184",
        "name": "city",
        "slug": "hotel",
        "fault": "GroundFailure",
        "quirk": "no-pong",
        "personality": "alfen",
    }
    return re.sub(r"{(\w+)}", lambda match: values[match[1]], path)


def body_of(method: str, path: str, charger_id: str) -> Any:
    if method not in ("POST", "PUT"):
        return None
    name = path.removeprefix("/ocpp/commands/")
    if name != path:
        return {"target": {"charger_id": charger_id}, "event": EVENTS.get(name, {})}
    bodies: dict[tuple[str, str], Any] = {
        ("POST", "/ocpp/chargers"): CHARGER,
        ("POST", "/ocpp/locations"): LOCATION,
        ("POST", "/ocpp/templates/locations/{slug}"): {**LOCATION, "ws_url": CHARGER["ws_url"]},
        ("PUT", "/ocpp/locations/{location_id}/chargers"): {"chargers": []},
        ("PUT", "/ocpp/chargers/{charger_id}/quirks"): {"quirks": []},
        ("PUT", "/ocpp/locations/{location_id}/quirks"): {"quirks": []},
        ("POST", "/ocpp/locations/{location_id}/chargers"): [
            {"template": {k: CHARGER[k] for k in TEMPLATE}, "chargers_number": 1}
        ],
    }
    return bodies.get((method, path), {})


SHARED = ("/ocpp/catalog/", "/ocpp/templates/", "/ocpp/quirks", "/ocpp/personalities")
"""What belongs to everybody."""

OWN_LISTS = (
    "/ocpp/summary",
    "/ocpp/power-history",
    "/ocpp/locations",
    "/ocpp/chargers",
    "/ocpp/commands",
    "/ocpp/events",
)

TEMPLATE = ("brand_slug", "model_slug", "connector_type", "ws_url")


async def call(gateway: Gateway, method: str, path: str, key: str | None = None) -> Any:
    charger_id, location_id, command_id = await stock(gateway)
    of_bulk = method == "DELETE" and path.endswith("/{location_id}/chargers")
    params = {"charger_ids": charger_id} if of_bulk else {}
    return await gateway.send(
        method,
        filled(path, charger_id, location_id, command_id),
        body_of(method, path, charger_id),
        key=key,
        **params,
    )


async def stock(gateway: Gateway) -> tuple[str, str, str]:
    """Something of every kind, made once: ids of a charger, a location and a command."""
    known = (await gateway.get("/ocpp/chargers")).json()["data"]
    if not known:
        location_id = await gateway.location()
        await gateway.charger(location_id=location_id)
        target = {"target": {"charger_id": "CP-TEST-001"}, "event": {}}
        await gateway.post("/ocpp/commands/plug-connector", target)
        return await stock(gateway)
    command = (await gateway.get("/ocpp/commands")).json()["data"][0]
    return known[0]["id"], known[0]["location_id"], command["id"]


def test_every_operation_of_the_contract_is_there(house: House) -> None:
    there = set(routes(house))

    assert len(there) >= 50
    for operation in OPERATIONS:
        assert ("POST", f"/ocpp/commands/{operation.path}") in there
    assert ("POST", "/ocpp/chargers/{charger_id}/restart-charger") in there


async def test_no_route_answers_without_a_key(gateway: Gateway, house: House) -> None:
    for method, path in routes(house):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}):
            answer = await gateway.client.request(
                method, filled(path, "dep-1", "loc", "0" * 12), headers=headers
            )
            assert answer.status_code == 401, (method, path)
            assert isinstance(answer.json()["detail"], str)


async def test_a_key_that_only_reads_changes_nothing(gateway: Gateway, house: House) -> None:
    _, reader = await gateway.keys.add("org_default", "reader", ["read"])
    for method, path in routes(house):
        if path.endswith(("/jobs/{job_id}", "/days/{day_id}")) or path == STREAM:
            continue
        answer = await call(gateway, method, path, key=reader)
        expected = 200 if method == "GET" else 403
        assert answer.status_code == expected, (method, path, answer.text)
        if expected == 403:
            assert isinstance(answer.json()["detail"], str)


async def test_what_is_another_organizations_is_404(gateway: Gateway, house: House) -> None:
    await stock(gateway)
    before = (await gateway.get("/ocpp/chargers")).json()
    stranger = await gateway.stranger()
    for method, path in routes(house):
        if path.startswith(SHARED) or path in OWN_LISTS or path == STREAM:
            continue
        answer = await call(gateway, method, path, key=stranger)
        assert answer.status_code == 404, (method, path, answer.text)
        assert isinstance(answer.json()["detail"], str)
    assert (await gateway.get("/ocpp/chargers")).json() == before


async def test_a_list_shows_nothing_of_another_organizations(gateway: Gateway) -> None:
    _, location_id, _ = await stock(gateway)
    stranger = await gateway.stranger()
    for path in ("/ocpp/chargers", "/ocpp/locations", "/ocpp/commands"):
        assert (await gateway.send("GET", path, key=stranger)).json()["total"] == 0
    page = await gateway.send("GET", "/ocpp/chargers", key=stranger, location_id=location_id)
    assert page.json()["total"] == 0


async def test_an_organization_may_only_be_chosen_by_an_admin(gateway: Gateway) -> None:
    await gateway.charger()
    other = await gateway.keys.add_organization("another")
    _, theirs = await gateway.keys.add(other.id, "theirs", ["operate"])

    async def total(key: str, organization_id: str) -> Any:
        headers = {"Authorization": f"Bearer {key}", "X-Organization-Id": organization_id}
        return await gateway.client.get("/ocpp/chargers", headers=headers)

    for said in ("org_default", "default", ""):
        assert (await total(gateway.key, said)).json()["total"] == 1
    for said in (other.id, "another"):
        assert (await total(gateway.key, said)).json()["total"] == 0
        assert (await total(theirs, said)).json()["total"] == 0
    for said in ("org_default", "default", "org_nobodys"):
        refused = await total(theirs, said)
        assert (refused.status_code, list(refused.json())) == (403, ["detail"])
    unknown = await total(gateway.key, "org_nobodys")
    assert (unknown.status_code, list(unknown.json())) == (403, ["detail"])


async def test_what_an_admin_makes_for_another_organization_is_that_ones(gateway: Gateway) -> None:
    other = await gateway.keys.add_organization("another")
    _, theirs = await gateway.keys.add(other.id, "theirs", ["operate"])
    headers = {"Authorization": f"Bearer {gateway.key}", "X-Organization-Id": other.id}

    made = await gateway.client.post("/ocpp/chargers", json=CHARGER, headers=headers)

    path = f"/ocpp/chargers/{made.json()['charger_id']}"
    assert (await gateway.send("GET", path, key=theirs)).status_code == 200
    assert (await gateway.get(path)).status_code == 404


@pytest.mark.parametrize("content", [b"{", b"nonsense", b"", b'"text"'])
async def test_a_body_that_is_none_is_422(gateway: Gateway, house: House, content: bytes) -> None:
    charger_id, location_id, command_id = await stock(gateway)
    before = (await gateway.get("/ocpp/commands")).json()["total"]
    headers = {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"}
    for method, path in routes(house):
        if method not in ("POST", "PUT") or (not content and path.endswith("-charger")):
            continue
        answer = await gateway.client.request(
            method,
            filled(path, charger_id, location_id, command_id),
            content=content,
            headers=headers,
        )
        assert answer.status_code == 422, (method, path, answer.text)
        assert answer.json()["detail"]
    assert (await gateway.get("/ocpp/commands")).json()["total"] == before


def test_every_operation_is_described(house: House) -> None:
    described = house.described["paths"]
    for method, path in routes(house):
        operation = described[path][method.lower()]
        assert operation["summary"], path
        assert operation["description"], path
        errors = set(operation["responses"])
        assert {"401", "403", "422", "500"} <= errors, path
        assert ("{" in path) <= ("404" in errors), path


@pytest.mark.parametrize(
    "part", [catalogue, chargers, commands, events, frames, locations, queued_commands, traces]
)
def test_no_route_costs_a_thread(part: ModuleType) -> None:
    endpoints = [route.endpoint for route in part.router.routes]

    assert endpoints
    assert all(inspect.iscoroutinefunction(endpoint) for endpoint in endpoints)
