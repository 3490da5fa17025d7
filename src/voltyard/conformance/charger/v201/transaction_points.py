"""Cases of OCPP 2.0.1 for a charging station: points at which transactions start and stop (E01,
E06)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import ABSENT, PRESENT, one_of

CASES = Cases("charger", "2.0.1", "Transactions")

_START = ["E01.FR.07", "E01.FR.10", "E01.FR.15", "E01.FR.16"]
_STOP = "E06.FR.15"


def _points(start: str = "PowerPathClosed", stop: str = "EVConnected,Authorized") -> dict[str, str]:
    return {"TxCtrlr.TxStartPoint": start, "TxCtrlr.TxStopPoint": stop}


def _silent(csms: ManagementSystem) -> None:
    csms.never_heard("TransactionEvent")


# --- starting -------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_E_01_CS", "Start at PowerPathClosed", needs=["TxStartPoint PowerPathClosed"]),
    requirements=["E01.FR.05", *_START],
    asks=["plug", "swipe"],
    settings=_points("PowerPathClosed"),
)
async def starts_with_the_power_path(csms: ManagementSystem) -> None:
    """The transaction starts when both the token is authorized and the cable is in."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears("Authorize")
    await csms.passes(1)
    _silent(csms)
    await csms.act("plug")
    begun = await csms.hears_event("Started")
    begun.expect(
        {
            "triggerReason": one_of("Authorized", "CablePluggedIn", "ChargingStateChanged"),
            "idToken": csms.token(),
            "evse.id": 1,
            "evse.connectorId": 1,
            "transactionInfo.chargingState": PRESENT,
        }
    )
    if begun["transactionInfo.chargingState"] != "Charging":
        await csms.hears_event("Updated", "ChargingStateChanged", "Charging")


@CASES.case(
    "TC_E_02_CS",
    "Start at EnergyTransfer",
    requirements=["E01.FR.06", *_START],
    needs=["TxStartPoint EnergyTransfer"],
    asks=["plug", "swipe"],
    settings=_points("EnergyTransfer"),
)
async def starts_with_the_energy(csms: ManagementSystem) -> None:
    """The transaction starts when energy flows, and its first event says so."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("plug")
    await csms.hears_status("Occupied")
    begun = await csms.hears_event("Started", state="Charging")
    begun.expect(
        {
            "triggerReason": one_of("ChargingStateChanged", "Authorized"),
            "idToken": csms.token(),
            "evse.id": 1,
            "evse.connectorId": 1,
            "seqNo": PRESENT,
        }
    )
    csms.heard_times("TransactionEvent", 1)


@CASES.case(
    "TC_E_09_CS",
    "Start at EVConnected",
    requirements=["E01.FR.02", *_START],
    needs=["TxStartPoint EVConnected"],
    asks=["plug"],
    settings=_points("EVConnected"),
)
async def starts_with_the_cable(csms: ManagementSystem) -> None:
    """The transaction starts with the cable, of no token yet."""
    await csms.booted()
    await csms.act("plug")
    await csms.hears_status("Occupied")
    begun = csms.inbox.all("TransactionEvent") or [await csms.hears_event("Started")]
    begun[0].expect(
        {
            "eventType": "Started",
            "triggerReason": one_of("CablePluggedIn", "ChargingStateChanged"),
            "evse.id": 1,
            "evse.connectorId": 1,
            "transactionInfo.chargingState": "EVConnected",
            "idToken": ABSENT,
        }
    )


@CASES.case(
    "TC_E_10_CS",
    "Start at Authorized, local",
    requirements=["E01.FR.03", *_START, "C01.FR.02"],
    needs=["TxStartPoint Authorized"],
    asks=["swipe"],
    settings=_points("Authorized"),
)
async def starts_with_the_token(csms: ManagementSystem) -> None:
    """The transaction starts with the authorization, before there is a cable."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears("Authorize", idToken=csms.token())
    begun = await csms.hears_event("Started", "Authorized")
    begun.expect(idToken=csms.token())


@CASES.case(
    "TC_E_13_CS",
    "Start at Authorized, remote",
    requirements=["E01.FR.03", "F01.FR.03", "F01.FR.04", "F01.FR.06", "F01.FR.19", "F02.FR.01"],
    needs=["TxStartPoint Authorized"],
    settings={**_points("Authorized"), "AuthCtrlr.AuthorizeRemoteStart": "false"},
)
async def starts_with_the_request(csms: ManagementSystem) -> None:
    """The transaction starts with the CSMS's request, and names it."""
    await csms.booted()
    await csms.remote_start()
    begun = await csms.hears_event("Started", "RemoteStart", remoteStartId=csms.numbers)
    begun.expect(idToken=csms.token())


@CASES.case(
    "TC_E_12_CS",
    "Start at ParkingBayOccupancy",
    requirements=["E01.FR.01", *_START],
    needs=["TxStartPoint ParkingBayOccupancy"],
    asks=["plug"],
    settings=_points("ParkingBayOccupancy"),
)
async def starts_with_the_vehicle(csms: ManagementSystem) -> None:
    """The transaction starts when a vehicle is there, at the latest with its cable."""
    await csms.booted()
    await csms.act("plug")
    begun = await csms.hears_event("Started")
    begun.expect(triggerReason=one_of("EVDetected", "CablePluggedIn"), idToken=ABSENT)


