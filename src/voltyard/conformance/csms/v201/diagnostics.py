"""Cases of OCPP 2.0.1 for a CSMS: logs and customers' information (block N)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.certificates import hash_data
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("csms", "2.0.1", "Diagnostics")

_UPLOADS: Final = "https://files.example.com/uploads/"


async def _log(
    station: Station, type: str, status: str = "Accepted", number: int = 7
) -> ReceivedMessage:
    """The operator asks for a log; the station answers so."""
    fields = {"logType": type, "requestId": number, "log": {"remoteLocation": _UPLOADS}}
    answer = {"status": status}
    if status != "Rejected":
        answer["filename"] = "station.log"
    return await ask(station, "GetLog", fields, answer)


async def _upload(station: Station, request: ReceivedMessage, *statuses: str) -> None:
    """The station tells of each of these statuses of an upload."""
    for status in statuses:
        await station.tell(
            "LogStatusNotification",
            f"The station tells of {status}",
            status=status,
            requestId=request["requestId"],
        )


@CASES.each(
    Row("TC_N_25_CSMS", "Diagnostics log", type="DiagnosticsLog"),
    Row("TC_N_35_CSMS", "Security log", type="SecurityLog"),
    requirements=["N01"],
    asks=["GetLog"],
)
async def log(station: Station, type: str) -> None:
    """The operator asks for a log, and each status of the upload is taken.

    The kind of log is the request's: for the security log in the place of diagnostics, an engineer
    looks for an error in vain.
    """
    await station.ready()
    await _upload(station, await _log(station, type), "Uploading", "Uploaded")


@CASES.case("TC_N_34_CSMS", "Log rejected", requirements=["N01"], asks=["GetLog"])
async def log_rejected(station: Station) -> None:
    """The station gives no log; the CSMS takes it, and waits for no upload."""
    await station.ready()
    await _log(station, "DiagnosticsLog", "Rejected")
    await station.heartbeat()


@CASES.case("TC_N_36_CSMS", "Log asked for twice", requirements=["N01"], asks=["GetLog"])
async def log_twice(station: Station) -> None:
    """The operator asks again while a log is on its way: the first upload is given up.

    Each has a number of its own, by which the CSMS tells which of them was cancelled.
    """
    await station.ready()
    first = await _log(station, "DiagnosticsLog")
    await _upload(station, first, "Uploading")
    second = await _log(station, "DiagnosticsLog", "AcceptedCanceled", number=8)
    if second["requestId"] == first["requestId"]:
        raise second.broken("a requestId other than that of the first request")
    await _upload(station, first, "AcceptedCanceled")
    await _upload(station, second, "Uploading", "Uploaded")


# --- customers ------------------------------------------------------------------------------------


async def _ask_of_customer(
    station: Station, report: bool, clear: bool, customer: dict[str, Any], status: str = "Accepted"
) -> ReceivedMessage:
    """The operator asks for what a station knows of a customer; the station answers so."""
    names = ("idToken", "customerCertificate", "customerIdentifier")
    return await ask(
        station,
        "CustomerInformation",
        {"requestId": 7, "report": report, "clear": clear, **customer},
        {"status": status},
        absent=[name for name in names if name not in customer],
    )


async def _report_customer(station: Station, request: ReceivedMessage, *parts: str) -> None:
    """The station reports these parts of what it knows."""
    for number, part in enumerate(parts):
        await station.tell(
            "NotifyCustomerInformation",
            "The station reports of the customer",
            requestId=request["requestId"],
            seqNo=number,
            generatedAt=station.now(),
            data=part,
            **({"tbc": True} if number < len(parts) - 1 else {}),
        )


_DATA: Final = ("Charged 11 times since May;", "last on a Monday.")
_NO_DATA: Final = ("",)


@CASES.each(
    Row("TC_N_27_CSMS", "Customer's data", clear=False, parts=_DATA),
    Row("TC_N_28_CSMS", "Customer's data, none", clear=False, parts=_NO_DATA),
    Row("TC_N_30_CSMS", "Customer's data, and forget", clear=True, parts=_DATA),
    Row("TC_N_31_CSMS", "Customer's data, none to forget", clear=True, parts=_NO_DATA),
    Row("TC_N_32_CSMS", "Forget a customer", report=False, clear=True, parts=_NO_DATA),
    requirements=["N09.FR.01", "N09.FR.04", "N10.FR.08"],
    asks=["CustomerInformation"],
)
async def customer(
    station: Station, clear: bool, parts: Sequence[str], report: bool = True
) -> None:
    """The operator asks for what a station knows of a token's owner, or has it forgotten, or both.

    The law gives customers this right. `clear` in the place of `report` destroys what was wanted,
    and the other way round nothing is forgotten.
    """
    await station.ready()
    request = await _ask_of_customer(station, report, clear, {"idToken": station.token()})
    await _report_customer(station, request, *parts)


@CASES.each(
    Row("TC_N_62_CSMS", "Forget a customer by name", by={"customerIdentifier": "A. N. Other"}),
    Row(
        "TC_N_63_CSMS",
        "Forget a customer by certificate",
        needs=["ISO15118"],
        by={"customerCertificate": hash_data()},
    ),
    requirements=["N10.FR.08"],
    asks=["CustomerInformation"],
)
async def customer_without_token(station: Station, by: dict[str, Any]) -> None:
    """The operator names the customer otherwise than by a token, and by nothing else."""
    await station.ready()
    request = await _ask_of_customer(station, True, True, by)
    await _report_customer(station, request, *_DATA)


@CASES.case(
    "TC_N_29_CSMS",
    "Customer's data, rejected",
    requirements=["N09.FR.01", "N09.FR.04"],
    asks=["CustomerInformation"],
)
async def customer_rejected(station: Station) -> None:
    """The station cannot say what it knows; the CSMS takes it, and waits for no report."""
    await station.ready()
    await _ask_of_customer(station, True, False, {"idToken": station.token()}, "Rejected")
    await station.heartbeat()


@CASES.case(
    "TC_N_46_CSMS",
    "Forget a customer of the local list",
    requirements=["N10.FR.02", "N10.FR.08", "D01.FR.01", "D01.FR.06", "D01.FR.18"],
    needs=["LocalAuthListManagement"],
    asks=["CustomerInformation", "SendLocalList"],
)
async def customer_of_the_local_list(station: Station) -> None:
    """A station that forgets a token keeps its local list as it is: the CSMS has to change it.

    The update takes the token away: its entry has no idTokenInfo, and the version is a new one.
    """
    await station.ready()
    token = station.token()
    entry = {"idToken": token, "idTokenInfo": {"status": "Accepted"}}
    full = {"versionNumber": 1, "updateType": "Full", "localAuthorizationList": [entry]}
    numbers = ["versionNumber"]
    first = await ask(station, "SendLocalList", full, numbers=numbers)
    request = await _ask_of_customer(station, True, True, {"idToken": token})
    await _report_customer(station, request, *_DATA)
    second = await ask(
        station,
        "SendLocalList",
        {
            "versionNumber": 2,
            "updateType": "Differential",
            "localAuthorizationList": [{"idToken": token}],
        },
        numbers=numbers,
        absent=["localAuthorizationList.0.idTokenInfo"],
    )
    if second["versionNumber"] <= first["versionNumber"]:
        raise second.broken("a version after that of the list", rule="D01.FR.18")
