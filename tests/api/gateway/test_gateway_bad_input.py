"""What cannot be: each is refused with the field's name, and leaves everything as it was."""

import json
from typing import Any

import pytest

from tests.api.gateway.bench import CHARGER, LOCATION, Gateway
from tests.storage.contents import all_rows
from voltyard.kernel import limits

pytestmark = pytest.mark.slow

TEMPLATE = {
    name: CHARGER[name] for name in ("brand_slug", "model_slug", "connector_type", "ws_url")
}
NUL = "a\0b"
HALF = "a\ud800b"
LONG = "x" * 256
HUGE = 10**400


async def everything(gateway: Gateway) -> Any:
    """Every row of every table, and what the provider was asked for."""
    await gateway.settled()
    return await gateway.database.read(all_rows), list(gateway.provider.history)


def group(count: int = 1, **said: Any) -> dict[str, Any]:
    return {"template": {**TEMPLATE, **said}, "chargers_number": count}


def charger(**said: Any) -> tuple[str, str, Any]:
    return "POST", "/ocpp/chargers", {**CHARGER, "identity": "NEW", **said}


def bulk(*groups: Any) -> tuple[str, str, Any]:
    return "POST", "/ocpp/locations/{location_id}/chargers", list(groups)


def location(**said: Any) -> tuple[str, str, Any]:
    return "POST", "/ocpp/locations", {**LOCATION, **said}


def furnish(slug: str = "hotel", **said: Any) -> tuple[str, str, Any]:
    body = {**LOCATION, "ws_url": CHARGER["ws_url"], **said}
    return "POST", f"/ocpp/templates/locations/{slug}", body


def command(name: str, event: Any, target: Any = None, **said: Any) -> tuple[str, str, Any]:
    body = {"target": target or {"charger_id": "CP-TEST-001"}, "event": event, **said}
    return "POST", f"/ocpp/commands/{name}", body


