"""The local list over REST."""

import asyncio
from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from voltyard.csms.backend import Backend
from voltyard.storage.csms.backend_records import csms_journal, load_contents

PATH = f"/chargers/{BOX}/local-list"
ENTRIES = [
    {"idTag": "ADA", "idTagInfo": {"status": "Accepted", "expiryDate": "2027-01-01T00:00:00Z"}},
    {"idTag": "BOB"},
]


async def test_a_list_is_sent_and_its_version_read(lab: Lab) -> None:
    charger = await lab.connect(
        "1.6",
        {"SendLocalList": {"status": "Accepted"}, "GetLocalListVersion": {"listVersion": 8}},
    )
    body = {"updateType": "Differential", "listVersion": 8, "entries": ENTRIES}

    answer = await lab.put(PATH, body)
    version = await lab.get(f"{PATH}/version")

    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Local list accepted by charger",
        "chargeBoxId": BOX,
        "listVersion": 8,
        "status": "accepted",
        "updateType": "Differential",
        "entries": 2,
        "parts": 1,
        "partsTaken": 1,
    }
    assert version.json() == {"chargeBoxId": BOX, "listVersion": 8}
    assert charger.asked[0] == (
        "SendLocalList",
        {"listVersion": 8, "updateType": "Differential", "localAuthorizationList": ENTRIES},
    )


@pytest.mark.parametrize("body", [None, {}])
async def test_nothing_said_is_the_id_tags_in_full(lab: Lab, body: Any) -> None:
    charger = await lab.connect(
        "2.0.1",
        {"SendLocalList": {"status": "Accepted"}, "GetLocalListVersion": {"versionNumber": 0}},
    )
    await lab.post("/id-tags", {"idTag": "ADA", "idTagType": "eMAID"})

    answer = (await lab.put(PATH, body)).json()

    assert (answer["status"], answer["listVersion"], answer["updateType"]) == (
        "accepted",
        1,
        "Full",
    )
    assert charger.asked[-1] == (
        "SendLocalList",
        {
            "versionNumber": 1,
            "updateType": "Full",
            "localAuthorizationList": [
                {
                    "idToken": {"idToken": "ADA", "type": "eMAID"},
                    "idTokenInfo": {"status": "Accepted"},
                }
            ],
        },
    )


@pytest.mark.parametrize(
    ("said", "status", "message"),
    [
        ("Failed", "failed", "Charger could not take the local list"),
        ("NotSupported", "notSupported", "Charger keeps no local list"),
        ("VersionMismatch", "versionMismatch", "Charger has a list of that version or a later one"),
    ],
)
async def test_a_refusal_is_an_answer(lab: Lab, said: str, status: str, message: str) -> None:
    await lab.connect("1.6", {"SendLocalList": {"status": said}})

    answer = await lab.put(PATH, {"listVersion": 3})

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["message"]) == (status, message)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"updateType": "Some"}, "updateType"),
        ({"listVersion": 0}, "listVersion"),
        ({"listVersion": -1}, "listVersion"),
        ({"entries": [{"idTag": ""}]}, "entries.0.idTag"),
        ({"entries": [{"idTag": "A", "idTagInfo": {}}]}, "entries.0.idTagInfo.status"),
        ({"entries": [{"idTag": "A", "idTagInfo": {"status": "Good"}}]}, None),
        ({"entries": [{"idTag": "A", "type": "x"}]}, "entries.0.type"),
    ],
)
async def test_a_field_at_fault_is_named(lab: Lab, body: Any, field: str | None) -> None:
    charger = await lab.connect("1.6", {})

    answer = await lab.put(PATH, body)

    assert answer.status_code == 400
    named = answer.json()["error"]["details"][0]["field"]
    assert named == (field or "entries.0.idTagInfo.status")
    assert charger.asked == []


async def test_what_a_version_cannot_say_is_400(lab: Lab) -> None:
    charger = await lab.connect("1.6", {})
    long = [{"idTag": "A" * 21, "idTagInfo": {"status": "Accepted"}}]

    answer = await lab.put(PATH, {"listVersion": 3, "entries": long})

    assert answer.status_code == 400
    assert charger.asked == []


async def test_a_charger_that_cannot_be_asked_is_told_as_with_any_command(lab: Lab) -> None:
    await lab.connect("1.6", {"SendLocalList": ["NotImplemented", "", {}]})
    await lab.register("AWAY")

    refused = await lab.put(PATH, {"listVersion": 3})
    away = await lab.put("/chargers/AWAY/local-list", {"listVersion": 3})

    assert (refused.status_code, away.status_code) == (502, 503)
    assert refused.json()["error"]["details"][0]["code"] == "NotImplemented"
    listed = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert [(one["command"], one["status"]) for one in listed] == [("local-list", "error")]


