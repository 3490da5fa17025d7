"""Cases of OCPP 1.6 for a CSMS: booting and charging at the charge point."""

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v16.station import Station
from voltyard.conformance.wire.message import PRESENT, other_than

CASES = Cases("csms", "1.6", "Core")

_BOOT = "OCPP 1.6 section 4.2"
_AUTHORIZE = "OCPP 1.6 section 4.1"
_START = "OCPP 1.6 section 4.8"
_STATUS = "OCPP 1.6 section 4.9"
_STOP = "OCPP 1.6 section 4.10"


@CASES.case("TC_001_CSMS", "Cold boot", requirements=[_BOOT, "OCPP 1.6 section 4.6", _STATUS])
async def cold_boot(station: Station) -> None:
    """A charge point boots, reports its connectors, and is told the time by Heartbeat.

    All that follows depends on it: to a CSMS that does not accept a boot there is no charger.
    """
    await station.ready()
    (await station.call("Heartbeat")).expect(currentTime=PRESENT)


@CASES.case(
    "TC_003_CSMS", "Regular session, plug-in first", requirements=[_AUTHORIZE, _START, _STOP]
)
async def plug_in_first(station: Station) -> None:
    """A session from the cable to the cable, with the tag shown at the charge point."""
    await station.ready()
    await station.status("Preparing")
    await station.authorize()
    number = (await station.start())["transactionId"]
    await station.status("Charging")
    await station.finish(number, "Local", idTag=station.tags.accepted)


@CASES.case("TC_004_1_CSMS", "Regular session, identification first", requirements=[_AUTHORIZE])
async def identification_first(station: Station) -> None:
    """A session in which the tag is shown before the cable goes in."""
    await station.ready()
    await station.authorize()
    number = await station.charge()
    await station.finish(number, "Local", idTag=station.tags.accepted)


@CASES.case(
    "TC_004_2_CSMS", "Identification first, connection time-out", requirements=[_AUTHORIZE, _STATUS]
)
async def connection_time_out(station: Station) -> None:
    """A tag is accepted and no cable goes in: the connector is Available again, nothing begins.

    The CSMS must live with an authorization that nothing came of.
    """
    await station.ready()
    await station.authorize()
    await station.status("Preparing")
    await station.status("Available")
    await station.authorize()


@CASES.each(
    Row("TC_005_1_CSMS", "Cable pulled at the vehicle", reason="EVDisconnected"),
    requirements=[_STOP],
)
async def ended_without_a_tag(station: Station, reason: str) -> None:
    """A transaction ends without a tag, since the cable came out at the vehicle."""
    await station.ready()
    number = await station.charge()
    await station.finish(number, reason)


@CASES.case("TC_007_CSMS", "Cached id", requirements=[_START])
async def cached_id(station: Station) -> None:
    """A tag in the charge point's cache starts a session without Authorize.

    Each session is a transaction of its own, with an id of its own.
    """
    await station.ready()
    number = await station.charge()
    await station.finish(number, "Local", idTag=station.tags.accepted)
    await station.status("Preparing")
    again = await station.start()
    again.expect({"transactionId": other_than(number)})
    await station.status("Charging")
    await station.finish(again["transactionId"], "Local")


@CASES.each(
    Row("TC_023_1_CSMS", "Authorize, invalid", tag="unknown", status="Invalid"),
    Row(
        "TC_023_2_CSMS",
        "Authorize, expired",
        needs=["tag:expired"],
        tag="expired",
        status="Expired",
    ),
    Row(
        "TC_023_3_CSMS",
        "Authorize, blocked",
        needs=["tag:blocked"],
        tag="blocked",
        status="Blocked",
    ),
    requirements=[_AUTHORIZE, _START],
)
async def a_tag_that_may_not_charge(station: Station, tag: str, status: str) -> None:
    """A tag that may not charge is told so, by Authorize and by StartTransaction alike.

    A charge point may have started all the same, while offline: then the answer makes it stop.
    """
    shown: str = getattr(station.tags, tag)
    await station.ready()
    await station.status("Preparing")
    await station.authorize(shown, status)
    await station.start(shown, status)


@CASES.case("TC_024_CSMS", "Lock failure", requirements=[_STATUS])
async def lock_failure(station: Station) -> None:
    """The connector's lock fails: the CSMS takes the report of a Faulted connector."""
    await station.ready()
    await station.status("Preparing")
    await station.authorize()
    await station.status("Faulted", errorCode="ConnectorLockFailure")


@CASES.case("TC_064_CSMS", "DataTransfer to the CSMS", requirements=["OCPP 1.6 section 4.3"])
async def data_transfer(station: Station) -> None:
    """A vendor that the CSMS does not know gets UnknownVendorId, and no error."""
    await station.ready()
    answer = await station.call(
        "DataTransfer", vendorId="org.example.unknown", messageId="m", data="d"
    )
    answer.expect(status="UnknownVendorId")
