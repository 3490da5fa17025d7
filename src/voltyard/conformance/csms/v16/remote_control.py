"""Cases of OCPP 1.6 for a CSMS: the operator has a charge point do something."""

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v16.station import ACCEPTED, REJECTED, Station

CASES = Cases("csms", "1.6", "Core")

_REMOTE_START = "OCPP 1.6 section 5.11"
_REMOTE_STOP = "OCPP 1.6 section 5.12"
_UNLOCK = "OCPP 1.6 section 5.18"
_KEY = {"key": "MeterValueSampleInterval", "value": "15"}


async def _remote_start(station: Station, answer: dict[str, Any]) -> None:
    fields = {"connectorId": 1, "idTag": station.tags.accepted}
    await station.asked("RemoteStartTransaction", fields, answer=answer)


@CASES.case(
    "TC_010_CSMS",
    "Remote start, cable plugged in first",
    requirements=[_REMOTE_START],
    asks=["RemoteStartTransaction"],
)
async def remote_start_with_the_cable_in(station: Station) -> None:
    """The operator starts a session at a connector to which a vehicle is connected."""
    await station.ready()
    await station.status("Preparing")
    await _remote_start(station, ACCEPTED)
    await station.authorize()
    number = (await station.start())["transactionId"]
    await station.status("Charging")
    await station.finish(number)


@CASES.case(
    "TC_011_1_CSMS",
    "Remote start, then the cable",
    requirements=[_REMOTE_START],
    asks=["RemoteStartTransaction"],
)
async def remote_start_and_then_the_cable(station: Station) -> None:
    """The operator starts a session, and the cable goes in afterwards."""
    await station.ready()
    await _remote_start(station, ACCEPTED)
    await station.finish(await station.charge())


@CASES.case(
    "TC_011_2_CSMS",
    "Remote start, connection time-out",
    requirements=[_REMOTE_START],
    asks=["RemoteStartTransaction"],
)
async def remote_start_and_no_cable(station: Station) -> None:
    """The operator starts a session and no cable goes in: the connector is Available again."""
    await station.ready()
    await _remote_start(station, ACCEPTED)
    await station.status("Preparing")
    await station.status("Available")


@CASES.case(
    "TC_012_CSMS",
    "Remote stop",
    requirements=[_REMOTE_STOP],
    asks=["RemoteStopTransaction"],
)
async def remote_stop(station: Station) -> None:
    """The operator ends a transaction, which is named by the id that the CSMS gave it."""
    await station.ready()
    number = await station.charge()
    await station.asked("RemoteStopTransaction", {"transactionId": number}, answer=ACCEPTED)
    await station.finish(number, "Remote")


@CASES.each(
    Row("TC_013_CSMS", "Hard reset", type="Hard", reason="HardReset"),
    Row("TC_014_CSMS", "Soft reset", type="Soft", reason="SoftReset"),
    requirements=["OCPP 1.6 section 5.14"],
    asks=["Reset"],
)
async def reset(station: Station, type: str, reason: str) -> None:
    """The operator resets a charge point while it charges; it ends the session and boots anew."""
    await station.ready()
    number = await station.charge()
    await station.asked("Reset", {"type": type}, answer=ACCEPTED)
    await station.stop(number, reason)
    await station.reconnect()
    await station.ready()


@CASES.each(
    Row("TC_017_1_CSMS", "Unlock, detachable cable", status="Unlocked"),
    Row("TC_017_2_CSMS", "Unlock, fixed cable", status="NotSupported"),
    Row("TC_030_CSMS", "Unlock, failure", status="UnlockFailed"),
    requirements=[_UNLOCK],
    asks=["UnlockConnector"],
)
async def unlock(station: Station, status: str) -> None:
    """The operator has a connector unlocked, without a session; the CSMS lives with each answer."""
    await station.ready()
    await station.asked("UnlockConnector", {"connectorId": 1}, answer={"status": status})
    await station.call("Heartbeat")


@CASES.case(
    "TC_031_CSMS", "Unlock, unknown connector", requirements=[_UNLOCK], asks=["UnlockConnector"]
)
async def unlock_an_unknown_connector(station: Station) -> None:
    """The operator names a connector that is not there, and the charge point says so."""
    await station.ready()
    await station.asked("UnlockConnector", {"connectorId": 9}, answer={"status": "NotSupported"})


