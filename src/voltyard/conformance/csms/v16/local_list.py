"""Cases of OCPP 1.6 for a CSMS: the local authorization list."""

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v16.station import Station

CASES = Cases("csms", "1.6", "LocalAuthListManagement")


@CASES.each(
    Row("TC_042_1_CSMS", "Local list version, not supported", version=-1),
    Row("TC_042_2_CSMS", "Local list version, empty list", version=0),
    requirements=["OCPP 1.6 section 5.10"],
    asks=["GetLocalListVersion"],
)
async def local_list_version(station: Station, version: int) -> None:
    """The operator reads the version of the list; -1 says that there are no lists, 0 no entries."""
    await station.ready()
    await station.asked("GetLocalListVersion", answer={"listVersion": version})
    await station.call("Heartbeat")


@CASES.each(
    Row("TC_043_1_CSMS", "Send a list, not supported", update="Full", status="NotSupported"),
    Row("TC_043_3_CSMS", "Send a list, failed", update="Full", status="Failed"),
    Row("TC_043_4_CSMS", "Send a list, full", update="Full", status="Accepted"),
    Row("TC_043_5_CSMS", "Send a list, differential", update="Differential", status="Accepted"),
    requirements=["OCPP 1.6 section 5.15"],
    asks=["SendLocalList"],
)
async def send_a_local_list(station: Station, update: str, status: str) -> None:
    """The operator sends a list, whole or in part; a charge point may fail to take it."""
    await station.ready()
    station.answer("GetLocalListVersion", {"listVersion": 1})
    fields = {
        "listVersion": 2,
        "updateType": update,
        "localAuthorizationList": [
            {"idTag": station.tags.accepted, "idTagInfo": {"status": "Accepted"}}
        ],
    }
    request = await station.asked(
        "SendLocalList", fields, answer={"status": status}, expected={"updateType": update}
    )
    request.expect({"localAuthorizationList.0.idTag": station.tags.accepted})
