"""Cases of OCPP 2.0.1 for a CSMS: monitors of variables, and their events (block N)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.device_model import named
from voltyard.conformance.csms.v201.events import notify_event
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.operators.operator import CLEAR_MONITORS
from voltyard.conformance.wire.message import ReceivedMessage, fitting

CASES = Cases("csms", "2.0.1", "Diagnostics")

_MOST: Final = 3
"""Monitors that the station clears at once."""

_DEVICES: Final = ["AdvancedDeviceManagement"]
_EVSE: Final = {"name": "EVSE", "evse": {"id": 1}}


def _of_evse(variable: str, **fields: Any) -> dict[str, Any]:
    return {"component": _EVSE, "variable": {"name": variable}, **fields}


_POWER: Final = named("ChargingStation", "Power")
_STATE: Final = named("ChargingStation", "AvailabilityState")
_EVSE_POWER: Final = _of_evse("Power")
_EVSE_STATE: Final = _of_evse("AvailabilityState")


# --- reports --------------------------------------------------------------------------------------


async def _get(
    station: Station, fields: dict[str, Any], status: str = "Accepted"
) -> ReceivedMessage:
    """The operator asks for a report of monitors; the station answers so."""
    names = ("monitoringCriteria", "componentVariable")
    return await ask(
        station,
        "GetMonitoringReport",
        {"requestId": 7, **fields},
        {"status": status},
        absent=[name for name in names if name not in fields],
    )


async def _report(
    station: Station, request: ReceivedMessage, type: str, *variables: dict[str, Any]
) -> None:
    """The station reports a monitor of each of these variables, in parts."""
    for number, variable in enumerate(variables):
        monitor = {"id": number, "transaction": False, "value": 1, "type": type, "severity": 8}
        await station.tell(
            "NotifyMonitoringReport",
            "The station reports a monitor",
            requestId=request["requestId"],
            seqNo=number,
            generatedAt=station.now(),
            monitor=[{**variable, "variableMonitoring": [monitor]}],
            **({"tbc": True} if number < len(variables) - 1 else {}),
        )


def _asked(criterion: str | None, *variables: dict[str, Any]) -> dict[str, Any]:
    """The fields of a request for monitors of a kind, of certain variables, or both."""
    fields: dict[str, Any] = {}
    if criterion is not None:
        fields["monitoringCriteria"] = [f"{criterion}Monitoring"]
    if variables:
        fields["componentVariable"] = list(variables)
    return fields


@CASES.each(
    Row(
        "TC_N_01_CSMS",
        "Monitors of a kind",
        empty=_asked("Delta"),
        full=_asked("Threshold"),
        type="UpperThreshold",
    ),
    Row(
        "TC_N_02_CSMS",
        "Monitors of a variable",
        empty=_asked(None, _POWER),
        full=_asked(None, _EVSE_STATE),
    ),
    Row(
        "TC_N_03_CSMS",
        "Monitors of a kind and a variable",
        empty=_asked("Delta", _EVSE_STATE),
        full=_asked("Threshold", _POWER),
        type="UpperThreshold",
    ),
    Row(
        "TC_N_60_CSMS",
        "Monitors of a kind and several variables",
        empty=_asked("Threshold", _POWER, _EVSE_POWER),
        full=_asked("Delta", _STATE, _EVSE_STATE),
    ),
    requirements=["N02.FR.05", "N02.FR.10"],
    needs=_DEVICES,
    asks=["GetMonitoringReport"],
)
async def monitors(
    station: Station, empty: dict[str, Any], full: dict[str, Any], type: str = "Delta"
) -> None:
    """The operator asks which monitors there are, by their kind, their variables or both.

    Of the first kind there are none, and the CSMS waits for no report; the second come in parts.
    """
    await station.ready()
    await _get(station, empty, "EmptyResultSet")
    request = await _get(station, full)
    await _report(station, request, type, *full.get("componentVariable", [_POWER, _EVSE_POWER]))


@CASES.case(
    "TC_N_47_CSMS",
    "All monitors",
    requirements=["N02"],
    needs=_DEVICES,
    asks=["GetMonitoringReport"],
)
async def all_monitors(station: Station) -> None:
    """The operator asks for all monitors: the request names neither a kind nor a variable."""
    await station.ready()
    request = await _get(station, {})
    await _report(station, request, "Delta", _STATE, _EVSE_STATE, _POWER)


# --- setting and clearing -------------------------------------------------------------------------


@CASES.case(
    "TC_N_05_CSMS",
    "Monitoring base",
    requirements=["N03.FR.03", "N03.FR.04", "N03.FR.05"],
    needs=_DEVICES,
    asks=["SetMonitoringBase"],
)
async def monitoring_base(station: Station) -> None:
    """The operator has all monitors at work, those of the factory, or those that are wired in."""
    await station.ready()
    for base in ("All", "FactoryDefault", "HardWiredOnly"):
        await ask(station, "SetMonitoringBase", {"monitoringBase": base})
    await station.heartbeat()


@CASES.each(
    Row("TC_N_16_CSMS", "Monitoring level", status="Accepted"),
    Row("TC_N_17_CSMS", "Monitoring level, rejected", status="Rejected"),
    requirements=["N05.FR.01", "N05.FR.02"],
    needs=_DEVICES,
    asks=["SetMonitoringLevel"],
)
async def monitoring_level(station: Station, status: str) -> None:
    """The operator says how severe an event must be to be told of, 0 being the worst.

    With a level too low the CSMS hears of nothing, with one too high a fleet floods it.
    """
    await station.ready()
    await ask(station, "SetMonitoringLevel", {"severity": 4}, {"status": status})
    await station.heartbeat()


@CASES.each(
    Row("TC_N_08_CSMS", "Set a monitor", variables=[_EVSE_STATE]),
    Row("TC_N_09_CSMS", "Set several monitors", variables=[_EVSE_STATE, _STATE]),
    requirements=["N04.FR.01", "N04.FR.02", "N04.FR.17"],
    needs=_DEVICES,
    asks=["SetVariableMonitoring"],
)
async def set_monitors(station: Station, variables: list[dict[str, Any]]) -> None:
    """The operator has variables watched, each by a monitor of a kind, a value and a severity.

    The EVSE is part of the name: without it the state of the whole station is watched.
    """
    await station.ready()
    monitor = {"value": 1, "type": "Delta", "severity": 8}
    data = [{**variable, **monitor} for variable in variables]
    answer = {
        "setMonitoringResult": [
            {
                **variable,
                "id": number,
                "status": "Accepted",
                "type": monitor["type"],
                "severity": monitor["severity"],
            }
            for number, variable in enumerate(variables, 1)
        ]
    }
    await ask(station, "SetVariableMonitoring", {"setMonitoringData": data}, answer)
    await station.heartbeat()


@CASES.case(
    "TC_N_44_CSMS",
    "A monitor cannot be cleared",
    requirements=["N06"],
    needs=_DEVICES,
    asks=["ClearVariableMonitoring"],
)
async def clear_rejected(station: Station) -> None:
    """The operator clears a monitor that is wired in, and the station rejects it by its id."""
    await station.ready()
    answer = {"clearMonitoringResult": [{"id": 3, "status": "Rejected"}]}
    await ask(station, "ClearVariableMonitoring", {"id": [3]}, answer)
    await station.heartbeat()


@CASES.case(
    "TC_N_18_CSMS",
    "Clear monitors, no more at once than the station takes",
    requirements=["N06.FR.04"],
    needs=_DEVICES,
    asks=[CLEAR_MONITORS],
)
async def monitors_at_once(station: Station) -> None:
    """The operator clears more monitors than fit in one request, and the CSMS makes several.

    The station says how many it takes, by ItemsPerMessage; it may refuse a longer request whole.
    """
    await station.ready()
    station.answer("GetVariables", _limit)
    ids = list(range(1, _MOST + 3))
    wanted = set(ids)
    request = await station.asked(
        CLEAR_MONITORS,
        {"ids": ids},
        answer=_cleared,
        expected={},
        action="ClearVariableMonitoring",
    )
    while True:
        request.expect(id=fitting(f"at most {_MOST} elements", lambda data: len(data) <= _MOST))
        wanted -= set(request["id"])
        if not wanted:
            return
        request = await station.link.receive("ClearVariableMonitoring")


def _limit(request: ReceivedMessage) -> dict[str, Any]:
    """The answer to GetVariables: how many monitors are cleared at once."""
    limit = {"attributeStatus": "Accepted", "attributeValue": str(_MOST)}
    return {"getVariableResult": [{**one, **limit} for one in request["getVariableData"]]}


def _cleared(request: ReceivedMessage) -> dict[str, Any]:
    return {"clearMonitoringResult": [{"id": id, "status": "Accepted"} for id in request["id"]]}


# --- events ---------------------------------------------------------------------------------------


@CASES.each(
    Row(
        "TC_N_21_CSMS",
        "Alert of a monitor that is wired in",
        value="81.5",
        trigger="Alerting",
        fields={"eventNotificationType": "HardWiredMonitor", "variableMonitoringId": 3},
    ),
    Row("TC_N_48_CSMS", "Alert of a variable that cannot be read", value="", trigger="Delta"),
    Row(
        "TC_N_49_CSMS",
        "Alert cleared after a reboot",
        value="21.5",
        trigger="Alerting",
        fields={"cleared": True},
        reboots=True,
    ),
    Row("TC_N_24_CSMS", "Periodic event", value="21.5", trigger="Periodic", times=3),
    Row(
        "TC_N_50_CSMS",
        "Periodic event after a reboot",
        value="21.5",
        trigger="Periodic",
        reboots=True,
    ),
    requirements=["N07", "N08.FR.02"],
    needs=_DEVICES,
)
async def event(
    station: Station,
    value: str,
    trigger: str,
    fields: dict[str, Any] | None = None,
    *,
    times: int = 1,
    reboots: bool = False,
) -> None:
    """A monitor sees something, and the CSMS takes the event, with whatever value it has.

    An event that is not answered comes again, and holds back those behind it.
    """
    await station.ready()
    if reboots:
        await station.reboot("LocalReset")
    more = {
        "eventNotificationType": "CustomMonitor",
        "variableMonitoringId": 5,
        **(fields or {}),
    }
    for number in range(1, times + 1):
        await notify_event(
            station, _EVSE, "Temperature", value, trigger=trigger, eventId=number, **more
        )
