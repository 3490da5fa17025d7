"""Commands as they are on record over REST: begun only, their answers, and what came of them."""

import json
from typing import Any

import pytest

from tests.api.bench import BOX, TOKEN, Lab, ScriptedCharger

ACCEPTED = {"status": "Accepted"}
NEW = "00112233445566778899aabbccddeeff00112233"


async def commands(lab: Lab, **query: Any) -> list[dict[str, Any]]:
    response = await lab.get(f"/chargers/{BOX}/commands", **query)
    assert response.status_code == 200, response.text
    listed: list[dict[str, Any]] = response.json()["commands"]
    return listed


async def one(lab: Lab, id: str) -> dict[str, Any]:
    response = await lab.get(f"/chargers/{BOX}/commands/{id}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


# --- begun only -----------------------------------------------------------------------------------


async def test_a_command_that_is_begun_only_answers_202_with_its_id(lab: Lab) -> None:
    charger = await lab.connect("1.6", {})

    begun = await lab.post(f"/chargers/{BOX}/reset?async=true", {"type": "Soft"})

    assert begun.status_code == 202
    body = begun.json()
    id = body.pop("commandId")
    assert body == {"chargeBoxId": BOX, "command": "reset", "status": "queued"}
    await charger.until(lambda: charger.asked)
    assert charger.asked == [("Reset", {"type": "Soft"})]
    shown = await one(lab, id)
    assert (shown["status"], shown["isAwaited"], shown["answer"]) == ("queued", True, None)


async def test_its_answer_is_read_later(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"UnlockConnector": {"status": "UnlockFailed"}})

    begun = await lab.post(f"/chargers/{BOX}/unlock?async=true", {"connectorId": 1})
    await charger.until(lambda: charger.asked)
    await lab.call(charger, "Heartbeat", {})  # by then its answer has been read
    shown = await one(lab, begun.json()["commandId"])

    assert (shown["status"], shown["answer"]) == ("unlockFailed", {"status": "unlockFailed"})
    assert shown["latencyMs"] is not None and not shown["isAwaited"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"/chargers/{BOX}/configuration/get", {"key": ["A"]}),
        ("POST", f"/chargers/{BOX}/call", {"action": "ClearCache"}),
        ("PUT", f"/chargers/{BOX}/charging-limit", {"connectorId": 1, "limit": "16A"}),
        ("DELETE", f"/chargers/{BOX}/reservations/7", None),
        ("POST", f"/chargers/{BOX}/password", {}),
        ("POST", f"/chargers/{BOX}/remote-start", {"idTag": "TAG"}),
        ("POST", "/transactions/start", {"chargeBoxId": BOX, "idTag": "TAG"}),
    ],
)
async def test_any_command_can_be_begun_only(lab: Lab, method: str, path: str, body: Any) -> None:
    charger = await lab.connect("1.6", {})

    response = await lab.client.request(
        method,
        f"/api/v1{path}",
        params={"async": "true"},
        json=body,
        headers={"X-API-Key": TOKEN},
    )

    assert (response.status_code, response.json()["status"]) == (202, "queued")
    await charger.until(lambda: charger.asked)


async def test_what_is_known_at_once_is_refused_at_once(lab: Lab) -> None:
    unknown = await lab.post("/chargers/NOBODY/reset?async=true", {"type": "Soft"})
    await lab.register()
    absent = await lab.post(f"/chargers/{BOX}/reset?async=true", {"type": "Soft"})
    await lab.connect("1.6", {})
    wrong = await lab.post(f"/chargers/{BOX}/reset?async=true", {"type": "Warm"})
    unsayable = await lab.post(
        f"/chargers/{BOX}/trigger?async=true", {"requestedMessage": "TransactionEvent"}
    )
    unclear = await lab.post(f"/chargers/{BOX}/reset?async=perhaps", {"type": "Soft"})

    statuses = [r.status_code for r in (unknown, absent, wrong, unsayable, unclear)]
    assert statuses == [404, 503, 400, 400, 400]
    assert await commands(lab) == []


