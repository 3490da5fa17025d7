"""Each command over REST, as the contract's examples have it, to chargers of both versions."""

import asyncio
from typing import Any

import pytest

from tests.api.bench import BOX, Lab

ONE_SIX: list[tuple[str, Any, str, Any, Any, Any]] = [
    # path, body, action, payload on the wire, the charger's answer, what REST answers
    (
        "reset",
        {"type": "Soft"},
        "Reset",
        {"type": "Soft"},
        {"status": "Accepted"},
        {
            "message": "Soft reset accepted by charger",
            "chargeBoxId": BOX,
            "type": "Soft",
            "status": "accepted",
        },
    ),
    (
        "reset",
        {"type": "Hard"},
        "Reset",
        {"type": "Hard"},
        {"status": "Rejected"},
        {
            "message": "Hard reset rejected by charger",
            "chargeBoxId": BOX,
            "type": "Hard",
            "status": "rejected",
        },
    ),
    (
        "unlock",
        {"connectorId": 1},
        "UnlockConnector",
        {"connectorId": 1},
        {"status": "Unlocked"},
        {
            "message": "Connector unlocked successfully",
            "chargeBoxId": BOX,
            "connectorId": 1,
            "status": "unlocked",
        },
    ),
    (
        "unlock",
        {"connectorId": 99},
        "UnlockConnector",
        {"connectorId": 99},
        {"status": "NotSupported"},
        {
            "message": "Charger cannot unlock this connector",
            "chargeBoxId": BOX,
            "connectorId": 99,
            "status": "notSupported",
        },
    ),
    (
        "unlock",
        {"connectorId": 1},
        "UnlockConnector",
        {"connectorId": 1},
        {"status": "UnlockFailed"},
        {
            "message": "Charger failed to unlock the connector",
            "chargeBoxId": BOX,
            "connectorId": 1,
            "status": "unlockFailed",
        },
    ),
    (
        "cache/clear",
        {},
        "ClearCache",
        {},
        {"status": "Accepted"},
        {"message": "Cache cleared successfully", "chargeBoxId": BOX, "status": "accepted"},
    ),
    (
        "trigger",
        {"requestedMessage": "Heartbeat"},
        "TriggerMessage",
        {"requestedMessage": "Heartbeat"},
        {"status": "NotImplemented"},
        {
            "message": "Heartbeat trigger not implemented by charger",
            "chargeBoxId": BOX,
            "requestedMessage": "Heartbeat",
            "status": "notImplemented",
        },
    ),
    (
        "trigger",
        {"requestedMessage": "StatusNotification", "connectorId": 2},
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "connectorId": 2},
        {"status": "Accepted"},
        {
            "message": "StatusNotification trigger accepted by charger",
            "chargeBoxId": BOX,
            "requestedMessage": "StatusNotification",
            "status": "accepted",
        },
    ),
    (
        "availability",
        {"connectorId": 0, "type": "Inoperative"},
        "ChangeAvailability",
        {"connectorId": 0, "type": "Inoperative"},
        {"status": "Scheduled"},
        {
            "message": "Availability change to Inoperative scheduled after the transaction",
            "chargeBoxId": BOX,
            "connectorId": 0,
            "type": "Inoperative",
            "status": "scheduled",
        },
    ),
    (
        "configuration/get",
        {"key": ["HeartbeatInterval"]},
        "GetConfiguration",
        {"key": ["HeartbeatInterval"]},
        {
            "configurationKey": [
                {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
                {"key": "MeterValueSampleInterval", "readonly": False, "value": "60"},
            ]
        },
        {
            "chargeBoxId": BOX,
            "configurationKey": [
                {"key": "HeartbeatInterval", "readonly": False, "value": "300"},
                {"key": "MeterValueSampleInterval", "readonly": False, "value": "60"},
            ],
            "unknownKey": [],
        },
    ),
    (
        "configuration/get",
        {},
        "GetConfiguration",
        {},
        {"unknownKey": ["Nope"]},
        {"chargeBoxId": BOX, "configurationKey": [], "unknownKey": ["Nope"]},
    ),
    (
        "configuration/change",
        {"key": "HeartbeatInterval", "value": "600"},
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "600"},
        {"status": "Accepted"},
        {
            "chargeBoxId": BOX,
            "key": "HeartbeatInterval",
            "value": "600",
            "status": "Accepted",
            "message": "Configuration changed successfully",
        },
    ),
    (
        "configuration/change",
        {"key": "WebSocketPingInterval", "value": "10"},
        "ChangeConfiguration",
        {"key": "WebSocketPingInterval", "value": "10"},
        {"status": "RebootRequired"},
        {
            "chargeBoxId": BOX,
            "key": "WebSocketPingInterval",
            "value": "10",
            "status": "RebootRequired",
            "message": "Configuration changed, and takes effect once the charger has rebooted",
        },
    ),
    (
        "firmware/update",
        {
            "location": "https://firmware.example.com/v2.0.0/firmware.bin",
            "retrieveDate": "2026-02-10T14:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        },
        "UpdateFirmware",
        {
            "location": "https://firmware.example.com/v2.0.0/firmware.bin",
            "retrieveDate": "2026-02-10T14:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        },
        {},
        {
            "message": "Firmware update accepted by charger",
            "chargeBoxId": BOX,
            "status": "accepted",
        },
    ),
    (
        "diagnostics",
        {
            "location": "https://uploads.example.com/diagnostics/",
            "startTime": "2026-02-09T00:00:00Z",
            "stopTime": "2026-02-10T01:00:00+01:00",
            "retries": 3,
            "retryInterval": 60,
        },
        "GetDiagnostics",
        {
            "location": "https://uploads.example.com/diagnostics/",
            "startTime": "2026-02-09T00:00:00Z",
            "stopTime": "2026-02-10T00:00:00Z",
            "retries": 3,
            "retryInterval": 60,
        },
        {"fileName": "diagnostics.zip"},
        {
            "message": "Diagnostics upload accepted by charger",
            "chargeBoxId": BOX,
            "fileName": "diagnostics.zip",
            "status": "accepted",
        },
    ),
    (
        "data-transfer",
        {"vendorId": "MyVendor", "messageId": "GetDisplayMessage", "data": '{"screen": 1}'},
        "DataTransfer",
        {"vendorId": "MyVendor", "messageId": "GetDisplayMessage", "data": '{"screen": 1}'},
        {"status": "Accepted", "data": '{"text": "Hello"}'},
        {
            "message": "DataTransfer accepted by charger",
            "chargeBoxId": BOX,
            "vendorId": "MyVendor",
            "messageId": "GetDisplayMessage",
            "status": "Accepted",
            "responseData": '{"text": "Hello"}',
        },
    ),
    (
        "data-transfer",
        {"vendorId": "Nobody"},
        "DataTransfer",
        {"vendorId": "Nobody"},
        {"status": "UnknownVendorId"},
        {
            "message": "Charger does not know this vendorId",
            "chargeBoxId": BOX,
            "vendorId": "Nobody",
            "messageId": None,
            "status": "UnknownVendorId",
            "responseData": None,
        },
    ),
]


@pytest.mark.parametrize(("path", "body", "action", "sent", "reply", "answer"), ONE_SIX)
async def test_a_command_to_a_1_6_charger_brings_its_own_answer(
    lab: Lab, path: str, body: Any, action: str, sent: Any, reply: Any, answer: Any
) -> None:
    charger = await lab.connect("1.6", {action: reply})

    response = await lab.post(f"/chargers/{BOX}/{path}", body)

    assert charger.asked == [(action, sent)]
    assert (response.status_code, response.json()) == (200, answer)


TWO_ZERO: list[tuple[str, Any, str, Any, Any, Any]] = [
    (
        "reset",
        {"type": "Hard", "evseId": 2},
        "Reset",
        {"type": "Immediate", "evseId": 2},
        {"status": "Scheduled"},
        {
            "message": "Hard reset scheduled by charger",
            "chargeBoxId": BOX,
            "type": "Hard",
            "status": "scheduled",
        },
    ),
    (
        "reset",
        {"type": "Soft"},
        "Reset",
        {"type": "OnIdle"},
        {"status": "Rejected", "statusInfo": {"reasonCode": "TxInProgress"}},
        {
            "message": "Soft reset rejected by charger",
            "chargeBoxId": BOX,
            "type": "Soft",
            "status": "rejected",
            "reason": "TxInProgress",
        },
    ),
    (
        "unlock",
        {"connectorId": 1, "evseId": 2},
        "UnlockConnector",
        {"evseId": 2, "connectorId": 1},
        {"status": "OngoingAuthorizedTransaction"},
        {
            "message": "Charger keeps the connector locked during a transaction",
            "chargeBoxId": BOX,
            "connectorId": 1,
            "status": "ongoingAuthorizedTransaction",
        },
    ),
    (
        "cache/clear",
        None,
        "ClearCache",
        {},
        {"status": "Rejected"},
        {
            "message": "Cache clear rejected by charger",
            "chargeBoxId": BOX,
            "status": "rejected",
        },
    ),
    (
        "trigger",
        {"requestedMessage": "TransactionEvent"},
        "TriggerMessage",
        {"requestedMessage": "TransactionEvent"},
        {"status": "Accepted"},
        {
            "message": "TransactionEvent trigger accepted by charger",
            "chargeBoxId": BOX,
            "requestedMessage": "TransactionEvent",
            "status": "accepted",
        },
    ),
    (
        "availability",
        {"connectorId": 0, "type": "Operative"},
        "ChangeAvailability",
        {"operationalStatus": "Operative"},
        {"status": "Accepted"},
        {
            "message": "Availability changed to Operative",
            "chargeBoxId": BOX,
            "connectorId": 0,
            "type": "Operative",
            "status": "accepted",
        },
    ),
    (
        "data-transfer",
        {"vendorId": "MyVendor", "data": "x"},
        "DataTransfer",
        {"vendorId": "MyVendor", "data": "x"},
        {"status": "Rejected"},
        {
            "message": "DataTransfer rejected by charger",
            "chargeBoxId": BOX,
            "vendorId": "MyVendor",
            "messageId": None,
            "status": "Rejected",
            "responseData": None,
        },
    ),
]


@pytest.mark.parametrize(("path", "body", "action", "sent", "reply", "answer"), TWO_ZERO)
async def test_a_command_to_a_2_0_1_charger_brings_its_own_answer(
    lab: Lab, path: str, body: Any, action: str, sent: Any, reply: Any, answer: Any
) -> None:
    charger = await lab.connect("2.0.1", {action: reply})

    response = await lab.post(f"/chargers/{BOX}/{path}", body)

    assert charger.asked == [(action, sent)]
    assert (response.status_code, response.json()) == (200, answer)


async def test_settings_of_a_2_0_1_charger_are_read_and_written_as_variables(lab: Lab) -> None:
    def variables(result: str, value: str | None) -> Any:
        def reply(charger: Any, message_id: str, payload: Any) -> None:
            (key,) = [one for one in payload if one.endswith("VariableData")]
            results = [
                {
                    "attributeStatus": "Accepted",
                    "component": one["component"],
                    "variable": one["variable"],
                    **({"attributeValue": value} if value else {}),
                }
                for one in payload[key]
            ]
            charger.send([3, message_id, {result: results}])

        return reply

    await lab.connect(
        "2.0.1",
        {
            "GetVariables": variables("getVariableResult", "60"),
            "SetVariables": variables("setVariableResult", None),
        },
    )

    key = "OCPPCommCtrlr.HeartbeatInterval"
    read = await lab.post(f"/chargers/{BOX}/configuration/get", {"key": [key]})
    written = await lab.post(f"/chargers/{BOX}/configuration/change", {"key": key, "value": "9"})

    (found,) = read.json()["configurationKey"]
    assert (found["key"], found["value"]) == (key, "60")
    assert (written.status_code, written.json()["status"]) == (200, "Accepted")


async def test_firmware_and_logs_of_a_2_0_1_charger(lab: Lab) -> None:
    await lab.connect(
        "2.0.1",
        {
            "UpdateFirmware": {"status": "AcceptedCanceled"},
            "GetLog": {"status": "Accepted", "filename": "log.txt"},
        },
    )

    firmware = await lab.post(
        f"/chargers/{BOX}/firmware/update",
        {"location": "https://example.com/f.bin", "retrieveDate": "2026-02-10T14:00:00Z"},
    )
    log = await lab.post(f"/chargers/{BOX}/diagnostics", {"location": "ftp://example.com/up"})

    assert (firmware.status_code, firmware.json()["status"]) == (200, "acceptedCanceled")
    assert (log.status_code, log.json()["fileName"]) == (200, "log.txt")


async def test_any_action_can_be_called(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"GetLocalListVersion": {"listVersion": 7}})

    response = await lab.post(f"/chargers/{BOX}/call", {"action": "GetLocalListVersion"})

    body = response.json()
    assert charger.asked == [("GetLocalListVersion", {})]
    assert body.pop("latencyMs") >= 0
    assert body == {
        "chargeBoxId": BOX,
        "action": "GetLocalListVersion",
        "payload": {"listVersion": 7},
    }


