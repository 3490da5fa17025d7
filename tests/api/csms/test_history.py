"""What went over the wire, over REST: commands, data transfers, every frame."""

import json

import pytest

from tests.api.bench import BOX, Lab
from voltyard.csms.commands.commands import COMMANDS
from voltyard.csms.commands.declaration import fields_of
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel import limits


async def test_commands_are_listed_with_what_came_of_them(lab: Lab) -> None:
    await lab.connect(
        "1.6", {"Reset": {"status": "Accepted"}, "ClearCache": ["GenericError", "", {}]}
    )
    await lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"})
    lab.now += 1
    await lab.post(f"/chargers/{BOX}/cache/clear")

    response = await lab.get(f"/chargers/{BOX}/commands")

    later, earlier = response.json()["commands"]
    assert (later["command"], later["status"], later["errorCode"]) == (
        "cache/clear",
        "error",
        "GenericError",
    )
    assert (earlier["command"], earlier["status"]) == ("reset", "accepted")
    assert earlier["request"]["type"] == "Soft"
    assert earlier["answer"] == {"status": "accepted"}
    assert response.json()["pagination"] == {"total": 2, "limit": 50, "offset": 0}


async def test_a_command_is_listed_in_the_words_it_was_asked_in(lab: Lab) -> None:
    await lab.connect(
        "1.6",
        {"ReserveNow": {"status": "Accepted"}, "SendLocalList": {"status": "Accepted"}},
    )
    reservation = {
        "connectorId": 1,
        "idTag": "ADA-1",
        "expiryDate": "2026-02-10T15:00:00.000Z",
        "reservationId": 7,
    }
    entry = {"idTag": "EVE-1", "idTagInfo": {"status": "Accepted", "parentIdTag": "FLEET-7"}}
    listed = {"updateType": "Full", "listVersion": 4, "entries": [entry]}
    await lab.post(f"/chargers/{BOX}/reservations", reservation)
    lab.now += 1
    assert (await lab.put(f"/chargers/{BOX}/local-list", listed)).status_code == 200

    commands = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]

    shown = {one["command"]: one for one in commands}
    asked = shown["reservations"]["request"]
    assert asked.items() >= reservation.items() and "evseId" not in asked
    assert shown["reservations"]["answer"] == {"status": "accepted", "reservationId": 7}
    sent = shown["local-list"]["request"]
    assert (sent["updateType"], sent["listVersion"]) == ("Full", 4)
    assert sent["entries"][0].items() >= entry.items()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_field_of_a_command_and_of_its_result_has_its_name_in_rest(
    command: type[BackendCommand],
) -> None:
    for field in (*fields_of(command), *fields_of(command.result)):
        assert "_" not in field.wire_name, field


async def test_data_transfers_are_kept_both_ways(lab: Lab) -> None:
    charger = await lab.connect(
        "1.6", {"DataTransfer": {"status": "Accepted", "data": '{"text": "Hello"}'}}
    )
    await lab.post(
        f"/chargers/{BOX}/data-transfer",
        {"vendorId": "MyVendor", "messageId": "GetDisplayMessage", "data": '{"screen": 1}'},
    )
    lab.now += 60
    await lab.call(charger, "DataTransfer", {"vendorId": "MyVendor", "data": "ping"})

    response = await lab.get(f"/chargers/{BOX}/data-transfer")

    body = response.json()
    incoming, outgoing = body["dataTransfers"]
    assert body["chargeBoxId"] == BOX and body["count"] == 2
    assert outgoing.pop("id").startswith("dt_")
    assert outgoing == {
        "direction": "outgoing",
        "vendorId": "MyVendor",
        "messageId": "GetDisplayMessage",
        "data": '{"screen": 1}',
        "responseStatus": "Accepted",
        "responseData": '{"text": "Hello"}',
        "createdAt": "2026-02-10T14:00:00.000Z",
    }
    assert incoming["direction"] == "incoming"
    assert incoming["createdAt"] == "2026-02-10T14:01:00.000Z"
    assert body["pagination"] == {"total": 2, "limit": 20, "offset": 0}
    second = (await lab.get(f"/chargers/{BOX}/data-transfer", limit=1, offset=1)).json()
    assert [one["direction"] for one in second["dataTransfers"]] == ["outgoing"]
    assert second["count"] == 1
    assert second["pagination"] == {"total": 2, "limit": 1, "offset": 1}


