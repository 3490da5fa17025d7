"""Answers of a sound charging station of OCPP 2.0.1 to each request of a CSMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from voltyard.conformance.csms.v201 import device_model
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.tester_link import Answer

ACCEPTED: Final = {"status": "Accepted"}
REJECTED: Final = {"status": "Rejected"}


def _monitors_set(request: ReceivedMessage) -> dict[str, Any]:
    asked = request.payload["setMonitoringData"]
    kept = ("type", "component", "variable", "severity")
    return {
        "setMonitoringResult": [
            {
                "id": one.get("id", number),
                "status": "Accepted",
                **{name: one[name] for name in kept},
            }
            for number, one in enumerate(asked, 1)
        ]
    }


def _monitors_cleared(request: ReceivedMessage) -> dict[str, Any]:
    return {"clearMonitoringResult": [{"id": id, **ACCEPTED} for id in request.payload["id"]]}


ANSWERS: Final[Mapping[str, Answer]] = {
    **dict.fromkeys(
        (
            "CancelReservation",
            "CertificateSigned",
            "ChangeAvailability",
            "ClearCache",
            "ClearChargingProfile",
            "ClearDisplayMessage",
            "CustomerInformation",
            "DeleteCertificate",
            "GetBaseReport",
            "GetLog",
            "GetMonitoringReport",
            "GetReport",
            "InstallCertificate",
            "PublishFirmware",
            "RequestStartTransaction",
            "RequestStopTransaction",
            "ReserveNow",
            "Reset",
            "SendLocalList",
            "SetChargingProfile",
            "SetDisplayMessage",
            "SetMonitoringBase",
            "SetMonitoringLevel",
            "SetNetworkProfile",
            "TriggerMessage",
            "UpdateFirmware",
        ),
        ACCEPTED,
    ),
    "ClearVariableMonitoring": _monitors_cleared,
    "CostUpdated": {},
    "DataTransfer": {"status": "UnknownVendorId"},
    "GetChargingProfiles": {"status": "NoProfiles"},
    "GetCompositeSchedule": REJECTED,
    "GetDisplayMessages": {"status": "Unknown"},
    "GetInstalledCertificateIds": {"status": "NotFound"},
    "GetLocalListVersion": {"versionNumber": 0},
    "GetTransactionStatus": {"messagesInQueue": False},
    "GetVariables": device_model.get_variables,
    "SetVariableMonitoring": _monitors_set,
    "SetVariables": device_model.set_variables,
    "UnlockConnector": {"status": "Unlocked"},
    "UnpublishFirmware": {"status": "NoFirmware"},
}
"""The answers, by action."""