# --- on record ------------------------------------------------------------------------------------


async def told(lab: Lab, charger: ScriptedCharger, status: str, id: int) -> None:
    await lab.call(charger, "LogStatusNotification", {"status": status, "requestId": id})


async def test_an_upload_that_is_told_of_is_on_its_command(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"GetLog": {**ACCEPTED, "filename": "a.log"}})
    body = {"logType": "SecurityLog", "location": "ftp://a.b/", "requestId": 5}
    await lab.post(f"/chargers/{BOX}/log", body)

    [begun] = await commands(lab)
    await told(lab, charger, "Uploading", 5)
    [going] = await commands(lab)
    lab.now += 30
    await told(lab, charger, "Uploaded", 5)
    [done] = await commands(lab)

    assert (begun["awaits"], begun["requestId"], begun["outcome"]) == ("log", 5, None)
    assert (going["outcome"], going["isAwaited"], going["succeeded"]) == ("Uploading", True, None)
    assert (done["outcome"], done["isAwaited"], done["succeeded"]) == ("Uploaded", False, True)
    assert done["outcomeAt"] == "2026-02-10T14:00:30.000Z"


async def test_commands_are_filtered(lab: Lab) -> None:
    charger = await lab.connect(
        "1.6",
        {
            "GetLog": ACCEPTED,
            "ClearCache": {"status": "Rejected"},
            "Reset": ["InternalError", "", {}],
        },
    )
    for id in (1, 2):
        body = {"logType": "SecurityLog", "location": "ftp://a.b/", "requestId": id}
        await lab.post(f"/chargers/{BOX}/log", body)
    lab.now += 60
    await lab.post(f"/chargers/{BOX}/cache/clear")
    await lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"})
    await told(lab, charger, "Uploaded", 1)

    async def listed(**query: Any) -> list[str]:
        return sorted(row["command"] for row in await commands(lab, **query))

    assert await listed(command="log") == ["log", "log"]
    assert await listed(status="rejected") == ["cache/clear"]
    assert await listed(status="error") == ["reset"]
    assert await listed(awaits="log", succeeded="true") == ["log"]
    assert await listed(isAwaited="true") == ["log"]
    assert await listed(**{"from": "2026-02-10T14:00:30Z"}) == ["cache/clear", "reset"]
    assert await listed(to="2026-02-10T14:00:30Z") == ["log", "log"]
    [failed] = await commands(lab, status="error")
    assert failed["errorCode"] == "InternalError"
    wrong = await lab.get(f"/chargers/{BOX}/commands", awaits="godot")
    assert wrong.status_code == 400


async def test_a_command_of_another_charger_is_not_there(lab: Lab) -> None:
    await lab.connect("1.6", {"ClearCache": ACCEPTED})
    await lab.post(f"/chargers/{BOX}/cache/clear")
    [row] = await commands(lab)
    await lab.register("OTHER")

    assert (await lab.get(f"/chargers/OTHER/commands/{row['id']}")).status_code == 404
    assert (await lab.get(f"/chargers/{BOX}/commands/cmd_none")).status_code == 404


# --- reservations ---------------------------------------------------------------------------------


