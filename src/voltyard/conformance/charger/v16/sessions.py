"""Cases of OCPP 1.6 for a charge point: booting and charging."""

from voltyard.conformance.attendants.own import FIXED_CABLE
from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.wire.message import ABSENT, ReceivedMessage, at_least, one_of
from voltyard.kernel.time import from_rfc3339

CASES = Cases("charger", "1.6", "Core")

_AUTHORIZE = "OCPP 1.6 section 4.1"
_BOOT = "OCPP 1.6 section 4.2"
_START = "OCPP 1.6 section 4.8"
_STATUS = "OCPP 1.6 section 4.9"
_STOP = "OCPP 1.6 section 4.10"
_UNLOCK = "OCPP 1.6 section 5.18"


@CASES.case("TC_001_CS", "Cold boot", requirements=[_BOOT, _STATUS], boot={"interval": 2})
async def cold_boot(central: CentralSystem) -> None:
    """A charge point boots, reports each connector, and sends heartbeats at the given interval.

    Without them a CSMS takes it for lost.
    """
    await central.hears("BootNotification")
    for connector in range(central.subject.evses + 1):
        await central.hears_status("Available", connector)
    await central.hears("Heartbeat")


@CASES.case(
    "TC_002_CS",
    "Cold boot, pending",
    requirements=[_BOOT],
    boot={"status": "Pending", "interval": 2},
)
async def pending_boot(central: CentralSystem) -> None:
    """While the boot is pending the CSMS may configure the charge point, which says nothing else.

    A transaction that is asked for then is refused.
    """
    await central.hears("BootNotification")
    found = await central.asks("GetConfiguration", key=["HeartbeatInterval"])
    found.expect({"configurationKey.0.key": "HeartbeatInterval"})
    changed = await central.asks("ChangeConfiguration", key="MeterValueSampleInterval", value="30")
    changed.expect(status="Accepted")
    started = await central.asks(
        "RemoteStartTransaction", idTag=central.tags.accepted, connectorId=1
    )
    started.expect(status="Rejected")
    other = [one for one in central.inbox.calls if one.action != "BootNotification"]
    if other:
        raise other[0].broken("nothing but BootNotification while the boot is pending")
    central.boot.update(status="Accepted", interval=300)
    await central.hears("BootNotification")
    for connector in range(central.subject.evses + 1):
        await central.hears_status("Available", connector)


@CASES.case(
    "TC_003_CS",
    "Regular session, plug-in first",
    requirements=[_AUTHORIZE, _START, _STOP],
    asks=["plug", "swipe", "unplug"],
)
async def plug_in_first(central: CentralSystem) -> None:
    """A session from the cable to the cable, begun and ended by the card."""
    tag = central.tags.accepted
    await central.booted()
    await central.act("plug")
    await central.hears_status("Preparing")
    await central.act("swipe", id_tag=tag)
    await central.hears("Authorize", idTag=tag)
    started = await central.hears("StartTransaction", connectorId=1, idTag=tag)
    started.expect(meterStart=at_least(0))
    await central.hears_status("Charging")
    await central.act("swipe", id_tag=tag)
    stopped = await central.hears("StopTransaction", transactionId=central.transactions)
    stopped.expect(meterStop=at_least(started["meterStart"]))
    if stopped.get("reason") != "Local":
        stopped.expect(reason=ABSENT)
    await central.hears_status("Finishing")
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_004_1_CS",
    "Regular session, identification first",
    requirements=[_AUTHORIZE, _START],
    asks=["plug", "swipe"],
)
async def identification_first(central: CentralSystem) -> None:
    """A session in which the card is shown before the cable goes in."""
    tag = central.tags.accepted
    await central.booted()
    await central.act("swipe", id_tag=tag)
    await central.hears("Authorize", idTag=tag)
    await central.hears_status("Preparing")
    await central.act("plug")
    await central.hears("StartTransaction", connectorId=1, idTag=tag)
    await central.hears_status("Charging")


