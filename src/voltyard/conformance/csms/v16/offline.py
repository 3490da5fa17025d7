"""Cases of OCPP 1.6 for a CSMS: power failures, and transactions while offline."""

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v16.station import Station

CASES = Cases("csms", "1.6", "Core")

_OFFLINE = "OCPP 1.6 section 3.5"
_START = "OCPP 1.6 section 4.8"
_STOP = "OCPP 1.6 section 4.10"


@CASES.case("TC_032_1_CSMS", "Power failure, transactions stop at boot", requirements=[_STOP])
async def power_failure(station: Station) -> None:
    """The power fails in a transaction; after the boot it is ended with PowerLoss.

    The CSMS takes a StopTransaction of a transaction from before the boot.
    """
    await station.ready()
    number = await station.charge()
    await station.reconnect()
    await station.boot()
    await station.stop(number, "PowerLoss")
    await station.status("Available")


@CASES.case("TC_037_1_CSMS", "Offline start, valid id", requirements=[_OFFLINE, _START])
async def started_offline(station: Station) -> None:
    """A transaction that began ten minutes ago, without a connection, is told of now."""
    await station.ready()
    began = station.now(earlier_s=600)
    await station.reconnect()
    await station.start(timestamp=began)
    await station.status("Charging")


@CASES.case("TC_037_3_CSMS", "Offline start, invalid id", requirements=[_OFFLINE, _START, _STOP])
async def started_offline_by_an_unknown_tag(station: Station) -> None:
    """A tag that was let charge offline turns out to be unknown; the charge point has stopped.

    StartTransaction gets an id all the same, by which StopTransaction is told.
    """
    await station.ready()
    began = station.now(earlier_s=600)
    await station.reconnect()
    started = await station.start(station.tags.unknown, "Invalid", timestamp=began)
    await station.stop(started["transactionId"], "DeAuthorized")


@CASES.case("TC_039_CSMS", "Offline transaction", requirements=[_OFFLINE, _START, _STOP])
async def whole_transaction_offline(station: Station) -> None:
    """A transaction began and ended without a connection; both are told of later, in order."""
    await station.ready()
    began, ended = station.now(earlier_s=3600), station.now(earlier_s=1800)
    await station.reconnect()
    number = (await station.start(timestamp=began))["transactionId"]
    answer = await station.stop(number, "Local", timestamp=ended, idTag=station.tags.accepted)
    if "idTagInfo" in answer.payload:
        answer.expect({"idTagInfo.status": "Accepted"})
