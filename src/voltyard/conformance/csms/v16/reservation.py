"""Cases of OCPP 1.6 for a CSMS: reservations."""

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v16.station import Station
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("csms", "1.6", "Reservation")

_RESERVE = "OCPP 1.6 section 5.13"
_CANCEL = "OCPP 1.6 section 5.1"


async def _reserve(
    station: Station, status: str = "Accepted", connector: int = 1, **fields: Any
) -> ReceivedMessage:
    """ReserveNow of the CSMS, which may number reservations as it likes."""
    said = {"connectorId": connector, "idTag": station.tags.accepted, **fields}
    return await station.asked(
        "ReserveNow",
        {"reservationId": 7, "expiryDate": station.now(earlier_s=-600), **said},
        answer={"status": status},
        expected=said,
    )


@CASES.each(
    Row("TC_046_CSMS", "A reserved connector is used", connector=1),
    Row("TC_049_CSMS", "A reserved charge point is used", connector=0),
    requirements=[_RESERVE, "OCPP 1.6 section 4.8"],
    asks=["ReserveNow"],
)
async def reservation_is_used(station: Station, connector: int) -> None:
    """The driver of a reservation charges; StartTransaction names the reservation."""
    await station.ready()
    request = await _reserve(station, connector=connector)
    if connector:
        await station.status("Reserved")
    number = await station.charge(reservationId=request["reservationId"])
    await station.finish(number)


@CASES.case("TC_047_CSMS", "A reservation expires", requirements=[_RESERVE], asks=["ReserveNow"])
async def reservation_expires(station: Station) -> None:
    """The driver stays away: the connector is Available again."""
    await station.ready()
    await _reserve(station)
    await station.status("Reserved")
    await station.status("Available")


@CASES.each(
    Row("TC_048_1_CSMS", "Reservation refused, faulted", status="Faulted"),
    Row("TC_048_2_CSMS", "Reservation refused, occupied", status="Occupied"),
    Row("TC_048_3_CSMS", "Reservation refused, unavailable", status="Unavailable"),
    Row("TC_048_4_CSMS", "Reservation refused, rejected", status="Rejected"),
    requirements=[_RESERVE],
    asks=["ReserveNow"],
)
async def reservation_is_refused(station: Station, status: str) -> None:
    """The charge point refuses a reservation; the CSMS takes each reason."""
    await station.ready()
    await _reserve(station, status)
    await station.call("Heartbeat")


@CASES.each(
    Row("TC_051_CSMS", "Cancel a reservation", status="Accepted"),
    Row("TC_052_CSMS", "Cancel a reservation, rejected", status="Rejected"),
    requirements=[_CANCEL],
    asks=["ReserveNow", "CancelReservation"],
)
async def cancel_a_reservation(station: Station, status: str) -> None:
    """The operator cancels a reservation by its id."""
    await station.ready()
    request = await _reserve(station)
    await station.status("Reserved")
    await station.asked(
        "CancelReservation",
        {"reservationId": request["reservationId"]},
        answer={"status": status},
    )


@CASES.case(
    "TC_053_CSMS",
    "A reservation is used by another of the group",
    requirements=[_RESERVE, "OCPP 1.6 section 4.1"],
    needs=["tag:member"],
    asks=["ReserveNow"],
)
async def reservation_of_a_group(station: Station) -> None:
    """A reservation for a group of tags is used by another of them."""
    await station.ready()
    mine, member = station.tags.accepted, station.tags.member
    parent = (await station.authorize(mine))["idTagInfo.parentIdTag"]
    request = await _reserve(station, parentIdTag=parent)
    await station.status("Reserved")
    (await station.authorize(member)).expect({"idTagInfo.parentIdTag": parent})
    await station.charge(member, reservationId=request["reservationId"])