@CASES.case(
    "TC_004_2_CS",
    "Identification first, connection time-out",
    requirements=["OCPP 1.6 section 9.1.6"],
    asks=["swipe"],
    settings={"ConnectionTimeOut": "2"},
)
async def connection_time_out(central: CentralSystem) -> None:
    """A card is shown and no cable comes: the connector is Available again, nothing begins."""
    await central.booted()
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears_status("Preparing")
    await central.hears_status("Available")
    central.never_heard("StartTransaction")


def _on_disconnect(stop: str, unlock: str) -> dict[str, str]:
    return {
        "StopTransactionOnEVSideDisconnect": stop,
        "UnlockConnectorOnEVSideDisconnect": unlock,
    }


@CASES.case(
    "TC_005_1_CS",
    "Cable pulled at the vehicle, stop and unlock",
    requirements=[_STOP, "OCPP 1.6 section 9.1.23"],
    asks=["plug", "swipe", "pull_cable_at_ev", "unplug"],
    settings=_on_disconnect("true", "true"),
)
async def pulled_at_the_vehicle(central: CentralSystem) -> None:
    """The cable comes out at the vehicle: the transaction ends, and the cable can be taken away."""
    await central.charging()
    await central.act("pull_cable_at_ev")
    await central.hears("StopTransaction", reason="EVDisconnected")
    await central.hears_status("Finishing")
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_005_2_CS",
    "Cable pulled at the vehicle, stop and stay locked",
    requirements=[_STOP, "OCPP 1.6 section 9.1.23"],
    asks=["plug", "swipe", "pull_cable_at_ev", "unplug"],
    settings=_on_disconnect("true", "false"),
)
async def pulled_and_locked(central: CentralSystem) -> None:
    """The transaction ends, and the cable stays locked at the charge point until the card."""
    await central.charging()
    await central.act("pull_cable_at_ev")
    await central.hears("StopTransaction", reason="EVDisconnected")
    await central.hears_status("Finishing")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_005_3_CS",
    "Cable pulled at the vehicle, no stop",
    requirements=["OCPP 1.6 section 9.1.23"],
    asks=["plug", "swipe", "pull_cable_at_ev"],
    settings=_on_disconnect("false", "false"),
)
async def pulled_and_goes_on(central: CentralSystem) -> None:
    """The transaction is suspended while the cable is out at the vehicle, and goes on after."""
    await central.charging()
    await central.act("pull_cable_at_ev")
    await central.hears_status("SuspendedEV")
    await central.act("plug")
    await central.hears_status("Charging")
    central.never_heard("StopTransaction")


_CACHE = {"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}


async def _cached(central: CentralSystem) -> None:
    """The tag is in the cache, and nothing goes on."""
    await central.charging()
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_007_1_CS",
    "Cached id, local start",
    requirements=["OCPP 1.6 section 3.4.1"],
    asks=["plug", "swipe", "unplug"],
    settings=_CACHE,
)
async def cached_id(central: CentralSystem) -> None:
    """A tag in the cache starts a session at once, without Authorize."""
    await _cached(central)
    await central.act("plug")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears("StartTransaction", idTag=central.tags.accepted)
    await central.hears_status("Charging")
    central.heard_times("Authorize", 1)


@CASES.case(
    "TC_007_2_CS",
    "Cached id, remote start",
    requirements=["OCPP 1.6 section 3.4.1", "OCPP 1.6 section 5.11"],
    asks=["plug", "swipe", "unplug"],
    settings={**_CACHE, "AuthorizeRemoteTxRequests": "true"},
)
async def cached_id_from_afar(central: CentralSystem) -> None:
    """A remote start that has to be authorized is, by the cache."""
    await _cached(central)
    await central.act("plug")
    await central.remote_start()
    await central.hears("StartTransaction", idTag=central.tags.accepted)
    await central.hears_status("Charging")
    central.heard_times("Authorize", 1)


