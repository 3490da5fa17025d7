"""Cases of OCPP 2.0.1 for a charging station: customer information (N09, N10)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import one_of

CASES = Cases("charger", "2.0.1", "Diagnostics")

_CACHE: Final = {"AuthCacheCtrlr.Enabled": "true", "AuthCtrlr.LocalPreAuthorize": "false"}
_NO_CERTIFICATE: Final = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "0" * 64,
    "issuerKeyHash": "0" * 64,
    "serialNumber": "1",
}
"""Hash data of a certificate that the station has never seen."""


async def _ask(csms: ManagementSystem, status: Any, **asked: Any) -> int:
    """Ask about a customer, which is answered with that status; the requestId."""
    request_id = csms.number()
    answer = await csms.asks("CustomerInformation", requestId=request_id, **asked)
    answer.expect(status=status)
    return request_id


async def _told(csms: ManagementSystem, **asked: Any) -> str:
    """The text that the station tells of a customer, of all pages."""
    request_id = await _ask(csms, "Accepted", **asked)
    text, seq_no = "", 0
    while True:
        page = await csms.hears("NotifyCustomerInformation", requestId=request_id)
        page.expect(seqNo=seq_no, rule="N09.FR.06")
        text += str(page["data"])
        if page.get("tbc") is not True:
            return text
        seq_no += 1


async def _known(csms: ManagementSystem) -> dict[str, str]:
    """Have the station know the driver's token: it has charged with it."""
    await csms.charging()
    await csms.act("swipe", id_tag=csms.tags.accepted)
    await csms.act("unplug")
    await csms.hears_event("Ended")
    return csms.token()


@CASES.each(
    Row("TC_N_27_CS", "Customer's data", clear=False),
    Row("TC_N_30_CS", "Customer's data, and forget", clear=True),
    requirements=["N09.FR.01", "N09.FR.03", "N09.FR.05", "N10.FR.01", "N10.FR.03"],
    needs=["authorization cache"],
    asks=["plug", "swipe", "unplug"],
    settings=_CACHE,
)
async def known_customer(csms: ManagementSystem, clear: bool) -> None:
    """A station tells what it knows of a token's owner, and forgets it where it is asked to: the
    law gives customers this right."""
    token = await _known(csms)
    text = await _told(csms, report=True, clear=clear, idToken=token)
    if not text.strip():
        raise csms.record.broken("what the station knows of the customer", "no data")
    again = await _told(csms, report=True, clear=False, idToken=token)
    if clear and again.strip():
        raise csms.record.broken("no data of a customer who is forgotten", again)
    if not clear and not again.strip():
        raise csms.record.broken("data of a customer who is not to be forgotten", "none")


@CASES.each(
    Row("TC_N_28_CS", "Customer's data, none", clear=False),
    Row("TC_N_31_CS", "Customer's data, none to forget", clear=True),
    requirements=["N09.FR.02", "N09.FR.05", "N10.FR.01"],
)
async def unknown_customer(csms: ManagementSystem, clear: bool) -> None:
    """A station that knows nothing of a customer says so, in a report without data."""
    await csms.booted()
    unknown = csms.token("VY-NEVER-SEEN")
    text = await _told(csms, report=True, clear=clear, idToken=unknown)
    if "VY-NEVER-SEEN".lower() in text.lower():
        raise csms.record.broken("no data", text)


@CASES.case(
    "TC_N_32_CS",
    "Forget a customer",
    requirements=["N10.FR.01", "N10.FR.04"],
    needs=["authorization cache"],
    asks=["plug", "swipe", "unplug"],
    settings=_CACHE,
)
async def is_forgotten(csms: ManagementSystem) -> None:
    """A station forgets a customer without telling what it knew, and says when it is done."""
    token = await _known(csms)
    text = await _told(csms, report=False, clear=True, idToken=token)
    if token["idToken"].lower() in text.lower():
        raise csms.record.broken("no data, for none was asked for", text)
    again = await _told(csms, report=True, clear=False, idToken=token)
    if again.strip():
        raise csms.record.broken("no data of a customer who is forgotten", again)


@CASES.each(
    Row("TC_N_29_CS", "Customer's data, neither told nor forgotten", clear=False),
    Row("TC_N_33_CS", "Forget a customer, without a name", clear=True),
    requirements=["N09.FR.01", "N10.FR.01"],
)
async def is_not_accepted(csms: ManagementSystem, clear: bool) -> None:
    """A request that names no customer, or wants nothing, is not accepted, and no report comes."""
    customer = {} if clear else {"idToken": csms.token()}
    await csms.booted()
    await _ask(csms, one_of("Rejected", "Invalid"), report=clear, clear=clear, **customer)
    await csms.passes(1)
    csms.hears_nothing("NotifyCustomerInformation")


@CASES.each(
    Row("TC_N_62_CS", "Forget a customer by name", by={"customerIdentifier": "VY-NEVER-SEEN"}),
    Row(
        "TC_N_63_CS",
        "Forget a customer by certificate",
        needs=["ISO15118"],
        by={"customerCertificate": _NO_CERTIFICATE},
    ),
    requirements=["N09.FR.01", "N10.FR.01", "N10.FR.03"],
)
async def without_a_token(csms: ManagementSystem, by: dict[str, Any]) -> None:
    """A customer may be named otherwise than by a token."""
    await csms.booted()
    await _told(csms, report=True, clear=True, **by)
