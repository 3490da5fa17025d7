"""Cases of OCPP 1.6 for a charge point: power failures, lost connections, faults."""

from typing import Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v16.central_system import CentralSystem
from voltyard.conformance.wire.message import at_least
from voltyard.kernel.time import from_rfc3339

CASES = Cases("charger", "1.6", "Core")

POWER_RESERVE: Final = "power reserve"
"""Need of a case: power for the seconds in which a transaction is ended when the mains fails."""

_OFFLINE = "OCPP 1.6 section 3.5"
_START = "OCPP 1.6 section 4.8"
_STOP = "OCPP 1.6 section 4.10"
_STATUS = "OCPP 1.6 section 4.9"
_CACHE = {"AuthorizationCacheEnabled": "true", "LocalPreAuthorize": "true"}
_ALONE = {
    "LocalAuthorizeOffline": "true",
    "AllowOfflineTxForUnknownId": "true",
    "MeterValueSampleInterval": "0",
}
"""Settings with which a charge point lets anybody charge while it is offline."""


@CASES.case(
    "TC_032_2_CS",
    "Power failure, stop after the boot",
    requirements=[_STOP],
    asks=["plug", "swipe", "power_cut", "power_restore"],
)
async def power_failure(central: CentralSystem) -> None:
    """The power fails in a transaction; it is ended with PowerLoss after the boot, once."""
    number = await central.charging()
    await central.act("power_cut")
    await central.act("power_restore")
    await central.hears("BootNotification")
    await central.hears("StopTransaction", transactionId=number, reason="PowerLoss")
    central.heard_times("StopTransaction", 1)


@CASES.case(
    "TC_034_CS",
    "Power failure while unavailable",
    requirements=["OCPP 1.6 section 5.2"],
    asks=["power_cut", "power_restore"],
)
async def unavailable_outlasts_a_power_failure(central: CentralSystem) -> None:
    """A connector that is out of service stays so over a power failure, the others do not."""
    await central.booted()
    answer = await central.asks("ChangeAvailability", connectorId=1, type="Inoperative")
    answer.expect(status="Accepted")
    await central.hears_status("Unavailable")
    await central.act("power_cut")
    await central.act("power_restore")
    await central.hears("BootNotification")
    await central.hears_status("Unavailable")
    for connector in range(2, central.subject.evses + 1):
        await central.hears_status("Available", connector)
    answer = await central.asks("ChangeAvailability", connectorId=1, type="Operative")
    answer.expect(status="Accepted")
    await central.hears_status("Available")


@CASES.case(
    "TC_032_1_CS",
    "Power failure, stop before going down",
    requirements=[_STOP],
    needs=[POWER_RESERVE],
    asks=["plug", "swipe", "power_cut", "power_restore"],
)
async def stops_before_going_down(central: CentralSystem) -> None:
    """A charge point with a reserve of power ends its transaction before it goes down, once."""
    number = await central.charging()
    await central.act("power_cut", reserve_s=30.0)
    await central.hears("StopTransaction", transactionId=number, reason="PowerLoss")
    await central.until_offline()
    central.heard_times("BootNotification", 1)
    await central.act("power_restore")
    await central.hears("BootNotification")
    await central.hears_status("Finishing")
    central.heard_times("StopTransaction", 1)


@CASES.case(
    "TC_036_CS",
    "Connection loss in a transaction",
    requirements=[_OFFLINE, "OCPP 1.6 section 4.7"],
    asks=["plug", "swipe", "network_drop", "network_restore"],
    settings={"MeterValueSampleInterval": "2"},
)
async def connection_loss(central: CentralSystem) -> None:
    """The session goes on without a connection; what was metered meanwhile is told after, in order.

    Billing and the driver's display depend on values that are not lost.
    """
    number = await central.charging()
    await central.act("network_drop")
    await central.until_offline()
    before = len(central.inbox.all("MeterValues"))
    await central.passes(5)
    await central.act("network_restore")
    await central.linked()
    await central.heard_until("MeterValues", before + 3)
    metered = central.inbox.all("MeterValues")
    moments = [from_rfc3339(one["meterValue.0.timestamp"]) for one in metered]
    for last, value, earlier, later in zip(
        metered, metered[1:], moments, moments[1:], strict=False
    ):
        value.expect(transactionId=number)
        if not 0 < later - earlier <= 3:
            raise value.broken(
                f"a value taken within 3 s after that of {last['meterValue.0.timestamp']}"
            )
    central.never_heard("StopTransaction")
    central.heard_times("BootNotification", 1)


async def _start_offline(central: CentralSystem) -> None:
    await central.booted()
    await central.act("network_drop")
    await central.act("plug")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.passes(1)


