"""Cases of OCPP 2.0.1 for a CSMS: remote control (block F)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.answers import ACCEPTED
from voltyard.conformance.csms.v201.station import EVSES, Station
from voltyard.conformance.csms.v201.transaction import StationTransaction
from voltyard.conformance.wire.message import PRESENT

CASES = Cases("csms", "2.0.1", "RemoteControl")

_TIMEOUT: Final = ("EVConnectTimeout", "Timeout")


async def _remote_start(station: Station, running: StationTransaction | None = None) -> int:
    """The operator starts a session on EVSE 1, which the station accepts; the number of the start.

    `running` is the transaction that has started there by the cable (F01.FR.13).
    """
    fields = {"idToken": station.token(), "evseId": 1, "remoteStartId": 7}
    answer = ACCEPTED if running is None else {**ACCEPTED, "transactionId": running.id}
    request = await station.asked(
        "RequestStartTransaction",
        fields,
        answer=answer,
        expected={"idToken": station.token(), "evseId": 1, "remoteStartId": PRESENT},
    )
    number: int = request["remoteStartId"]
    return number


@CASES.case(
    "TC_F_01_CSMS",
    "Remote start, cable first",
    requirements=["F01.FR.03", "F01.FR.04", "F01.FR.13", "F01.FR.25"],
    asks=["RequestStartTransaction"],
)
async def remote_start_with_the_cable_in(station: Station) -> None:
    """The operator starts a session where the cable has started a transaction already.

    The station names that transaction in its answer, and the start in its next event: they are one.
    """
    await station.ready()
    transaction = await station.plug_in()
    number = await _remote_start(station, transaction)
    await transaction.updated("RemoteStart", tag=station.tags.accepted, remote_start_id=number)
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction)


@CASES.each(
    Row("TC_F_02_CSMS", "Remote start, then the cable, token asked for", authorizes=True),
    Row("TC_F_03_CSMS", "Remote start, then the cable", authorizes=False),
    requirements=["F02.FR.01", "F02.FR.09", "F02.FR.10", "F02.FR.11"],
    asks=["RequestStartTransaction"],
)
async def remote_start_and_then_the_cable(station: Station, authorizes: bool) -> None:
    """The operator starts a session, and the cable goes in afterwards.

    The station may ask for the token all the same (AuthorizeRemoteStart).
    """
    await station.ready()
    number = await _remote_start(station)
    if authorizes:
        await station.authorize()
    transaction = await _started_remotely(station, number)
    await station.status("Occupied")
    await transaction.updated("CablePluggedIn", state="EVConnected", evse=True)
    await transaction.updated("ChargingStateChanged", state="Charging")
    await station.finish(transaction)


async def _started_remotely(station: Station, number: int) -> StationTransaction:
    transaction = station.transaction()
    await transaction.started(
        "RemoteStart", state="Idle", tag=station.tags.accepted, remote_start_id=number
    )
    return transaction


@CASES.case(
    "TC_F_04_CSMS",
    "Remote start, connection time-out",
    requirements=["F02.FR.01", "F02.FR.07"],
    asks=["RequestStartTransaction"],
)
async def remote_start_and_no_cable(station: Station) -> None:
    """The operator starts a session and no cable goes in: it ends, and the token is free again."""
    await station.ready()
    transaction = await _started_remotely(station, await _remote_start(station))
    await transaction.ended(*_TIMEOUT)
    await station.authorize()


@CASES.case(
    "TC_F_06_CSMS",
    "Unlock, without a transaction",
    requirements=["F05.FR.01", "F05.FR.04"],
    asks=["UnlockConnector"],
)
async def unlock(station: Station) -> None:
    """The operator has a connector unlocked, which is named by its EVSE and its own number."""
    await station.ready()
    fields = {"evseId": 1, "connectorId": 1}
    await station.asked("UnlockConnector", fields, answer={"status": "Unlocked"})
    await station.heartbeat()


# --- triggered messages ---------------------------------------------------------------------------


async def _trigger(
    station: Station, message: str, evse: int | None = None, status: str = "Accepted"
) -> None:
    """The operator triggers a message, of one EVSE or of all, to which the station answers so."""
    fields: dict[str, Any] = {"requestedMessage": message}
    if evse is not None:
        fields["evse"] = {"id": evse}
        if message == "StatusNotification":
            fields["evse"]["connectorId"] = 1
    await station.asked("TriggerMessage", fields, answer={"status": status})


@CASES.each(
    Row("TC_F_11_CSMS", "Trigger meter values of one EVSE", evse=1),
    Row("TC_F_12_CSMS", "Trigger meter values of all EVSEs", evse=None),
    requirements=["F06.FR.02", "F06.FR.06", "F06.FR.11"],
    asks=["TriggerMessage"],
)
async def trigger_meter_values(station: Station, evse: int | None) -> None:
    """The operator asks for the meters' readings now, of one EVSE or, naming none, of all."""
    await station.ready()
    await _trigger(station, "MeterValues", evse)
    for each in EVSES if evse is None else (evse,):
        reading = station.transaction(each).reading("Trigger")
        await station.tell("MeterValues", evseId=each, meterValue=[reading])


