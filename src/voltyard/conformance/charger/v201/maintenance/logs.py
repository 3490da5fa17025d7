"""Cases of OCPP 2.0.1 for a charging station: logs that are retrieved (N01)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import PRESENT, ReceivedMessage, one_of

CASES = Cases("charger", "2.0.1", "Diagnostics")

_FAILED = ("BadMessage", "NotSupportedOperation", "PermissionDenied", "UploadFailure")


async def _ask(
    csms: ManagementSystem,
    location: str,
    *,
    log: str = "DiagnosticsLog",
    status: str = "Accepted",
    **fields: Any,
) -> ReceivedMessage:
    """Have a log uploaded; the answer. The newest `number` is its requestId."""
    oldest = {
        name: fields.pop(name) for name in ("oldestTimestamp", "latestTimestamp") if name in fields
    }
    answer = await csms.asks(
        "GetLog",
        logType=log,
        requestId=csms.number(),
        log={"remoteLocation": location, **oldest},
        **fields,
    )
    answer.expect(status=status)
    return answer


async def _becomes(csms: ManagementSystem, status: Any, request_id: int) -> None:
    """The next status of an upload, but for one that is told again."""
    told = await csms.hears("LogStatusNotification")
    while told["status"] == "Uploading" and status != "Uploading":
        told = await csms.hears("LogStatusNotification")
    told.expect(status=status)
    told.expect(requestId=request_id, rule="N01.FR.07")


@CASES.each(
    Row("TC_N_25_CS", "Diagnostics log", log="DiagnosticsLog"),
    Row("TC_N_35_CS", "Security log", log="SecurityLog"),
    requirements=[f"N01.FR.{number:02}" for number in (1, 2, 3, 4, 7, 8, 9, 13)],
    files=True,
)
async def log_is_uploaded(csms: ManagementSystem, log: str) -> None:
    """A log is uploaded under the name that was told, with a status at each stage.

    From afar the log is all that there is to find out what happened at a station.
    """
    await csms.booted()
    answer = await _ask(csms, csms.folder.url, log=log)
    answer.expect({"filename": PRESENT}, rule="N01.FR.01")
    await _becomes(csms, "Uploading", csms.numbers)
    await _becomes(csms, "Uploaded", csms.numbers)
    csms.uploaded(answer["filename"])


@CASES.case(
    "TC_N_26_CS",
    "Diagnostics log, upload failed",
    requirements=["N01.FR.07", "N01.FR.08", "N01.FR.10"],
    files=True,
)
async def upload_fails(csms: ManagementSystem) -> None:
    """An upload that is not taken has failed, and the station says so."""
    await csms.booted()
    await _ask(csms, csms.folder.absent_url, retries=0)
    await _becomes(csms, "Uploading", csms.numbers)
    await _becomes(csms, one_of(*_FAILED), csms.numbers)


@CASES.case(
    "TC_N_34_CS",
    "Log that is not there",
    requirements=["N01.FR.05"],
    files=True,
)
async def log_is_not_there(csms: ManagementSystem) -> None:
    """A log of a time of which there can be none is refused, and nothing is uploaded."""
    await csms.booted()
    await _ask(
        csms,
        csms.folder.url,
        status="Rejected",
        oldestTimestamp=csms.now(86_400.0),
        latestTimestamp=csms.now(172_800.0),
    )
    await csms.passes(2)
    csms.never_heard("LogStatusNotification")


@CASES.case(
    "TC_N_36_CS",
    "Second request while a log is uploaded",
    requirements=["N01.FR.07", "N01.FR.12", "N01.FR.20"],
    needs=["log upload can be cancelled"],
    files=True,
)
async def second_request(csms: ManagementSystem) -> None:
    """A second request takes the place of the first, which is said to be cancelled; each status has
    the id of its own request."""
    await csms.booted()
    await _ask(csms, csms.folder.absent_url, retries=3, retryInterval=60)
    first = csms.numbers
    await _becomes(csms, "Uploading", first)
    answer = await _ask(csms, csms.folder.url, status="AcceptedCanceled")
    await _becomes(csms, "AcceptedCanceled", first)
    await _becomes(csms, "Uploading", csms.numbers)
    await _becomes(csms, "Uploaded", csms.numbers)
    csms.uploaded(answer["filename"])
