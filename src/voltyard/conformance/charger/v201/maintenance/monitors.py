"""Monitors in the cases of a charging station of OCPP 2.0.1: set, reported, and heard of."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at
from voltyard.conformance.wire.endings import Inconclusive
from voltyard.conformance.wire.message import MISSING, PRESENT, ReceivedMessage, one_of

MONITORS: Final = "monitors"
"""Need of a case: variables that can be watched (block N)."""

WATCHED: Final = "OCPPCommCtrlr.OfflineThreshold"
"""A number that every station lets its CSMS set."""

LOW, MIDDLE, HIGH = "100", "200", "300"


def watching(
    path: str, type: str, value: float, severity: int = 4, *, evse: int | None = None, **fields: Any
) -> dict[str, Any]:
    """An element of SetVariableMonitoring, for a variable by its path."""
    data = variable_at(path, type=type, value=value, severity=severity, **fields)
    if evse is not None:
        data["component"]["evse"] = {"id": evse}
    return data


def at_connector(path: str, type: str, value: float, severity: int = 4) -> dict[str, Any]:
    """The same for a variable of the first connector."""
    data = watching(path, type, value, severity, evse=1)
    data["component"]["evse"]["connectorId"] = 1
    return data


async def results(csms: ManagementSystem, *wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """The results of SetVariableMonitoring of those, which say what each is of (N04.FR.01,
    FR.02)."""
    answer = await csms.asks("SetVariableMonitoring", setMonitoringData=list(wanted))
    came: list[dict[str, Any]] = answer["setMonitoringResult"]
    if len(came) != len(wanted):
        raise answer.broken(f"{len(wanted)} results", rule="N04.FR.01")
    for number, data in enumerate(wanted):
        same = {
            f"setMonitoringResult.{number}.{name}": data[name]
            for name in ("component", "variable", "type", "severity")
        }
        answer.expect(same, rule="N04.FR.02")
        if came[number]["status"] == "Accepted":
            answer.expect({f"setMonitoringResult.{number}.id": PRESENT}, rule="N04.FR.11")
    return came


async def sets(csms: ManagementSystem, data: dict[str, Any]) -> int:
    """Set a monitor, which has to be accepted; its id."""
    [result] = await results(csms, data)
    if result["status"] == "UnsupportedMonitorType":
        path = f"{data['component']['name']}.{data['variable']['name']}"
        raise Inconclusive(f"the station has no {data['type']} monitor for {path}")
    is_status(csms, result, "Accepted")
    id: int = result["id"]
    return id


def is_status(csms: ManagementSystem, result: dict[str, Any], status: str) -> None:
    """The case fails unless a result has that status."""
    if result["status"] != status:
        raise csms.record.broken(f"status {status}", result["status"])


async def reported(csms: ManagementSystem, **criteria: Any) -> dict[int, dict[str, Any]]:
    """The monitors of a monitoring report, by their ids; none where it is empty."""
    request_id = csms.number()
    answer = await csms.asks("GetMonitoringReport", requestId=request_id, **criteria)
    answer.expect(status=one_of("Accepted", "EmptyResultSet"))
    found: dict[int, dict[str, Any]] = {}
    seq_no = 0
    while answer["status"] == "Accepted":
        page = await csms.hears("NotifyMonitoringReport", requestId=request_id)
        page.expect(seqNo=seq_no, rule="N02.FR.09")
        for data in page["monitor"]:
            for one in data["variableMonitoring"]:
                place = {"component": data["component"], "variable": data["variable"]}
                found[one["id"]] = {**one, **place}
        if page.get("tbc") is not True:
            break
        seq_no += 1
    return found


async def has_monitor(csms: ManagementSystem, id: int, data: dict[str, Any] | None) -> None:
    """The case fails unless the report has that monitor as it was set; None: not at all."""
    told = (await reported(csms)).get(id)
    if (told is None) != (data is None):
        raise csms.record.broken(f"monitor {id} {'in' if data else 'not in'} the report", str(told))
    for name in data or ():
        if told is not None and told.get(name) != (data or {})[name]:
            raise csms.record.broken(f"{name} {(data or {})[name]} of monitor {id}", str(told))


async def hears_notice(
    csms: ManagementSystem, id: int, *, rule: str = "", **expected: Any
) -> ReceivedMessage:
    """A NotifyEvent of that monitor alone, with those fields of its event."""
    told = await csms.inbox.receive_one(
        f"a NotifyEvent of monitor {id}", lambda one: bool(notices(one, id))
    )
    told.expect(seqNo=0, rule="N07.FR.07")
    [event] = notices(told, id)
    number = told["eventData"].index(event)
    wanted = {f"eventData.{number}.{name}": value for name, value in expected.items()}
    wanted.setdefault(f"eventData.{number}.cleared", one_of(False, MISSING))
    told.expect({**wanted, f"eventData.{number}.eventNotificationType": "CustomMonitor"}, rule=rule)
    return told


def notices(one: ReceivedMessage, id: int) -> list[dict[str, Any]]:
    """The events of a monitor in a message."""
    if one.action != "NotifyEvent":
        return []
    return [event for event in one["eventData"] if event.get("variableMonitoringId") == id]


def count_notices(csms: ManagementSystem, id: int) -> int:
    """The number of events of a monitor that have come."""
    return sum(len(notices(one, id)) for one in csms.inbox.all("NotifyEvent"))


async def hears_no_notice(csms: ManagementSystem, id: int, came: int, rule: str) -> None:
    """The case fails where more events of a monitor come than those."""
    await csms.passes(2)
    if (found := count_notices(csms, id)) != came:
        raise csms.record.broken(f"{came} events of monitor {id}", f"{found} came", rule=rule)
