"""Block N: monitors, their events, and faults."""

from functools import partial
from typing import Any

from .stage import Stage
from .story import Story

SENSOR = {"name": "TemperatureSensor", "evse": {"id": 1}}
TEMPERATURE = {"component": SENSOR, "variable": {"name": "Temperature"}}
AVAILABILITY = {
    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
    "variable": {"name": "AvailabilityState"},
}


async def set_monitors(here: Stage, *wished: dict[str, Any]) -> list[int]:
    """Monitors that are all accepted; their ids."""
    answer = await here.told("SetVariableMonitoring", set_monitoring_data=list(wished))
    results = answer["set_monitoring_result"]
    assert {one["status"] for one in results} == {"Accepted"}
    return [one["id"] for one in results]


def events_of(call: dict[str, Any], monitor_id: int) -> list[dict[str, Any]]:
    """The events of a NotifyEvent that a monitor made."""
    return [one for one in call["eventData"] if one.get("variableMonitoringId") == monitor_id]


async def threshold(here: Stage) -> None:
    """N03, N04, N06, N07: passed, back again, and cleared."""
    wish = {"type": "UpperThreshold", "value": 60.5, "severity": 4, **TEMPERATURE}
    [id] = await set_monitors(here, wish)
    again = await here.told("SetVariableMonitoring", set_monitoring_data=[wish])

    await here.does("drift", evse_id=1, sensed="temperature", to=66)
    alert = await here.hears_where("NotifyEvent", partial(events_of, monitor_id=id))
    await here.does("drift", evse_id=1, sensed="temperature")
    await here.hears_where(
        "NotifyEvent", lambda call: any(one.get("cleared") for one in events_of(call, id))
    )
    cleared = await here.told("ClearVariableMonitoring", id=[id, 999_999])

    assert again["set_monitoring_result"][0]["status"] == "Duplicate"
    [event] = events_of(alert, id)
    assert (event["trigger"], event["eventNotificationType"]) == ("Alerting", "CustomMonitor")
    assert float(event["actualValue"]) > 60.5
    statuses = [one["status"] for one in cleared["clear_monitoring_result"]]
    assert statuses == ["Accepted", "NotFound"]


async def each_kind(here: Stage) -> None:
    """N08: a difference, not numeric, and two kinds of periods."""
    delta, periodic, aligned = await set_monitors(
        here,
        {"type": "Delta", "value": 1, "severity": 6, **AVAILABILITY},
        {"type": "Periodic", "value": 1, "severity": 7, **TEMPERATURE},
        {"type": "PeriodicClockAligned", "value": 1, "severity": 8, **TEMPERATURE},
    )
    await here.does("plug-connector")

    changed = await here.hears_where("NotifyEvent", partial(events_of, monitor_id=delta))
    for id in (periodic, aligned):
        told = await here.hears_where("NotifyEvent", partial(events_of, monitor_id=id))
        assert events_of(told, id)[0]["trigger"] == "Periodic"
    assert events_of(changed, delta)[0]["actualValue"] == "Occupied"
    assert events_of(changed, delta)[0]["trigger"] == "Delta"


async def base_and_level(here: Stage) -> None:
    """N02, N05: reports of all monitors and of some, and how much is told."""
    await set_monitors(
        here,
        {"type": "UpperThreshold", "value": 50, "severity": 4, **TEMPERATURE},
        {"type": "Delta", "value": 1, "severity": 6, **AVAILABILITY},
    )
    await here.accepts("GetMonitoringReport", request_id=11)
    whole = await here.pages("NotifyMonitoringReport", 11)
    await here.accepts(
        "GetMonitoringReport", request_id=12, monitoring_criteria=["DeltaMonitoring"]
    )
    deltas = await here.pages("NotifyMonitoringReport", 12)
    await here.accepts("SetMonitoringLevel", severity=3)
    too_high = await here.told("SetMonitoringLevel", severity=42)
    await here.does("drift", evse_id=1, sensed="temperature", to=66)
    await here.accepts("SetMonitoringBase", monitoring_base="HardWiredOnly")
    await here.accepts("GetMonitoringReport", request_id=13)
    hard_wired = await here.pages("NotifyMonitoringReport", 13)

    assert [page["seqNo"] for page in whole] == list(range(len(whole)))
    assert len(_monitors(whole)) > len(_monitors(hard_wired)) > 0
    assert [one["type"] for one in _monitors(deltas)] == ["Delta"]
    assert too_high["status"] == "Rejected"
    assert not here.csms.record.of("NotifyEvent")


def _monitors(pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        one
        for page in pages
        for row in page.get("monitor", ())
        for one in row["variableMonitoring"]
    ]


async def fault(here: Stage) -> None:
    """N07, G05: something breaks, and is mended."""
    await here.does("inject-fault", fault_type="OverCurrentFailure", evse_id=1, connector_id=1)
    await here.does("clear-fault", evse_id=1, connector_id=1)

    await here.hears("StatusNotification", evseId=1, connectorStatus="Faulted")
    broken = await here.hears_where(
        "NotifyEvent", lambda call: call["eventData"][0]["actualValue"] == "true"
    )
    mended = await here.hears_where(
        "NotifyEvent", lambda call: call["eventData"][0].get("cleared") is True
    )
    assert broken["eventData"][0]["eventNotificationType"] == "HardWiredNotification"
    assert mended["eventData"][0]["component"] == broken["eventData"][0]["component"]


STORIES = (
    Story(
        "N: a threshold is passed",
        threshold,
        ("SetVariableMonitoring", "ClearVariableMonitoring"),
        hears=("NotifyEvent",),
    ),
    Story(
        "N: monitors of each kind",
        each_kind,
        ("SetVariableMonitoring",),
        hears=("NotifyEvent",),
    ),
    Story(
        "N: base, level and reports",
        base_and_level,
        ("SetMonitoringBase", "SetMonitoringLevel", "GetMonitoringReport"),
        hears=("NotifyMonitoringReport",),
    ),
    Story("N: a fault is told", fault, hears=("NotifyEvent",)),
)