async def test_a_raw_call_is_checked_against_the_schema_unless_told_not_to(lab: Lab) -> None:
    charger = await lab.connect("1.6", {"Reset": {"status": "Rejected"}})
    body = {"action": "Reset", "payload": {"type": "Gentle"}}

    checked = await lab.post(f"/chargers/{BOX}/call", body)
    unchecked = await lab.post(f"/chargers/{BOX}/call", {**body, "validate": False})

    assert (checked.status_code, checked.json()["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert checked.json()["error"]["details"][0]["field"] == "payload.type"
    assert unchecked.status_code == 200
    assert charger.asked == [("Reset", {"type": "Gentle"})]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("call", {"action": "Rest", "payload": {}}, "action"),
        ("call", {"action": "Reset", "payload": {}}, "payload.type"),
        ("remote-start", {"idTag": "x" * 21}, "idTag"),
        ("trigger", {"requestedMessage": "TransactionEvent"}, "requestedMessage"),
    ],
)
async def test_what_the_chargers_version_has_no_room_for_is_400_with_the_field(
    lab: Lab, path: str, body: Any, field: str
) -> None:
    charger = await lab.connect("1.6")

    response = await lab.post(f"/chargers/{BOX}/{path}", body)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert error["details"][0]["field"] == field
    assert charger.asked == []


