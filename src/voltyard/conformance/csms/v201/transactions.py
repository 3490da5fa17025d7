"""Cases of OCPP 2.0.1 for a CSMS: transactions (block E)."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.answers import ACCEPTED
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.csms.v201.transaction import StationTransaction
from voltyard.conformance.wire.message import one_of

CASES = Cases("csms", "2.0.1", "Transactions")

_SIGNED: Final = {
    "signedMeterData": "c2lnbmVkIGJ5IHRoZSBtZXRlcg==",
    "signingMethod": "ECDSAP256SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "",
}


class Event(NamedTuple):
    """An event of the transaction in a table of steps."""

    trigger: str
    state: str
    reason: str | None = None
    tag: str | None = None
    """The field of the subject's tags that is shown."""


_OCCUPIED: Final = "Occupied"
_AUTHORIZE: Final = "Authorize"
_PLUGGED: Final = Event("CablePluggedIn", "EVConnected")
_AUTHORIZED: Final = Event("Authorized", "EVConnected", tag="accepted")
_CHARGING: Final = Event("ChargingStateChanged", "Charging")

_DETECTED: Final = Event("EVDetected", "Idle")
_STOP_AUTHORIZED: Final = Event("StopAuthorized", "EVConnected", tag="accepted")
_ENDED_BY_TOKEN: Final = Event("StopAuthorized", "EVConnected", "Local", "accepted")
_UNPLUGGED: Final = Event("EVCommunicationLost", "Idle", "EVDisconnected")


def _fields(station: Station, event: Event) -> dict[str, Any]:
    fields: dict[str, Any] = {"state": event.state}
    if event.reason is not None:
        fields["reason"] = event.reason
    if event.tag is not None:
        fields["tag"] = getattr(station.tags, event.tag)
    return fields


async def _begin(station: Station, steps: list[str | Event]) -> StationTransaction:
    """Play the steps up to Charging: a status, an Authorize, or an event, the first of which starts
    the transaction."""
    transaction = station.transaction()
    is_started = False
    for step in steps:
        if step == _AUTHORIZE:
            await station.authorize()
        elif isinstance(step, str):
            await station.status(step)
        elif is_started:
            await transaction.updated(step.trigger, **_fields(station, step))
        else:
            is_started = True
            await transaction.started(step.trigger, **_fields(station, step))
    return transaction


@CASES.each(
    Row(
        "TC_E_01_CSMS",
        "Start point PowerPathClosed",
        steps=[_AUTHORIZE, _OCCUPIED, _AUTHORIZED, _CHARGING],
    ),
    Row(
        "TC_E_02_CSMS",
        "Start point EnergyTransfer",
        steps=[_AUTHORIZE, _OCCUPIED, Event("ChargingStateChanged", "Charging", tag="accepted")],
    ),
    Row(
        "TC_E_09_CSMS",
        "Start point EVConnected",
        steps=[_OCCUPIED, _PLUGGED, _AUTHORIZE, _AUTHORIZED, _CHARGING],
    ),
    Row(
        "TC_E_10_CSMS",
        "Start point Authorized",
        steps=[
            _AUTHORIZE,
            Event("Authorized", "Idle", tag="accepted"),
            _OCCUPIED,
            _PLUGGED,
            _CHARGING,
        ],
    ),
    Row(
        "TC_E_12_CSMS",
        "Start point ParkingBayOccupancy",
        steps=[_DETECTED, _OCCUPIED, _PLUGGED, _AUTHORIZE, _AUTHORIZED, _CHARGING],
    ),
    requirements=["E01.FR.01", "E01.FR.02", "E01.FR.03", "E01.FR.05", "E01.FR.06"],
)
async def start_point(station: Station, steps: list[str | Event]) -> None:
    """A transaction starts at the moment that the station is configured for.

    The CSMS has to take a start without a token or a cable, and learn of these by later events.
    """
    await station.ready()
    await station.finish(await _begin(station, steps))


