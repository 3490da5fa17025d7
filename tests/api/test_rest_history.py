"""What went over the wire, over REST: commands, data transfers, every frame."""

import json

from backend_lab import BOX, Lab


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
    limited = await lab.get(f"/chargers/{BOX}/data-transfer", limit=1)
    assert limited.json()["count"] == 1


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