TABLE: list[tuple[str, tuple[str, str, Any], int, str]] = [
    # what, request, status, what the answer names
    ("an identity that is taken", charger(identity="CP-TEST-001"), 409, "CP-TEST-001"),
    ("no identity", charger(identity=None), 422, "identity"),
    ("an empty identity", charger(identity=""), 422, "identity"),
    ("a number for an identity", charger(identity=7), 422, "identity"),
    ("a text for a number", charger(number_of_connectors="2"), 422, "number_of_connectors"),
    ("half a connector", charger(number_of_connectors=1.5), 422, "number_of_connectors"),
    ("a word for a truth", charger(cable_lock="yes"), 422, "cable_lock"),
    ("a huge integer", charger(meter_start_wh=HUGE), 422, "meter_start_wh"),
    ("a number beyond", charger(seed=2**53), 422, "seed"),
    ("an over-long text", charger(charge_point_name=LONG), 422, "charge_point_name"),
    ("NUL in a text", charger(charge_point_name=NUL), 422, "charge_point_name"),
    ("NUL in an identity", charger(identity=NUL), 422, "identity"),
    ("half a character in the name of a setting", charger(settings={HALF: "1"}), 422, "settings"),
    ("half a character", charger(charge_point_name=HALF), 422, "charge_point_name"),
    ("half a character in a setting", charger(settings={"A": HALF}), 422, "settings"),
    ("a scheme of the web", charger(ws_url="http://h/ocpp"), 400, "ws_url"),
    ("no scheme", charger(ws_url="h/ocpp"), 400, "ws_url"),
    ("credentials in the URL", charger(ws_url="ws://u:s3cret@h/ocpp"), 400, "ws_url"),
    ("a URL that is too long", charger(ws_url="ws://h/" + "x" * 2_000), 422, "ws_url"),
    ("an unknown version", charger(ocpp_version="OCPP3"), 400, "ocpp_version"),
    ("an unknown brand", charger(brand_slug="acme"), 400, "brand_slug"),
    ("a location of another organization", charger(location_id="{theirs}"), 400, "location_id"),
    ("an unknown model", charger(model_slug="acme"), 400, "model_slug"),
    ("an unknown vehicle", charger(vehicle="acme"), 400, "vehicle"),
    ("an identity of two parts", charger(identity="a/b"), 400, "identity"),
    ("a body that is a list", ("POST", "/ocpp/chargers", [CHARGER]), 422, "body"),
    ("a bulk of nothing", bulk(), 422, "body"),
    ("a group of nothing", bulk({"template": TEMPLATE}), 422, "0"),
    ("a group without names", bulk({"template": TEMPLATE, "charger_ids": []}), 422, "0"),
    ("a bulk beyond the bound", bulk(group(10_001)), 422, "0.chargers_number"),
    ("groups beyond it together", bulk(group(6_000), group(6_000)), 400, "chargers"),
    (
        "a bulk at another's location",
        ("POST", "/ocpp/locations/{theirs}/chargers", [group()]),
        404,
        "{theirs}",
    ),
    ("a bulk with a bad URL", bulk(group(ws_url="ftp://h")), 400, "ws_url"),
    ("a bulk with credentials", bulk(group(ws_url="ws://u:s3cret@h")), 400, "ws_url"),
    (
        "NUL in a bulk's names",
        bulk({"template": TEMPLATE, "charger_ids": ["a", NUL]}),
        422,
        "0.charger_ids",
    ),
    ("a preset that does not exist", furnish("palace"), 404, "palace"),
    ("a preset's chargers with a bad URL", furnish(ws_url="http://h"), 400, "ws_url"),
    (
        "a pole beyond the pole",
        location(coordinates={"latitude": 91, "longitude": 0}),
        422,
        "coordinates.latitude",
    ),
    (
        "coordinates that are texts",
        location(coordinates={"latitude": "1", "longitude": "2"}),
        422,
        "coordinates.latitude",
    ),
    ("a time zone of the moon", location(timezone="Moon/Tycho"), 400, "Moon/Tycho"),
    ("NUL in a city", location(city=NUL), 422, "city"),
    ("a target of nothing", command("plug-connector", {}, {"charger_ids": ["x"]}), 422, "target"),
    (
        "a target that is two",
        command(
            "plug-connector", {}, {"charger_id": "CP-TEST-001", "location_id": "{location_id}"}
        ),
        422,
        "target",
    ),
    ("an unknown target", command("plug-connector", {}, {"charger_id": "NONE"}), 404, "NONE"),
    ("NUL in a target", command("plug-connector", {}, {"charger_id": NUL}), 422, "target"),
    (
        "another's location as a target",
        command("plug-connector", {}, {"location_id": "{theirs}"}),
        404,
        "{theirs}",
    ),
    ("connector 0", command("plug-connector", {"connector_id": 0}), 422, "event.connector_id"),
    (
        "an unknown fault",
        command("inject-fault", {"fault_type": "Gremlins"}),
        422,
        "event.fault_type",
    ),
    ("an unknown kind of restart", command("reboot", {"type": "Warm"}), 422, "event.type"),
    (
        "a mode of pacing that is none",
        command("plug-connector", {}, {"location_id": "{location_id}"}, pacing={"mode": "waltz"}),
        422,
        "pacing",
    ),
    ("a card without an id", command("swipe", {"id_tag": ""}), 422, "event.id_tag"),
    ("NUL on a card", command("swipe", {"id_tag": NUL}), 422, "event.id_tag"),
    ("power for nobody", command("power-update", {"power_w": -1}), 422, "event.power_w"),
    ("a page before the first", ("GET", "/ocpp/chargers?page=0", None), 422, "page"),
    ("a page of less than nothing", ("GET", "/ocpp/chargers?limit=-1", None), 422, "limit"),
    ("a page that is huge", ("GET", f"/ocpp/chargers?page={HUGE}", None), 422, "page"),
    ("a word for a page", ("GET", "/ocpp/locations?page=two", None), 422, "page"),
    (
        "a log before its beginning",
        ("GET", "/ocpp/chargers/CP-TEST-001/logs?offset=-1", None),
        422,
        "offset",
    ),
    (
        "a day that is none",
        ("GET", "/ocpp/chargers/CP-TEST-001/logs?start_date=soon", None),
        422,
        "start_date",
    ),
    ("an unknown status", ("GET", "/ocpp/commands?status=lost", None), 422, "status"),
    ("NUL in a query", ("GET", "/ocpp/commands?charger_id=a%00b", None), 422, "charger_id"),
    ("NUL in a path", ("GET", "/ocpp/chargers/a%00b", None), 404, "NUL"),
    (
        "a change to a bad URL",
        ("PUT", "/ocpp/chargers/CP-TEST-001", {"ws_url": "ftp://h"}),
        400,
        "ws_url",
    ),
    (
        "a change of many that is none",
        (
            "PUT",
            "/ocpp/locations/{location_id}/chargers",
            {"chargers": [{"charge_point_name": "x"}]},
        ),
        422,
        "chargers.0.charger_id",
    ),
]


