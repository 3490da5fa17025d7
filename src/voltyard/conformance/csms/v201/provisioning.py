"""Cases of OCPP 2.0.1 for a CSMS: provisioning (block B)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.answers import ACCEPTED
from voltyard.conformance.csms.v201.device_model import named, report_data
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.operators.operator import READ_VARIABLES, SET_REGISTRATION
from voltyard.conformance.wire.message import PRESENT, ReceivedMessage, fitting
from voltyard.conformance.wire.tester_link import GivenError

CASES = Cases("csms", "2.0.1", "Provisioning")

_INTERVAL: Final = ("OCPPCommCtrlr", "HeartbeatInterval")
_THRESHOLD: Final = ("OCPPCommCtrlr", "OfflineThreshold")
_START_POINT: Final = ("TxCtrlr", "TxStartPoint")
_MOST: Final = 4
"""Variables that the station takes in one request."""


@CASES.case("TC_B_01_CSMS", "Cold boot, accepted", requirements=["B01.FR.02"])
async def cold_boot(station: Station) -> None:
    """A station boots, reports its connectors, and asks for the time.

    All that follows depends on it: to a CSMS that does not accept a boot there is no station.
    """
    await station.ready()
    await station.heartbeat()


async def _is_decided(station: Station, status: str) -> None:
    await station.prepared(
        SET_REGISTRATION, f"The operator decides: a boot is {status}", status=status
    )


async def _is_refused(station: Station) -> None:
    """A report of a status is answered with SecurityError."""
    station.record.step("The station reports a status, though its boot was not accepted")
    payload = {
        "timestamp": station.now(),
        "connectorStatus": "Available",
        "evseId": 1,
        "connectorId": 1,
    }
    answer = await station.link.try_call("StatusNotification", payload)
    if not isinstance(answer, GivenError):
        raise answer.broken("CALLERROR SecurityError")
    if answer.code != "SecurityError":
        raise station.record.broken("CALLERROR SecurityError", answer.code, frame=answer.frame)


@CASES.case(
    "TC_B_02_CSMS",
    "Cold boot, pending",
    requirements=["B02.FR.01", "B02.FR.06"],
    asks=[SET_REGISTRATION, "GetVariables"],
)
async def pending(station: Station) -> None:
    """A boot is answered Pending, the CSMS reads the station's settings, and the next is accepted.

    Pending is there for the CSMS to set a new station up before it may charge.
    """
    await _is_decided(station, "Pending")
    await station.boot(status="Pending")
    await station.asked("GetVariables", {"getVariableData": [named(*_INTERVAL)]})
    await _is_decided(station, "Accepted")
    await station.ready()


@CASES.case(
    "TC_B_30_CSMS",
    "Pending and rejected, SecurityError",
    requirements=["B02.FR.09", "B03.FR.07"],
    asks=[SET_REGISTRATION],
)
async def messages_before_acceptance(station: Station) -> None:
    """A station that is not accepted yet has all but its boot answered with SecurityError.

    A CSMS that takes its messages treats a stranger as one of its stations.
    """
    for status in ("Pending", "Rejected"):
        await _is_decided(station, status)
        await station.boot(status=status)
        await _is_refused(station)
    await _is_decided(station, "Accepted")
    await station.ready()


@CASES.case(
    "TC_B_31_CSMS",
    "Pending, a boot is triggered",
    requirements=["B02.FR.01", "F06.FR.01"],
    asks=[SET_REGISTRATION, "TriggerMessage"],
)
async def boot_triggered(station: Station) -> None:
    """The CSMS need not wait for the interval: it triggers the next boot of a pending station."""
    await _is_decided(station, "Pending")
    await station.boot(status="Pending")
    await _is_decided(station, "Accepted")
    await station.asked("TriggerMessage", {"requestedMessage": "BootNotification"}, answer=ACCEPTED)
    await station.ready("Triggered")


# --- variables ------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_B_06_CSMS", "Get one variable", variables=[_THRESHOLD]),
    Row("TC_B_07_CSMS", "Get several variables", variables=[_THRESHOLD, _START_POINT]),
    requirements=["B06.FR.01", "B06.FR.02", "B06.FR.03"],
    asks=["GetVariables"],
)
async def get_variables(station: Station, variables: list[tuple[str, str]]) -> None:
    """The operator reads variables, each named by its component and its own name."""
    await station.ready()
    data = [named(*one) for one in variables]
    await station.asked("GetVariables", {"getVariableData": data})
    await station.heartbeat()


@CASES.case(
    "TC_B_08_CSMS",
    "Get variables, no more at once than the station takes",
    requirements=["B06.FR.05"],
    asks=[READ_VARIABLES],
)
async def variables_at_once(station: Station) -> None:
    """The operator reads more variables than fit in one request, and the CSMS makes several.

    The station says how many it takes, by ItemsPerMessage; it may refuse a longer request whole.
    """
    await station.ready()
    names = [f"OCPPCommCtrlr.Variable{number}" for number in range(_MOST + 2)]
    wanted = set(names)
    request = await station.asked(
        READ_VARIABLES,
        {"names": names},
        answer=_limited_variables,
        expected={},
        action="GetVariables",
    )
    while True:
        request.expect(
            getVariableData=fitting(f"at most {_MOST} elements", lambda data: len(data) <= _MOST)
        )
        wanted -= {
            f"{one['component']['name']}.{one['variable']['name']}"
            for one in request["getVariableData"]
        }
        if not wanted:
            return
        request = await station.link.receive("GetVariables")


def _limited_variables(request: ReceivedMessage) -> dict[str, Any]:
    """ItemsPerMessage, and of other variables that they are unknown."""
    limit = {"attributeStatus": "Accepted", "attributeValue": str(_MOST)}
    unknown = {"attributeStatus": "UnknownVariable"}
    return {
        "getVariableResult": [
            {**one, **(limit if one["variable"]["name"] == "ItemsPerMessage" else unknown)}
            for one in request.payload["getVariableData"]
        ]
    }


@CASES.each(
    Row("TC_B_09_CSMS", "Set one variable", values={_THRESHOLD: "120"}),
    Row(
        "TC_B_10_CSMS",
        "Set several variables",
        values={_THRESHOLD: "120", _START_POINT: "PowerPathClosed"},
    ),
    requirements=["B05.FR.01", "B05.FR.02", "B05.FR.03"],
    asks=["SetVariables"],
)
async def set_variables(station: Station, values: dict[tuple[str, str], str]) -> None:
    """The operator sets variables, and the CSMS takes a result for each."""
    await station.ready()
    data = [named(*one, attributeValue=value) for one, value in values.items()]
    await station.asked("SetVariables", {"setVariableData": data})
    await station.heartbeat()


# --- reports --------------------------------------------------------------------------------------


async def _report(station: Station, request: ReceivedMessage) -> None:
    """Send a report in two parts, by the number that the request gave."""
    parts = [[report_data(*_INTERVAL)], [report_data(*_THRESHOLD), report_data(*_START_POINT)]]
    for number, data in enumerate(parts):
        await station.tell(
            "NotifyReport",
            f"The station sends part {number} of the report",
            requestId=request["requestId"],
            generatedAt=station.now(),
            reportData=data,
            tbc=number + 1 < len(parts),
            seqNo=number,
        )


@CASES.each(
    Row("TC_B_12_CSMS", "Base report, configuration", base="ConfigurationInventory"),
    Row("TC_B_13_CSMS", "Base report, full", base="FullInventory"),
    Row("TC_B_14_CSMS", "Base report, summary", base="SummaryInventory"),
    requirements=["B07.FR.01", "B07.FR.07", "B07.FR.08", "B07.FR.09"],
    asks=["GetBaseReport"],
)
async def base_report(station: Station, base: str) -> None:
    """The operator asks what there is to be known of a station, which tells it in parts.

    The parts carry the request's number: by that the CSMS knows which report they are of.
    """
    await station.ready()
    fields = {"requestId": 7, "reportBase": base}
    expected = {"reportBase": base, "requestId": PRESENT}
    request = await station.asked("GetBaseReport", fields, answer=ACCEPTED, expected=expected)
    await _report(station, request)


@CASES.case(
    "TC_B_18_CSMS",
    "Custom report",
    requirements=["B08.FR.01", "B08.FR.03"],
    asks=["GetReport"],
)
async def custom_report(station: Station) -> None:
    """The operator asks for some variables, and only of components that are available."""
    await station.ready()
    wanted = {
        "componentCriteria": ["Available"],
        "componentVariable": [named(*_THRESHOLD), named(*_START_POINT)],
    }
    request = await station.asked(
        "GetReport",
        {"requestId": 7, **wanted},
        answer=ACCEPTED,
        expected={**wanted, "requestId": PRESENT},
    )
    await _report(station, request)


# --- reset ----------------------------------------------------------------------------------------


@CASES.case(
    "TC_B_20_CSMS", "Reset, without a transaction", requirements=["B11.FR.01"], asks=["Reset"]
)
async def reset(station: Station) -> None:
    """The operator resets an idle station, which boots anew and says why."""
    await station.ready()
    await station.asked("Reset", {"type": "OnIdle"}, answer=ACCEPTED)
    await station.reboot()


@CASES.case(
    "TC_B_21_CSMS",
    "Reset on idle, with a transaction",
    requirements=["B12.FR.01", "B12.FR.03"],
    asks=["Reset"],
)
async def reset_on_idle(station: Station) -> None:
    """The operator resets a station when it is idle: the driver may charge to the end before.

    The answer is Scheduled, and the CSMS goes on taking the transaction's events.
    """
    await station.ready()
    transaction = await station.charge()
    await station.asked("Reset", {"type": "OnIdle"}, answer={"status": "Scheduled"})
    await station.finish(transaction)
    await station.reboot()


@CASES.case(
    "TC_B_22_CSMS",
    "Reset at once, with a transaction",
    requirements=["B12.FR.02", "B12.FR.04"],
    asks=["Reset"],
)
async def reset_at_once(station: Station) -> None:
    """The operator resets a station that charges: it ends the transaction, and boots anew."""
    await station.ready()
    transaction = await station.charge()
    await station.asked("Reset", {"type": "Immediate"}, answer=ACCEPTED)
    await transaction.ended("ResetCommand", "ImmediateReset")
    await station.reboot()


@CASES.case(
    "TC_B_25_CSMS",
    "Reset of an EVSE, without a transaction",
    requirements=["B11.FR.08"],
    asks=["Reset"],
)
async def reset_evse(station: Station) -> None:
    """The operator resets one EVSE: it is out of service for a moment, and no boot follows."""
    await station.ready()
    await station.asked("Reset", {"type": "OnIdle", "evseId": 1}, answer=ACCEPTED)
    await _evse_restarts(station)


async def _evse_restarts(station: Station) -> None:
    for status in ("Unavailable", "Available"):
        await station.status(status)


@CASES.case(
    "TC_B_26_CSMS",
    "Reset of an EVSE on idle, with a transaction",
    requirements=["B12.FR.07"],
    asks=["Reset"],
)
async def reset_evse_on_idle(station: Station) -> None:
    """The operator resets an EVSE that charges, when it is idle; the other EVSE goes on."""
    await station.ready()
    transaction, other = await station.charge(), await station.charge(station.tags.other, 2)
    fields = {"type": "OnIdle", "evseId": 1}
    await station.asked("Reset", fields, answer={"status": "Scheduled"})
    await station.finish(transaction)
    await _evse_restarts(station)
    await station.finish(other, tag=station.tags.other)


@CASES.case(
    "TC_B_27_CSMS",
    "Reset of an EVSE at once, with a transaction",
    requirements=["B12.FR.08"],
    asks=["Reset"],
)
async def reset_evse_at_once(station: Station) -> None:
    """The operator resets an EVSE that charges: its transaction ends, the other's does not."""
    await station.ready()
    transaction, other = await station.charge(), await station.charge(station.tags.other, 2)
    await station.asked("Reset", {"type": "Immediate", "evseId": 1}, answer=ACCEPTED)
    await transaction.ended("ResetCommand", "ImmediateReset")
    await _evse_restarts(station)
    await station.finish(other, tag=station.tags.other)


# --- network profiles -----------------------------------------------------------------------------


@CASES.each(
    Row("TC_B_42_CSMS", "Set a network profile, accepted", status="Accepted"),
    Row("TC_B_44_CSMS", "Set a network profile, failed", status="Failed"),
    requirements=["B09.FR.01", "B09.FR.03"],
    asks=["SetNetworkProfile"],
)
async def network_profile(station: Station, status: str) -> None:
    """The operator gives the station another way to a CSMS; it may fail to store it."""
    await station.ready()
    fields = {
        "configurationSlot": 2,
        "connectionData": {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": "wss://csms.example.com/ocpp",
            "messageTimeout": 30,
            "securityProfile": 2,
            "ocppInterface": "Wired0",
        },
    }
    await station.asked("SetNetworkProfile", fields, answer={"status": status})
    await station.heartbeat()
