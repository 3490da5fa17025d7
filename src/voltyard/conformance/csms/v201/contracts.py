"""Cases of OCPP 2.0.1 for a CSMS: contract certificates and their statuses (C07, M01, M02, M06).

They need a PKI that the CSMS trusts (`pki` in the subject's file).
"""

from __future__ import annotations

import time
from base64 import b64decode, b64encode
from itertools import pairwise
from typing import Any, Final

from cryptography import x509

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.endings import Inconclusive
from voltyard.conformance.wire.message import ReceivedMessage, fitting
from voltyard.pki.chains import emaid_of
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.directory import read
from voltyard.pki.drafts import CertifiedKey
from voltyard.pki.ocsp_queries import BadResponse, query_of, read_response
from voltyard.pki.statuses import OcspQuery

AUTHORIZATION = Cases("csms", "2.0.1", "Authorization")
CERTIFICATES = Cases("csms", "2.0.1", "CertificateManagement")

CONTRACT_PKI: Final = "contract PKI"
"""Need of a case: a PKI whose roots the CSMS trusts, and whose OCSP responder runs."""

_NEEDS: Final = ["ISO15118", CONTRACT_PKI]
_EXI: Final = b64encode(b"\x80\x98 a request in EXI").decode()


def _pki(station: Station) -> ChargingPki:
    assert station.subject.pki is not None, "the case needs it"
    return read(station.subject.pki)


def _contract(pki: ChargingPki, *, is_revoked: bool) -> CertifiedKey:
    """A contract of the PKI that is revoked, or is not."""
    for name in pki:
        if name.startswith("contract") and (name in pki.revoked) is is_revoked:
            return pki[name]
    raise Inconclusive("the PKI has no revoked contract: voltyard pki revoke makes one")


def _queries(one: CertifiedKey) -> list[OcspQuery]:
    found = [query_of(own, issuer) for own, issuer in pairwise((one.certificate, *one.above))]
    return [query for query in found if query is not None]


def _wire(query: OcspQuery) -> dict[str, Any]:
    return {
        "hashAlgorithm": query.algorithm,
        "issuerNameHash": query.issuer_name,
        "issuerKeyHash": query.issuer_key,
        "serialNumber": query.serial_number,
        "responderURL": query.responder_url,
    }


async def _authorizes(station: Station, one: CertifiedKey, **fields: Any) -> ReceivedMessage:
    token = {"idToken": emaid_of(one.certificate), "type": "eMAID"}
    return await station.call("Authorize", idToken=token, **fields)


# --- contracts ------------------------------------------------------------------------------------


@AUTHORIZATION.case(
    "TC_C_50_CSMS",
    "Contract, validated by the station",
    requirements=["C07.FR.04", "C07.FR.05"],
    needs=_NEEDS,
)
async def validated_by_the_station(station: Station) -> None:
    """A contract whose certificates' statuses are good, and whose eMAID may charge, is accepted.

    The CSMS asks the OCSP responder that the station names by the certificates' hash data.
    """
    await station.ready()
    contract = _contract(_pki(station), is_revoked=False)
    hashes = [_wire(one) for one in _queries(contract)]
    answer = await _authorizes(station, contract, iso15118CertificateHashData=hashes)
    answer.expect({"idTokenInfo.status": "Accepted", "certificateStatus": "Accepted"})


@AUTHORIZATION.case(
    "TC_C_51_CSMS",
    "Contract, validated by the station, revoked",
    requirements=["C07.FR.04", "C07.FR.05"],
    needs=_NEEDS,
)
async def revoked(station: Station) -> None:
    """A contract that was revoked is refused, and the certificate's status says why.

    A CSMS that looks at the eMAID alone lets whoever has a stolen certificate charge.
    """
    await station.ready()
    contract = _contract(_pki(station), is_revoked=True)
    hashes = [_wire(one) for one in _queries(contract)]
    answer = await _authorizes(station, contract, iso15118CertificateHashData=hashes)
    answer.expect(
        {
            "idTokenInfo.status": fitting("not Accepted", lambda status: status != "Accepted"),
            "certificateStatus": "CertificateRevoked",
        }
    )


@AUTHORIZATION.case(
    "TC_C_52_CSMS",
    "Contract, validated by the CSMS",
    requirements=["C07.FR.05", "C07.FR.06", "C07.FR.13"],
    needs=_NEEDS,
)
async def validated_by_the_csms(station: Station) -> None:
    """A contract that the station cannot validate is judged by its chain: one that leads to a root
    of the CSMS's is accepted, and the same one without its issuers is not."""
    await station.ready()
    contract = _contract(_pki(station), is_revoked=False)
    answer = await _authorizes(station, contract, certificate=contract.chain)
    answer.expect({"idTokenInfo.status": "Accepted", "certificateStatus": "Accepted"})
    answer = await _authorizes(station, contract, certificate=contract.pem)
    answer.expect(
        {"certificateStatus": fitting("not Accepted", lambda status: status != "Accepted")}
    )


# --- statuses -------------------------------------------------------------------------------------


@CERTIFICATES.case(
    "TC_M_24_CSMS",
    "Status of the V2G certificate",
    requirements=["M06.FR.01", "M06.FR.02", "M06.FR.03", "M06.FR.04"],
    needs=_NEEDS,
)
async def status(station: Station) -> None:
    """The CSMS fetches the OCSP response for the station's certificate, and hands it on."""
    await station.ready()
    own = _pki(station)["secc"]
    query = _queries(own)[0]
    answer = await station.call("GetCertificateStatus", ocspRequestData=_wire(query))
    answer.expect(status="Accepted")
    issuers: list[x509.Certificate] = list(own.above)
    try:
        der = b64decode(answer["ocspResult"], validate=True)
        found = read_response(der, query, issuers, time.time())
    except (BadResponse, ValueError) as bad:
        raise answer.broken(f"an OCSP response in ocspResult: {bad}", rule="M06.FR.03") from None
    if found.status != "good":
        raise answer.broken("the status good, as the responder has it")


# --- certificates for vehicles --------------------------------------------------------------------


@CERTIFICATES.each(
    Row("TC_M_26_CSMS", "Contract certificate installed", action="Install"),
    Row("TC_M_28_CSMS", "Contract certificate updated", action="Update"),
    requirements=["M01.FR.01", "M01.FR.02", "M02.FR.01", "M02.FR.02"],
    needs=_NEEDS,
)
async def vehicle_asks(station: Station, action: str) -> None:
    """A vehicle's request gets an answer in EXI, in base64, which the station hands on."""
    await station.ready()
    answer = await station.call(
        "Get15118EVCertificate",
        iso15118SchemaVersion="urn:iso:15118:2:2013:MsgDef",
        action=action,
        exiRequest=_EXI,
    )
    answer.expect(status="Accepted")
    answer.expect({"exiResponse": fitting("EXI in base64", _is_base64)})


def _is_base64(text: str) -> bool:
    try:
        return bool(b64decode(text, validate=True))
    except ValueError:
        return False


CASES = (*AUTHORIZATION, *CERTIFICATES)