async def test_every_frame_is_in_the_message_log(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"Reset": {"status": "Accepted"}})
    lab.now += 60
    await lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"})
    await lab.call(charger, "Heartbeat", {})

    everything = (await lab.get(f"/chargers/{BOX}/messages")).json()
    outgoing = (await lab.get(f"/chargers/{BOX}/messages", direction="outgoing")).json()
    boots = (await lab.get(f"/chargers/{BOX}/messages", action="BootNotification")).json()
    late = await lab.get(f"/chargers/{BOX}/messages", **{"from": "2026-02-10T14:00:30Z"})
    early = await lab.get(f"/chargers/{BOX}/messages", to="2026-02-10T15:00:30+01:00")

    assert sorted(one["action"] for one in everything["messages"]) == [
        "BootNotification",
        "Heartbeat",
        "Reset",
    ]
    (reset,) = outgoing["messages"]
    assert json.loads(reset["request"])[2:] == ["Reset", {"type": "Soft"}]
    assert json.loads(reset["response"])[2] == {"status": "Accepted"}
    assert reset["outcome"] == "result" and reset["violations"] == []
    assert boots["pagination"]["total"] == 1
    assert late.json()["pagination"]["total"] == 2
    assert early.json()["pagination"]["total"] == 1


async def test_what_strays_is_told_apart_counted_and_shown(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    await lab.patch(f"/chargers/{BOX}", {"validation": "lenient"})
    status = {"connectorId": 1, "errorCode": "Error", "status": "Available"}
    for _ in range(2):
        lab.now += 1
        await lab.call(charger, "StatusNotification", status)
    charger.send([2, "bad", "Authorize", {}])
    await charger.until(lambda: "bad" in charger.answers)

    lenient = (await lab.get(f"/chargers/{BOX}/messages", verdict="lenient")).json()
    refused = (await lab.get(f"/chargers/{BOX}/messages", verdict="refused")).json()
    errors = (await lab.get(f"/chargers/{BOX}/messages", outcome="error")).json()
    report = (await lab.get(f"/chargers/{BOX}/violations")).json()

    assert [one["action"] for one in lenient["messages"]] == ["StatusNotification"] * 2
    assert lenient["messages"][0]["violations"][0].startswith("bad_enum $.errorCode: ")
    assert refused == errors
    assert [(one["action"], one["errorCode"]) for one in refused["messages"]] == [
        ("Authorize", "ProtocolError")
    ]
    assert report["pagination"]["total"] == 2
    enum, missing = report["violations"]
    assert (enum["kind"], enum["count"], enum["verdict"]) == ("bad_enum", 2, "lenient")
    assert (enum["firstAt"], enum["lastAt"]) == (
        "2026-02-10T14:00:01.000Z",
        "2026-02-10T14:00:02.000Z",
    )
    assert enum["example"] == lenient["messages"][0]
    assert (missing["kind"], missing["verdict"]) == ("missing", "refused")
    assert (await lab.get(f"/chargers/{BOX}/messages", verdict="odd")).status_code == 400
    assert (await lab.get("/chargers/NOBODY/violations")).status_code == 404


async def test_what_strays_is_counted_across_the_organization(lab: Lab) -> None:
    odd = {"connectorId": 1, "errorCode": "Error", "status": "Available"}
    chargers = [await lab.connect("1.6", box=box) for box in (BOX, "CHARGER-002")]
    for charger in (*chargers, chargers[1]):
        lab.now += 1
        charger.send([2, f"odd-{lab.now}", "StatusNotification", odd])
        await charger.until(lambda charger=charger: f"odd-{lab.now}" in charger.answers)

    rules = (await lab.get("/violations")).json()
    by_charger = (await lab.get("/violations/chargers", kind="bad_enum")).json()
    others = (await lab.get("/violations", chargeBoxId="NOBODY")).json()

    (rule,) = rules["violations"]
    assert (rule["action"], rule["kind"], rule["path"]) == (
        "StatusNotification",
        "bad_enum",
        "$.errorCode",
    )
    assert (rule["verdict"], rule["count"], rule["chargers"]) == ("refused", 3, 2)
    assert rule["lastChargeBoxId"] == "CHARGER-002"
    assert rule["example"]["timestamp"] == rule["lastAt"]
    assert [(one["chargeBoxId"], one["count"]) for one in by_charger["chargers"]] == [
        ("CHARGER-002", 2),
        (BOX, 1),
    ]
    assert by_charger["chargers"][0]["kinds"] == {"bad_enum": 2}
    assert others["violations"] == [] and others["pagination"]["total"] == 0
    assert (await lab.get("/violations", kind="odd")).status_code == 400


async def test_the_log_is_exported_line_by_line(lab: Lab) -> None:
    charger = await lab.connect("1.6")
    for _ in range(limits.EXPORT_FRAMES + 1):
        charger.send([2, f"x{_}", "Heartbeat", {}])
    await charger.until(lambda: f"x{limits.EXPORT_FRAMES}" in charger.answers)

    response = await lab.get(f"/chargers/{BOX}/messages/export")
    boots = await lab.get(f"/chargers/{BOX}/messages/export", action="BootNotification")
    listed = (await lab.get(f"/chargers/{BOX}/messages", action="BootNotification")).json()

    lines = [json.loads(line) for line in response.text.splitlines()]
    assert response.headers["content-type"].startswith("application/x-ndjson")
    assert len(lines) == limits.EXPORT_FRAMES + 2
    assert lines[0]["action"] == "BootNotification"
    assert lines[-1]["messageId"] == f"x{limits.EXPORT_FRAMES}"
    assert [json.loads(line) for line in boots.text.splitlines()] == listed["messages"]
    assert (await lab.get("/chargers/NOBODY/messages/export")).status_code == 404


async def test_connections_are_listed_with_how_they_ended(lab: Lab) -> None:
    first = await lab.connect("1.6")
    lab.now += 60
    second = await lab.connect("1.6")
    await first.until(lambda: first.is_closed)
    lab.now += 60
    second.link.close(1000, "enough")
    await second.until(lambda: second.is_closed)

    body = (await lab.get(f"/chargers/{BOX}/connections")).json()

    later, earlier = body["connections"]
    assert body["pagination"]["total"] == 2
    assert later.pop("id").startswith("con_") and later.pop("remoteAddress")
    assert later == {
        "ocppVersion": "1.6",
        "openedAt": "2026-02-10T14:01:00.000Z",
        "closedAt": "2026-02-10T14:02:00.000Z",
        "code": 1000,
        "reason": "enough",
    }
    assert (earlier["closedAt"], earlier["code"]) == ("2026-02-10T14:01:00.000Z", 1008)
    assert (await lab.get("/chargers/NOBODY/connections")).status_code == 404


async def test_a_charger_that_connects_again_and_again_is_flapping(lab: Lab) -> None:
    for _ in range(limits.FLAPPING_CONNECTIONS):
        calm = (await lab.get(f"/chargers/{BOX}")).json()
        await lab.connect("1.6")
        lab.now += 30

    flapping = (await lab.get(f"/chargers/{BOX}")).json()
    lab.now += limits.FLAPPING_WITHIN_S
    later = (await lab.get(f"/chargers/{BOX}")).json()

    assert (calm["isFlapping"], calm["recentConnections"]) == (False, 4)
    assert (flapping["isFlapping"], flapping["recentConnections"]) == (True, 5)
    assert (later["isFlapping"], later["recentConnections"]) == (False, 0)