async def refused(gateway: Gateway, answer: Any, status: int, named: str) -> None:
    assert answer.status_code == status, answer.text
    detail = answer.json()["detail"]
    said = detail if isinstance(detail, str) else json.dumps([one["field"] for one in detail])
    assert named in said, answer.text
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(
    ("request_", "status", "named"),
    [row[1:] for row in TABLE],
    ids=[row[0].replace(" ", "-") for row in TABLE],
)
async def test_what_cannot_be_is_refused_by_name_and_changes_nothing(
    gateway: Gateway, request_: tuple[str, str, Any], status: int, named: str
) -> None:
    theirs = await gateway.keys.add_organization("other")
    _, key = await gateway.keys.add(theirs.id, "theirs", ["operate"])
    foreign = (await gateway.send("POST", "/ocpp/locations", LOCATION, key=key)).json()["id"]
    places = {"{theirs}": foreign, "{location_id}": await gateway.location()}
    await gateway.charger(location_id=places["{location_id}"])
    text = json.dumps(request_)
    for name, value in places.items():
        text, named = text.replace(name, value), named.replace(name, value)
    method, path, body = json.loads(text)
    before = await everything(gateway)

    answer = await gateway.client.request(
        method,
        path,
        content=None if body is None else json.dumps(body),
        headers={"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"},
    )

    await refused(gateway, answer, status, named)
    assert await everything(gateway) == before


RAW: list[tuple[str, bytes, str, int, str]] = [
    ("half an object", b'{"identity": ', "application/json", 422, "JSON"),
    ("nothing", b"", "application/json", 422, "body"),
    ("no UTF-8", b'{"identity": "\xff"}', "application/json", 422, "JSON"),
    ("nested too deep", b'{"settings": ' + b"[" * 100_000, "application/json", 422, "JSON"),
    ("a number that is none", b'{"seed": NaN, "identity": "X"}', "application/json", 422, "seed"),
    ("a form", b"identity=X", "application/x-www-form-urlencoded", 422, "body"),
    ("text", json.dumps(CHARGER).encode(), "text/plain", 422, "body"),
]


@pytest.mark.parametrize(
    ("content", "kind", "status", "named"), [row[1:] for row in RAW], ids=[row[0] for row in RAW]
)
async def test_what_is_no_body_is_refused_and_changes_nothing(
    gateway: Gateway, content: bytes, kind: str, status: int, named: str
) -> None:
    headers = {"Authorization": f"Bearer {gateway.key}", "Content-Type": kind}
    before = await everything(gateway)

    answer = await gateway.client.post("/ocpp/chargers", content=content, headers=headers)

    await refused(gateway, answer, status, named)
    assert await everything(gateway) == before


@pytest.mark.alone  # a node reads one part ahead: limits.RELAY_PART_BYTES
@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_of_10_mb_is_413_and_is_not_read_to_its_end(
    gateway: Gateway, declared: bool
) -> None:
    part, parts, read = b"x" * 65_536, 160, 0

    async def body() -> Any:
        nonlocal read
        for _ in range(parts):
            read += len(part)
            yield part

    headers = {"Authorization": f"Bearer {gateway.key}", "Content-Type": "application/json"}
    if declared:
        headers["Content-Length"] = str(len(part) * parts)
    before = await everything(gateway)

    answer = await gateway.client.post("/ocpp/chargers", content=body(), headers=headers)

    await refused(gateway, answer, 413, str(limits.REST_BODY_BYTES))
    assert read <= (0 if declared else limits.REST_BODY_BYTES + 2 * len(part))
    assert await everything(gateway) == before


async def test_a_bulk_with_an_identity_twice_makes_the_rest_and_tells_of_it(
    gateway: Gateway,
) -> None:
    location_id = await gateway.location()
    twice = {"template": TEMPLATE, "charger_ids": ["A-1", "A-1", "A-2"]}

    answer = await gateway.post(f"/ocpp/locations/{location_id}/chargers", [twice])

    assert answer.status_code == 202, answer.text
    await gateway.settled()
    job = (await gateway.get(answer.json()["status_url"])).json()
    (failed,) = job["results"]["failed"]
    assert "A-1" in json.dumps(failed)
    chargers = (await gateway.get("/ocpp/chargers")).json()["data"]
    assert sorted(one["identity"] for one in chargers) == ["A-1", "A-2"]
