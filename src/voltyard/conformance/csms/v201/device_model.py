"""The device model of the tester's charging station: its variables, and reports of them."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.wire.message import ReceivedMessage

READ_ONLY: Final = "ReadOnly"
READ_WRITE: Final = "ReadWrite"
WRITE_ONLY: Final = "WriteOnly"

VARIABLES: Final[dict[tuple[str, str], tuple[str, str, str]]] = {
    ("AlignedDataCtrlr", "Interval"): (READ_WRITE, "integer", "900"),
    ("AuthCtrlr", "AuthorizeRemoteStart"): (READ_WRITE, "boolean", "true"),
    ("AuthCtrlr", "LocalAuthorizeOffline"): (READ_WRITE, "boolean", "true"),
    ("ChargingStation", "Available"): (READ_ONLY, "boolean", "true"),
    ("ClockCtrlr", "TimeSource"): (READ_WRITE, "SequenceList", "Heartbeat"),
    ("OCPPCommCtrlr", "HeartbeatInterval"): (READ_WRITE, "integer", "300"),
    ("OCPPCommCtrlr", "NetworkConfigurationPriority"): (READ_WRITE, "SequenceList", "1"),
    ("OCPPCommCtrlr", "OfflineThreshold"): (READ_WRITE, "integer", "60"),
    ("OCPPCommCtrlr", "ResetRetries"): (READ_WRITE, "integer", "3"),
    ("SampledDataCtrlr", "TxUpdatedInterval"): (READ_WRITE, "integer", "60"),
    ("SecurityCtrlr", "BasicAuthPassword"): (WRITE_ONLY, "string", ""),
    ("SecurityCtrlr", "SecurityProfile"): (READ_ONLY, "integer", "1"),
    ("TxCtrlr", "EVConnectionTimeOut"): (READ_WRITE, "integer", "60"),
    ("TxCtrlr", "TxStartPoint"): (READ_WRITE, "MemberList", "EVConnected"),
    ("TxCtrlr", "TxStopPoint"): (READ_WRITE, "MemberList", "EVConnected"),
}
"""By component and variable: mutability, data type and value."""


def named(component: str, variable: str, **fields: Any) -> dict[str, Any]:
    """A component and a variable as requests name them, with `fields` beside them."""
    return {"component": {"name": component}, "variable": {"name": variable}, **fields}


def get_variables(request: ReceivedMessage) -> dict[str, Any]:
    """The answer to GetVariables."""
    return {"getVariableResult": [_got(one) for one in request.payload["getVariableData"]]}


def set_variables(request: ReceivedMessage) -> dict[str, Any]:
    """The answer to SetVariables. No value is kept."""
    return {"setVariableResult": [_set(one) for one in request.payload["setVariableData"]]}


def _got(asked: dict[str, Any]) -> dict[str, Any]:
    found = _found(asked)
    if isinstance(found, str):
        return {**_echoed(asked), "attributeStatus": found}
    if asked.get("attributeType", "Actual") != "Actual":
        return {**_echoed(asked), "attributeStatus": "NotSupportedAttributeType"}
    mutability, _, value = found
    if mutability == WRITE_ONLY:
        return {**_echoed(asked), "attributeStatus": "Rejected"}
    return {**_echoed(asked), "attributeStatus": "Accepted", "attributeValue": value}


def _set(asked: dict[str, Any]) -> dict[str, Any]:
    found = _found(asked)
    if isinstance(found, str):
        return {**_echoed(asked), "attributeStatus": found}
    status = "Rejected" if found[0] == READ_ONLY else "Accepted"
    return {**_echoed(asked), "attributeStatus": status}


def _found(asked: dict[str, Any]) -> tuple[str, str, str] | str:
    """The variable that is meant, or the status that says why there is none."""
    component, variable = asked["component"]["name"], asked["variable"]["name"]
    if not any(name == component for name, _ in VARIABLES):
        return "UnknownComponent"
    return VARIABLES.get((component, variable), "UnknownVariable")


def _echoed(asked: dict[str, Any]) -> dict[str, Any]:
    """The fields that a result repeats (B05.FR.02, B06.FR.03)."""
    return {
        name: asked[name] for name in ("component", "variable", "attributeType") if name in asked
    }


def report_data(component: str, variable: str) -> dict[str, Any]:
    """A variable as NotifyReport has it (B07.FR.07)."""
    mutability, data_type, value = VARIABLES[component, variable]
    attribute = {"mutability": mutability, "persistent": True, "constant": False}
    if mutability != WRITE_ONLY:
        attribute["value"] = value
    return named(
        component,
        variable,
        variableAttribute=[attribute],
        variableCharacteristics={"dataType": data_type, "supportsMonitoring": False},
    )
