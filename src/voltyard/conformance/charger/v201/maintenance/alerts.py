"""Cases of OCPP 2.0.1 for a charging station: events that it tells of by itself (N07)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import ABSENT, MISSING, one_of

CASES = Cases("charger", "2.0.1", "Diagnostics")


@CASES.case(
    "TC_N_21_CS",
    "Alert by a trigger that is built in",
    requirements=["N07.FR.06", "N07.FR.07"],
    needs=["alerts that are built in"],
    asks=["inject_fault"],
)
async def built_in_alert(csms: ManagementSystem) -> None:
    """A station tells of a fault by itself, without a monitor that the CSMS has set: which part is
    broken, and where."""
    await csms.booted()
    await csms.act("inject_fault", fault_type="GroundFailure")
    told = await csms.hears("NotifyEvent")
    told.expect(seqNo=0, tbc=one_of(False, MISSING))
    told.expect(
        {
            "eventData.0.trigger": one_of("Alerting", "Delta"),
            "eventData.0.actualValue": "true",
            "eventData.0.eventNotificationType": one_of(
                "HardWiredNotification", "HardWiredMonitor"
            ),
            "eventData.0.cleared": one_of(False, MISSING),
            "eventData.0.component.evse.id": 1,
        }
    )
    if told["eventData.0.eventNotificationType"] == "HardWiredNotification":
        told.expect({"eventData.0.variableMonitoringId": ABSENT})