@pytest.mark.parametrize(
    "message",
    ["LogStatusNotification", "SignChargePointCertificate", "SignChargingStationCertificate"],
)
async def test_1_6_is_asked_by_the_extended_trigger_for_what_no_other_has(
    lab: Lab, message: str
) -> None:
    charger = await lab.connect("1.6", {"ExtendedTriggerMessage": {"status": "Accepted"}})

    response = await lab.post(f"/chargers/{BOX}/trigger", {"requestedMessage": message})

    assert response.json()["status"] == "accepted"
    known = message.replace("ChargingStation", "ChargePoint")
    assert charger.asked == [("ExtendedTriggerMessage", {"requestedMessage": known})]


@pytest.mark.parametrize("code", ["NotImplemented", "NotSupported"])
async def test_a_1_6_charger_without_the_security_extension_is_named_so(
    lab: Lab, code: str
) -> None:
    await lab.connect("1.6", {"ExtendedTriggerMessage": [code, "", {}]})

    response = await lab.post(
        f"/chargers/{BOX}/trigger", {"requestedMessage": "SignChargePointCertificate"}
    )

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (502, "CHARGER_ERROR")
    assert error["details"][0]["code"] == code
    assert "ExtendedTriggerMessage" in error["message"]
    assert "security extension" in error["message"]


