"""Cases of OCPP 2.0.1 for a charging station: remote start and stop, unlocking and triggers (block
F)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES
from voltyard.conformance.wire.endings import NotApplicable

CASES = Cases("charger", "2.0.1", "RemoteControl")

_LOCK = "connector lock"
_TRIGGERED = ["F06.FR.04", "F06.FR.05", "F06.FR.10"]


# --- remote start ---------------------------------------------------------------------------------


@CASES.case(
    "TC_F_01_CS",
    "Remote start, cable first",
    requirements=["F01.FR.03", "F01.FR.04", "F01.FR.05", "F01.FR.13", "F01.FR.17", "F01.FR.19"],
    asks=["plug"],
    settings={"TxCtrlr.TxStartPoint": "EVConnected", "AuthCtrlr.AuthorizeRemoteStart": "false"},
)
async def cable_first(csms: ManagementSystem) -> None:
    """A transaction that the cable began is authorized by the CSMS: the answer names it already."""
    await csms.booted()
    await csms.act("plug")
    begun = await csms.hears_event("Started", "CablePluggedIn")
    transaction = begun["transactionInfo.transactionId"]
    answer = await csms.remote_start()
    answer.expect(transactionId=transaction)
    granted = await csms.hears_event("Updated", "RemoteStart", remoteStartId=csms.numbers)
    granted.expect({"transactionInfo.transactionId": transaction, "idToken": csms.token()})
    await csms.hears_event("Updated", state="Charging")
    csms.never_heard("Authorize")


@CASES.each(
    Row("TC_F_02_CS", "Remote start, authorize first", authorizes=True),
    Row("TC_F_03_CS", "Remote start, without Authorize", authorizes=False),
    requirements=["F02.FR.01", "F01.FR.01", "F01.FR.02"],
    asks=["plug"],
)
async def remote_start_first(csms: ManagementSystem, authorizes: bool) -> None:
    """The CSMS asks for a transaction before the cable is in; whether the station asks about the
    token itself is a setting."""
    await csms.booted()
    await csms.set_variable("AuthCtrlr.AuthorizeRemoteStart", str(authorizes).lower())
    await csms.remote_start()
    if authorizes:
        await csms.hears("Authorize", idToken=csms.token())
    await csms.act("plug")
    begun = await csms.hears_event(remoteStartId=csms.numbers)
    begun.expect(idToken=csms.token(), triggerReason="RemoteStart")
    await csms.hears_event(state="Charging", transactionId=begun["transactionInfo.transactionId"])
    csms.heard_times("Authorize", 1 if authorizes else 0)


@CASES.case(
    "TC_F_04_CS",
    "Remote start, no cable in time",
    requirements=["F02.FR.01", "E03.FR.01", "E03.FR.05"],
    needs=["TxStartPoint Authorized"],
    settings={
        "TxCtrlr.TxStartPoint": "Authorized",
        "TxCtrlr.TxStopPoint": "Authorized",
        "TxCtrlr.EVConnectionTimeOut": "3",
        "AuthCtrlr.AuthorizeRemoteStart": "false",
    },
)
async def no_cable_in_time(csms: ManagementSystem) -> None:
    """No cable comes in time: the transaction ends, and the next one can be asked for."""
    await csms.booted()
    await csms.remote_start()
    await csms.hears_event("Started", "RemoteStart", remoteStartId=csms.numbers)
    ended = await csms.hears_event("Ended", "EVConnectTimeout")
    ended.expect({"transactionInfo.stoppedReason": "Timeout"})
    await csms.remote_start()
    await csms.hears_event("Started", "RemoteStart", remoteStartId=csms.numbers)


# --- remote stop ----------------------------------------------------------------------------------


@CASES.case(
    "TC_F_08_CS",
    "Remote stop",
    requirements=["F03.FR.02", "F03.FR.03", "F03.FR.07", "F03.FR.09"],
    asks=["plug", "swipe", "unplug"],
)
async def remote_stop(csms: ManagementSystem) -> None:
    """The CSMS stops the transaction, and the driver can take the cable away."""
    transaction = await csms.charging()
    await csms.remote_stop(transaction)
    stopped = await csms.hears_event(trigger="RemoteStop", transactionId=transaction)
    if stopped["eventType"] == "Ended":
        stopped.expect({"transactionInfo.stoppedReason": "Remote"})
    await csms.leaves()


@CASES.case(
    "TC_F_09_CS",
    "Remote stop, rejected",
    requirements=["F03.FR.08"],
    asks=["plug", "swipe"],
)
async def remote_stop_of_another(csms: ManagementSystem) -> None:
    """A transaction that is not there cannot be stopped, and the one that is goes on."""
    await csms.charging()
    await csms.remote_stop("b3b1f3a2-0000-4000-8000-000000000000", status="Rejected")
    await csms.passes(2)
    for one in csms.inbox.all("TransactionEvent"):
        if one["eventType"] == "Ended" or one["triggerReason"] == "RemoteStop":
            raise one.broken("a transaction that goes on")


# --- unlocking ------------------------------------------------------------------------------------


async def _unlock(csms: ManagementSystem, status: str, connector: int = 1) -> None:
    answer = await csms.asks("UnlockConnector", evseId=1, connectorId=connector)
    answer.expect(status=status)


@CASES.case(
    "TC_F_05_CS",
    "Unlock in a transaction",
    requirements=["F05.FR.01", "F05.FR.02"],
    needs=[_LOCK],
    asks=["plug", "swipe"],
)
async def unlock_in_a_transaction(csms: ManagementSystem) -> None:
    """A connector of an authorized transaction stays locked: and its cable with it."""
    await csms.charging()
    await _unlock(csms, "OngoingAuthorizedTransaction")
    await csms.passes(2)
    for one in csms.inbox.all("TransactionEvent"):
        if one["eventType"] == "Ended":
            raise one.broken("a transaction that goes on")


@CASES.case(
    "TC_F_06_CS",
    "Unlock, a cable in",
    requirements=["F05.FR.01", "F05.FR.04"],
    needs=[_LOCK],
    asks=["plug", "unplug"],
)
async def unlock_a_cable(csms: ManagementSystem) -> None:
    """A cable without a transaction is unlocked, and can be taken away."""
    await csms.booted()
    await csms.act("plug")
    await csms.hears_status("Occupied")
    await _unlock(csms, "Unlocked")
    await csms.leaves()


@CASES.each(
    Row("TC_F_07_CS", "Unlock, no cable", connector=1, status="Unlocked"),
    Row("TC_F_10_CS", "Unlock, unknown connector", connector=99, status="UnknownConnector"),
    requirements=["F05.FR.01", "F05.FR.03", "F05.FR.06"],
    needs=[_LOCK],
)
async def unlock(csms: ManagementSystem, connector: int, status: str) -> None:
    """A connector without a cable is unlocked all the same; one that is not there is not."""
    await csms.booted()
    await _unlock(csms, status, connector)


# --- triggers -------------------------------------------------------------------------------------

_CONTEXT = {"meterValue.0.sampledValue.0.context": "Trigger"}


@CASES.each(
    Row("TC_F_11_CS", "Trigger meter values, one EVSE", evses=(1,), of={"evse": {"id": 1}}),
    Row("TC_F_12_CS", "Trigger meter values, all EVSEs", evses=(1, 2), of={}),
    requirements=["F06.FR.02", "F06.FR.06", "F06.FR.11", *_TRIGGERED],
)
async def trigger_meter_values(
    csms: ManagementSystem, evses: tuple[int, ...], of: dict[str, Any]
) -> None:
    """Meter values come of the EVSE that is named, or of each, and say that they were asked
    for."""
    await csms.booted()
    await csms.trigger("MeterValues", **of)
    for evse in evses:
        await csms.hears("MeterValues", evseId=evse, **_CONTEXT)
    await csms.passes(1)
    csms.heard_times("MeterValues", len(evses))


@CASES.each(
    Row("TC_F_13_CS", "Trigger TransactionEvent, one EVSE", of={"evse": {"id": 1}}, times=1),
    Row("TC_F_14_CS", "Trigger TransactionEvent, all EVSEs", of={}, times=2),
    requirements=["F06.FR.02", "F06.FR.07", "F06.FR.11", *_TRIGGERED],
    needs=[SEVERAL_EVSES],
    asks=["plug", "swipe"],
    settings={"SampledDataCtrlr.TxUpdatedInterval": "0"},
)
async def trigger_transaction_event(csms: ManagementSystem, of: dict[str, Any], times: int) -> None:
    """An event comes of each transaction that is meant, with its state and meter values."""
    running = [await csms.charging(), await csms.starts(csms.tags.other, 2)]
    await csms.trigger("TransactionEvent", **of)
    told = {}
    for _ in range(times):
        event = await csms.hears_event("Updated", "Trigger", "Charging")
        event.expect(_CONTEXT)
        told[event["transactionInfo.transactionId"]] = event
    if sorted(told) != sorted(running[:times]):
        raise csms.record.broken(f"an event of each of {running[:times]}", str(sorted(told)))
    await csms.passes(1)
    csms.hears_nothing("TransactionEvent")


@CASES.each(
    Row("TC_F_15_CS", "Trigger LogStatusNotification, idle", message="LogStatusNotification"),
    Row(
        "TC_F_17_CS",
        "Trigger FirmwareStatusNotification, an EVSE that does not matter",
        message="FirmwareStatusNotification",
        evse={"id": 1},
    ),
    Row(
        "TC_F_18_CS",
        "Trigger FirmwareStatusNotification, idle",
        message="FirmwareStatusNotification",
    ),
    requirements=["F06.FR.03", "F06.FR.15", "F06.FR.16", "L01.FR.25", *_TRIGGERED],
)
async def trigger_an_idle_status(csms: ManagementSystem, message: str, **evse: Any) -> None:
    """A station that is at nothing says Idle."""
    await csms.booted()
    await csms.trigger(message, **evse)
    told = await csms.hears(message)
    if told["status"] in ("Uploading", "Downloading", "DownloadFailed"):
        raise NotApplicable("the station is at what an earlier case asked for (F06.FR.14)")
    told.expect(status="Idle")


@CASES.case(
    "TC_F_16_CS",
    "Trigger LogStatusNotification, uploading",
    requirements=["F06.FR.14", *_TRIGGERED],
    needs=["GetLog"],
    files=True,
)
async def trigger_uploading(csms: ManagementSystem) -> None:
    """A station that uploads a log says so, with the request's number."""
    await csms.booted()
    request_id = csms.number()
    answer = await csms.asks(
        "GetLog",
        logType="DiagnosticsLog",
        requestId=request_id,
        log={"remoteLocation": csms.folder.absent_url},
        retries=3,
        retryInterval=30,
    )
    answer.expect(status="Accepted")
    await csms.hears("LogStatusNotification", status="Uploading", requestId=request_id)
    await csms.trigger("LogStatusNotification")
    await csms.hears("LogStatusNotification", status="Uploading", requestId=request_id)


