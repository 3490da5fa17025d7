"""OCTT 1.6, central system: what it asks of a charge point, and what it makes of the answer."""

from typing import Any

import pytest

from tests.api.bench import BOX, Lab
from tests.api.csms.octt.bench import TAG, Station, booted, ok

ACCEPTED = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}


async def remote_start(station: Station, **body: Any) -> Any:
    body = {"chargeBoxId": BOX, "connectorId": 1, "idTag": TAG, **body}
    return ok(await station.lab.post("/transactions/start", body))


async def test_TC_010_CSMS_remote_start_with_the_cable_in(lab: Lab) -> None:
    async with booted(lab, RemoteStartTransaction=ACCEPTED) as station:
        await station.status("Preparing")
        answer = await remote_start(station)
        assert await station.authorize() == "Accepted"
        number = (await station.start())["transactionId"]
        transaction = await station.transaction(number)

    assert station.asked("RemoteStartTransaction") == [{"connectorId": 1, "idTag": TAG}]
    assert answer["status"] == "accepted"
    assert transaction["remoteStarted"] is True


async def test_TC_011_1_CSMS_remote_start_and_then_the_cable(lab: Lab) -> None:
    async with booted(lab, RemoteStartTransaction=ACCEPTED) as station:
        assert (await remote_start(station))["status"] == "accepted"
        assert [one["status"] for one in await station.transactions()] == ["pending"]
        number = await station.charge()
        transactions = await station.transactions()

    assert [(one["transactionId"], one["status"]) for one in transactions] == [
        (number, "in_progress")
    ]


async def test_TC_011_2_CSMS_remote_start_and_nobody_plugs_in(lab: Lab) -> None:
    async with booted(lab, RemoteStartTransaction=ACCEPTED) as station:
        assert (await remote_start(station))["status"] == "accepted"
        await station.status("Preparing")
        await station.status("Available")

        assert (await station.connector())["status"] == "Available"
        assert await station.transactions(status="in_progress") == []


async def test_TC_012_CSMS_remote_stop(lab: Lab) -> None:
    async with booted(lab, RemoteStopTransaction=ACCEPTED) as station:
        number = await station.charge()
        answer = ok(await lab.post(f"/transactions/{number}/stop"))
        await station.finish(number, "Remote")
        transaction = await station.transaction(number)

    assert station.asked("RemoteStopTransaction") == [{"transactionId": number}]
    assert answer["status"] == "stopping"
    assert (transaction["status"], transaction["stopReason"]) == ("completed", "Remote")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        pytest.param("Hard", "HardReset", id="TC_013_CSMS"),
        pytest.param("Soft", "SoftReset", id="TC_014_CSMS"),
    ],
)
async def test_TC_013_CSMS_and_TC_014_CSMS_reset(lab: Lab, kind: str, reason: str) -> None:
    async with booted(lab, Reset=ACCEPTED) as station:
        number = await station.charge()
        answer = await station.ask("reset", {"type": kind})
        await station.stop(number, reason)
        back = await station.reconnect(after_boot=True)
        shown = await back.shown()

    assert station.asked("Reset") == [{"type": kind}]
    assert answer["status"] == "accepted"
    assert shown["isOnline"]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        pytest.param("Unlocked", "unlocked", id="TC_017_1_CSMS"),
        pytest.param("NotSupported", "notSupported", id="TC_017_2_CSMS"),
        pytest.param("UnlockFailed", "unlockFailed", id="TC_030_CSMS"),
    ],
)
async def test_TC_017_CSMS_unlock_without_a_session(lab: Lab, status: str, told: str) -> None:
    async with booted(lab, UnlockConnector={"status": status}) as station:
        answer = await station.ask("unlock", {"connectorId": 1})

    assert station.asked("UnlockConnector") == [{"connectorId": 1}]
    assert answer["status"] == told


async def test_TC_031_CSMS_unlock_an_unknown_connector(lab: Lab) -> None:
    async with booted(lab, UnlockConnector={"status": "NotSupported"}) as station:
        answer = await station.ask("unlock", {"connectorId": 9})

    assert station.asked("UnlockConnector") == [{"connectorId": 9}]
    assert answer["status"] == "notSupported"