@CASES.case(
    "TC_037_1_CS",
    "Offline start, valid id",
    requirements=[_OFFLINE, _START],
    asks=["network_drop", "plug", "swipe", "network_restore"],
    settings=_ALONE,
)
async def started_offline(central: CentralSystem) -> None:
    """A transaction that began offline is told of when the connection is back, and goes on."""
    await _start_offline(central)
    await central.act("network_restore")
    await central.hears("StartTransaction", idTag=central.tags.accepted)
    await central.passes(0.5)
    central.never_heard("StopTransaction")


@CASES.case(
    "TC_037_2_CS",
    "Offline start, invalid id, go on",
    requirements=[_OFFLINE, _START, "OCPP 1.6 section 9.1.24"],
    asks=["network_drop", "plug", "swipe", "network_restore"],
    settings={**_ALONE, "StopTransactionOnInvalidId": "false"},
)
async def suspended_for_an_invalid_tag(central: CentralSystem) -> None:
    """The CSMS does not accept the tag after all: no energy flows, and the transaction stays."""
    central.infos[central.tags.accepted] = {"status": "Invalid"}
    await _start_offline(central)
    await central.act("network_restore")
    await central.hears("StartTransaction", idTag=central.tags.accepted)
    await central.hears_status("SuspendedEVSE")
    await central.passes(1)
    central.never_heard("StopTransaction")


@CASES.case(
    "TC_037_3_CS",
    "Offline start, invalid id, stop",
    requirements=[_OFFLINE, _START, "OCPP 1.6 section 9.1.24"],
    asks=["network_drop", "plug", "swipe", "network_restore"],
    settings={**_ALONE, "StopTransactionOnInvalidId": "true"},
)
async def started_offline_by_an_invalid_tag(central: CentralSystem) -> None:
    """The CSMS does not accept the tag after all: the transaction ends with DeAuthorized."""
    central.infos[central.tags.accepted] = {"status": "Invalid"}
    await _start_offline(central)
    await central.act("network_restore")
    await central.hears("StartTransaction", idTag=central.tags.accepted)
    await central.hears(
        "StopTransaction", transactionId=central.transactions, reason="DeAuthorized"
    )


@CASES.case(
    "TC_038_CS",
    "Offline stop",
    requirements=[_OFFLINE, _STOP],
    asks=["plug", "swipe", "network_drop", "unplug", "network_restore"],
    settings={"MeterValueSampleInterval": "0"},
)
async def stopped_offline(central: CentralSystem) -> None:
    """A transaction that ended offline is told of when the connection is back."""
    number = await central.charging()
    await central.act("network_drop")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.act("unplug")
    await central.act("network_restore")
    await central.hears("StopTransaction", transactionId=number)


@CASES.case(
    "TC_039_CS",
    "Offline transaction",
    requirements=[_OFFLINE, _START, _STOP],
    asks=["network_drop", "plug", "swipe", "unplug", "network_restore"],
    settings=_ALONE,
)
async def whole_transaction_offline(central: CentralSystem) -> None:
    """A transaction began and ended offline: both are told of, in order, with their own times."""
    await _start_offline(central)
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.act("unplug")
    await central.act("network_restore")
    started = await central.hears("StartTransaction", idTag=central.tags.accepted)
    stopped = await central.hears("StopTransaction", transactionId=central.transactions)
    stopped.expect(meterStop=at_least(started["meterStart"]))
    if not started["timestamp"] < stopped["timestamp"]:
        raise stopped.broken("a timestamp after that of StartTransaction")


@CASES.case(
    "TC_041_CS",
    "Fault",
    requirements=[_STATUS],
    asks=["inject_fault", "clear_fault"],
)
async def fault(central: CentralSystem) -> None:
    """A fault is reported with its error code, and its end without one."""
    await central.booted()
    await central.act("inject_fault", fault_type="GroundFailure")
    (await central.hears_status("Faulted")).expect(errorCode="GroundFailure")
    await central.act("clear_fault")
    (await central.hears_status("Available")).expect(errorCode="NoError")


@CASES.each(
    Row("TC_061_1_CS", "Clear the cache at the charge point", remotely=False),
    Row("TC_061_2_CS", "Clear the cache from the CSMS", remotely=True),
    requirements=["OCPP 1.6 section 5.4", "OCPP 1.6 section 3.4.1"],
    asks=["plug", "swipe", "unplug", "cache_reset"],
    settings=_CACHE,
)
async def clear_cache(central: CentralSystem, remotely: bool) -> None:
    """A tag that was in the cache is asked about again."""
    await central.charging()
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.act("unplug")
    if remotely:
        (await central.asks("ClearCache")).expect(status="Accepted")
    else:
        await central.act("cache_reset")
    asked = len(central.inbox.all("Authorize"))
    await central.act("plug")
    await central.act("swipe", id_tag=central.tags.accepted)
    await central.heard_until("Authorize", asked + 1)
