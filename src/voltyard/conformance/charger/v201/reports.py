"""Cases of OCPP 2.0.1 for a charging station: reports of its device model (B07, B08)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at

CASES = Cases("charger", "2.0.1", "Provisioning")

_MODEL_BY_CRITERIA = "advanced device model"
"""Need of a case: reports by criteria, and the summary."""

REQUIRED = {
    "AlignedDataCtrlr.Interval",
    "AlignedDataCtrlr.Measurands",
    "AlignedDataCtrlr.TxEndedInterval",
    "AlignedDataCtrlr.TxEndedMeasurands",
    "AuthCtrlr.AuthorizeRemoteStart",
    "AuthCtrlr.LocalAuthorizeOffline",
    "AuthCtrlr.LocalPreAuthorize",
    "ClockCtrlr.DateTime",
    "ClockCtrlr.TimeSource",
    "DeviceDataCtrlr.BytesPerMessage[GetReport]",
    "DeviceDataCtrlr.BytesPerMessage[GetVariables]",
    "DeviceDataCtrlr.BytesPerMessage[SetVariables]",
    "DeviceDataCtrlr.ItemsPerMessage[GetReport]",
    "DeviceDataCtrlr.ItemsPerMessage[GetVariables]",
    "DeviceDataCtrlr.ItemsPerMessage[SetVariables]",
    "OCPPCommCtrlr.FileTransferProtocols",
    "OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]",
    "OCPPCommCtrlr.MessageAttempts[TransactionEvent]",
    "OCPPCommCtrlr.MessageTimeout[Default]",
    "OCPPCommCtrlr.NetworkConfigurationPriority",
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts",
    "OCPPCommCtrlr.OfflineThreshold",
    "OCPPCommCtrlr.ResetRetries",
    "OCPPCommCtrlr.UnlockOnEVSideDisconnect",
    "SampledDataCtrlr.TxEndedInterval",
    "SampledDataCtrlr.TxEndedMeasurands",
    "SampledDataCtrlr.TxStartedMeasurands",
    "SampledDataCtrlr.TxUpdatedInterval",
    "SampledDataCtrlr.TxUpdatedMeasurands",
    "SecurityCtrlr.CertificateEntries",
    "SecurityCtrlr.OrganizationName",
    "SecurityCtrlr.SecurityProfile",
    "TxCtrlr.EVConnectionTimeOut",
    "TxCtrlr.StopTxOnEVSideDisconnect",
    "TxCtrlr.StopTxOnInvalidId",
    "TxCtrlr.TxStartPoint",
    "TxCtrlr.TxStopPoint",
}
"""Variables that every station has (Part 2, referenced components and variables)."""


def path_of(data: dict[str, Any]) -> str:
    """The path of a variable in a report."""
    variable = data["variable"]
    instance = f"[{variable['instance']}]" if "instance" in variable else ""
    return f"{data['component']['name']}.{variable['name']}{instance}"


@CASES.case(
    "TC_B_12_CS",
    "Base report, configuration",
    requirements=["B07.FR.01", "B07.FR.03", "B07.FR.04", "B07.FR.07", "B07.FR.10"],
)
async def configuration_inventory(csms: ManagementSystem) -> None:
    """The configuration report has what the CSMS can set, and nothing that it cannot."""
    await csms.booted()
    found = await csms.base_report("ConfigurationInventory")
    paths = {path_of(one) for one in found}
    if "OCPPCommCtrlr.OfflineThreshold" not in paths:
        raise csms.record.broken("OCPPCommCtrlr.OfflineThreshold in the report", "it is not there")
    for one in found:
        if all(at.get("mutability") == "ReadOnly" for at in one["variableAttribute"]):
            raise csms.record.broken("variables that can be set", f"{path_of(one)} is ReadOnly")


_LISTS = ("OptionList", "SequenceList", "MemberList")


def _is_sound(csms: ManagementSystem, data: dict[str, Any]) -> None:
    """The case fails where a variable's values are not told, or a value is none of them."""
    told = data.get("variableCharacteristics", {})
    allowed = {one.strip() for one in told.get("valuesList", "").split(",")} - {""}
    if told.get("dataType") in _LISTS and not allowed:
        raise csms.record.broken(f"valuesList of {path_of(data)}", "it is not there")
    for attribute in data["variableAttribute"]:
        value = attribute.get("value")
        if attribute.get("mutability") == "WriteOnly" and value is not None:
            raise csms.record.broken(f"no value of {path_of(data)}, which is WriteOnly", "one came")
        members = {one.strip() for one in (value or "").split(",")} - {""}
        if told.get("dataType") in _LISTS and not members <= allowed:
            raise csms.record.broken(f"{path_of(data)} of its valuesList", str(value))


