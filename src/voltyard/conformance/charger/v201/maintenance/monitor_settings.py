"""Cases of OCPP 2.0.1 for a charging station: monitors set and cleared (N03 to N06)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.maintenance.monitors import (
    HIGH,
    LOW,
    MONITORS,
    WATCHED,
    has_monitor,
    hears_no_notice,
    hears_notice,
    is_status,
    reported,
    results,
    sets,
    watching,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import PRESENT

CASES = Cases("charger", "2.0.1", "Diagnostics")

_THRESHOLD = watching(WATCHED, "UpperThreshold", 10_000)
_DELTA = watching(WATCHED, "Delta", 10)
_STATE = watching("EVSE.AvailabilityState", "Delta", 1, evse=1)


async def _set_base(csms: ManagementSystem, base: str) -> None:
    (await csms.asks("SetMonitoringBase", monitoringBase=base)).expect(status="Accepted")


# --- base and level -------------------------------------------------------------------------------


@CASES.case(
    "TC_N_05_CS", "Monitoring base", requirements=["N03.FR.01", "N03.FR.03"], needs=[MONITORS]
)
async def monitoring_base(csms: ManagementSystem) -> None:
    """A station takes the base that it is told, and with All leaves the monitors of its CSMS."""
    await csms.booted()
    id = await sets(csms, _THRESHOLD)
    await _set_base(csms, "All")
    await has_monitor(csms, id, _THRESHOLD)


@CASES.case(
    "TC_N_06_CS",
    "Monitoring base, custom monitors are removed",
    requirements=["N03.FR.01", "N03.FR.04", "N03.FR.05"],
    needs=[MONITORS],
)
async def base_removes_custom_monitors(csms: ManagementSystem) -> None:
    """With FactoryDefault and with HardWiredOnly the monitors that the CSMS has set are gone."""
    await csms.booted()
    for base in ("HardWiredOnly", "FactoryDefault"):
        id = await sets(csms, _THRESHOLD)
        await has_monitor(csms, id, _THRESHOLD)
        await _set_base(csms, base)
        await has_monitor(csms, id, None)
        await csms.set_variable(WATCHED, HIGH)
        await hears_no_notice(csms, id, 0, "N03.FR.04")
        await csms.set_variable(WATCHED, LOW)


@CASES.case(
    "TC_N_41_CS",
    "Return to the factory's monitors",
    requirements=["N03.FR.04", "N04.FR.12", "N04.FR.15"],
    needs=[MONITORS, "preconfigured monitors"],
)
async def return_to_factory_default(csms: ManagementSystem) -> None:
    """A preconfigured monitor that the CSMS has changed is as the factory made it once
    FactoryDefault is asked for."""
    await csms.booted()
    await _set_base(csms, "FactoryDefault")
    before = await reported(csms)
    for id, told in before.items():
        asked = {name: told[name] for name in ("type", "severity", "component", "variable")}
        [result] = await results(csms, {**asked, "id": id, "value": told["value"] + 1})
        if result["status"] == "Accepted":
            await has_monitor(csms, id, {"value": told["value"] + 1})
            break
        is_status(csms, result, "Rejected")  # it is hard-wired (N04.FR.18)
    else:
        raise csms.record.broken("a preconfigured monitor", "none could be changed")
    await _set_base(csms, "FactoryDefault")
    if (after := await reported(csms)) != before:
        raise csms.record.broken(str(before), str(after), rule="N03.FR.04")


@CASES.case(
    "TC_N_16_CS",
    "Monitoring level",
    requirements=["N05.FR.01", "N05.FR.03", "N07.FR.15"],
    needs=[MONITORS],
)
async def monitoring_level(csms: ManagementSystem) -> None:
    """Events of a higher number than the level are not told, and those up to it are."""
    await csms.booted()
    await csms.set_variable(WATCHED, LOW)
    grave = await sets(csms, watching(WATCHED, "UpperThreshold", 250, 3))
    slight = await sets(csms, watching(WATCHED, "UpperThreshold", 250, 5))
    (await csms.asks("SetMonitoringLevel", severity=4)).expect(status="Accepted")
    await csms.set_variable(WATCHED, HIGH)
    await hears_notice(csms, grave, trigger="Alerting", actualValue=HIGH)
    await hears_no_notice(csms, slight, 0, "N07.FR.15")
    (await csms.asks("SetMonitoringLevel", severity=5)).expect(status="Accepted")
    await csms.set_variable(WATCHED, LOW)
    await hears_notice(csms, slight, trigger="Alerting", cleared=True)


@CASES.case(
    "TC_N_17_CS", "Monitoring level, out of range", requirements=["N05.FR.02"], needs=[MONITORS]
)
async def level_out_of_range(csms: ManagementSystem) -> None:
    """A level beyond 9 is rejected."""
    await csms.booted()
    (await csms.asks("SetMonitoringLevel", severity=10)).expect(status="Rejected")


# --- set ------------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_N_08_CS", "One monitor", wanted=[_THRESHOLD]),
    Row("TC_N_09_CS", "Monitors of several variables", wanted=[_THRESHOLD, _STATE]),
    Row(
        "TC_N_10_CS",
        "Several monitors of one variable",
        wanted=[_THRESHOLD, _DELTA, {**_THRESHOLD, "severity": 3}],
    ),
    requirements=["N04.FR.01", "N04.FR.02", "N04.FR.08", "N04.FR.11"],
    needs=[MONITORS],
)
async def set_monitors(csms: ManagementSystem, wanted: list[dict[str, Any]]) -> None:
    """Monitors that can be set are, and each is reported under an id of its own."""
    await csms.booted()
    came = await results(csms, *wanted)
    for result, data in zip(came, wanted, strict=True):
        is_status(csms, result, "Accepted")
        await has_monitor(csms, result["id"], data)
    if len({one["id"] for one in came}) != len(came):
        raise csms.record.broken("an id of its own for each", str(came), rule="N04.FR.11")


@CASES.each(
    Row(
        "TC_N_11_CS",
        "Monitor of an unknown component",
        data=watching("UnknownComponent.OfflineThreshold", "UpperThreshold", 250),
        status="UnknownComponent",
    ),
    Row(
        "TC_N_37_CS",
        "Monitor of an unknown variable",
        data=watching("OCPPCommCtrlr.UnknownVariable", "UpperThreshold", 250),
        status="UnknownVariable",
    ),
    Row(
        "TC_N_38_CS",
        "Monitor of a type that is not supported",
        data=watching("TxCtrlr.TxStartPoint", "UpperThreshold", 1),
        status="UnsupportedMonitorType",
    ),
    Row(
        "TC_N_12_CS",
        "Monitor out of range, Delta",
        data=watching(WATCHED, "Delta", -1),
        status="Rejected",
    ),
    Row(
        "TC_N_13_CS",
        "Monitor out of range, threshold",
        data=watching("EVSE.Power", "UpperThreshold", 1e12, evse=1),
        status="Rejected",
    ),
    requirements=["N04.FR.03", "N04.FR.04", "N04.FR.05", "N04.FR.06", "N04.FR.14"],
    needs=[MONITORS],
)
async def refuse_a_monitor(csms: ManagementSystem, data: dict[str, Any], status: str) -> None:
    """A monitor that cannot be is refused, with the reason, and is not there afterwards."""
    await csms.booted()
    before = await reported(csms)
    [result] = await results(csms, data)
    is_status(csms, result, status)
    if await reported(csms) != before:
        raise csms.record.broken("no further monitor", "the report is another")


@CASES.case("TC_N_15_CS", "A monitor twice", requirements=["N04.FR.10"], needs=[MONITORS])
async def duplicate_monitor(csms: ManagementSystem) -> None:
    """No variable has two monitors of one type and severity."""
    await csms.booted()
    id = await sets(csms, _THRESHOLD)
    [result] = await results(csms, {**_THRESHOLD, "value": 260})
    is_status(csms, result, "Duplicate")
    await has_monitor(csms, id, _THRESHOLD)


@CASES.case(
    "TC_N_43_CS",
    "Several monitors, one of them out of range",
    requirements=["N04.FR.01", "N04.FR.08", "N04.FR.14"],
    needs=[MONITORS],
)
async def one_bad_among_several(csms: ManagementSystem) -> None:
    """One monitor that cannot be set leaves those before and after it."""
    await csms.booted()
    bad = watching(WATCHED, "Delta", -1)
    first, second, third = await results(csms, _THRESHOLD, bad, _STATE)
    is_status(csms, second, "Rejected")
    for result, data in ((first, _THRESHOLD), (third, _STATE)):
        is_status(csms, result, "Accepted")
        await has_monitor(csms, result["id"], data)


# --- replace and remove ---------------------------------------------------------------------------


@CASES.case(
    "TC_N_39_CS",
    "Replace a monitor, of another variable",
    requirements=["N04.FR.13", "N04.FR.16"],
    needs=[MONITORS],
)
async def replace_at_another_variable(csms: ManagementSystem) -> None:
    """A monitor cannot be moved to another variable, and one that is not there not replaced."""
    await csms.booted()
    id = await sets(csms, _THRESHOLD)
    moved = watching("TxCtrlr.EVConnectionTimeOut", "UpperThreshold", 250, id=id)
    unknown = {**_DELTA, "id": 987_654_321}
    for result in await results(csms, moved, unknown):
        is_status(csms, result, "Rejected")
    await has_monitor(csms, id, _THRESHOLD)


@CASES.case("TC_N_40_CS", "Replace a monitor", requirements=["N04.FR.12"], needs=[MONITORS])
async def replace_a_monitor(csms: ManagementSystem) -> None:
    """A monitor of an id that is there takes its place."""
    await csms.booted()
    id = await sets(csms, _THRESHOLD)
    changed = {**_THRESHOLD, "id": id, "value": 280, "severity": 2}
    if await sets(csms, changed) != id:
        raise csms.record.broken(f"id {id}", "another one", rule="N04.FR.12")
    await has_monitor(csms, id, changed)


@CASES.case(
    "TC_N_51_CS",
    "Replace a monitor, whose threshold is passed",
    requirements=["N04.FR.12", "N07.FR.02", "N07.FR.11"],
    needs=[MONITORS],
)
async def replace_a_passed_threshold(csms: ManagementSystem) -> None:
    """A threshold that is raised above the value is cleared by that; one that is lowered below it
    is passed."""
    await csms.booted()
    await csms.set_variable(WATCHED, LOW)
    id = await sets(csms, watching(WATCHED, "UpperThreshold", 90))
    await hears_notice(csms, id, trigger="Alerting", actualValue=LOW)
    await sets(csms, watching(WATCHED, "UpperThreshold", 150, id=id))
    await hears_notice(csms, id, trigger="Alerting", actualValue=LOW, cleared=True)
    await sets(csms, watching(WATCHED, "UpperThreshold", 50, id=id))
    await hears_notice(csms, id, trigger="Alerting", actualValue=LOW)


@CASES.case(
    "TC_N_52_CS",
    "Remove a monitor, whose threshold is passed",
    requirements=["N06.FR.01", "N07.FR.12"],
    needs=[MONITORS],
)
async def remove_a_passed_threshold(csms: ManagementSystem) -> None:
    """Of a monitor that is removed nothing is told, although its threshold was passed."""
    await csms.booted()
    await csms.set_variable(WATCHED, LOW)
    id = await sets(csms, watching(WATCHED, "UpperThreshold", 90))
    await hears_notice(csms, id, trigger="Alerting", actualValue=LOW)
    await _clears(csms, id, "Accepted")
    await csms.set_variable(WATCHED, "50")
    await hears_no_notice(csms, id, 1, "N07.FR.12")


async def _clears(csms: ManagementSystem, id: int, status: str) -> None:
    answer = await csms.asks("ClearVariableMonitoring", id=[id])
    answer.expect(
        {
            "clearMonitoringResult.0.id": id,
            "clearMonitoringResult.0.status": status,
            "clearMonitoringResult.0": PRESENT,
        }
    )
    if len(answer["clearMonitoringResult"]) != 1:
        raise answer.broken("one result", rule="N06.FR.05")


@CASES.case(
    "TC_N_18_CS", "Remove a monitor", requirements=["N06.FR.01", "N06.FR.05"], needs=[MONITORS]
)
async def remove_a_monitor(csms: ManagementSystem) -> None:
    """A monitor that is cleared is gone."""
    await csms.booted()
    id = await sets(csms, _THRESHOLD)
    await _clears(csms, id, "Accepted")
    await has_monitor(csms, id, None)


@CASES.case(
    "TC_N_19_CS", "Remove a monitor, not found", requirements=["N06.FR.02"], needs=[MONITORS]
)
async def remove_an_unknown_monitor(csms: ManagementSystem) -> None:
    """An id that no monitor has is not found."""
    await csms.booted()
    id = await sets(csms, _THRESHOLD)
    await _clears(csms, id, "Accepted")
    await _clears(csms, id, "NotFound")


@CASES.case(
    "TC_N_44_CS",
    "Remove a monitor, hard-wired",
    requirements=["N03.FR.05", "N06.FR.03"],
    needs=[MONITORS, "hard-wired monitors"],
)
async def remove_a_hard_wired_monitor(csms: ManagementSystem) -> None:
    """A monitor that is hard-wired cannot be cleared."""
    await csms.booted()
    await _set_base(csms, "HardWiredOnly")
    before = await reported(csms)
    if not before:
        raise csms.record.broken("a hard-wired monitor", "the report has none")
    await _clears(csms, next(iter(before)), "Rejected")
    if await reported(csms) != before:
        raise csms.record.broken("the same monitors", "the report is another")