@CASES.each(
    Row("TC_013_CS", "Hard reset", type="Hard"),
    Row("TC_014_CS", "Soft reset", type="Soft"),
    requirements=["OCPP 1.6 section 5.14"],
)
async def reset(central: CentralSystem, type: str) -> None:
    """A reset without a transaction: the charge point boots anew."""
    await central.booted()
    (await central.asks("Reset", type=type)).expect(status="Accepted")
    await central.hears("BootNotification")
    for connector in range(central.subject.evses + 1):
        await central.hears_status("Available", connector)


@CASES.each(
    Row("TC_015_CS", "Hard reset in a transaction", type="Hard"),
    Row("TC_016_CS", "Soft reset in a transaction", type="Soft"),
    requirements=["OCPP 1.6 section 5.14", _STOP],
    asks=["plug", "swipe"],
)
async def reset_in_a_transaction(central: CentralSystem, type: str) -> None:
    """A reset ends the transaction, which is told before the boot or after it, once."""
    number = await central.charging()
    (await central.asks("Reset", type=type)).expect(status="Accepted")
    await central.hears("StopTransaction", transactionId=number, reason=f"{type}Reset")
    await central.heard_until("BootNotification", 2)
    central.heard_times("StopTransaction", 1)


@CASES.each(
    Row("TC_017_1_CS", "Unlock, detachable cable", status="Unlocked"),
    Row("TC_017_2_CS", "Unlock, fixed cable", needs=[FIXED_CABLE], status="NotSupported"),
    requirements=[_UNLOCK],
)
async def unlock(central: CentralSystem, status: str) -> None:
    """A connector without a session is unlocked, where there is a lock."""
    await central.booted()
    (await central.asks("UnlockConnector", connectorId=1)).expect(status=status)


@CASES.case(
    "TC_018_1_CS",
    "Unlock with a session, detachable cable",
    requirements=[_UNLOCK, _STOP],
    asks=["plug", "swipe", "unplug"],
)
async def unlock_ends_a_session(central: CentralSystem) -> None:
    """Unlocking a connector in use ends the transaction first."""
    number = await central.charging()
    (await central.asks("UnlockConnector", connectorId=1)).expect(status="Unlocked")
    await central.hears("StopTransaction", transactionId=number, reason="UnlockCommand")
    await central.hears_status("Finishing")
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_018_2_CS",
    "Unlock with a session, fixed cable",
    requirements=[_UNLOCK],
    needs=[FIXED_CABLE],
    asks=["plug", "swipe"],
)
async def unlock_without_a_lock(central: CentralSystem) -> None:
    """Without a lock there is nothing to unlock, and the session goes on."""
    await central.charging()
    (await central.asks("UnlockConnector", connectorId=1)).expect(status="NotSupported")
    await central.passes(2)
    central.never_heard("StopTransaction")


@CASES.case(
    "TC_023_4_CS",
    "Local start, authorize invalid",
    requirements=[_AUTHORIZE],
    asks=["plug", "swipe", "unplug"],
)
async def invalid_tag(central: CentralSystem) -> None:
    """A card that the CSMS calls invalid starts nothing."""
    tag = central.tags.unknown
    central.infos[tag] = {"status": "Invalid"}
    await central.booted()
    await central.act("plug")
    await central.show(tag)
    await central.hears("Authorize", idTag=tag)
    await central.passes(0.5)
    central.never_heard("StartTransaction")
    await central.act("unplug")
    await central.hears_status("Available")


@CASES.case(
    "TC_024_CS",
    "Lock failure",
    requirements=[_STATUS],
    asks=["plug", "inject_fault"],
)
async def lock_failure(central: CentralSystem) -> None:
    """A lock that fails is reported, and no transaction begins."""
    await central.booted()
    await central.act("plug")
    await central.act("inject_fault", fault_type="ConnectorLockFailure")
    await central.hears("StatusNotification", connectorId=1, errorCode="ConnectorLockFailure")
    central.never_heard("StartTransaction")


