"""Commands in each version's words, and the charger's answers in the contract's."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.csms.bench import ORG, START, Yard
from voltyard.csms.commands.commands import COMMANDS
from voltyard.csms.commands.control import (
    ChangeAvailability,
    ClearCache,
    RawCall,
    RemoteStartTransaction,
    RemoteStopTransaction,
    Reset,
    TriggerMessage,
    UnlockConnector,
)
from voltyard.csms.commands.local_list import DeliverLocalList
from voltyard.csms.commands.maintenance import (
    ChangeConfiguration,
    GetConfiguration,
    GetDiagnostics,
    SendDataTransfer,
    UpdateFirmware,
)
from voltyard.csms.commands.results import (
    BackendCommandResult,
    ConfigurationEntry,
    ConfigurationResult,
    DataTransferResult,
    LogResult,
    RemoteStartResult,
    StatusResult,
)
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialect import CsmsDialect
from voltyard.csms.dialects import DIALECTS
from voltyard.csms.table_dialect import TableDialect
from voltyard.kernel.errors import Invalid

FTP = "ftp://files.example/a"
WHEN = START + 0.5
PROFILE_16 = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    },
}
PROFILE_201 = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [
        {
            "id": 1,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
        }
    ],
}


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda one: one.version.name)
def test_every_command_is_translated_and_its_result_is_of_its_kind(dialect: CsmsDialect) -> None:
    assert isinstance(dialect, TableDialect)
    sent = set(COMMANDS) - {RawCall, DeliverLocalList}  # as it is, and in parts
    sent = {one for one in sent if one.first_version <= dialect.version.name}

    assert dialect.commands.keys() == sent
    assert {one for one in sent if one.result is not StatusResult} <= dialect.results.keys() <= sent


def accepted(status: str = "Accepted") -> dict[str, str]:
    return {"status": status}


CASES_16: list[tuple[BackendCommand, str, Any, Any, BackendCommandResult]] = [
    (Reset(type="Soft"), "Reset", {"type": "Soft"}, accepted(), StatusResult(status="accepted")),
    (
        Reset(type="Hard"),
        "Reset",
        {"type": "Hard"},
        accepted("Rejected"),
        StatusResult(status="rejected"),
    ),
    *(
        (
            UnlockConnector(connector_id=99),
            "UnlockConnector",
            {"connectorId": 99},
            accepted(wire),
            StatusResult(status=word),
        )
        for wire, word in [
            ("Unlocked", "unlocked"),
            ("UnlockFailed", "unlockFailed"),
            ("NotSupported", "notSupported"),
        ]
    ),
    (ClearCache(), "ClearCache", {}, accepted(), StatusResult(status="accepted")),
    (
        TriggerMessage(requested_message="MeterValues", connector_id=1),
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "connectorId": 1},
        accepted("NotImplemented"),
        StatusResult(status="notImplemented"),
    ),
    (
        TriggerMessage(requested_message="LogStatusNotification", extended=True),
        "ExtendedTriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
        accepted(),
        StatusResult(status="accepted"),
    ),
    (
        ChangeAvailability(connector_id=0, type="Inoperative"),
        "ChangeAvailability",
        {"connectorId": 0, "type": "Inoperative"},
        accepted("Scheduled"),
        StatusResult(status="scheduled"),
    ),
    (
        GetConfiguration(keys=("HeartbeatInterval",)),
        "GetConfiguration",
        {"key": ["HeartbeatInterval"]},
        {
            "configurationKey": [{"key": "HeartbeatInterval", "readonly": False, "value": "300"}],
            "unknownKey": ["Nonsense"],
        },
        ConfigurationResult(
            configuration_key=(
                ConfigurationEntry(key="HeartbeatInterval", readonly=False, value="300"),
            ),
            unknown_key=("Nonsense",),
        ),
    ),
    (GetConfiguration(), "GetConfiguration", {}, {}, ConfigurationResult(configuration_key=())),
    (
        ChangeConfiguration(key="K", value="V"),
        "ChangeConfiguration",
        {"key": "K", "value": "V"},
        accepted("RebootRequired"),
        StatusResult(status="RebootRequired"),
    ),
    (
        UpdateFirmware(location=FTP, retrieve_at=WHEN, retries=3, retry_interval_s=60),
        "UpdateFirmware",
        {
            "location": FTP,
            "retrieveDate": "2026-09-21T14:13:20Z",
            "retries": 3,
            "retryInterval": 60,
        },
        {},
        StatusResult(status="accepted"),
    ),
    (
        GetDiagnostics(location=FTP, start_at=START, stop_at=START + 60),
        "GetDiagnostics",
        {
            "location": FTP,
            "startTime": "2026-09-21T14:13:20Z",
            "stopTime": "2026-09-21T14:14:20Z",
        },
        {"fileName": "diag.zip"},
        LogResult(status="accepted", file_name="diag.zip"),
    ),
    (
        SendDataTransfer(vendor_id="V", message_id="M", data="D"),
        "DataTransfer",
        {"vendorId": "V", "messageId": "M", "data": "D"},
        {"status": "UnknownMessageId", "data": "no"},
        DataTransferResult(status="UnknownMessageId", data="no"),
    ),
    (
        RemoteStartTransaction(id_tag="TAG", connector_id=0, charging_profile=PROFILE_16),
        "RemoteStartTransaction",
        {"idTag": "TAG", "connectorId": 0, "chargingProfile": PROFILE_16},
        accepted("Rejected"),
        RemoteStartResult(status="rejected"),
    ),
    (
        RemoteStopTransaction(transaction_id="99"),
        "RemoteStopTransaction",
        {"transactionId": 99},
        accepted("Rejected"),
        StatusResult(status="rejected"),
    ),
]


def info(status: str, reason: str | None = None) -> dict[str, Any]:
    return {"status": status} | ({"statusInfo": {"reasonCode": reason}} if reason else {})


def place(component: str, variable: str, **more: Any) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": variable}} | more


CASES_201: list[tuple[BackendCommand, str, Any, Any, BackendCommandResult]] = [
    (
        Reset(type="Soft"),
        "Reset",
        {"type": "OnIdle"},
        info("Scheduled", "TxInProgress"),
        StatusResult(status="scheduled", reason="TxInProgress"),
    ),
    (
        Reset(type="Hard", evse_id=2),
        "Reset",
        {"type": "Immediate", "evseId": 2},
        info("Rejected"),
        StatusResult(status="rejected"),
    ),
    (
        UnlockConnector(connector_id=2),
        "UnlockConnector",
        {"evseId": 2, "connectorId": 1},
        info("OngoingAuthorizedTransaction"),
        StatusResult(status="ongoingAuthorizedTransaction"),
    ),
    (
        UnlockConnector(connector_id=2, evse_id=1),
        "UnlockConnector",
        {"evseId": 1, "connectorId": 2},
        info("UnknownConnector"),
        StatusResult(status="unknownConnector"),
    ),
    (ClearCache(), "ClearCache", {}, info("Rejected"), StatusResult(status="rejected")),
    (
        TriggerMessage(requested_message="DiagnosticsStatusNotification"),
        "TriggerMessage",
        {"requestedMessage": "LogStatusNotification"},
        info("Accepted"),
        StatusResult(status="accepted"),
    ),
    (
        TriggerMessage(requested_message="StatusNotification", connector_id=2),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}},
        info("Accepted"),
        StatusResult(status="accepted"),
    ),
    (
        TriggerMessage(requested_message="MeterValues", evse_id=2, connector_id=1),
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "evse": {"id": 2, "connectorId": 1}},
        info("NotImplemented"),
        StatusResult(status="notImplemented"),
    ),
    (
        ChangeAvailability(connector_id=0, type="Operative"),
        "ChangeAvailability",
        {"operationalStatus": "Operative"},
        info("Accepted"),
        StatusResult(status="accepted"),
    ),
    (
        ChangeAvailability(connector_id=3, type="Inoperative"),
        "ChangeAvailability",
        {"operationalStatus": "Inoperative", "evse": {"id": 3}},
        info("Rejected", "UnknownEvse"),
        StatusResult(status="rejected", reason="UnknownEvse"),
    ),
    (
        ChangeConfiguration(key="MessageTimeout", value="V"),
        "SetVariables",
        {"setVariableData": [place("CustomizationCtrlr", "MessageTimeout", attributeValue="V")]},
        {
            "setVariableResult": [
                place(
                    "CustomizationCtrlr",
                    "MessageTimeout",
                    attributeStatus="UnknownVariable",
                    attributeStatusInfo={"reasonCode": "NotFound"},
                )
            ]
        },
        StatusResult(status="UnknownVariable", reason="NotFound"),
    ),
    (
        ChangeConfiguration(key="HeartbeatInterval", value="60"),
        "SetVariables",
        {"setVariableData": [place("OCPPCommCtrlr", "HeartbeatInterval", attributeValue="60")]},
        {
            "setVariableResult": [
                place("OCPPCommCtrlr", "HeartbeatInterval", attributeStatus="RebootRequired")
            ]
        },
        StatusResult(status="RebootRequired"),
    ),
    (
        UpdateFirmware(location=FTP, retrieve_at=WHEN, retries=3),
        "UpdateFirmware",
        {
            "requestId": ...,
            "retries": 3,
            "firmware": {"location": FTP, "retrieveDateTime": "2026-09-21T14:13:20Z"},
        },
        info("AcceptedCanceled"),
        StatusResult(status="acceptedCanceled"),
    ),
    (
        GetDiagnostics(location=FTP, start_at=START),
        "GetLog",
        {
            "requestId": ...,
            "logType": "DiagnosticsLog",
            "log": {"remoteLocation": FTP, "oldestTimestamp": "2026-09-21T14:13:20Z"},
        },
        {"status": "Accepted", "filename": "log.zip"},
        LogResult(status="accepted", file_name="log.zip"),
    ),
    (
        SendDataTransfer(vendor_id="V"),
        "DataTransfer",
        {"vendorId": "V"},
        {"status": "Accepted", "data": {"a": [1, "ä"]}},
        DataTransferResult(status="Accepted", data='{"a":[1,"ä"]}'),
    ),
    (
        RemoteStartTransaction(
            id_tag="TAG", evse_id=1, id_tag_type="eMAID", charging_profile=PROFILE_201
        ),
        "RequestStartTransaction",
        {
            "remoteStartId": ...,
            "evseId": 1,
            "idToken": {"idToken": "TAG", "type": "eMAID"},
            "chargingProfile": PROFILE_201,
        },
        info("Rejected", "TxInProgress"),
        RemoteStartResult(status="rejected", reason="TxInProgress"),
    ),
    (
        RemoteStopTransaction(transaction_id="foreign"),
        "RequestStopTransaction",
        {"transactionId": "foreign"},
        info("Rejected", "TxNotFound"),
        StatusResult(status="rejected", reason="TxNotFound"),
    ),
]


@pytest.mark.parametrize(
    ("version", "command", "action", "request_", "response", "outcome"),
    [("ocpp1.6", *case) for case in CASES_16] + [("ocpp2.0.1", *case) for case in CASES_201],
)
async def test_a_command_is_said_in_the_versions_words_and_its_answer_comes_back(
    yard: Yard,
    version: str,
    command: BackendCommand,
    action: str,
    request_: dict[str, Any],
    response: Any,
    outcome: BackendCommandResult,
) -> None:
    peer = await yard.booted(subprotocol=version)
    task = await yard.command(command)

    (sent,) = peer.asked()
    numbered = {name for name, value in request_.items() if value is ...}
    assert sent[2] == action
    drawn = {name: sent[3].pop(name) for name in numbered}
    assert all(isinstance(value, int) for value in drawn.values())
    if "requestId" in drawn and hasattr(outcome, "request_id"):
        outcome = replace(outcome, request_id=drawn["requestId"])
    assert sent[3] == {name: value for name, value in request_.items() if name not in numbered}

    yard.clock.now += 0.5
    await peer.answer(response)

    assert await task == outcome
    (stored,) = yard.journal.commands.values()
    assert (stored.status, stored.latency_ms) == (outcome.status, 500.0)
    assert stored.answer is not None and json.loads(stored.request)["command"] == stored.command
    (finished,) = yard.heard("command.finished")
    assert (finished.command_id, finished.status) == (stored.id, outcome.status)


@pytest.mark.parametrize(
    ("version", "command"),
    [
        ("ocpp1.6", TriggerMessage(requested_message="TransactionEvent")),
        (
            "ocpp1.6",
            TriggerMessage(requested_message="DiagnosticsStatusNotification", extended=True),
        ),
        ("ocpp1.6", ChangeConfiguration(key="k" * 51, value="")),
        ("ocpp1.6", RemoteStopTransaction(transaction_id="tx-1")),
        ("ocpp1.6", RemoteStartTransaction(id_tag="x" * 21)),
        ("ocpp1.6", RemoteStartTransaction(id_tag="x", charging_profile={"chargingProfileId": 1})),
        ("ocpp1.6", RawCall(action="Nonsense")),
        ("ocpp1.6", RawCall(action="Reset", payload={"type": "Warm"})),
        ("ocpp2.0.1", RemoteStartTransaction(id_tag="x", id_tag_type="Card")),
        ("ocpp2.0.1", RemoteStartTransaction(id_tag="x", charging_profile=PROFILE_16)),
        ("ocpp2.0.1", RemoteStopTransaction(transaction_id="x" * 37)),
        ("ocpp2.0.1", ChangeConfiguration(key="A.B", value="x" * 1001)),
        ("ocpp2.0.1", RawCall(action="Reset", payload={})),
    ],
)
async def test_what_the_version_has_no_words_for_is_refused_and_not_sent(
    yard: Yard, version: str, command: BackendCommand
) -> None:
    peer = await yard.booted(subprotocol=version)

    with pytest.raises(Invalid):
        await yard.backend.command(ORG, "CP1", command)

    assert peer.asked() == []
    assert yard.journal.commands == {}
