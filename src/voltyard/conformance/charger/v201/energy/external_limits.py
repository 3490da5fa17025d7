"""Cases of OCPP 2.0.1 for a charging station: limits that other systems set (K11, K12)."""

from __future__ import annotations

from typing import Final

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.energy.charging_profiles import SMART_CHARGING
from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at
from voltyard.conformance.wire.message import MISSING, PRESENT, one_of

CASES = Cases("charger", "2.0.1", "SmartCharging")

_PURPOSE: Final = "ChargingStationExternalConstraints"
_NOT_THE_CSMS: Final = one_of("EMS", "SO", "Other")
_WITH_SCHEDULES: Final = "SmartChargingCtrlr.NotifyChargingLimitWithSchedules"
_LIMIT_W: Final = 4_140.0


@CASES.case(
    "TC_K_52_CS",
    "External limit without a transaction, in a report",
    requirements=["K09.FR.01", "K12.FR.02", "K12.FR.03", "K12.FR.04", "K12.FR.05"],
    needs=[SMART_CHARGING],
    asks=["external_limit"],
)
async def external_limit_in_a_report(csms: ManagementSystem) -> None:
    """A limit that another system sets is told to the CSMS with its source, and is among the
    profiles of the station, as none that the CSMS has set.

    A CSMS that finds it there knows that it cannot clear it, and plans with what is left.
    """
    await csms.booted()
    await csms.act("external_limit", limit=_LIMIT_W)
    told = await csms.hears(
        "NotifyChargingLimit", **{"chargingLimit.chargingLimitSource": _NOT_THE_CSMS}
    )
    schedules = await csms.gets(variable_at(_WITH_SCHEDULES))
    if schedules.get("getVariableResult.0.attributeValue") == "true":
        told.expect({"chargingSchedule": PRESENT}, rule="K12.FR.03")
    request_id = csms.number()
    wanted = {"chargingProfilePurpose": _PURPOSE}
    answer = await csms.asks("GetChargingProfiles", requestId=request_id, chargingProfile=wanted)
    answer.expect(status="Accepted", rule="K09.FR.01")
    report = await csms.hears("ReportChargingProfiles")
    report.expect(
        {
            "requestId": request_id,
            "chargingLimitSource": told["chargingLimit.chargingLimitSource"],
            "evseId": 0,
            "tbc": one_of(False, MISSING),
            "chargingProfile.0.chargingProfilePurpose": _PURPOSE,
        },
        rule="K12.FR.05",
    )
