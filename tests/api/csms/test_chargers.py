"""Registering, listing, reading, changing and deleting chargers over REST."""

from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from voltyard.ports.links import DialFailed, Dialling


async def test_a_registered_charger_is_told_where_to_connect(lab: Lab) -> None:
    response = await lab.post(
        "/chargers", {"chargeBoxId": BOX, "name": "Bay A01", "location": "Depot"}
    )

    body = response.json()
    assert response.status_code == 201
    assert body["id"].startswith("chg_")
    url = f"ws://lab:9000/ocpp/{BOX}"
    wanted = {
        "chargeBoxId": BOX,
        "name": "Bay A01",
        "location": "Depot",
        "status": "offline",
        "isOnline": False,
        "registeredAt": "2026-02-10T14:00:00.000Z",
        "connectionUrl": url,
    }
    assert {name: body[name] for name in wanted} == wanted
    assert set(body["instructions"]) == {"message", "url", "protocol"}
    assert (body["instructions"]["url"], body["instructions"]["protocol"]) == (url, "ocpp1.6")


async def test_an_identity_is_percent_encoded_in_its_url(lab: Lab) -> None:
    body = await lab.register("RDAM 123")

    assert body["connectionUrl"] == "ws://lab:9000/ocpp/RDAM%20123"
    assert (await lab.get("/chargers/RDAM%20123")).json()["chargeBoxId"] == "RDAM 123"


async def test_a_second_charger_of_the_same_id_is_a_conflict(lab: Lab) -> None:
    await lab.register()

    response = await lab.post("/chargers", {"chargeBoxId": BOX})

    assert (response.status_code, response.json()["error"]["code"]) == (409, "CONFLICT")


async def test_two_organizations_may_have_chargers_of_one_id(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["operate"])
    await lab.register(name="ours")

    response = await lab.post("/chargers", {"chargeBoxId": BOX, "name": "theirs"}, key=theirs)

    assert response.status_code == 201
    assert response.json()["connectionUrl"] == f"ws://lab:9000/ocpp/{other.id}/{BOX}"
    assert (await lab.get(f"/chargers/{BOX}")).json()["name"] == "ours"
    assert (await lab.get(f"/chargers/{BOX}", key=theirs)).json()["name"] == "theirs"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "chargeBoxId"),
        ({"chargeBoxId": ""}, "chargeBoxId"),
        ({"chargeBoxId": 7}, "chargeBoxId"),
        ({"chargeBoxId": "a/b"}, "chargeBoxId"),
        ({"chargeBoxId": ".."}, "chargeBoxId"),
        ({"chargeBoxId": " a"}, "chargeBoxId"),
        ({"chargeBoxId": "a\nb"}, "chargeBoxId"),
        ({"chargeBoxId": "x" * 49}, "chargeBoxId"),
        ({"chargeBoxId": BOX, "nmae": "Bay"}, "nmae"),
        ({"chargeBoxId": BOX, "bootPolicy": "maybe"}, "bootPolicy"),
        ({"chargeBoxId": BOX, "securityProfile": 4}, "securityProfile"),
        ({"chargeBoxId": BOX, "password": ""}, "password"),
    ],
)
async def test_a_charger_that_cannot_be_is_not_registered(
    lab: Lab, body: dict[str, Any], field: str
) -> None:
    response = await lab.post("/chargers", body)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["details"]] == [field]
    assert lab.chargers() == []


async def test_a_connected_charger_shows_what_it_said_of_itself(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    await lab.call(
        charger,
        "StatusNotification",
        {"connectorId": 0, "errorCode": "NoError", "status": "Available"},
    )
    await lab.call(
        charger,
        "StatusNotification",
        {"connectorId": 1, "errorCode": "GroundFailure", "status": "Faulted", "info": "wet"},
    )
    lab.now += 5
    await lab.call(charger, "Heartbeat", {})

    body = (await lab.get(f"/chargers/{BOX}")).json()

    wanted = {
        "status": "online",
        "isOnline": True,
        "vendor": "ACME",
        "model": "DC-50",
        "serialNumber": "SN-1",
        "firmwareVersion": "1.2.3",
        "lastHeartbeat": "2026-02-10T14:00:05.000Z",
        "ocppVersion": "1.6",
        "registration": "accepted",
    }
    assert {name: body[name] for name in wanted} == wanted
    (connector,) = body["connectors"]
    assert connector == {
        "connectorId": 1,
        "evseId": 1,
        "status": "Faulted",
        "errorCode": "GroundFailure",
        "info": "wet",
        "lastUpdated": "2026-02-10T14:00:00.000Z",
    }


async def test_chargers_are_listed_in_parts_and_by_status(lab: Lab) -> None:
    await lab.connect("2.0.1", box="B-1")
    for box in ("B-2", "B-3"):
        lab.now += 1
        await lab.register(box)

    everything = (await lab.get("/chargers")).json()
    part = (await lab.get("/chargers", limit=1, offset=1)).json()
    online = (await lab.get("/chargers", status="online")).json()
    offline = (await lab.get("/chargers", status="offline")).json()

    assert [one["chargeBoxId"] for one in everything["chargers"]] == ["B-1", "B-2", "B-3"]
    assert everything["pagination"] == {"total": 3, "limit": 50, "offset": 0}
    assert [one["chargeBoxId"] for one in part["chargers"]] == ["B-2"]
    assert part["pagination"] == {"total": 3, "limit": 1, "offset": 1}
    assert [one["chargeBoxId"] for one in online["chargers"]] == ["B-1"]
    assert offline["pagination"]["total"] == 2


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 101}, {"limit": "ten"}, {"offset": -1}, {"status": "here"}]
)
async def test_a_list_has_bounds(lab: Lab, query: dict[str, Any]) -> None:
    response = await lab.get("/chargers", **query)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in error["details"]] == list(query)


