"""Cases of OCPP 2.0.1 for a CSMS: data of vendors (block P)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v201.station import MODEL, Station
from voltyard.conformance.wire.message import PRESENT, one_of

CASES = Cases("csms", "2.0.1", "DataTransfer")

_VENDOR = "org.voltyard.unheard-of"


@CASES.case("TC_P_02_CSMS", "Data of an unknown vendor", requirements=["P02.FR.06", "P02.FR.07"])
async def unknown_vendor(station: Station) -> None:
    """The station sends data of a vendor of whom the CSMS has never heard, and is told so.

    Accepted would have the station believe that its data has come to where it is understood.
    """
    await station.ready()
    answer = await station.call("DataTransfer", vendorId=_VENDOR, messageId="Hello", data="World")
    answer.expect(status=one_of("Rejected", "UnknownVendorId", "UnknownMessageId"))


@CASES.case("TC_P_03_CSMS", "Custom data in any request", requirements=["CustomDataType"])
async def custom_data(station: Station) -> None:
    """Requests bring custom data of some vendor, and are answered as if they did not.

    Every type of 2.0.1 may have customData: stations of all makes send it, at any depth.
    """
    custom = {"vendorId": _VENDOR, "answer": 42, "more": {"deep": [True]}}
    await station.connect()
    boot = await station.call(
        "BootNotification",
        chargingStation={**MODEL, "customData": custom},
        reason="PowerUp",
        customData=custom,
    )
    boot.expect(status="Accepted", currentTime=PRESENT)
    await station.tell(
        "StatusNotification",
        timestamp=station.now(),
        connectorStatus="Available",
        evseId=1,
        connectorId=1,
        customData=custom,
    )
    token = {**station.token(), "customData": custom}
    authorized = await station.call("Authorize", idToken=token, customData=custom)
    authorized.expect({"idTokenInfo.status": "Accepted"})
    transaction = await station.plug_in(customData=custom)
    await transaction.updated("Authorized", tag=station.tags.accepted, customData=custom)
