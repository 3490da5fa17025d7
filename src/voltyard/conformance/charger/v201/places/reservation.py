"""Cases of OCPP 2.0.1 for a charging station: reservations (block H)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.endings import Inconclusive

CASES = Cases("charger", "2.0.1", "Reservation")

RESERVATION: Final = "Reservation"
ANY_EVSE: Final = "Reservation of an unspecified EVSE"
BY_TYPE: Final = "Reservation by connector type"

_ANY: Final = {"ReservationCtrlr.NonEvseSpecific": "true"}
_GROUP: Final = {"idToken": "VY-GROUP", "type": "Central"}


async def _reserved(csms: ManagementSystem, **fields: Any) -> int:
    """Boot, and have EVSE 1 reserved; the id of the reservation."""
    await csms.booted()
    id = await csms.reserve(**fields)
    await csms.hears_status("Reserved")
    return id


async def _uses(csms: ManagementSystem, id: int, tag: str | None = None) -> None:
    """The driver with that card charges, and the transaction names the reservation."""
    await csms.act("swipe", id_tag=tag or csms.tags.accepted)
    await csms.act("plug")
    await csms.hears("TransactionEvent", reservationId=id)
    await csms.hears_event(state="Charging")


async def _every_evse(csms: ManagementSystem, status: str) -> None:
    for evse in range(1, csms.subject.evses + 1):
        await csms.hears_status(status, evse)


async def _turned_away(csms: ManagementSystem, tag: str) -> None:
    """The driver with that card gets no energy, and the reservation stays."""
    await csms.act("plug")
    await csms.show(tag)
    await csms.passes(2)
    for one in csms.inbox.all("TransactionEvent"):
        if one.get("transactionInfo.chargingState") == "Charging":
            raise one.broken("no energy for another token", rule="H03.FR.01")
    csms.hears_nothing("StatusNotification", "G03.FR.09")


# --- a specific EVSE ------------------------------------------------------------------------------


@CASES.case(
    "TC_H_01_CS",
    "Reserve an EVSE, the right token",
    requirements=["H01.FR.03", "H01.FR.15", "H01.FR.23", "H03.FR.01", "H03.FR.09"],
    needs=[RESERVATION],
    asks=["plug", "swipe"],
)
async def right_token(csms: ManagementSystem) -> None:
    """The driver who has reserved an EVSE charges there, and uses the reservation up.

    By the id in the transaction the CSMS knows that the reservation is over.
    """
    id = await _reserved(csms)
    await _uses(csms, id)
    (await csms.asks("CancelReservation", reservationId=id)).expect(status="Rejected")


@CASES.case(
    "TC_H_02_CS",
    "Reserve an EVSE, another token",
    requirements=["H01.FR.03", "H01.FR.23", "H03.FR.01", "G03.FR.09", "F01.FR.21"],
    needs=[RESERVATION],
    asks=["plug", "swipe"],
)
async def another_token(csms: ManagementSystem) -> None:
    """Other drivers cannot charge at a reserved EVSE, neither by a card nor remotely."""
    await _reserved(csms)
    await csms.remote_start(csms.tags.other, status="Rejected")
    await _turned_away(csms, csms.tags.other)


@CASES.case(
    "TC_H_03_CS", "Reserve a reserved EVSE", requirements=["H01.FR.11"], needs=[RESERVATION]
)
async def reserved_already(csms: ManagementSystem) -> None:
    """An EVSE is reserved for one driver at a time: the next one is told that it is taken."""
    await _reserved(csms)
    await csms.reserve(csms.tags.other, status="Occupied")


@CASES.case(
    "TC_H_04_CS",
    "Reserve an EVSE in use",
    requirements=["H01.FR.11"],
    needs=[RESERVATION],
    asks=["plug"],
)
async def in_use(csms: ManagementSystem) -> None:
    """An EVSE to which a vehicle is connected cannot be reserved."""
    await csms.booted()
    await csms.act("plug")
    await csms.hears_status("Occupied")
    await csms.reserve(status="Occupied")


@CASES.case(
    "TC_H_06_CS", "Reserve an unavailable EVSE", requirements=["H01.FR.14"], needs=[RESERVATION]
)
async def unavailable(csms: ManagementSystem) -> None:
    """An EVSE that is out of service cannot be reserved."""
    await csms.booted()
    await csms.change_availability("Inoperative", id=1)
    await csms.hears_status("Unavailable")
    await csms.reserve(status="Unavailable")


@CASES.case(
    "TC_H_07_CS",
    "A reservation that is not used",
    requirements=["H04.FR.01", "H04.FR.02", "H04.FR.03"],
    needs=[RESERVATION],
    asks=["plug", "swipe"],
)
async def not_used(csms: ManagementSystem) -> None:
    """At its end an unused reservation is gone, the CSMS is told, and anybody may charge."""
    id = await _reserved(csms, for_s=5.0)
    ended = await csms.hears("ReservationStatusUpdate", reservationId=id)
    ended.expect(reservationUpdateStatus="Expired")
    _expect_status(csms, "Available")
    await csms.starts(csms.tags.other)


def _expect_status(csms: ManagementSystem, status: str) -> None:
    """The case fails unless EVSE 1 was last told to be so."""
    told = [one for one in csms.inbox.all("StatusNotification") if one["evseId"] == 1]
    told[-1].expect(connectorStatus=status)


@CASES.case("TC_H_17_CS", "Cancel a reservation", requirements=["H02.FR.02"], needs=[RESERVATION])
async def cancel(csms: ManagementSystem) -> None:
    """A reservation that is cancelled is gone, and of that no update is sent: the CSMS knows."""
    id = await _reserved(csms)
    (await csms.asks("CancelReservation", reservationId=id)).expect(status="Accepted")
    await csms.hears_status("Available")
    await csms.passes(1)
    csms.never_heard("ReservationStatusUpdate")


@CASES.case(
    "TC_H_18_CS", "Cancel an unknown reservation", requirements=["H02.FR.01"], needs=[RESERVATION]
)
async def cancel_rejected(csms: ManagementSystem) -> None:
    """A reservation that is not there cannot be cancelled, and the one that is there stays."""
    id = await _reserved(csms)
    (await csms.asks("CancelReservation", reservationId=id + 1)).expect(status="Rejected")
    await csms.passes(1)
    csms.hears_nothing("StatusNotification")


@CASES.case(
    "TC_H_19_CS",
    "Use a reserved EVSE, by the group",
    requirements=["H03.FR.04", "H03.FR.07", "H03.FR.08", "H01.FR.15"],
    needs=[RESERVATION],
    asks=["plug", "swipe"],
)
async def of_a_group(csms: ManagementSystem) -> None:
    """Another card of the group uses the reservation, once the CSMS has told its group."""
    other = csms.tags.other
    csms.infos[other] = {"groupIdToken": _GROUP}
    id = await _reserved(csms, groupIdToken=_GROUP)
    await _uses(csms, id, other)
    if not csms.inbox.all("Authorize"):
        raise csms.record.broken(
            "an Authorize by which the group is known", "none", rule="H03.FR.08"
        )


@CASES.case(
    "TC_H_21_CS",
    "A reserved EVSE becomes unavailable",
    requirements=["H01.FR.17"],
    needs=[RESERVATION],
)
async def removed(csms: ManagementSystem) -> None:
    """A reservation ends with the service of its EVSE: the CSMS can tell the driver in time."""
    id = await _reserved(csms)
    await csms.change_availability("Inoperative", id=1)
    ended = await csms.hears("ReservationStatusUpdate", reservationId=id)
    ended.expect(reservationUpdateStatus="Removed")
    _expect_status(csms, "Unavailable")


@CASES.case(
    "TC_H_22_CS",
    "Configured to reject reservations",
    requirements=["H01.FR.01"],
    needs=[RESERVATION, "ReservationCtrlr.Enabled can be set"],
    settings={"ReservationCtrlr.Enabled": "false"},
)
async def not_accepted(csms: ManagementSystem) -> None:
    """A station that is configured to take no reservations rejects them."""
    await csms.booted()
    await csms.reserve(status="Rejected")
    await csms.passes(1)
    csms.hears_nothing("StatusNotification")


@CASES.case(
    "TC_H_23_CS",
    "Replace a reservation",
    requirements=["H01.FR.02"],
    needs=[RESERVATION],
    asks=["plug", "swipe"],
)
async def replaced(csms: ManagementSystem) -> None:
    """A reservation of the same id takes the place of the one before: its token counts now."""
    id = await _reserved(csms)
    await csms.reserve(csms.tags.other, id=id)
    await csms.remote_start(status="Rejected")
    await _uses(csms, id, csms.tags.other)


# --- any EVSE -------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_H_08_CS", "Reserve any EVSE"),
    Row("TC_H_24_CS", "Reserve any EVSE, for a group", group=True),
    requirements=["H01.FR.04", "H01.FR.07", "H01.FR.15", "H01.FR.18", "H03.FR.03", "H03.FR.06"],
    needs=[RESERVATION, ANY_EVSE],
    asks=["plug", "swipe"],
    settings=_ANY,
)
async def any_evse(csms: ManagementSystem, group: bool = False) -> None:
    """A reservation without an EVSE is used at any of them; of a group by any of its cards."""
    tag = csms.tags.other if group else csms.tags.accepted
    csms.infos[csms.tags.other] = {"groupIdToken": _GROUP}
    await csms.booted()
    fields: dict[str, Any] = {"groupIdToken": _GROUP} if group else {}
    id = await csms.reserve(evse=None, **fields)
    await _uses(csms, id, tag)


@CASES.case(
    "TC_H_09_CS",
    "Reserve any EVSE, all are reserved",
    requirements=["H01.FR.11"],
    needs=[RESERVATION, ANY_EVSE],
    settings=_ANY,
)
async def all_are_reserved(csms: ManagementSystem) -> None:
    """A station all of whose EVSEs are reserved has none left."""
    await csms.booted()
    for evse in range(1, csms.subject.evses + 1):
        await csms.reserve(evse=evse)
        await csms.hears_status("Reserved", evse)
    await csms.reserve(csms.tags.other, evse=None, status="Occupied")


@CASES.case(
    "TC_H_10_CS",
    "Reserve any EVSE, all are in use",
    requirements=["H01.FR.11"],
    needs=[RESERVATION, ANY_EVSE],
    asks=["plug"],
    settings=_ANY,
)
async def all_are_in_use(csms: ManagementSystem) -> None:
    """A station with vehicles at all of its EVSEs has none left to be reserved."""
    await csms.booted()
    for evse in range(1, csms.subject.evses + 1):
        await csms.act("plug", evse_id=evse)
        await csms.hears_status("Occupied", evse)
    await csms.reserve(evse=None, status="Occupied")


@CASES.case(
    "TC_H_12_CS",
    "Reserve any EVSE, all are unavailable",
    requirements=["H01.FR.14"],
    needs=[RESERVATION, ANY_EVSE],
    settings=_ANY,
)
async def all_are_unavailable(csms: ManagementSystem) -> None:
    """A station that is out of service cannot be reserved."""
    await csms.booted()
    await csms.change_availability("Inoperative")
    await _every_evse(csms, "Unavailable")
    await csms.reserve(evse=None, status="Unavailable")


@CASES.case(
    "TC_H_13_CS",
    "Reserve any EVSE, rejected",
    requirements=["H01.FR.19"],
    needs=[RESERVATION],
    settings={"ReservationCtrlr.NonEvseSpecific": "false"},
)
async def no_reservation_of_any(csms: ManagementSystem) -> None:
    """A station that reserves only EVSEs that are named rejects a request without one."""
    await csms.booted()
    await csms.reserve(evse=None, status="Rejected")


@CASES.case(
    "TC_H_14_CS",
    "Reserve any EVSE, as often as there are EVSEs",
    requirements=["H01.FR.04", "H01.FR.07", "H01.FR.20"],
    needs=[RESERVATION, ANY_EVSE],
    settings=_ANY,
)
async def as_many_as_evses(csms: ManagementSystem) -> None:
    """All EVSEs are Reserved as soon as no more of them are free than are reserved: no driver
    shall come in vain."""
    await csms.booted()
    for _ in range(csms.subject.evses):
        csms.hears_nothing("StatusNotification")
        await csms.reserve(evse=None)
    await _every_evse(csms, "Reserved")


# --- a connector type -----------------------------------------------------------------------------


async def _types(csms: ManagementSystem) -> list[str]:
    """The type of the first connector of each EVSE, as the station reports it."""
    found = []
    for evse in range(1, csms.subject.evses + 1):
        component = {"name": "Connector", "evse": {"id": evse, "connectorId": 1}}
        answer = await csms.gets({"component": component, "variable": {"name": "ConnectorType"}})
        found.append(answer.payload["getVariableResult"][0].get("attributeValue", ""))
    if not found[0]:
        raise Inconclusive("the station does not tell the types of its connectors")
    return found


@CASES.case(
    "TC_H_15_CS",
    "Reserve a connector of a type",
    requirements=["H01.FR.06", "H01.FR.09", "H01.FR.15", "H03.FR.02"],
    needs=[RESERVATION, BY_TYPE],
    asks=["plug", "swipe"],
    settings=_ANY,
)
async def of_a_type(csms: ManagementSystem) -> None:
    """A reservation of a connector type is used at a connector of that type."""
    await csms.booted()
    [type, *_] = await _types(csms)
    id = await csms.reserve(evse=None, connectorType=type)
    await _uses(csms, id)


@CASES.case(
    "TC_H_16_CS",
    "Reserve a connector type as often as there are connectors",
    requirements=["H01.FR.06", "H01.FR.09", "H01.FR.24"],
    needs=[RESERVATION, BY_TYPE],
    settings=_ANY,
)
async def as_many_as_of_a_type(csms: ManagementSystem) -> None:
    """All EVSEs of a type are Reserved as soon as no more of them are free than are reserved."""
    await csms.booted()
    types = await _types(csms)
    evses = [evse for evse, type in enumerate(types, 1) if type == types[0]]
    for _ in evses:
        csms.hears_nothing("StatusNotification")
        await csms.reserve(evse=None, connectorType=types[0])
    for evse in evses:
        await csms.hears_status("Reserved", evse)