async def begun(lab: Lab, body: Any) -> dict[str, Any]:
    """The row of a list that nobody waits for, once it has ended."""
    answer = await lab.put(f"{PATH}?async=true", body)
    assert answer.status_code == 202, answer.text
    assert answer.json() | {"commandId": ""} == {
        "commandId": "",
        "chargeBoxId": BOX,
        "command": "local-list/delivery",
        "status": "queued",
    }
    async with asyncio.timeout(120):
        while True:
            path = f"/chargers/{BOX}/commands/{answer.json()['commandId']}"
            row: dict[str, Any] = (await lab.get(path)).json()
            if row["status"] != "queued":
                return row
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_list_that_nobody_waits_for_is_on_its_own_row(lab: Lab, version: str) -> None:
    charger = await lab.connect(version, {"SendLocalList": {"status": "Accepted"}})
    entries = [{"idTag": "ADA", "idTagInfo": {"status": "Accepted"}}]

    row = await begun(lab, {"listVersion": 8, "entries": entries})

    assert [action for action, _ in charger.asked] == ["SendLocalList"]
    assert row["status"] == "accepted" and not row["isAwaited"]
    assert row["request"]["listVersion"] == 8
    assert row["request"]["entries"][0]["idTag"] == "ADA"
    assert row["answer"] == {
        "status": "accepted",
        "listVersion": 8,
        "updateType": "Full",
        "entries": 1,
        "parts": 1,
        "partsTaken": 1,
    }
    listed = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert sorted(one["command"] for one in listed) == ["local-list", "local-list/delivery"]


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        ({"status": "Failed"}, "failed", None),
        (["NotSupported", "", {}], "error", "NotSupported"),
        (None, "timeout", "no_answer"),
    ],
)
async def test_how_it_failed_is_on_that_row_too(
    lab: Lab, reply: Any, status: str, code: str | None
) -> None:
    await lab.patch("/settings", {"commandTimeout": 5})
    charger = await lab.connect("1.6", {"SendLocalList": reply})
    ending = asyncio.create_task(begun(lab, {"listVersion": 8, "entries": []}))
    await charger.until(lambda: charger.asked)
    if reply is None:
        lab.now += 5
        lab.tick()

    row = await ending

    assert (row["status"], row["errorCode"]) == (status, code)


@pytest.mark.alone
async def test_one_whose_server_ends_is_lost(lab: Lab) -> None:
    charger = await lab.connect("1.6", {})
    answer = await lab.put(f"{PATH}?async=true", {"listVersion": 8, "entries": []})
    await charger.until(lambda: charger.asked)

    await lab.backend.close()
    again = Backend(csms_journal(lab.database), lambda: lab.now)
    again.load(await lab.database.read(load_contents))
    await again.close()

    path = f"/chargers/{BOX}/commands/{answer.json()['commandId']}"
    row = (await lab.get(path)).json()
    assert (row["status"], row["isAwaited"]) == ("lost", False)


async def test_what_is_known_at_once_of_a_list_is_said_at_once(lab: Lab) -> None:
    await lab.register()
    away = await lab.put(f"{PATH}?async=true", {"listVersion": 3})
    charger = await lab.connect("1.6", {})
    sending = asyncio.create_task(lab.put(PATH, {"listVersion": 3}))
    await charger.until(lambda: charger.asked)
    busy = await lab.put(f"{PATH}?async=true", {"listVersion": 3})
    wrong = await lab.put(f"{PATH}?async=true", {"listVersion": 0})
    lab.now += 60
    lab.tick()
    await sending

    assert [one.status_code for one in (away, busy, wrong)] == [503, 409, 400]
    listed = (await lab.get(f"/chargers/{BOX}/commands")).json()["commands"]
    assert [one["command"] for one in listed] == ["local-list"]


async def test_the_version_can_be_asked_for_without_waiting(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"GetLocalListVersion": {"listVersion": 7}})

    answer = await lab.get(f"{PATH}/version", **{"async": "true"})
    await charger.until(lambda: charger.asked)
    await lab.call(charger, "Heartbeat", {})  # by then its answer has been read

    row = (await lab.get(f"/chargers/{BOX}/commands/{answer.json()['commandId']}")).json()
    assert answer.status_code == 202
    assert row["answer"] == {"listVersion": 7, "status": "answered"}