# --- stopping -------------------------------------------------------------------------------------


async def _stopped_locally(csms: ManagementSystem, transaction: str) -> None:
    await csms.act("swipe", id_tag=csms.tags.accepted)
    ended = await csms.hears_event("Ended", "StopAuthorized", transactionId=transaction)
    if ended.get("transactionInfo.stoppedReason") != "Local":
        ended.expect({"transactionInfo.stoppedReason": ABSENT}, rule="E06.FR.08")
    ended.expect(
        {"transactionInfo.chargingState": one_of("EVConnected", "Idle"), "meterValue": PRESENT}
    )
    csms.check_order(transaction)


@CASES.each(
    Row("TC_E_06_CS", "Local stop"),
    requirements=["E07.FR.04", _STOP, "C01.FR.03"],
    asks=["plug", "swipe", "unplug"],
    settings=_points(),
)
async def local_stop(csms: ManagementSystem) -> None:
    """The driver stops the transaction, takes the cable out, and the EVSE is free."""
    transaction = await csms.charging()
    await _stopped_locally(csms, transaction)
    await csms.leaves()


@CASES.each(
    Row("TC_E_15_CS", "Stop at Authorized, local"),
    requirements=["E06.FR.03", _STOP],
    asks=["plug", "swipe"],
    settings=_points(stop="Authorized"),
)
async def stops_with_the_authorization(csms: ManagementSystem) -> None:
    """The transaction ends with the driver's authorization."""
    await _stopped_locally(csms, await csms.charging())


CASES.each(
    Row("TC_E_07_CS", "Stop at PowerPathClosed, local"),
    requirements=["E06.FR.06", _STOP],
    asks=["plug", "swipe"],
    settings=_points(stop="PowerPathClosed"),
)(stops_with_the_authorization)

CASES.each(
    Row("TC_E_08_CS", "Stop at EnergyTransfer, local"),
    requirements=["E06.FR.07", _STOP],
    asks=["plug", "swipe"],
    settings=_points(stop="EnergyTransfer"),
)(stops_with_the_authorization)


async def _stops_remotely(csms: ManagementSystem) -> None:
    transaction = await csms.charging()
    await csms.remote_stop(transaction)
    ended = await csms.hears_event("Ended", transactionId=transaction)
    ended.expect({"triggerReason": "RemoteStop", "transactionInfo.stoppedReason": "Remote"})
    csms.check_order(transaction)


@CASES.case(
    "TC_E_21_CS",
    "Stop at Authorized, remote",
    requirements=["E06.FR.03", _STOP, "F03.FR.09"],
    asks=["plug", "swipe"],
    settings=_points(stop="Authorized"),
)
async def stops_by_request(csms: ManagementSystem) -> None:
    """The CSMS's request ends the authorization, and the transaction with it."""
    await _stops_remotely(csms)


@CASES.case(
    "TC_E_35_CS",
    "Stop at PowerPathClosed, remote",
    requirements=["E06.FR.06", _STOP],
    asks=["plug", "swipe"],
    settings=_points(stop="PowerPathClosed"),
)
async def opens_the_power_path_by_request(csms: ManagementSystem) -> None:
    """The CSMS's request opens the power path, and the transaction ends with it."""
    await _stops_remotely(csms)


@CASES.case(
    "TC_E_14_CS",
    "Stop at EVConnected, at the charging station",
    requirements=["E06.FR.02", _STOP],
    asks=["plug", "swipe", "unplug"],
    settings=_points(stop="EVConnected"),
)
async def stops_with_the_cable(csms: ManagementSystem) -> None:
    """The driver's stop is an event of the transaction, which ends with the cable."""
    transaction = await csms.charging()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears_event("Updated", "StopAuthorized", "EVConnected")
    await csms.act("unplug")
    ended = await csms.hears_event("Ended", "EVCommunicationLost", "Idle")
    if ended.get("transactionInfo.stoppedReason") not in ("Local", "EVDisconnected"):
        ended.expect({"transactionInfo.stoppedReason": ABSENT})
    csms.check_order(transaction)


def _pulled(stop: str) -> dict[str, str]:
    return {
        **_points(stop=stop),
        "TxCtrlr.StopTxOnEVSideDisconnect": "false",
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false",
    }


@CASES.each(
    Row("TC_E_20_CS", "Stop at EVConnected, at the vehicle"),
    Row("TC_E_54_CS", "Stop at EVConnected, at a vehicle with high-level communication"),
    requirements=["E06.FR.02", _STOP],
    asks=["plug", "swipe", "ev_stops_energy", "pull_cable_at_ev"],
    settings=_pulled("EVConnected"),
)
async def stops_with_the_vehicle(csms: ManagementSystem) -> None:
    """The cable comes out at the vehicle, and the transaction ends."""
    transaction = await csms.charging()
    await csms.act("ev_stops_energy")
    await csms.hears_event("Updated", state="SuspendedEV")
    await csms.act("pull_cable_at_ev")
    ended = await csms.hears_event("Ended", "EVCommunicationLost", "Idle")
    reasons = one_of("EVDisconnected", "StoppedByEV")
    ended.expect({"transactionInfo.stoppedReason": reasons})
    csms.check_order(transaction)