@CASES.case(
    "TC_018_1_CSMS", "Unlock, with a session", requirements=[_UNLOCK], asks=["UnlockConnector"]
)
async def unlock_ends_a_session(station: Station) -> None:
    """Unlocking a connector in use ends its transaction with UnlockCommand."""
    await station.ready()
    number = await station.charge()
    await station.asked("UnlockConnector", {"connectorId": 1}, answer={"status": "Unlocked"})
    await station.finish(number, "UnlockCommand")


@CASES.each(
    Row("TC_019_1_CSMS", "Retrieve all configuration keys", keys=[]),
    Row("TC_019_2_CSMS", "Retrieve one configuration key", keys=["SupportedFeatureProfiles"]),
    requirements=["OCPP 1.6 section 5.8"],
    asks=["GetConfiguration"],
)
async def retrieve_configuration(station: Station, keys: list[str]) -> None:
    """The operator reads settings: all of them by no key or an empty list, or those named."""
    await station.ready()
    if keys:
        await station.asked("GetConfiguration", {"key": keys})
        return
    request = await station.asked("GetConfiguration")
    if request.payload.get("key"):
        raise request.broken("no key, or an empty list of them")


@CASES.each(
    Row("TC_021_CSMS", "Change a configuration key", status="Accepted"),
    Row("TC_040_1_CSMS", "Change a configuration key, not supported", status="NotSupported"),
    Row("TC_040_2_CSMS", "Change a configuration key, invalid value", status="Rejected"),
    requirements=["OCPP 1.6 section 5.3"],
    asks=["ChangeConfiguration"],
)
async def change_configuration(station: Station, status: str) -> None:
    """The operator changes a setting; a charge point may refuse the key or the value."""
    await station.ready()
    await station.asked("ChangeConfiguration", _KEY, answer={"status": status})
    await station.call("Heartbeat")


@CASES.case(
    "TC_026_CSMS",
    "Remote start, rejected",
    requirements=[_REMOTE_START],
    asks=["RemoteStartTransaction"],
)
async def remote_start_rejected(station: Station) -> None:
    """The charge point refuses to start; the CSMS takes it, and goes on."""
    await station.ready()
    await _remote_start(station, REJECTED)
    await station.call("Heartbeat")


@CASES.case(
    "TC_028_CSMS",
    "Remote stop, rejected",
    requirements=[_REMOTE_STOP],
    asks=["RemoteStopTransaction"],
)
async def remote_stop_rejected(station: Station) -> None:
    """The charge point refuses to stop: the transaction goes on, and ends at the card."""
    await station.ready()
    number = await station.charge()
    await station.asked("RemoteStopTransaction", {"transactionId": number}, answer=REJECTED)
    await station.finish(number, "Local", idTag=station.tags.accepted)


@CASES.case(
    "TC_061_CSMS",
    "Clear the authorization cache",
    requirements=["OCPP 1.6 section 5.4"],
    asks=["ClearCache"],
)
async def clear_cache(station: Station) -> None:
    """The operator has the charge point forget the tags that it knows."""
    await station.ready()
    await station.asked("ClearCache", answer=ACCEPTED)


@CASES.case(
    "TC_054_CSMS",
    "Trigger a message",
    group="RemoteTrigger",
    requirements=["OCPP 1.6 section 5.17"],
    asks=["TriggerMessage"],
)
async def trigger_message(station: Station) -> None:
    """The operator asks for each message that can be triggered, and the CSMS takes each."""
    await station.ready()
    reading = {"timestamp": station.now(), "sampledValue": [{"value": "1000"}]}
    triggered: list[tuple[str, dict[str, Any]]] = [
        ("MeterValues", {"connectorId": 1, "meterValue": [reading]}),
        ("Heartbeat", {}),
        ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}),
        ("DiagnosticsStatusNotification", {"status": "Idle"}),
        ("FirmwareStatusNotification", {"status": "Idle"}),
    ]
    for action, payload in triggered:
        fields = {"requestedMessage": action, "connectorId": 1}
        await station.asked("TriggerMessage", fields, answer=ACCEPTED)
        await station.call(action, **payload)


@CASES.case(
    "TC_055_CSMS",
    "Trigger a message, rejected",
    group="RemoteTrigger",
    requirements=["OCPP 1.6 section 5.17"],
    asks=["TriggerMessage"],
)
async def trigger_message_rejected(station: Station) -> None:
    """The charge point will not send the message; the CSMS takes it, and goes on."""
    await station.ready()
    await station.asked("TriggerMessage", {"requestedMessage": "MeterValues"}, answer=REJECTED)
    await station.call("Heartbeat")
