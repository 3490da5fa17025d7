"""Cases of OCPP 2.0.1 for a CSMS: reservations (block H)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import EVSES, Station
from voltyard.conformance.csms.v201.transaction import StationTransaction
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("csms", "2.0.1", "Reservation")


async def _reserve(
    station: Station, evse: int | None = 1, status: str = "Accepted", **fields: Any
) -> ReceivedMessage:
    """The operator reserves an EVSE, or any, for ten minutes; the station answers so."""
    asked = {
        "id": 7,
        "expiryDateTime": station.now(earlier_s=-600),
        "idToken": station.token(),
        **({} if evse is None else {"evseId": evse}),
        **fields,
    }
    names = ("evseId", "connectorType", "groupIdToken")
    return await ask(
        station,
        "ReserveNow",
        asked,
        {"status": status},
        absent=[name for name in names if name not in asked],
    )


async def _use(
    station: Station, reservation: ReceivedMessage, tag: str | None = None
) -> StationTransaction:
    """The driver comes, and the transaction names the reservation."""
    transaction = await station.plug_in()
    await station.authorize(tag)
    await transaction.updated(
        "Authorized", tag=tag or station.tags.accepted, reservationId=reservation["id"]
    )
    await transaction.updated("ChargingStateChanged", state="Charging")
    return transaction


async def _removed(station: Station, reservation: ReceivedMessage, status: str) -> None:
    await station.tell(
        "ReservationStatusUpdate",
        f"The station tells that the reservation is {status}",
        reservationId=reservation["id"],
        reservationUpdateStatus=status,
    )


@CASES.case(
    "TC_H_01_CSMS",
    "A reserved EVSE is used",
    requirements=["H01", "H03"],
    asks=["ReserveNow"],
)
async def reservation_is_used(station: Station) -> None:
    """The operator keeps one EVSE for a driver, who comes and charges there.

    The transaction names the reservation, from which the CSMS knows that it is used up.
    """
    await station.ready()
    reservation = await _reserve(station)
    await station.status("Reserved")
    await station.finish(await _use(station, reservation))


@CASES.case(
    "TC_H_07_CSMS",
    "A reservation expires",
    requirements=["H01", "H04"],
    asks=["ReserveNow"],
)
async def reservation_expires(station: Station) -> None:
    """The driver stays away: the EVSE is Available again, and the reservation Expired.

    The moment of expiry goes out with the request; with another one an EVSE stays empty, or a
    driver finds it taken.
    """
    await station.ready()
    reservation = await _reserve(station)
    await station.status("Reserved")
    await station.status("Available")
    await _removed(station, reservation, "Expired")


@CASES.case(
    "TC_H_08_CSMS", "Any EVSE is reserved", requirements=["H01", "H03"], asks=["ReserveNow"]
)
async def any_evse(station: Station) -> None:
    """The operator keeps any EVSE for a driver: the request names none.

    The station promises that one will be free, and need not mark one of them.
    """
    await station.ready()
    await _reserve(station, evse=None)
    await station.heartbeat()


@CASES.case(
    "TC_H_14_CSMS", "All EVSEs are reserved, one by one", requirements=["H01"], asks=["ReserveNow"]
)
async def every_evse(station: Station) -> None:
    """The operator reserves any EVSE, once for each that there is: then all of them are Reserved.

    Each reservation has an id of its own: a station replaces a reservation by another of its id.
    """
    await station.ready()
    ids = set()
    for number in range(len(EVSES)):
        reservation = await _reserve(station, evse=None, id=7 + number)
        if reservation["id"] in ids:
            raise reservation.broken("an id that no other reservation has")
        ids.add(reservation["id"])
    for evse in EVSES:
        await station.status("Reserved", evse)


@CASES.case(
    "TC_H_15_CSMS",
    "A connector of a type is reserved",
    requirements=["H01", "H03"],
    asks=["ReserveNow"],
)
async def connector_type(station: Station) -> None:
    """The operator keeps a connector that fits the driver's vehicle, wherever it is.

    At a station with several types, a reservation of any EVSE would not help the driver.
    """
    await station.ready()
    await _reserve(station, evse=None, connectorType="cType2")
    await station.status("Reserved")


@CASES.case(
    "TC_H_17_CSMS",
    "A reservation is cancelled",
    requirements=["H02"],
    asks=["ReserveNow", "CancelReservation"],
)
async def cancel(station: Station) -> None:
    """The operator cancels a reservation by the id with which it was made.

    By another id, the EVSE stays closed to all, or another driver loses his place.
    """
    await station.ready()
    reservation = await _reserve(station)
    await station.status("Reserved")
    await ask(station, "CancelReservation", {"reservationId": reservation["id"]})
    await station.status("Available")


@CASES.case(
    "TC_H_19_CSMS",
    "A reservation is used by another of the group",
    requirements=["H01", "H03"],
    needs=["tag:member"],
    asks=["ReserveNow"],
)
async def group(station: Station) -> None:
    """The operator keeps an EVSE for a group of tokens, and another of the group charges there.

    Families and fleets share a reservation: the request says the group, and the CSMS tells the same
    group of each token.
    """
    await station.ready()
    group = (await station.authorize())["idTokenInfo.groupIdToken"]
    reservation = await _reserve(station, groupIdToken=group)
    await station.status("Reserved")
    member = await station.authorize(station.tags.member)
    member.expect({"idTokenInfo.groupIdToken": group})
    await _use(station, reservation, station.tags.member)


@CASES.case(
    "TC_H_20_CSMS", "A reservation ends by a fault", requirements=["H01"], asks=["ReserveNow"]
)
async def fault(station: Station) -> None:
    """The reserved EVSE breaks down: it is Faulted, and the reservation Removed.

    The driver can be told before he drives there.
    """
    await station.ready()
    reservation = await _reserve(station)
    await station.status("Reserved")
    await station.status("Faulted")
    await _removed(station, reservation, "Removed")


@CASES.case("TC_H_22_CSMS", "A reservation is rejected", requirements=["H01"], asks=["ReserveNow"])
async def rejected(station: Station) -> None:
    """A station that takes no reservations refuses one; the CSMS takes it, and goes on."""
    await station.ready()
    await _reserve(station, status="Rejected")
    await station.heartbeat()