@CASES.case(
    "TC_F_19_CS",
    "Trigger FirmwareStatusNotification, downloading",
    requirements=["L01.FR.26", *_TRIGGERED],
    needs=["FirmwareManagement"],
    files=True,
)
async def trigger_downloading(csms: ManagementSystem) -> None:
    """A station that downloads firmware says so, with the request's number."""
    await csms.booted()
    request_id = csms.number()
    answer = await csms.asks(
        "UpdateFirmware",
        requestId=request_id,
        retries=3,
        retryInterval=30,
        firmware={
            "location": f"{csms.folder.url}absent.bin",
            "retrieveDateTime": csms.now(-7200),
        },
    )
    answer.expect(status="Accepted")
    await csms.hears("FirmwareStatusNotification", status="Downloading", requestId=request_id)
    await csms.trigger("FirmwareStatusNotification")
    await csms.hears("FirmwareStatusNotification", status="Downloading", requestId=request_id)


@CASES.case("TC_F_20_CS", "Trigger Heartbeat", requirements=_TRIGGERED)
async def trigger_heartbeat(csms: ManagementSystem) -> None:
    """A heartbeat comes when it is asked for, long before its interval is over."""
    await csms.booted()
    began = csms.clock()
    await csms.trigger("Heartbeat")
    await csms.hears("Heartbeat")
    if csms.clock() - began > 200:
        raise csms.record.broken("a heartbeat at once", f"after {csms.clock() - began:.0f} s")