@CASES.case(
    "TC_068_CS",
    "The same tag stops",
    requirements=["OCPP 1.6 section 4.10"],
    asks=["plug", "swipe"],
)
async def the_same_tag_stops(central: CentralSystem) -> None:
    """Another card does not end a transaction; the one that began it does, without Authorize."""
    await central.charging()
    await central.show(central.tags.other)
    central.never_heard("StopTransaction")
    asked = len(central.inbox.all("Authorize"))
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears("StopTransaction", idTag=central.tags.accepted)
    central.heard_times("Authorize", asked)


@CASES.case(
    "TC_069_CS",
    "A tag of the same group stops",
    requirements=["OCPP 1.6 section 4.10", "OCPP 1.6 section 3.6"],
    asks=["plug", "swipe"],
)
async def a_tag_of_the_group_stops(central: CentralSystem) -> None:
    """A card with the same parentIdTag ends the transaction."""
    mine, other = central.tags.accepted, central.tags.other
    for tag in (mine, other):
        central.infos[tag] = {"status": "Accepted", "parentIdTag": "VY-GROUP"}
    await central.charging()
    await central.act("swipe", id_tag=other)
    await central.hears("Authorize", idTag=other)
    await central.hears("StopTransaction", idTag=other)


@CASES.case(
    "TC_070_CS",
    "Sampled meter values",
    requirements=["OCPP 1.6 section 4.7"],
    asks=["plug", "swipe"],
    settings={"MeterValueSampleInterval": "2", "StopTxnSampledData": ""},
)
async def sampled_meter_values(central: CentralSystem) -> None:
    """Meter values come at the interval, of the transaction, as periodic samples."""
    number = await central.charging()
    for _ in range(2):
        told = await central.hears("MeterValues", connectorId=1, transactionId=number)
        for sample in told["meterValue.0.sampledValue"]:
            if sample.get("context", "Sample.Periodic") != "Sample.Periodic":
                raise told.broken("each context is Sample.Periodic")


@CASES.case(
    "TC_071_CS",
    "Clock-aligned meter values",
    requirements=["OCPP 1.6 section 4.7", "OCPP 1.6 section 9.1.5"],
    asks=["plug", "swipe"],
    settings={"ClockAlignedDataInterval": "5", "MeterValueSampleInterval": "0"},
)
async def clock_aligned_meter_values(central: CentralSystem) -> None:
    """Meter values come on the clock, of connectors without a transaction and with one."""
    await central.booted()
    idle = await central.hears("MeterValues", connectorId=1)
    idle.expect(transactionId=ABSENT)
    _expect_aligned(idle)
    await central.act("plug")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.hears_status("Charging")
    for _ in range(2):
        _expect_aligned(
            await central.hears("MeterValues", connectorId=1, transactionId=central.transactions)
        )


def _expect_aligned(told: ReceivedMessage) -> None:
    """The case fails unless the values were taken every five seconds from midnight on."""
    if from_rfc3339(told["meterValue.0.timestamp"]) % 5 >= 1:
        raise told.broken("a timestamp that is a multiple of 5 s")
    if any(one.get("context") != "Sample.Clock" for one in told["meterValue.0.sampledValue"]):
        raise told.broken("each context is Sample.Clock")


@CASES.case("TC_062_CS", "DataTransfer", requirements=["OCPP 1.6 section 5.6"])
async def data_transfer(central: CentralSystem) -> None:
    """A vendor that the charge point does not know gets a status, and no error."""
    await central.booted()
    answer = await central.asks(
        "DataTransfer", vendorId="org.example.unknown", messageId="m", data="d"
    )
    answer.expect(status=one_of("UnknownVendorId", "UnknownMessageId"))