async def test_a_charger_that_is_not_connected_is_503(lab: Lab) -> None:
    await lab.register()

    response = await lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"})

    assert response.status_code == 503
    assert response.json()["error"]["code"] == "SERVICE_UNAVAILABLE"


async def test_a_charger_that_does_not_answer_in_time_is_504(lab: Lab) -> None:
    await lab.patch("/settings", {"commandTimeout": 5})
    charger = await lab.connect("1.6", {})

    asking = asyncio.create_task(lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"}))
    await charger.until(lambda: charger.asked)
    lab.now += 5
    lab.tick()
    response = await asking

    assert response.status_code == 504
    assert response.json()["error"]["code"] == "CHARGER_TIMEOUT"


async def test_a_command_that_was_sent_and_lost_its_link_is_not_one_to_try_again(lab: Lab) -> None:
    charger = await lab.connect("1.6", {})
    asking = asyncio.create_task(lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"}))
    await charger.until(lambda: charger.asked)
    waiting = asyncio.create_task(lab.post(f"/chargers/{BOX}/cache/clear"))
    await lab.post(f"/chargers/{BOX}/cache/clear?async=true")

    assert charger.link is not None
    charger.link.abort()
    lost, unsent = await asking, await waiting

    error = lost.json()["error"]
    assert (lost.status_code, error["code"]) == (504, "OUTCOME_UNKNOWN")
    assert "may have acted on it" in error["message"]
    (details,) = error["details"]
    row = (await lab.get(f"/chargers/{BOX}/commands/{details['commandId']}")).json()
    assert (row["command"], row["status"], row["errorCode"]) == ("reset", "lost", "outcome_unknown")
    assert unsent.status_code == 503
    assert unsent.json()["error"]["code"] == "SERVICE_UNAVAILABLE"
    assert "before it was sent" in unsent.json()["error"]["message"]
    never = (await lab.get(f"/chargers/{BOX}/commands", status="unsent")).json()["commands"]
    assert {(one["command"], one["errorCode"]) for one in never} == {
        ("cache/clear", "not_connected")
    }
    events = (await lab.get("/events", event="command.finished")).json()["events"]
    assert {one["data"]["status"] for one in events} == {"lost", "unsent"}


async def test_a_callerror_is_502_with_the_chargers_code(lab: Lab) -> None:
    await lab.connect("1.6", {"Reset": ["NotSupported", "no reset here", {}]})

    response = await lab.post(f"/chargers/{BOX}/reset", {"type": "Soft"})

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (502, "CHARGER_ERROR")
    assert error["details"][0]["code"] == "NotSupported"
    assert error["details"][0]["description"] == "no reset here"


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_a_charger_that_was_rejected_at_boot_is_409_with_the_way_out(
    lab: Lab, version: str
) -> None:
    await lab.register(bootPolicy="reject")
    charger = await lab.connect(version, {"Reset": {"status": "Accepted"}})

    for path in ("reset", "reset?async=true"):
        response = await lab.post(f"/chargers/{BOX}/{path}", {"type": "Soft"})

        error = response.json()["error"]
        assert (response.status_code, error["code"]) == (409, "CONFLICT")
        assert "bootPolicy" in error["message"]
        assert error["details"] == [{"registration": "rejected"}]
    assert charger.asked == []


async def test_an_unknown_charger_is_404(lab: Lab) -> None:
    response = await lab.post("/chargers/NOBODY/reset", {"type": "Soft"})

    assert (response.status_code, response.json()["error"]["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("reset", {}, "type"),
        ("reset", {"type": "Warm"}, "type"),
        ("reset", {"type": "Soft", "force": True}, "force"),
        ("unlock", {"connectorId": "1"}, "connectorId"),
        ("unlock", {"connectorId": True}, "connectorId"),
        ("unlock", {"connectorId": -1}, "connectorId"),
        ("unlock", {"connectorId": 1.5}, "connectorId"),
        ("unlock", {"connectorId": 2**31}, "connectorId"),
        ("trigger", {"requestedMessage": "Nonsense"}, "requestedMessage"),
        ("availability", {"connectorId": 1, "type": "operative"}, "type"),
        ("configuration/get", {"key": "HeartbeatInterval"}, "key"),
        ("configuration/change", {"key": "HeartbeatInterval", "value": 600}, "value"),
        ("configuration/change", {"key": "", "value": "600"}, "key"),
        ("firmware/update", {"location": "https://example.com/f"}, "retrieveDate"),
        (
            "firmware/update",
            {"location": "gopher://example.com/f", "retrieveDate": "2026-02-10T14:00:00Z"},
            "location",
        ),
        (
            "firmware/update",
            {"location": "https://example.com/f", "retrieveDate": "tomorrow"},
            "retrieveDate",
        ),
        (
            "firmware/update",
            {"location": "https://example.com/f", "retrieveDate": 1770732000},
            "retrieveDate",
        ),
        (
            "firmware/update",
            {"location": "https://example.com/f", "retrieveDate": "2026-02-10T14:00:00"},
            "retrieveDate",
        ),
        ("diagnostics", {"location": "not a url"}, "location"),
        ("data-transfer", {"messageId": "x"}, "vendorId"),
        ("data-transfer", {"vendorId": "x", "data": {"screen": 1}}, "data"),
        ("call", {"payload": {}}, "action"),
        ("call", {"action": "Reset", "payload": []}, "payload"),
    ],
)
async def test_a_body_of_the_wrong_shape_names_the_field_and_reaches_nobody(
    lab: Lab, path: str, body: Any, field: str
) -> None:
    charger = await lab.connect("1.6", {})

    response = await lab.post(f"/chargers/{BOX}/{path}", body)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"].split(".")[0] for detail in error["details"]] == [field]
    assert charger.asked == []