@CASES.case("TC_E_11_CSMS", "Start point DataSigned", requirements=["E01.FR.04"])
async def data_signed(station: Station) -> None:
    """A transaction starts once the meter has signed its first reading.

    The signed value belongs to the transaction's start, and comes with it.
    """
    await station.ready()
    await station.authorize()
    await station.status("Occupied")
    transaction = station.transaction()
    signed = transaction.reading("Transaction.Begin", signedMeterValue=_SIGNED)
    await transaction.started(
        "SignedDataReceived",
        state="EVConnected",
        tag=station.tags.accepted,
        meterValue=[signed],
    )
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction)


@CASES.each(
    Row(
        "TC_E_03_CSMS",
        "Session, cable first",
        steps=[_OCCUPIED, _PLUGGED, _AUTHORIZE, _AUTHORIZED, _CHARGING],
    ),
    Row(
        "TC_E_04_CSMS",
        "Session, token first",
        steps=[_AUTHORIZE, Event("Authorized", "Idle", tag="accepted"), _PLUGGED, _CHARGING],
    ),
    Row(
        "TC_E_38_CSMS",
        "Session, vehicle not ready",
        steps=[
            _AUTHORIZE,
            Event("Authorized", "Idle", tag="accepted"),
            _PLUGGED,
            Event("ChargingStateChanged", "SuspendedEV"),
            _CHARGING,
        ],
    ),
    requirements=["E02.FR.02", "E02.FR.04", "E03.FR.02"],
)
async def session(station: Station, steps: list[str | Event]) -> None:
    """A session with meter values, from the cable or the token to the cable.

    The CSMS checks the token again as it comes in an event, for the station may have known it from
    elsewhere.
    """
    await station.ready()
    transaction = await _begin(station, steps)
    for _ in range(2):
        await transaction.metered()
    await station.finish(transaction)


@CASES.case(
    "TC_E_39_CSMS", "Token first, connection time-out", requirements=["E03.FR.05", "E06.FR.08"]
)
async def connection_time_out(station: Station) -> None:
    """A token is accepted and no cable goes in: the transaction ends without any energy.

    The CSMS has to let such a transaction end, and not keep the token as charging.
    """
    await station.ready()
    await station.authorize()
    transaction = station.transaction()
    await transaction.started("Authorized", state="Idle", tag=station.tags.accepted)
    await transaction.ended("EVConnectTimeout", "Timeout")
    await station.authorize()


# --- the end --------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_E_07_CSMS", "Stop point PowerPathClosed", events=[_ENDED_BY_TOKEN]),
    Row("TC_E_08_CSMS", "Stop point EnergyTransfer, token", events=[_ENDED_BY_TOKEN]),
    Row(
        "TC_E_14_CSMS",
        "Stop point EVConnected, cable pulled at the station",
        events=[_STOP_AUTHORIZED, _UNPLUGGED],
    ),
    Row("TC_E_15_CSMS", "Stop point Authorized, token", events=[_ENDED_BY_TOKEN]),
    Row("TC_E_17_CSMS", "Stop point Authorized, cable pulled at the vehicle", events=[_UNPLUGGED]),
    Row(
        "TC_E_19_CSMS",
        "Stop point ParkingBayOccupancy",
        events=[
            _STOP_AUTHORIZED,
            Event("EVCommunicationLost", "Idle"),
            Event("EVDeparted", "Idle", "Local"),
        ],
    ),
    Row("TC_E_20_CSMS", "Stop point EVConnected, cable pulled at the vehicle", events=[_UNPLUGGED]),
    Row(
        "TC_E_22_CSMS",
        "Stop point EnergyTransfer, suspended by the vehicle",
        events=[Event("ChargingStateChanged", "SuspendedEV", "StoppedByEV")],
    ),
    requirements=["E06.FR.01", "E06.FR.02", "E06.FR.03", "E06.FR.06", "E06.FR.07", "E06.FR.08"],
)
async def stop_point(station: Station, events: list[Event]) -> None:
    """A transaction ends at the moment that the station is configured for, and says why.

    Whatever the reason, the CSMS takes the end: unanswered, it would come again and again.
    """
    await station.ready()
    transaction = await station.charge()
    *before, last = events
    for event in before:
        await transaction.updated(event.trigger, **_fields(station, event))
    await transaction.ended(last.trigger, **_fields(station, last))
    await station.status("Available")