@CASES.each(
    Row("TC_F_13_CSMS", "Trigger the transaction event of one EVSE", evse=1),
    Row("TC_F_14_CSMS", "Trigger the transaction events of all EVSEs", evse=None),
    requirements=["F06.FR.02", "F06.FR.07", "F06.FR.11"],
    asks=["TriggerMessage"],
)
async def trigger_transaction_event(station: Station, evse: int | None) -> None:
    """The operator asks how the transactions stand, of one EVSE or, naming none, of all."""
    await station.ready()
    tags = (station.tags.accepted, station.tags.other)
    running = [await station.charge(tag, each) for tag, each in zip(tags, EVSES, strict=True)]
    await _trigger(station, "TransactionEvent", evse)
    for transaction in running if evse is None else running[:1]:
        await transaction.updated("Trigger", meterValue=[transaction.reading("Trigger")])
    for transaction, tag in zip(running, tags, strict=True):
        await station.finish(transaction, tag=tag)


@CASES.each(
    Row("TC_F_15_CSMS", "Trigger the status of a log", message="LogStatusNotification"),
    Row("TC_F_18_CSMS", "Trigger the status of firmware", message="FirmwareStatusNotification"),
    requirements=["F06.FR.15", "F06.FR.16"],
    asks=["TriggerMessage"],
)
async def trigger_an_idle_status(station: Station, message: str) -> None:
    """The operator asks for the status of a job where none runs: Idle comes, without a number."""
    await station.ready()
    await _trigger(station, message)
    await station.tell(message, status="Idle")


@CASES.case(
    "TC_F_20_CSMS",
    "Trigger a heartbeat",
    requirements=["F06.FR.01", "F06.FR.10"],
    asks=["TriggerMessage"],
)
async def trigger_heartbeat(station: Station) -> None:
    """The operator asks for a sign of life, which comes with the answer to it: the time."""
    await station.ready()
    await _trigger(station, "Heartbeat")
    await station.heartbeat()


@CASES.each(
    Row("TC_F_23_CSMS", "Trigger a status, Available", status="Available"),
    Row("TC_F_24_CSMS", "Trigger a status, Occupied", status="Occupied"),
    requirements=["F06.FR.13"],
    asks=["TriggerMessage"],
)
async def trigger_status(station: Station, status: str) -> None:
    """The operator asks for the status of a connector, which it names: there is none of an EVSE."""
    await station.ready()
    await station.status(status)
    await _trigger(station, "StatusNotification", 1)
    await station.status(status)


@CASES.case(
    "TC_F_27_CSMS",
    "Trigger a message that is not implemented",
    requirements=["F06.FR.08"],
    asks=["TriggerMessage"],
)
async def trigger_not_implemented(station: Station) -> None:
    """The station cannot send the message; the CSMS takes it, and goes on."""
    await station.ready()
    await _trigger(station, "LogStatusNotification", status="NotImplemented")
    await station.heartbeat()