CASES.each(
    Row("TC_E_37_CS", "Stop at PowerPathClosed, at the vehicle"),
    requirements=["E06.FR.06", _STOP],
    asks=["plug", "swipe", "ev_stops_energy", "pull_cable_at_ev"],
    settings=_pulled("PowerPathClosed"),
)(stops_with_the_vehicle)


@CASES.case(
    "TC_E_22_CS",
    "Stop at EnergyTransfer, by the vehicle",
    requirements=["E06.FR.07", _STOP],
    asks=["plug", "swipe", "ev_stops_energy"],
    settings=_points(stop="EnergyTransfer"),
)
async def stops_with_the_energy(csms: ManagementSystem) -> None:
    """The vehicle has enough, and the transaction ends with the energy."""
    transaction = await csms.charging()
    await csms.act("ev_stops_energy")
    ended = await csms.hears_event("Ended", "ChargingStateChanged", transactionId=transaction)
    ended.expect({"transactionInfo.stoppedReason": "StoppedByEV"})
    csms.check_order(transaction)


@CASES.case(
    "TC_E_19_CS",
    "Stop at ParkingBayOccupancy",
    requirements=["E06.FR.01", _STOP],
    needs=["TxStopPoint ParkingBayOccupancy"],
    asks=["plug", "swipe", "unplug"],
    settings=_points(stop="ParkingBayOccupancy"),
)
async def stops_with_the_parking_bay(csms: ManagementSystem) -> None:
    """The transaction outlasts the driver's stop, and ends when the vehicle leaves."""
    transaction = await csms.charging()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.hears_event("Updated", "StopAuthorized")
    await csms.act("unplug")
    ended = await csms.hears_event("Ended", transactionId=transaction)
    ended.expect(triggerReason=one_of("EVDeparted", "EVCommunicationLost"))
    csms.check_order(transaction)


# --- the authorization that ends of itself --------------------------------------------------------


@CASES.case(
    "TC_E_16_CS",
    "Deauthorized, invalid token",
    requirements=["E06.FR.04", _STOP, "C15.FR.04"],
    asks=["network_drop", "plug", "swipe", "network_restore"],
    settings={
        **_points(stop="Authorized"),
        "TxCtrlr.StopTxOnInvalidId": "true",
        "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
        "SampledDataCtrlr.TxUpdatedInterval": "0",
    },
)
async def deauthorized(csms: ManagementSystem) -> None:
    """A token that began offline is refused afterwards: the transaction ends."""
    csms.infos[csms.tags.accepted] = {"status": "Invalid"}
    await csms.booted()
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.passes(1)
    await csms.act("network_restore")
    begun = await csms.hears_event("Started")
    begun.expect(offline=True)
    ended = await csms.hears_event("Ended", "Deauthorized")
    ended.expect({"transactionInfo.stoppedReason": "DeAuthorized"})
    csms.check_order(ended["transactionInfo.transactionId"])


@CASES.case(
    "TC_E_17_CS",
    "Deauthorized, disconnected at the vehicle",
    requirements=["E06.FR.04", _STOP],
    asks=["plug", "swipe", "ev_stops_energy", "pull_cable_at_ev", "unplug"],
    settings={
        **_points(stop="Authorized"),
        "TxCtrlr.StopTxOnEVSideDisconnect": "true",
        "OCPPCommCtrlr.UnlockOnEVSideDisconnect": "false",
    },
)
async def deauthorized_at_the_vehicle(csms: ManagementSystem) -> None:
    """The cable is pulled at the vehicle: the authorization ends, and the driver's card releases
    the cable."""
    transaction = await csms.charging()
    await csms.act("pull_cable_at_ev")
    ended = await csms.hears_event("Ended", "EVCommunicationLost", "Idle")
    ended.expect({"transactionInfo.stoppedReason": "EVDisconnected"})
    csms.check_order(transaction)
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.leaves()


@CASES.case(
    "TC_E_39_CS",
    "Deauthorized, no cable in time",
    requirements=["E06.FR.04", _STOP],
    needs=["TxStartPoint Authorized"],
    asks=["swipe", "plug"],
    settings={
        **_points("Authorized", "Authorized"),
        "TxCtrlr.EVConnectionTimeOut": "3",
    },
)
async def deauthorized_without_a_cable(csms: ManagementSystem) -> None:
    """No cable comes in time: the transaction ends, and one that comes later does not charge."""
    await csms.booted()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    ended = await csms.hears_event("Ended", "EVConnectTimeout")
    ended.expect({"transactionInfo.stoppedReason": "Timeout"})
    csms.check_order(ended["transactionInfo.transactionId"])
    await csms.act("plug")
    await csms.passes(2)
    for one in csms.inbox.all("TransactionEvent"):
        if one.get("transactionInfo.chargingState") == "Charging":
            raise one.broken("no energy without an authorization")