async def test_reservations_are_listed_as_they_stand(lab: Lab) -> None:
    await lab.connect("1.6", {"ReserveNow": ACCEPTED, "CancelReservation": ACCEPTED})
    await lab.connect("2.0.1", {"ReserveNow": ACCEPTED}, box="B")
    body = {"connectorId": 1, "idTag": "TAG", "expiryDate": "2026-02-10T15:00:00Z"}
    await lab.post(f"/chargers/{BOX}/reservations", {**body, "reservationId": 1})
    lab.now += 1
    await lab.post(f"/chargers/{BOX}/reservations", {**body, "reservationId": 2})
    lab.now += 1
    raw = {
        "id": 3,
        "expiryDateTime": "2026-02-10T15:00:00Z",
        "idToken": {"idToken": "TAG", "type": "Central"},
    }
    await lab.post("/chargers/B/call", {"action": "ReserveNow", "payload": raw})
    await lab.delete(f"/chargers/{BOX}/reservations/1")

    async def listed(**query: Any) -> list[tuple[int, str]]:
        rows = (await lab.get("/reservations", **query)).json()["reservations"]
        return [(row["reservationId"], row["status"]) for row in rows]

    assert await listed() == [(3, "active"), (2, "active"), (1, "cancelled")]
    assert await listed(status="active") == [(3, "active"), (2, "active")]
    assert await listed(chargeBoxId=BOX, limit=1) == [(2, "active")]
    assert (await lab.get("/reservations", status="lapsed")).status_code == 400
    lab.now += 3600
    lab.tick()
    assert await listed(status="expired") == [(3, "expired"), (2, "expired")]
    [first] = (await lab.get("/reservations", status="cancelled")).json()["reservations"]
    first.pop("id")
    assert first == {
        "reservationId": 1,
        "chargeBoxId": BOX,
        "connectorId": 1,
        "evseId": 1,
        "idTag": "TAG",
        "parentIdTag": None,
        "expiryDate": "2026-02-10T15:00:00.000Z",
        "status": "cancelled",
        "createdAt": "2026-02-10T14:00:00.000Z",
        "updatedAt": "2026-02-10T14:00:02.000Z",
    }


async def test_another_organization_sees_no_reservation(lab: Lab) -> None:
    await lab.connect("1.6", {"ReserveNow": ACCEPTED})
    body = {"connectorId": 1, "idTag": "TAG", "expiryDate": "2026-02-10T15:00:00Z"}
    await lab.post(f"/chargers/{BOX}/reservations", body)
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["read"])

    assert (await lab.get("/reservations", key=theirs)).json()["reservations"] == []


# --- password -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "body", "wire"),
    [
        ("1.6", {"password": NEW}, NEW),
        ("1.6", {"password": "a-password-of-20-chr"}, b"a-password-of-20-chr".hex()),
        ("1.6", {"password": "a-longer-password-than-20", "encoding": "plain"}, None),
        ("2.0.1", {"password": "a-longer-password-than-20"}, None),
        ("1.6", None, ...),
        ("2.0.1", {}, ...),
    ],
)
async def test_a_password_is_given_and_told_nowhere(
    lab: Lab, version: str, body: Any, wire: Any
) -> None:
    place = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    charger = await lab.connect(
        version,
        {
            "ChangeConfiguration": ACCEPTED,
            "SetVariables": {"setVariableResult": [{"attributeStatus": "Accepted", **place}]},
        },
    )

    response = await lab.post(f"/chargers/{BOX}/password", body)

    assert (response.status_code, response.json()) == (
        200,
        {
            "message": "Password changed successfully",
            "chargeBoxId": BOX,
            "status": "Accepted",
        },
    )
    [(_, payload)] = charger.asked
    sent = payload["value"] if version == "1.6" else payload["setVariableData"][0]["attributeValue"]
    if wire is ...:
        assert len(sent) == 40
    else:
        assert sent == (wire or body["password"])
    assert (await lab.get(f"/chargers/{BOX}")).json()["hasPassword"] is True
    assert sent not in json.dumps(await commands(lab))
    assert sent not in (await lab.get(f"/chargers/{BOX}/messages")).text


@pytest.mark.parametrize(
    "body",
    [
        {"password": "short"},
        {"password": "x" * 41},
        {"password": "with a space in the middle"},
        {"password": "not-twenty-and-no-digits"},
        {"password": NEW, "encoding": "base64"},
    ],
)
async def test_a_password_of_the_wrong_shape_is_400(lab: Lab, body: Any) -> None:
    charger = await lab.connect("1.6", {})

    response = await lab.post(f"/chargers/{BOX}/password", body)

    assert (response.status_code, response.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert charger.asked == []
    assert (await lab.get(f"/chargers/{BOX}")).json()["hasPassword"] is False