async def test_TC_018_1_CSMS_unlock_ends_a_session(lab: Lab) -> None:
    async with booted(lab, UnlockConnector={"status": "Unlocked"}) as station:
        number = await station.charge()
        answer = await station.ask("unlock", {"connectorId": 1})
        await station.finish(number, "UnlockCommand")
        transaction = await station.transaction(number)

    assert answer["status"] == "unlocked"
    assert transaction["stopReason"] == "UnlockCommand"


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([], id="TC_019_1_CSMS"),
        pytest.param(["SupportedFeatureProfiles"], id="TC_019_2_CSMS"),
    ],
)
async def test_TC_019_CSMS_retrieve_configuration(lab: Lab, keys: list[str]) -> None:
    known = {"key": "SupportedFeatureProfiles", "readonly": True, "value": "Core"}
    async with booted(lab, GetConfiguration={"configurationKey": [known]}) as station:
        answer = await station.ask("configuration/get", {"key": keys})

    assert station.asked("GetConfiguration") == [{"key": keys} if keys else {}]
    assert answer["configurationKey"] == [known]


@pytest.mark.parametrize(
    "status",
    [
        pytest.param("Accepted", id="TC_021_CSMS"),
        pytest.param("NotSupported", id="TC_040_1_CSMS"),
        pytest.param("Rejected", id="TC_040_2_CSMS"),
    ],
)
async def test_TC_021_CSMS_and_TC_040_CSMS_change_configuration(lab: Lab, status: str) -> None:
    async with booted(lab, ChangeConfiguration={"status": status}) as station:
        body = {"key": "MeterValueSampleInterval", "value": "15"}
        answer = await station.ask("configuration/change", body)

    assert station.asked("ChangeConfiguration") == [body]
    assert answer["status"] == status


async def test_TC_026_CSMS_remote_start_rejected(lab: Lab) -> None:
    async with booted(lab, RemoteStartTransaction=REJECTED) as station:
        answer = await remote_start(station)
        transactions = await station.transactions()

    assert answer["status"] == "rejected"
    assert transactions == []


async def test_TC_028_CSMS_remote_stop_rejected(lab: Lab) -> None:
    async with booted(lab, RemoteStopTransaction=REJECTED) as station:
        number = await station.charge()
        answer = ok(await lab.post(f"/transactions/{number}/stop"))
        transaction = await station.transaction(number)

    assert answer["status"] == "rejected"
    assert transaction["status"] == "in_progress"


TRIGGERED: list[tuple[str, dict[str, Any]]] = [
    ("MeterValues", {"connectorId": 1, "meterValue": []}),
    ("Heartbeat", {}),
    ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}),
    ("DiagnosticsStatusNotification", {"status": "Idle"}),
    ("FirmwareStatusNotification", {"status": "Idle"}),
]


@pytest.mark.parametrize(("message", "payload"), TRIGGERED)
async def test_TC_054_CSMS_trigger_message(lab: Lab, message: str, payload: dict[str, Any]) -> None:
    if message == "MeterValues":
        value = {"timestamp": "2026-02-10T14:00:00Z", "sampledValue": [{"value": "1000"}]}
        payload = {**payload, "meterValue": [value]}
    async with booted(lab, TriggerMessage=ACCEPTED) as station:
        answer = await station.ask("trigger", {"requestedMessage": message, "connectorId": 1})
        await station.call(message, **payload)

    assert station.asked("TriggerMessage") == [{"requestedMessage": message, "connectorId": 1}]
    assert answer["status"] == "accepted"


async def test_TC_055_CSMS_trigger_message_rejected(lab: Lab) -> None:
    async with booted(lab, TriggerMessage=REJECTED) as station:
        answer = await station.ask("trigger", {"requestedMessage": "MeterValues"})

    assert answer["status"] == "rejected"


async def test_TC_061_CSMS_clear_the_authorization_cache(lab: Lab) -> None:
    async with booted(lab, ClearCache=ACCEPTED) as station:
        answer = await station.ask("cache/clear")

    assert station.asked("ClearCache") == [{}]
    assert answer["status"] == "accepted"


async def test_TC_073_CSMS_a_new_basic_auth_password(lab: Lab) -> None:
    async with booted(lab, ChangeConfiguration=ACCEPTED) as station:
        answer = await station.ask("password", {"password": "sixteen-letters-x"})
        [asked] = station.asked("ChangeConfiguration")
        [logged] = [
            one
            for one in ok(await lab.get(f"/chargers/{BOX}/messages"))["messages"]
            if one["action"] == "ChangeConfiguration"
        ]

    assert answer["status"].lower() == "accepted"
    assert asked["key"] == "AuthorizationKey"
    assert asked["value"] in ("sixteen-letters-x", b"sixteen-letters-x".hex())
    assert asked["value"] not in logged["request"]