@CASES.each(
    Row("TC_B_13_CS", "Base report, full", wanted={"OCPPCommCtrlr.OfflineThreshold"}),
    Row("TC_B_53_CS", "Base report, required variables", wanted=REQUIRED),
    requirements=["B07.FR.01", "B07.FR.03", "B07.FR.04", "B07.FR.08", "B07.FR.10", "B07.FR.12"],
)
async def full_inventory(csms: ManagementSystem, wanted: set[str]) -> None:
    """The full report has every variable, the required ones and the EVSEs' among them, once."""
    await csms.booted()
    found = await csms.base_report("FullInventory")
    if missing := sorted(wanted - {path_of(one) for one in found}):
        raise csms.record.broken("every required variable", f"without {', '.join(missing)}")
    for one in found:
        _is_sound(csms, one)
    keys = [str((one["component"], one["variable"])) for one in found]
    if len(keys) != len(set(keys)):
        raise csms.record.broken("each variable once", "some come twice")
    for evse in range(1, csms.subject.evses + 1):
        if not any(
            one["component"]["name"] == "EVSE"
            and one["component"].get("evse", {}).get("id") == evse
            and one["variable"]["name"] == "AvailabilityState"
            for one in found
        ):
            raise csms.record.broken(f"AvailabilityState of EVSE {evse}", "it is not there")


@CASES.case(
    "TC_B_14_CS",
    "Base report, summary",
    requirements=["B07.FR.01", "B07.FR.03", "B07.FR.04", "B07.FR.09", "B07.FR.10"],
    needs=[_MODEL_BY_CRITERIA],
)
async def summary_inventory(csms: ManagementSystem) -> None:
    """The summary has the availability of the station and of every part of it that may charge."""
    await csms.booted()
    found = await csms.base_report("SummaryInventory")
    states = {
        one["component"].get("evse", {}).get("id", 0)
        for one in found
        if one["variable"]["name"] == "AvailabilityState"
    }
    if missing := set(range(csms.subject.evses + 1)) - states:
        raise csms.record.broken("AvailabilityState of each EVSE", f"without {sorted(missing)}")


def _one(path: str, **evse: int) -> dict[str, Any]:
    named = variable_at(path)
    if evse:
        named["component"]["evse"] = evse
    return named


async def _custom_report(csms: ManagementSystem, **wanted: Any) -> list[dict[str, Any]]:
    request_id = csms.number()
    answer = await csms.asks("GetReport", requestId=request_id, **wanted)
    answer.expect(status="Accepted")
    return await csms.report(request_id)


@CASES.case(
    "TC_B_16_CS",
    "Custom report, component criteria",
    requirements=["B08.FR.01", "B08.FR.07", "B08.FR.09", "B08.FR.10", "B08.FR.13"],
    needs=[_MODEL_BY_CRITERIA],
)
async def report_by_criteria(csms: ManagementSystem) -> None:
    """A report of what is available leaves out no component that has no say in it."""
    await csms.booted()
    found = await _custom_report(csms, componentCriteria=["Available"])
    if "OCPPCommCtrlr.OfflineThreshold" not in {path_of(one) for one in found}:
        raise csms.record.broken("components without Available", "OCPPCommCtrlr is not there")


@CASES.each(
    Row(
        "TC_B_17_CS",
        "Custom report, component and variable",
        asked=_one("EVSE.AvailabilityState", id=1),
        count=1,
    ),
    Row(
        "TC_B_54_CS",
        "Custom report, no instance",
        asked=_one("DeviceDataCtrlr.ItemsPerMessage"),
        count=3,
    ),
    Row(
        "TC_B_55_CS",
        "Custom report, an instance",
        asked=_one("DeviceDataCtrlr.ItemsPerMessage[GetReport]"),
        count=1,
    ),
    Row("TC_B_56_CS", "Custom report, no evseId", asked=_one("EVSE.AvailabilityState"), count=0),
    requirements=["B08.FR.01", "B08.FR.03", "B08.FR.04", "B08.FR.11", "B08.FR.12", "B08.FR.14"],
    needs=[_MODEL_BY_CRITERIA],
)
async def report_by_variable(csms: ManagementSystem, asked: dict[str, Any], count: int) -> None:
    """A variable is reported as asked for: where no instance or EVSE is named, all of them are."""
    await csms.booted()
    found = await _custom_report(csms, componentVariable=[asked])
    for one in found:
        named = {**one["component"]}, {**one["variable"]}
        for part, of in zip(("component", "variable"), named, strict=True):
            for name, value in asked[part].items():
                if of.get(name) != value:
                    raise csms.record.broken(f"{part} {asked[part]}", str(of))
    expected = count or csms.subject.evses
    if len(found) < expected or (count == 1 and len(found) > 1):
        raise csms.record.broken(f"{expected} variables", f"{len(found)} came")


@CASES.case(
    "TC_B_18_CS",
    "Custom report, criteria, component and variable",
    requirements=["B08.FR.01", "B08.FR.03", "B08.FR.05", "B08.FR.11", "B08.FR.15"],
    needs=[_MODEL_BY_CRITERIA],
)
async def report_by_criteria_and_variable(csms: ManagementSystem) -> None:
    """A variable is reported where its component meets the criteria; else the answer says that
    there is nothing to report."""
    asked = [_one("EVSE.AvailabilityState", id=1)]
    await csms.booted()
    found = await _custom_report(csms, componentCriteria=["Available"], componentVariable=asked)
    if len(found) != 1:
        raise csms.record.broken("AvailabilityState of EVSE 1", f"{len(found)} variables came")
    pages = len(csms.inbox.all("NotifyReport"))
    answer = await csms.asks(
        "GetReport",
        requestId=csms.number(),
        componentCriteria=["Problem"],
        componentVariable=asked,
    )
    answer.expect(status="EmptyResultSet")
    await csms.passes(1)
    csms.heard_times("NotifyReport", pages)
