"""Cases of OCPP 2.0.1 for a charging station: certificates of vehicles, and the status of its own
(M01, M02, M06)."""

from __future__ import annotations

from base64 import b64encode
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.authorization import nothing_authorized
from voltyard.conformance.charger.v201.contracts import (
    EMAID,
    ISO_15118,
    RESPONDER_URL,
    answer_contract,
    contract_comes,
    new_pki,
    trusts,
)
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import one_of
from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.drafts import CertificateDraft, CertifiedKey, certify_request
from voltyard.pki.ocsp_queries import query_of

CASES = Cases("charger", "2.0.1", "CertificateManagement")

_SCHEMAS: Final = (
    "urn:iso:15118:2:2010:MsgDef",
    "urn:iso:15118:2:2013:MsgDef",
    "urn:iso:std:iso:15118:-20:CommonMessages",
)
"""Namespaces of the messages in EXI."""

_EXI: Final = b64encode(b"\x80\x98 a CertificateInstallationReq in EXI").decode()
_EXI_ANSWER: Final = b64encode(b"\x80\x98 a CertificateInstallationRes in EXI").decode()


# --- the status of the station's own certificate --------------------------------------------------


async def _has_v2g_certificate(csms: ManagementSystem, pki: ChargingPki) -> x509.Certificate:
    """Have the station take a V2G certificate that names an OCSP responder; it."""
    await trusts(csms, pki, "v2g-root", "V2GRootCertificate")
    await csms.trigger("SignV2GCertificate")
    told = await csms.hears("SignCertificate", certificateType="V2GCertificate")
    try:
        request = x509.load_pem_x509_csr(told["csr"].encode())
    except ValueError as error:
        raise told.broken(f"a certificate request in PEM: {error}", rule="A00.FR.509") from None
    draft = CertificateDraft("", responder_url=RESPONDER_URL, domain_component="CPO")
    issuer = pki["cpo-sub2"]
    own = certify_request(request, draft, issuer, csms.clock())
    above = issuer.pem + pki["cpo-sub1"].pem
    answer = await csms.asks(
        "CertificateSigned",
        certificateChain=own.public_bytes(Encoding.PEM).decode() + above,
        certificateType="V2GCertificate",
    )
    answer.expect(status="Accepted")
    return own


def _status_of(csms: ManagementSystem, own: x509.Certificate, issuer: CertifiedKey) -> str:
    return b64encode(ocsp.status_answer(own, issuer, None, csms.clock())).decode()


@CASES.each(
    Row("TC_M_24_CS", "Status of the V2G certificate", is_known=True),
    Row("TC_M_25_CS", "Status of the V2G certificate, not to be had", is_known=False),
    requirements=["M06.FR.06"],
    needs=[ISO_15118],
    asks=["plug", "swipe"],
)
async def own_status(csms: ManagementSystem, is_known: bool) -> None:
    """A station asks for the OCSP status of the certificate that vehicles see, and goes on serving
    drivers where the CSMS has none."""
    pki = new_pki(csms)
    await csms.booted()
    own = await _has_v2g_certificate(csms, pki)
    issuer = pki["cpo-sub2"]
    if is_known:
        result = _status_of(csms, own, issuer)
        csms.script["GetCertificateStatus"] = {"status": "Accepted", "ocspResult": result}
    await contract_comes(csms, pki)
    told = await csms.hears("GetCertificateStatus")
    asked = told["ocspRequestData"]
    wanted = query_of(own, issuer.certificate, asked["hashAlgorithm"])
    assert wanted is not None, "it names a responder"
    came = {name: str(asked[name]).lower() for name in ("issuerNameHash", "issuerKeyHash")}
    serial_number = asked["serialNumber"].lower().lstrip("0")
    if (
        came != {"issuerNameHash": wanted.issuer_name, "issuerKeyHash": wanted.issuer_key}
        or serial_number != wanted.serial_number
        or asked["responderURL"] != RESPONDER_URL
    ):
        raise told.broken("the hash data of the station's V2G certificate", rule="M06.FR.06")
    await csms.hears_event(state="Charging")


# --- certificates for vehicles --------------------------------------------------------------------


@CASES.each(
    Row("TC_M_26_CS", "Contract certificate installed", action="Install", status="Accepted"),
    Row("TC_M_27_CS", "Contract certificate not installed", action="Install", status="Failed"),
    Row("TC_M_28_CS", "Contract certificate updated", action="Update", status="Accepted"),
    Row("TC_M_29_CS", "Contract certificate not updated", action="Update", status="Failed"),
    requirements=["M01.FR.01", "M02.FR.01"],
    needs=[ISO_15118],
    asks=["plug"],
    settings={
        "ISO15118Ctrlr.PnCEnabled": "true",
        "ISO15118Ctrlr.ContractCertificateInstallationEnabled": "true",
    },
)
async def vehicle_asks(csms: ManagementSystem, action: str, status: str) -> None:
    """A vehicle's request for a contract certificate is forwarded as it is; the vehicle authorizes
    itself with what it gets, and where it gets nothing, not at all."""
    pki = new_pki(csms)
    answer_contract(csms, "Accepted", "Accepted")
    csms.script["Get15118EVCertificate"] = {
        "status": status,
        "exiResponse": _EXI_ANSWER if status == "Accepted" else "",
    }
    await csms.booted()
    await trusts(csms, pki, "mo-root", "MORootCertificate")
    await csms.act(
        "plug",
        contract_chain=pki["contract"].chain,
        emaid=EMAID,
        exi_request=_EXI,
        exi_action=action,
    )
    told = await csms.hears("Get15118EVCertificate")
    told.expect(action=action, exiRequest=_EXI, iso15118SchemaVersion=one_of(*_SCHEMAS))
    if status == "Accepted":
        await csms.hears("Authorize", idToken={"idToken": EMAID, "type": "eMAID"})
        await csms.hears_event(state="Charging")
    else:
        await csms.passes(2)
        nothing_authorized(csms)
        csms.never_heard("Authorize")