@CASES.each(
    Row("TC_F_23_CS", "Trigger StatusNotification, available", plugs=False, status="Available"),
    Row("TC_F_24_CS", "Trigger StatusNotification, occupied", plugs=True, status="Occupied"),
    requirements=["F06.FR.02", *_TRIGGERED],
    asks=["plug"],
)
async def trigger_status(csms: ManagementSystem, plugs: bool, status: str) -> None:
    """The connector's status comes, as it is now."""
    await csms.booted()
    if plugs:
        await csms.act("plug")
        await csms.hears_status(status)
    before = len(csms.inbox.all("StatusNotification"))
    await csms.trigger("StatusNotification", evse={"id": 1, "connectorId": 1})
    await csms.hears_status(status)
    csms.heard_times("StatusNotification", before + 1)


@CASES.case("TC_F_26_CS", "Trigger BootNotification, rejected", requirements=["F06.FR.17"])
async def trigger_boot(csms: ManagementSystem) -> None:
    """A station whose boot was accepted does not send another for the asking."""
    await csms.booted()
    await csms.trigger("BootNotification", status="Rejected")
    await csms.passes(2)
    csms.heard_times("BootNotification", 1)


@CASES.case(
    "TC_F_27_CS",
    "Trigger, not implemented",
    requirements=["F06.FR.08"],
    needs=["no ISO15118"],
    spec={"settings": {"ISO15118Ctrlr.Enabled": "false"}},
)
async def trigger_what_is_not_there(csms: ManagementSystem) -> None:
    """A message that the station cannot send is called so, and none is sent."""
    await csms.booted()
    await csms.trigger("SignV2GCertificate", status="NotImplemented")
    await csms.passes(1)
    csms.never_heard("SignCertificate")
