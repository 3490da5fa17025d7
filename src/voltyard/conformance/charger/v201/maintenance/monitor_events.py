"""Cases of OCPP 2.0.1 for a charging station: events of its monitors (N07, N08)."""

from __future__ import annotations

from typing import Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.maintenance.monitors import (
    HIGH,
    LOW,
    MIDDLE,
    MONITORS,
    WATCHED,
    at_connector,
    hears_no_notice,
    hears_notice,
    reported,
    sets,
    watching,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import ABSENT

CASES = Cases("charger", "2.0.1", "Diagnostics")

_PASSWORD: Final = "a-password-of-the-tester-1"
_NEXT_PASSWORD: Final = "a-password-of-the-tester-2"
_STATE: Final = "Connector.AvailabilityState"


@CASES.each(
    Row("TC_N_20_CS", "Alert, threshold passed", type="UpperThreshold", low=LOW, high=HIGH),
    Row(
        "TC_N_61_CS", "Alert, number below its threshold", type="LowerThreshold", low=HIGH, high=LOW
    ),
    requirements=["N07.FR.02", "N07.FR.06", "N07.FR.07", "N07.FR.16", "N07.FR.17"],
    needs=[MONITORS],
)
async def threshold_passed(csms: ManagementSystem, type: str, low: str, high: str) -> None:
    """A value that passes its threshold is told once, and once more when it is back; on the
    threshold it is not beyond it."""
    await csms.booted()
    await csms.set_variable(WATCHED, low)
    id = await sets(csms, watching(WATCHED, type, float(MIDDLE)))
    await csms.set_variable(WATCHED, MIDDLE)
    await hears_no_notice(csms, id, 0, "N07.FR.16")
    await csms.set_variable(WATCHED, high)
    of = watching(WATCHED, type, 0)
    place = {"component": of["component"], "variable": of["variable"]}
    told = await hears_notice(csms, id, trigger="Alerting", actualValue=high, **place)
    told.expect({"eventData.0.transactionId": ABSENT})
    await csms.set_variable(WATCHED, low)
    await hears_notice(csms, id, trigger="Alerting", actualValue=low, cleared=True, **place)
    await hears_no_notice(csms, id, 2, "N07.FR.16")


@CASES.case(
    "TC_N_45_CS",
    "Alert, difference of a number",
    requirements=["N07.FR.06", "N07.FR.07", "N07.FR.18"],
    needs=[MONITORS],
)
async def difference_of_a_number(csms: ManagementSystem) -> None:
    """A number is told when it differs by more than that from what it was when it was told last, in
    either direction."""
    await csms.booted()
    await csms.set_variable(WATCHED, LOW)
    id = await sets(csms, watching(WATCHED, "Delta", 50))
    await csms.set_variable(WATCHED, "140")
    await hears_no_notice(csms, id, 0, "N07.FR.18")
    await csms.set_variable(WATCHED, "160")
    await hears_notice(csms, id, trigger="Delta", actualValue="160", rule="N07.FR.18")
    await csms.set_variable(WATCHED, LOW)
    await hears_notice(csms, id, trigger="Delta", actualValue=LOW, rule="N07.FR.18")


@CASES.case(
    "TC_N_56_CS",
    "Alert, difference of what is no number",
    requirements=["N04.FR.17", "N07.FR.06", "N07.FR.07", "N07.FR.19"],
    needs=[MONITORS],
    asks=["plug", "unplug"],
)
async def difference_of_a_state(csms: ManagementSystem) -> None:
    """Every change of what is no number is told."""
    await csms.booted()
    id = await sets(csms, at_connector(_STATE, "Delta", 1))
    await csms.act("plug")
    await hears_notice(csms, id, trigger="Delta", actualValue="Occupied", rule="N07.FR.19")
    await csms.act("unplug")
    await hears_notice(csms, id, trigger="Delta", actualValue="Available", rule="N07.FR.19")


@CASES.case(
    "TC_N_48_CS",
    "Alert, variable that can only be written",
    requirements=["N07.FR.10", "N07.FR.19"],
    needs=[MONITORS, "basic authentication"],
    password=_PASSWORD,
    settings={"OCPPCommCtrlr.RetryBackOffWaitMinimum": "1"},
)
async def difference_of_a_secret(csms: ManagementSystem) -> None:
    """A change of what can only be written is told without its value."""
    former = csms.subject.password
    await csms.booted()
    id = await sets(csms, watching("SecurityCtrlr.BasicAuthPassword", "Delta", 1))
    for password in (_NEXT_PASSWORD, former or ""):
        before = len(csms.handshakes)
        await csms.set_variable("SecurityCtrlr.BasicAuthPassword", password)
        await hears_notice(csms, id, trigger="Delta", actualValue="", rule="N07.FR.10")
        await csms.reconnected(before)


@CASES.case(
    "TC_N_53_CS",
    "Monitors persist over a reboot",
    requirements=["N04.FR.19", "N07.FR.13"],
    needs=[MONITORS],
)
async def monitors_persist(csms: ManagementSystem) -> None:
    """A monitor is there and at work after a reboot, maybe under another id."""
    await csms.booted()
    await csms.set_variable(WATCHED, LOW)
    data = watching(WATCHED, "UpperThreshold", float(MIDDLE))
    await sets(csms, data)
    await csms.reset()
    await csms.booted()
    found = await reported(csms)
    ids = [id for id, told in found.items() if data.items() <= told.items()]
    if len(ids) != 1:
        raise csms.record.broken("the monitor in the report", str(found), rule="N07.FR.13")
    await csms.set_variable(WATCHED, HIGH)
    await hears_notice(csms, ids[0], trigger="Alerting", actualValue=HIGH)


@CASES.each(
    Row("TC_N_22_CS", "Event while offline, kept", severity=3, is_kept=True),
    Row("TC_N_23_CS", "Event while offline, not kept", severity=7, is_kept=False),
    requirements=["N07.FR.04"],
    needs=[MONITORS, "events kept while offline"],
    asks=["plug", "unplug", "network_drop", "network_restore"],
    settings={"MonitoringCtrlr.OfflineQueuingSeverity": "5"},
)
async def event_while_offline(csms: ManagementSystem, severity: int, is_kept: bool) -> None:
    """A change that a monitor notices while the CSMS cannot be reached is told afterwards, as of
    then, if its severity is within OfflineQueuingSeverity; else it is not."""
    await csms.booted()
    id = await sets(csms, at_connector(_STATE, "Delta", 1, severity))
    before = len(csms.handshakes)
    await csms.act("network_drop")
    await csms.passes(1)
    left = csms.now()
    await csms.act("plug")
    await csms.passes(1)
    back = csms.now()
    await csms.act("network_restore")
    await csms.reconnected(before)
    if not is_kept:
        await hears_no_notice(csms, id, 0, "N07.FR.04")
    else:
        told = await hears_notice(csms, id, trigger="Delta", actualValue="Occupied")
        if not left <= told["eventData.0.timestamp"] <= back:
            raise told.broken("a timestamp of the time offline", rule="N07.FR.04")
    await csms.act("unplug")
    await hears_notice(csms, id, trigger="Delta", actualValue="Available")


@CASES.case(
    "TC_N_24_CS",
    "Periodic event",
    requirements=["N08.FR.04", "N08.FR.05", "N08.FR.06"],
    needs=[MONITORS],
)
async def periodic_event(csms: ManagementSystem) -> None:
    """A periodic monitor tells the value again and again, in its period."""
    await csms.booted()
    await csms.set_variable(WATCHED, LOW)
    id = await sets(csms, watching(WATCHED, "Periodic", 2, 8))
    began = csms.clock()
    for number in range(1, 4):
        await hears_notice(csms, id, trigger="Periodic", actualValue=LOW, rule="N08.FR.05")
        if csms.clock() - began < 2 * number - 1:
            raise csms.record.broken("2 s between events", "they come sooner", rule="N08.FR.06")
