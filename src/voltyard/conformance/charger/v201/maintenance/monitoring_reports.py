"""Cases of OCPP 2.0.1 for a charging station: monitoring reports (N02)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.maintenance.monitors import (
    MONITORS,
    WATCHED,
    reported,
    sets,
    watching,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at

CASES = Cases("charger", "2.0.1", "Diagnostics")

_OTHER: Final = "TxCtrlr.EVConnectionTimeOut"

_SET: Final = {
    "upper": watching(WATCHED, "UpperThreshold", 10_000),
    "delta": watching(WATCHED, "Delta", 10_000),
    "periodic": watching(WATCHED, "Periodic", 3_600),
    "other": watching(_OTHER, "LowerThreshold", 0),
}
"""Monitors that the case sets, none of which triggers."""

_HERE: Final = {"componentVariable": [variable_at(WATCHED)]}


@CASES.each(
    Row("TC_N_47_CS", "Monitoring report, all", criteria={}, wanted=set(_SET)),
    Row(
        "TC_N_01_CS",
        "Monitoring report, criteria",
        criteria={"monitoringCriteria": ["ThresholdMonitoring", "PeriodicMonitoring"]},
        wanted={"upper", "periodic", "other"},
    ),
    Row(
        "TC_N_02_CS",
        "Monitoring report, component and variable",
        criteria=_HERE,
        wanted={"upper", "delta", "periodic"},
    ),
    Row(
        "TC_N_03_CS",
        "Monitoring report, criteria, component and variable",
        criteria={"monitoringCriteria": ["DeltaMonitoring"], **_HERE},
        wanted={"delta"},
    ),
    requirements=[
        *(f"N02.FR.{number:02}" for number in (1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14)),
    ],
    needs=[MONITORS],
)
async def monitoring_report(
    csms: ManagementSystem, criteria: dict[str, Any], wanted: set[str]
) -> None:
    """A monitoring report has the monitors that it was asked for, as they were set, and no others
    of these."""
    await csms.booted()
    ids = {name: await sets(csms, data) for name, data in _SET.items()}
    found = await reported(csms, **criteria)
    for name, id in ids.items():
        if (id in found) != (name in wanted):
            raise csms.record.broken(f"the monitors {sorted(wanted)}", f"{name}: {id in found}")
        for field in _SET[name] if id in found else ():
            if found[id].get(field) != _SET[name][field]:
                raise csms.record.broken(f"{field} {_SET[name][field]}", str(found[id]))
        if id in found and found[id].get("transaction") is not False:
            raise csms.record.broken("transaction false", str(found[id]))
    for told in found.values():
        if criteria.get("componentVariable") and told["variable"] != _SET["upper"]["variable"]:
            raise csms.record.broken("OfflineThreshold alone", str(told), rule="N02.FR.08")