async def test_only_the_fields_that_are_sent_are_changed(lab: Lab) -> None:
    await lab.register(name="Bay A01", location="Depot", bootPolicy="pending")

    changed = await lab.patch(f"/chargers/{BOX}", {"name": "Bay B02", "password": "a-password"})
    back = await lab.patch(f"/chargers/{BOX}", {"bootPolicy": None, "password": None})

    body = changed.json()
    assert (body["name"], body["location"], body["bootPolicy"]) == ("Bay B02", "Depot", "pending")
    assert body["hasPassword"] and "a-password" not in changed.text
    assert (back.json()["bootPolicy"], back.json()["hasPassword"]) == (None, False)


async def test_a_deleted_charger_is_gone_and_its_history_stays(lab: Lab) -> None:
    charger = await lab.connect("1.6")

    deleted = await lab.delete(f"/chargers/{BOX}")

    await charger.until(lambda: charger.is_closed)
    assert deleted.status_code == 200
    assert deleted.json() == {"message": "Charger deleted successfully", "chargeBoxId": BOX}
    assert (await lab.get(f"/chargers/{BOX}")).status_code == 404
    assert (await lab.delete(f"/chargers/{BOX}")).status_code == 404
    messages = (await lab.get(f"/chargers/{BOX}/messages")).json()["messages"]
    assert [one["action"] for one in messages] == ["BootNotification"]
    with pytest.raises(DialFailed):
        dialling = Dialling(f"ws://lab:9000/ocpp/{BOX}", ("ocpp1.6",))
        await lab.dialler.dial(dialling, charger)
    assert (await lab.post("/chargers", {"chargeBoxId": BOX})).status_code == 201


async def test_history_of_a_charger_that_never_was_is_404(lab: Lab) -> None:
    for path in ("messages", "data-transfer", "commands"):
        assert (await lab.get(f"/chargers/{BOX}/{path}")).status_code == 404


async def test_settings_are_an_organizations_own(lab: Lab) -> None:
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["operate"])

    changed = await lab.patch("/settings", {"heartbeatInterval": 60, "unknownIdTags": "reject"})

    assert changed.status_code == 200
    assert changed.json() == (await lab.get("/settings")).json()
    assert changed.json() == {
        "heartbeatInterval": 60,
        "unknownIdTags": "reject",
        "webSocketPingInterval": 60.0,
        "commandTimeout": 30.0,
        "validation": "strict",
        "bootPolicy": "accept",
        "allowEmptySubprotocol": False,
        "noCommonSubprotocol": "close",
        "retentionDays": 30,
        "requestsPerMinute": None,
        "authorizationUrl": None,
        "authorizationTimeout": 3.0,
        "authorizationFallback": "tags",
        "operatorName": None,
        "hasAuthorizationSecret": False,
    }
    assert (await lab.get("/settings", key=theirs)).json()["heartbeatInterval"] == 300


@pytest.mark.parametrize(
    "body",
    [
        {"heartbeatInterval": 0},
        {"heartbeatInterval": 1.5},
        {"commandTimeout": 0},
        {"retentionDays": 0},
        {"validation": "loose"},
        {"heartbeat": 60},
    ],
)
async def test_a_setting_that_cannot_be_is_refused(lab: Lab, body: dict[str, Any]) -> None:
    response = await lab.patch("/settings", body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert (await lab.get("/settings")).json()["heartbeatInterval"] == 300
