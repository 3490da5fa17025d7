"""Cases of OCPP 1.6 for a charge point: reservations."""

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v16.central_system import CentralSystem

CASES = Cases("charger", "1.6", "Reservation")

_RESERVE = "OCPP 1.6 section 5.13"
_CANCEL = "OCPP 1.6 section 5.1"
_ZERO = {"ReserveConnectorZeroSupported": "true"}
_NO_ZERO = {"ReserveConnectorZeroSupported": "false"}


async def _reserve(
    central: CentralSystem,
    status: str = "Accepted",
    connector: int = 1,
    for_s: float = 60.0,
    **fields: Any,
) -> None:
    answer = await central.asks(
        "ReserveNow",
        connectorId=connector,
        expiryDate=central.now(for_s),
        idTag=central.tags.accepted,
        reservationId=7,
        **fields,
    )
    answer.expect(status=status)


async def _reserved(central: CentralSystem, **fields: Any) -> None:
    await central.booted()
    await _reserve(central, **fields)
    await central.hears_status("Reserved")


@CASES.case(
    "TC_046_1_CS", "Reservation, local start", requirements=[_RESERVE], asks=["plug", "swipe"]
)
async def local_start(central: CentralSystem) -> None:
    """Another card is refused; the card of the reservation charges, and uses it up."""
    await _reserved(central)
    await central.show(central.tags.other)
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears_status("Preparing")
    await central.act("plug")
    await central.hears("StartTransaction", idTag=central.tags.accepted, reservationId=7)
    await central.hears_status("Charging")


@CASES.case("TC_046_2_CS", "Reservation, remote start", requirements=[_RESERVE], asks=["plug"])
async def remote_start(central: CentralSystem) -> None:
    """A remote start of another tag is refused, one of the reservation's is not."""
    await _reserved(central)
    await central.remote_start(central.tags.other, status="Rejected")
    await central.remote_start()
    await central.act("plug")
    await central.hears("StartTransaction", idTag=central.tags.accepted, reservationId=7)
    await central.hears_status("Charging")


@CASES.case("TC_047_CS", "Reservation expires", requirements=[_RESERVE])
async def expires(central: CentralSystem) -> None:
    """At its end an unused reservation is gone."""
    await _reserved(central, for_s=2.0)
    await central.hears_status("Available")


@CASES.case(
    "TC_048_1_CS",
    "Reservation refused, faulted",
    requirements=[_RESERVE],
    asks=["inject_fault"],
)
async def faulted(central: CentralSystem) -> None:
    """A faulted connector cannot be reserved."""
    await central.booted()
    await central.act("inject_fault", fault_type="GroundFailure")
    await _reserve(central, "Faulted")


@CASES.case("TC_048_2_CS", "Reservation refused, occupied", requirements=[_RESERVE], asks=["plug"])
async def occupied(central: CentralSystem) -> None:
    """A connector in use cannot be reserved."""
    await central.booted()
    await central.act("plug")
    await central.hears_status("Preparing")
    await _reserve(central, "Occupied")


@CASES.case(
    "TC_050_1_CS",
    "Reservation of a faulted charge point",
    requirements=[_RESERVE],
    asks=["inject_fault"],
    settings=_ZERO,
)
async def charge_point_is_faulted(central: CentralSystem) -> None:
    """No connector can be reserved where each of them is faulted."""
    await central.booted()
    for evse in range(1, central.subject.evses + 1):
        await central.act("inject_fault", fault_type="GroundFailure", evse_id=evse)
        await central.hears_status("Faulted", evse)
    await _reserve(central, "Faulted", 0)


@CASES.case(
    "TC_050_2_CS",
    "Reservation of an occupied charge point",
    requirements=[_RESERVE],
    asks=["plug"],
    settings=_ZERO,
)
async def charge_point_is_occupied(central: CentralSystem) -> None:
    """No connector can be reserved where each of them is in use."""
    await central.booted()
    for evse in range(1, central.subject.evses + 1):
        await central.act("plug", evse_id=evse)
        await central.hears_status("Preparing", evse)
    await _reserve(central, "Occupied", 0)


@CASES.each(
    Row("TC_048_3_CS", "Reservation refused, unavailable", connector=1),
    Row("TC_050_3_CS", "Reservation of an unavailable charge point", connector=0),
    requirements=[_RESERVE],
    settings=_ZERO,
)
async def unavailable(central: CentralSystem, connector: int) -> None:
    """A connector or charge point that is out of service cannot be reserved."""
    await central.booted()
    await central.asks("ChangeAvailability", connectorId=connector, type="Inoperative")
    await central.hears_status("Unavailable")
    await _reserve(central, "Unavailable", connector)


@CASES.each(
    Row("TC_048_4_CS", "Reservation rejected"),
    Row("TC_050_4_CS", "Reservation of the charge point rejected"),
    requirements=[_RESERVE, "OCPP 1.6 section 9.3.1"],
    settings=_NO_ZERO,
)
async def rejected(central: CentralSystem) -> None:
    """A charge point that takes no reservations of connector 0 rejects them."""
    await central.booted()
    await _reserve(central, "Rejected", 0)


@CASES.case(
    "TC_049_CS",
    "Reservation of the charge point",
    requirements=[_RESERVE],
    asks=["plug", "swipe"],
    settings=_ZERO,
)
async def of_the_charge_point(central: CentralSystem) -> None:
    """A reservation of connector 0 is used at any of them."""
    await central.booted()
    await _reserve(central, connector=0)
    await central.act("plug")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears("StartTransaction", idTag=central.tags.accepted, reservationId=7)


@CASES.case("TC_051_CS", "Cancel a reservation", requirements=[_CANCEL])
async def cancel(central: CentralSystem) -> None:
    """A reservation that is cancelled is gone."""
    await _reserved(central)
    (await central.asks("CancelReservation", reservationId=7)).expect(status="Accepted")
    await central.hears_status("Available")


@CASES.case("TC_052_CS", "Cancel a reservation, rejected", requirements=[_CANCEL])
async def cancel_rejected(central: CentralSystem) -> None:
    """A reservation that is not there cannot be cancelled, and the other one stays."""
    await _reserved(central)
    (await central.asks("CancelReservation", reservationId=8)).expect(status="Rejected")
    await central.remote_start(central.tags.other, status="Rejected")


@CASES.case(
    "TC_053_1_CS",
    "Reservation of a group, local start",
    requirements=[_RESERVE],
    asks=["plug", "swipe"],
)
async def of_a_group(central: CentralSystem) -> None:
    """Another card of the group uses the reservation, once the CSMS has told its group."""
    other = central.tags.other
    central.infos[other] = {"status": "Accepted", "parentIdTag": "VY-GROUP"}
    await _reserved(central, parentIdTag="VY-GROUP")
    await central.act("swipe", id_tag=other)
    await central.hears("Authorize", idTag=other)
    await central.act("plug")
    await central.hears("StartTransaction", idTag=other, reservationId=7)


@CASES.case(
    "TC_053_2_CS",
    "Reservation of a group, remote start",
    requirements=[_RESERVE],
    asks=["plug"],
    settings={"AuthorizeRemoteTxRequests": "true"},
)
async def of_a_group_from_afar(central: CentralSystem) -> None:
    """A remote start for another tag of the group uses the reservation."""
    other = central.tags.other
    central.infos[other] = {"status": "Accepted", "parentIdTag": "VY-GROUP"}
    await _reserved(central, parentIdTag="VY-GROUP")
    await central.act("plug")
    await central.remote_start(other)
    await central.hears("StartTransaction", idTag=other, reservationId=7)