@CASES.case(
    "TC_E_16_CSMS",
    "Stop point Authorized, token refused",
    requirements=["E06.FR.04", "E01.FR.11", "E01.FR.12"],
)
async def token_refused(station: Station) -> None:
    """A token that the station knew from elsewhere is refused by the CSMS: the transaction ends.

    The answer to the event is all that tells the station of it.
    """
    await station.ready()
    transaction = await station.plug_in()
    refused = one_of("Invalid", "Unknown")
    await transaction.updated("Authorized", tag=station.tags.unknown, status=refused)
    await transaction.ended("Deauthorized", "DeAuthorized", state="EVConnected")


@CASES.case(
    "TC_E_21_CSMS",
    "Stop point Authorized, remote stop",
    requirements=["E06.FR.03", "F03.FR.01", "F03.FR.09"],
    asks=["RequestStopTransaction"],
)
async def remote_stop(station: Station) -> None:
    """The operator ends a transaction, which is named by the id that the station gave it."""
    await station.ready()
    transaction = await station.charge()
    fields = {"transactionId": transaction.id}
    await station.asked("RequestStopTransaction", fields, answer=ACCEPTED)
    await transaction.ended("RemoteStop", "Remote", state="EVConnected")
    await station.status("Available")


@CASES.case("TC_E_26_CSMS", "Cable pulled at the vehicle, suspended", requirements=["E10.FR.01"])
async def suspended(station: Station) -> None:
    """The cable comes out at the vehicle and goes in again: the transaction goes on.

    The events in between keep its id and its numbers; the CSMS must not see two transactions.
    """
    await station.ready()
    transaction = await station.charge()
    await transaction.updated("EVCommunicationLost", state="EVConnected")
    await transaction.updated("CablePluggedIn", state="SuspendedEVSE")
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction)


# --- status and numbers ---------------------------------------------------------------------------


@CASES.each(
    Row("TC_E_29_CSMS", "Transaction status, ongoing and queued", ongoing=True, queued=True),
    Row("TC_E_30_CSMS", "Transaction status, ongoing", ongoing=True, queued=False),
    Row("TC_E_31_CSMS", "Transaction status, ended and queued", ongoing=False, queued=True),
    Row("TC_E_33_CSMS", "Queue of messages, some there", ongoing=None, queued=True),
    Row("TC_E_34_CSMS", "Queue of messages, none there", ongoing=None, queued=False),
    requirements=["E14.FR.01", "E14.FR.02", "E14.FR.03", "E14.FR.04", "E14.FR.05"],
    asks=["GetTransactionStatus"],
)
async def transaction_status(station: Station, ongoing: bool | None, queued: bool) -> None:
    """The operator asks whether a transaction goes on, and whether messages wait at the station.

    What was queued comes afterwards, marked as offline, and the CSMS takes it late.
    """
    await station.ready()
    transaction = await station.charge()
    if queued:
        await station.reconnect()
    fields = {} if ongoing is None else {"transactionId": transaction.id}
    answer: dict[str, Any] = {"messagesInQueue": queued}
    if ongoing is not None:
        answer["ongoingIndicator"] = ongoing
    await station.asked("GetTransactionStatus", fields, answer=answer)
    if queued:
        await transaction.metered(offline=True)
        await transaction.ended("EVCommunicationLost", "EVDisconnected", offline=True)
    else:
        await station.finish(transaction)


@CASES.case("TC_E_53_CSMS", "Numbers from 0 in each transaction", requirements=["E01.FR.07"])
async def numbers(station: Station) -> None:
    """The events of each transaction are numbered from 0, so the numbers come again.

    A CSMS that numbers by EVSE would take the second transaction for a repetition of the first.
    """
    await station.ready()
    for tag in (station.tags.accepted, station.tags.other):
        await station.finish(await station.charge(tag), tag=tag)
