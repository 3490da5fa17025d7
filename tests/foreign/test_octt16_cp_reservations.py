"""OCTT's cases for a 1.6 charge point: reservations."""

from typing import Any

from ocpp.v16 import call

from tests.foreign.octt_stage import OTHER, TAG, Stage, case
from voltyard.catalogue.commands import commands as do
from voltyard.charger.description.specification import EvseSpec
from voltyard.kernel.time import to_rfc3339

ONE = (EvseSpec(),)
ZERO = {"ReserveConnectorZeroSupported": "true"}


async def reserves(stage: Stage, connector: int = 1, for_s: float = 60.0, **fields: Any) -> str:
    expiry = to_rfc3339(stage.central.clock() + for_s)
    request = call.ReserveNow(
        connector_id=connector, expiry_date=expiry, id_tag=TAG, reservation_id=7, **fields
    )
    return str((await stage.asks(request)).status)


async def reserved(stage: Stage, **fields: Any) -> None:
    await stage.booted()
    assert await reserves(stage, **fields) == "Accepted"
    await stage.hears_status("Reserved")


@case(sockets=True)
async def test_TC_046_1_CS_reservation_and_a_local_start(stage: Stage) -> None:
    await reserved(stage)
    await stage.tries(do.Swipe(id_tag=OTHER))
    await stage.do(do.Swipe(id_tag=TAG))
    await stage.hears_status("Preparing")
    await stage.do(do.PlugIn())
    await stage.hears("StartTransaction", idTag=TAG, reservationId=7)
    await stage.hears_status("Charging")


@case(sockets=True)
async def test_TC_046_2_CS_reservation_and_a_remote_start(stage: Stage) -> None:
    await reserved(stage)
    refused = await stage.asks(call.RemoteStartTransaction(OTHER, connector_id=1))
    assert refused.status == "Rejected"
    started = await stage.asks(call.RemoteStartTransaction(TAG, connector_id=1))
    assert started.status == "Accepted"
    await stage.do(do.PlugIn())
    await stage.hears("StartTransaction", idTag=TAG, reservationId=7)
    await stage.hears_status("Charging")


@case(sockets=True)
async def test_TC_047_CS_reservation_expires(stage: Stage) -> None:
    await reserved(stage, for_s=2.0)
    await stage.hears_status("Available")


@case(sockets=True)
async def test_TC_048_1_CS_reservation_of_a_faulted_connector(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.InjectFault(fault_type="GroundFailure"))
    assert await reserves(stage) == "Faulted"


@case(sockets=True)
async def test_TC_048_2_CS_reservation_of_an_occupied_connector(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn())
    await stage.hears_status("Preparing")
    assert await reserves(stage) == "Occupied"


@case(sockets=True)
async def test_TC_048_3_CS_reservation_of_an_unavailable_connector(stage: Stage) -> None:
    await stage.booted()
    await stage.asks(call.ChangeAvailability(1, "Inoperative"))
    await stage.hears_status("Unavailable")
    assert await reserves(stage) == "Unavailable"


@case(settings={"ReserveConnectorZeroSupported": "false"}, sockets=True)
async def test_TC_048_4_CS_reservation_rejected(stage: Stage) -> None:
    await stage.booted()
    assert await reserves(stage, connector=0) == "Rejected"


@case(settings=ZERO, sockets=True)
async def test_TC_049_CS_reservation_of_the_charge_point(stage: Stage) -> None:
    await stage.booted()
    assert await reserves(stage, connector=0) == "Accepted"
    await stage.do(do.PlugIn(), do.Swipe(id_tag=TAG))
    await stage.hears("StartTransaction", idTag=TAG, reservationId=7)


@case(evses=ONE, settings=ZERO)
async def test_TC_050_1_CS_reservation_of_a_faulted_charge_point(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.InjectFault(fault_type="GroundFailure"))
    assert await reserves(stage, connector=0) == "Faulted"


@case(evses=ONE, settings=ZERO)
async def test_TC_050_2_CS_reservation_of_an_occupied_charge_point(stage: Stage) -> None:
    await stage.booted()
    await stage.do(do.PlugIn())
    await stage.hears_status("Preparing")
    assert await reserves(stage, connector=0) == "Occupied"


@case(settings=ZERO)
async def test_TC_050_3_CS_reservation_of_an_unavailable_charge_point(stage: Stage) -> None:
    await stage.booted()
    await stage.asks(call.ChangeAvailability(0, "Inoperative"))
    await stage.hears_status("Unavailable")
    assert await reserves(stage, connector=0) == "Unavailable"


@case(settings={"ReserveConnectorZeroSupported": "false"}, sockets=True)
async def test_TC_050_4_CS_reservation_of_the_charge_point_rejected(stage: Stage) -> None:
    await stage.booted()
    assert await reserves(stage, connector=0) == "Rejected"
    assert stage.connector().status == "Available"


@case(sockets=True)
async def test_TC_051_CS_cancel_reservation(stage: Stage) -> None:
    await reserved(stage)
    assert (await stage.asks(call.CancelReservation(7))).status == "Accepted"
    await stage.hears_status("Available")


@case(sockets=True)
async def test_TC_052_CS_cancel_reservation_rejected(stage: Stage) -> None:
    await reserved(stage)
    assert (await stage.asks(call.CancelReservation(8))).status == "Rejected"
    assert stage.connector().status == "Reserved"


@case(sockets=True)
async def test_TC_053_1_CS_a_tag_of_the_reserving_family_starts_locally(stage: Stage) -> None:
    stage.central.tags[OTHER] = {"status": "Accepted", "parent_id_tag": "FAMILY"}
    await reserved(stage, parent_id_tag="FAMILY")
    await stage.do(do.Swipe(id_tag=OTHER))
    await stage.hears("Authorize", idTag=OTHER)
    await stage.do(do.PlugIn())
    await stage.hears("StartTransaction", idTag=OTHER, reservationId=7)


@case(settings={"AuthorizeRemoteTxRequests": "true"})
async def test_TC_053_2_CS_a_tag_of_the_reserving_family_starts_from_afar(stage: Stage) -> None:
    stage.central.tags[OTHER] = {"status": "Accepted", "parent_id_tag": "FAMILY"}
    await reserved(stage, parent_id_tag="FAMILY")
    await stage.do(do.PlugIn())
    started = await stage.asks(call.RemoteStartTransaction(OTHER, connector_id=1))
    assert started.status == "Accepted"
    await stage.hears("StartTransaction", idTag=OTHER, reservationId=7)
