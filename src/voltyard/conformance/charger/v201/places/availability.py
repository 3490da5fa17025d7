"""Cases of OCPP 2.0.1 for a charging station: connector statuses, and changes of availability
(block G)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES
from voltyard.conformance.wire.message import MISSING, one_of

CASES = Cases("charger", "2.0.1", "Availability")

_EVSE = {"id": 1}
_CONNECTOR = {"id": 1, "connectorId": 1}
_STATION: dict[str, Any] = {}

_OF_EVSE = ["G03.FR.01", "G03.FR.02"]
_OF_STATION = ["G04.FR.01", "G04.FR.02", "G04.FR.03"]


def _touched(csms: ManagementSystem, evse: dict[str, Any]) -> list[int]:
    """The EVSEs that a change of availability of that place concerns."""
    return [evse["id"]] if evse else list(range(1, csms.subject.evses + 1))


async def _becomes(csms: ManagementSystem, status: str, evse: dict[str, Any]) -> None:
    for one in _touched(csms, evse):
        await csms.hears_status(status, one)


# --- plugs ----------------------------------------------------------------------------------------


@CASES.case(
    "TC_G_01_CS", "Available to Occupied", requirements=["G01.FR.01", "G01.FR.03"], asks=["plug"]
)
async def cable_in(csms: ManagementSystem) -> None:
    """A cable that goes in makes the connector Occupied, and no other.

    Drivers choose a station by what its connectors were last said to be.
    """
    await csms.booted()
    await csms.act("plug")
    await csms.hears_status("Occupied")
    await csms.passes(1)
    csms.hears_nothing("StatusNotification", "G01.FR.08")


@CASES.case(
    "TC_G_02_CS",
    "Occupied to Available",
    requirements=["G01.FR.01", "G01.FR.04"],
    asks=["plug", "unplug"],
)
async def cable_out(csms: ManagementSystem) -> None:
    """A cable that comes out makes the connector Available: the place is free for the next one."""
    await csms.booted()
    await csms.act("plug")
    await csms.hears_status("Occupied")
    await csms.leaves()


# --- changes of availability ----------------------------------------------------------------------


@CASES.each(
    Row("TC_G_03_CS", "EVSE, operative to inoperative", evse=_EVSE),
    Row("TC_G_07_CS", "Connector, operative to inoperative", evse=_CONNECTOR),
    requirements=[*_OF_EVSE, "G03.FR.04", "G03.FR.06", "G01.FR.07"],
)
@CASES.each(
    Row("TC_G_05_CS", "Charging station, operative to inoperative", evse=_STATION),
    requirements=[*_OF_STATION, "G04.FR.05", "G04.FR.07", "G01.FR.07"],
)
async def out_of_service(csms: ManagementSystem, evse: dict[str, Any]) -> None:
    """A place that is taken out of service is Unavailable at once; other EVSEs stay in service.

    An operator who sends a mechanic has to be sure that nobody begins to charge there.
    """
    await csms.booted()
    await csms.change_availability("Inoperative", **evse)
    await _becomes(csms, "Unavailable", evse)
    await csms.remote_start(status="Rejected")
    await csms.passes(1)
    csms.hears_nothing("StatusNotification", "G03.FR.04, G04.FR.05")


@CASES.each(
    Row("TC_G_04_CS", "EVSE, inoperative to operative", evse=_EVSE),
    Row("TC_G_08_CS", "Connector, inoperative to operative", evse=_CONNECTOR),
    requirements=[*_OF_EVSE, "G03.FR.04", "G03.FR.07", "G01.FR.07"],
)
@CASES.each(
    Row("TC_G_06_CS", "Charging station, inoperative to operative", evse=_STATION),
    requirements=[*_OF_STATION, "G04.FR.05", "G04.FR.08", "G01.FR.07"],
)
async def back_in_service(csms: ManagementSystem, evse: dict[str, Any]) -> None:
    """A place that is put back into service is as it was before."""
    await csms.booted()
    await csms.change_availability("Inoperative", **evse)
    await _becomes(csms, "Unavailable", evse)
    await csms.change_availability("Operative", **evse)
    await _becomes(csms, "Available", evse)


@CASES.each(
    Row("TC_G_09_CS", "EVSE, operative to operative", evse=_EVSE),
    Row("TC_G_15_CS", "Connector, operative to operative", evse=_CONNECTOR),
    requirements=[*_OF_EVSE, "G03.FR.03"],
)
@CASES.each(
    Row("TC_G_12_CS", "Charging station, operative to operative", evse=_STATION),
    requirements=[*_OF_STATION, "G04.FR.04"],
)
async def in_service_already(csms: ManagementSystem, evse: dict[str, Any]) -> None:
    """A change to the state that is there already is accepted, and nothing is told of it."""
    await csms.booted()
    await csms.change_availability("Operative", **evse)
    await csms.passes(1)
    csms.hears_nothing("StatusNotification")


@CASES.each(
    Row("TC_G_10_CS", "EVSE, inoperative to inoperative", evse=_EVSE),
    Row("TC_G_16_CS", "Connector, inoperative to inoperative", evse=_CONNECTOR),
    requirements=[*_OF_EVSE, "G03.FR.03"],
)
@CASES.each(
    Row("TC_G_13_CS", "Charging station, inoperative to inoperative", evse=_STATION),
    requirements=[*_OF_STATION, "G04.FR.04"],
)
async def out_of_service_already(csms: ManagementSystem, evse: dict[str, Any]) -> None:
    """A place that is out of service already stays so, and one change back is enough."""
    await csms.booted()
    await csms.change_availability("Inoperative", **evse)
    await _becomes(csms, "Unavailable", evse)
    await csms.change_availability("Inoperative", **evse)
    await csms.passes(1)
    csms.hears_nothing("StatusNotification")
    await csms.change_availability("Operative", **evse)
    await _becomes(csms, "Available", evse)


@CASES.each(
    Row("TC_G_11_CS", "EVSE, with a transaction", evse=_EVSE),
    Row("TC_G_17_CS", "Connector, with a transaction", evse=_CONNECTOR),
    requirements=[*_OF_EVSE, "G03.FR.05", "G01.FR.05"],
    asks=["plug", "swipe", "unplug"],
)
async def out_of_service_when_it_has_ended(csms: ManagementSystem, evse: dict[str, Any]) -> None:
    """Whoever charges goes on; the place is Unavailable when the vehicle has left."""
    transaction = await csms.charging()
    csms.inbox.skip()
    await csms.change_availability("Inoperative", status="Scheduled", **evse)
    await csms.passes(3)
    csms.hears_nothing("StatusNotification", "G03.FR.05")
    await _ends(csms, transaction)
    await csms.hears_status("Unavailable")


@CASES.case(
    "TC_G_14_CS",
    "Charging station, with a transaction",
    requirements=[*_OF_STATION, "G04.FR.06", "G01.FR.05"],
    needs=[SEVERAL_EVSES],
    asks=["plug", "swipe", "unplug"],
)
async def station_out_of_service_when_it_has_ended(csms: ManagementSystem) -> None:
    """A station on which somebody charges is out of service when the vehicle has left, all of
    it."""
    transaction = await csms.charging()
    await csms.change_availability("Inoperative", status="Scheduled")
    await csms.passes(3)
    for one in csms.events(transaction):
        if one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on", rule="G04.FR.06")
    await _ends(csms, transaction)
    await csms.hears_status("Unavailable")
    for evse in range(2, csms.subject.evses + 1):
        if not any(
            one.fits({"evseId": evse, "connectorStatus": "Unavailable"})
            for one in csms.inbox.all("StatusNotification")
        ):
            await csms.hears_status("Unavailable", evse)


async def _ends(csms: ManagementSystem, transaction: str) -> None:
    """The driver ends the transaction, and takes the cable out."""
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("unplug")
    await csms.hears_event("Ended", transactionId=transaction)


@CASES.each(
    Row("TC_G_18_CS", "EVSE, inoperative over a reboot", evse=_EVSE),
    Row("TC_G_19_CS", "Connector, inoperative over a reboot", evse=_CONNECTOR),
    requirements=["G03.FR.08", "G01.FR.02"],
)
@CASES.each(
    Row("TC_G_21_CS", "Charging station, inoperative over a reboot", evse=_STATION),
    requirements=["G04.FR.09"],
)
async def out_of_service_over_a_reboot(csms: ManagementSystem, evse: dict[str, Any]) -> None:
    """A place that was taken out of service stays so over a reboot, and no other.

    A broken EVSE that comes back into service by a restart may hurt somebody.
    """
    await csms.booted()
    await csms.change_availability("Inoperative", **evse)
    await _becomes(csms, "Unavailable", evse)
    await csms.reset()
    await csms.hears("BootNotification")
    for one in range(1, csms.subject.evses + 1):
        status = "Unavailable" if one in _touched(csms, evse) else "Available"
        told = await csms.hears("StatusNotification", evseId=one, connectorId=1)
        told.expect(connectorStatus=status, rule="G03.FR.08, G04.FR.09")
    await csms.change_availability("Operative", **evse)
    await _becomes(csms, "Available", evse)


# --- faults ---------------------------------------------------------------------------------------


@CASES.case(
    "TC_G_20_CS",
    "Lock failure",
    requirements=["G05.FR.01", "G05.FR.02"],
    needs=["connector lock"],
    asks=["plug", "swipe", "inject_fault"],
)
async def lock_failure(csms: ManagementSystem) -> None:
    """A lock that does not close is told of, and no energy flows.

    A plug that can be drawn under load is a danger.
    """
    await csms.booted()
    await csms.act("inject_fault", fault_type="ConnectorLockFailure")
    await csms.act("plug")
    await csms.show(csms.tags.accepted)
    told = await csms.hears(
        "NotifyEvent",
        **{
            "eventData.0.component.name": "ConnectorPlugRetentionLock",
            "eventData.0.variable.name": "Problem",
        },
    )
    told.expect({"eventData.0.actualValue": "true", "eventData.0.component.evse.id": 1})
    told.expect(seqNo=0, tbc=one_of(False, MISSING))
    await csms.passes(3)
    for one in csms.inbox.all("TransactionEvent"):
        if one.get("transactionInfo.chargingState") == "Charging":
            raise one.broken("no energy through an open lock", rule="G05.FR.01")
