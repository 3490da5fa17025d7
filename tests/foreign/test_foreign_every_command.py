"""Every command of the REST API, obeyed by a charger of the `ocpp` package of either version.

The list is held complete: it has each operation that asks a charger, as the API describes them.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.desk import Desk, open_desk
from tests.foreign.peers.charger import ForeignCharger, connected
from tests.surface import description

BOX = "FOREIGN-1"
TAG = "04A1B2C3"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
LATER = "2099-01-01T00:00:00Z"
URL = "https://files.example/f"
CHECKSUM = "d41d8cd98f00b204e9800998ecf8427e"
ROOT = "CSMSRootCertificate"
HASHES = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "5c1d",
    "issuerKeyHash": "9a70",
    "serialNumber": "4f2e",
}
RESERVATION = {"connectorId": 1, "idTag": TAG, "expiryDate": LATER, "reservationId": 7}
SIGNED = {"location": URL, "retrieveDate": LATER, "signingCertificate": PEM, "signature": "GOOD"}
MONITOR = {"variable": "EVSE@1.Power", "type": "UpperThreshold", "value": 11000, "severity": 5}
MESSAGE = {"id": 4, "content": "Closed from 22:00"}
PROFILE = {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile"} | {
    "chargingProfileKind": "Absolute"
}
SCHEDULE = {
    "chargingRateUnit": "A",
    "startSchedule": "2026-01-01T00:00:00Z",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
}
PROFILES: Mapping[str, Any] = {
    "1.6": {**PROFILE, "chargingProfileId": 3, "chargingSchedule": SCHEDULE},
    "2.0.1": {**PROFILE, "id": 3, "chargingSchedule": [{"id": 1, **SCHEDULE}]},
}


@dataclass(frozen=True)
class Line:
    """A command, and what a charger makes of it."""

    operation: str
    """Below /api/v1, or below the charger where it begins with a dot."""
    body: Any = None
    action: str = ""
    """Of 1.6."""
    action_201: str = ""
    """Where it is another."""
    says: str = "accepted"
    """Empty: the answer has no status."""
    query: str = ""
    after: tuple[str, ...] = ()
    """Operations that come first."""
    status: int = 200
    is_of_201: bool = False
    """OCPP 1.6 has no message for it."""


LINES = (
    Line("POST ./reset", {"type": "Soft"}, "Reset"),
    Line("POST ./unlock", {"connectorId": 1}, "UnlockConnector", says="unlocked"),
    Line("POST ./cache/clear", None, "ClearCache"),
    Line("POST ./trigger", {"requestedMessage": "Heartbeat"}, "TriggerMessage"),
    Line("POST ./availability", {"connectorId": 1, "type": "Operative"}, "ChangeAvailability"),
    Line(
        "POST ./configuration/get",
        {"key": ["HeartbeatInterval"]},
        "GetConfiguration",
        "GetVariables",
        says="",
    ),
    Line(
        "POST ./configuration/change",
        {"key": "HeartbeatInterval", "value": "600"},
        "ChangeConfiguration",
        "SetVariables",
        says="Accepted",
    ),
    Line("POST ./firmware/update", {"location": URL, "retrieveDate": LATER}, "UpdateFirmware"),
    Line("POST ./diagnostics", {"location": URL}, "GetDiagnostics", "GetLog"),
    Line("POST ./data-transfer", {"vendorId": "Foreign"}, "DataTransfer", says="Accepted"),
    Line("POST ./call", {"action": "ClearCache"}, "ClearCache", says=""),
    Line(
        "POST ./remote-start",
        {"connectorId": 1, "idTag": TAG},
        "RemoteStartTransaction",
        "RequestStartTransaction",
        status=202,
    ),
    Line("POST ./reservations", RESERVATION, "ReserveNow"),
    Line(
        "DELETE ./reservations/{reservationId}",
        None,
        "CancelReservation",
        after=("POST ./reservations",),
    ),
    Line("PUT ./local-list", {"listVersion": 8, "entries": []}, "SendLocalList"),
    Line("GET ./local-list/version", None, "GetLocalListVersion", says=""),
    Line(
        "POST ./charging-profiles",
        {"connectorId": 1, "chargingProfile": PROFILES},
        "SetChargingProfile",
    ),
    Line(
        "DELETE ./charging-profiles",
        None,
        "ClearChargingProfile",
        query="?id=3",
        after=("POST ./charging-profiles",),
    ),
    Line(
        "POST ./charging-profiles/composite",
        {"connectorId": 1, "duration": 60},
        "GetCompositeSchedule",
        after=("POST ./charging-profiles",),
    ),
    Line("PUT ./charging-limit", {"connectorId": 1, "limit": "16A"}, "SetChargingProfile"),
    Line(
        "DELETE ./charging-limit",
        None,
        "ClearChargingProfile",
        query="?connectorId=1",
        after=("PUT ./charging-limit",),
    ),
    Line("POST ./log", {"logType": "SecurityLog", "location": URL}, "GetLog"),
    Line("POST ./firmware/signed-update", SIGNED, "SignedUpdateFirmware", "UpdateFirmware"),
    Line(
        "POST ./certificates",
        {"certificateType": ROOT, "certificate": PEM},
        "InstallCertificate",
    ),
    Line(
        "GET ./certificates",
        None,
        "GetInstalledCertificateIds",
        query=f"?certificateType={ROOT}",
        after=("POST ./certificates",),
    ),
    Line(
        "DELETE ./certificates",
        {"certificateHashData": HASHES},
        "DeleteCertificate",
        after=("POST ./certificates",),
    ),
    Line(
        "POST ./variables/get",
        {"variables": [{"name": "AuthCtrlr.Enabled"}]},
        "GetVariables",
        says="",
        is_of_201=True,
    ),
    Line(
        "POST ./variables/set",
        {"variables": [{"name": "AuthCtrlr.Enabled", "value": "true"}]},
        "SetVariables",
        says="",
        is_of_201=True,
    ),
    Line("POST ./reports", {"base": "FullInventory"}, "GetBaseReport", is_of_201=True),
    Line(
        "POST ./network-profiles",
        {"slot": 2, "csmsUrl": "wss://csms.example/ocpp", "securityProfile": 2},
        "SetNetworkProfile",
        is_of_201=True,
    ),
    Line("POST ./monitors", {"monitors": [MONITOR]}, "SetVariableMonitoring", is_of_201=True),
    Line(
        "GET ./monitors",
        None,
        "GetMonitoringReport",
        after=("POST ./monitors",),
        is_of_201=True,
    ),
    Line(
        "POST ./monitors/clear",
        {"ids": [1]},
        "ClearVariableMonitoring",
        after=("POST ./monitors",),
        is_of_201=True,
    ),
    Line("PUT ./monitors/base", {"base": "All"}, "SetMonitoringBase", is_of_201=True),
    Line("PUT ./monitors/level", {"severity": 5}, "SetMonitoringLevel", is_of_201=True),
    Line(
        "POST ./firmware/publish",
        {"location": URL, "checksum": CHECKSUM},
        "PublishFirmware",
        is_of_201=True,
    ),
    Line(
        "POST ./firmware/unpublish",
        {"checksum": CHECKSUM},
        "UnpublishFirmware",
        says="unpublished",
        after=("POST ./firmware/publish",),
        is_of_201=True,
    ),
    Line("POST ./display-messages", MESSAGE, "SetDisplayMessage", is_of_201=True),
    Line(
        "GET ./display-messages",
        None,
        "GetDisplayMessages",
        after=("POST ./display-messages",),
        is_of_201=True,
    ),
    Line(
        "DELETE ./display-messages/{messageId}",
        None,
        "ClearDisplayMessage",
        after=("POST ./display-messages",),
        is_of_201=True,
    ),
    Line(
        "GET ./transaction-status",
        None,
        "GetTransactionStatus",
        says="",
        query="?transactionId=tx-none",
        is_of_201=True,
    ),
    Line("POST ./customer-information", {"idTag": TAG}, "CustomerInformation", is_of_201=True),
    Line(
        "POST ./password",
        {"password": "0123456789abcdef"},
        "ChangeConfiguration",
        "SetVariables",
        says="Accepted",
    ),
    Line(
        "POST /transactions/start",
        {"chargeBoxId": BOX, "connectorId": 1, "idTag": TAG},
        "RemoteStartTransaction",
        "RequestStartTransaction",
        status=202,
    ),
    Line(
        "POST /transactions/{transactionId}/stop",
        None,
        "RemoteStopTransaction",
        "RequestStopTransaction",
        says="stopping",
        after=("POST /transactions/start",),
        status=202,
    ),
)
BY_OPERATION = {line.operation: line for line in LINES}


@pytest.fixture
async def desk(sqlite_directory: Path) -> AsyncIterator[Desk]:
    async with open_desk(sqlite_directory) as opened:
        yield opened


@pytest.fixture(params=["1.6", "2.0.1"])
async def charger(request: pytest.FixtureRequest, desk: Desk) -> AsyncIterator[ForeignCharger]:
    """A foreign charger that has booted."""
    await desk.register(BOX)
    async with connected(request.param, desk.charger_url, BOX) as foreign:
        await foreign.boot()
        yield foreign
        assert not foreign.record.errors


async def ask(desk: Desk, charger: ForeignCharger, line: Line) -> Any:
    version = "1.6" if hasattr(charger, "settings") else "2.0.1"
    method, path = line.operation.split(" ")
    path = (
        path.replace("./", f"/chargers/{BOX}/")
        .replace("{reservationId}", "7")
        .replace("{messageId}", "4")
    )
    if "{transactionId}" in path:
        await charger.record.until(lambda: charger.meter_wh == 1_500)
        [running] = await desk.transactions(BOX, status="in_progress")
        path = path.replace("{transactionId}", running["id"])
    body = line.body
    if isinstance(body, dict) and body.get("chargingProfile") is PROFILES:
        body = {**body, "chargingProfile": PROFILES[version]}
    return await desk.ask(method, path + line.query, body, line.status)


@pytest.mark.parametrize("line", LINES, ids=[line.operation for line in LINES])
async def test_it_is_obeyed(desk: Desk, charger: ForeignCharger, line: Line) -> None:
    is_16 = hasattr(charger, "settings")
    if is_16 and line.is_of_201:
        answer = await ask(desk, charger, replace(line, status=400))
        assert "is of OCPP 2.0.1, and the charger speaks 1.6" in answer["error"]["message"]
        return
    for first in line.after:
        await ask(desk, charger, BY_OPERATION[first])
    action = line.action if is_16 else line.action_201 or line.action
    before = len(charger.record.of(action))

    answer = await ask(desk, charger, line)

    assert len(charger.record.of(action)) == before + 1
    assert answer.get("status", "") == line.says or not line.says
    if line.operation == "POST /transactions/start":
        await charger.record.until(lambda: charger.meter_wh == 1_500)


def test_none_is_left_out() -> None:
    """A charger is asked by what may come to 504: that it did not answer in time."""
    asking = {
        f"{method.upper()} {path.removeprefix('/api/v1').replace('/chargers/{chargeBoxId}', '.')}"
        for path, methods in description("/api/v1")["paths"].items()
        for method, operation in methods.items()
        if "504" in operation["responses"]
    }

    assert set(BY_OPERATION) == asking
    assert len(BY_OPERATION) == len(LINES)
