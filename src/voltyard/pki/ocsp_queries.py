"""Questions about a certificate's status, and what an OCSP response says to one (RFC 6960).

query = query_of(contract, issuer)
answer = read_response(der, query, issuers, now)              # or BadResponse
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from voltyard.kernel.time import MINUTE_S, Instant, Seconds
from voltyard.pki.statuses import OcspAnswer, OcspQuery

SKEW_S: Final[Seconds] = 5 * MINUTE_S
"""By which a responder's clock may be ahead."""

UNDATED_S: Final[Seconds] = 5 * MINUTE_S
"""For which a response without nextUpdate holds."""

_ALGORITHMS: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "SHA256": hashes.SHA256,
    "SHA384": hashes.SHA384,
    "SHA512": hashes.SHA512,
}


class BadResponse(Exception):
    """An OCSP response that proves nothing; the message says why."""


def query_of(
    certificate: x509.Certificate, issuer: x509.Certificate, algorithm: str = "SHA256"
) -> OcspQuery | None:
    """The question about a certificate; None where it names no responder."""
    url = responder_of(certificate)
    if url is None:
        return None
    builder = ocsp.OCSPRequestBuilder().add_certificate(
        certificate, issuer, _ALGORITHMS[algorithm]()
    )
    built = builder.build()
    return OcspQuery(
        algorithm=algorithm,
        issuer_name=built.issuer_name_hash.hex(),
        issuer_key=built.issuer_key_hash.hex(),
        serial_number=f"{certificate.serial_number:x}",
        responder_url=url,
    )


def responder_of(certificate: x509.Certificate) -> str | None:
    """The URL of the OCSP responder that a certificate names."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return None
    for one in found.value:
        if one.access_method == AuthorityInformationAccessOID.OCSP and isinstance(
            one.access_location, x509.UniformResourceIdentifier
        ):
            return str(one.access_location.value)
    return None


def request_of(query: OcspQuery) -> bytes:
    """The OCSP request of a question, in DER. ValueError where its hashes are none."""
    algorithm = _ALGORITHMS[query.algorithm]()
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        bytes.fromhex(query.issuer_name),
        bytes.fromhex(query.issuer_key),
        int(query.serial_number, 16),
        algorithm,
    )
    return builder.build().public_bytes(Encoding.DER)


def read_response(
    der: bytes, query: OcspQuery, issuers: Iterable[x509.Certificate], now: Instant
) -> OcspAnswer:
    """Read the answer to a question. BadResponse where it is not about that certificate, not
    of this time, or not signed by its issuer, or by whom that has charged with it. The issuer is
    looked for among `issuers`, which are trusted."""
    try:
        response = ocsp.load_der_ocsp_response(der)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise BadResponse(f"the responder says {response.response_status.name}")
        return _read_successful(response, query, list(issuers), now)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadResponse(f"no OCSP response: {error}") from None


def issuers_in(der: bytes) -> list[x509.Certificate]:
    """The certificates that a response brings along. BadResponse where it is none."""
    try:
        response = ocsp.load_der_ocsp_response(der)
        successful = response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        return list(response.certificates) if successful else []
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadResponse(f"no OCSP response: {error}") from None


def _read_successful(
    response: ocsp.OCSPResponse,
    query: OcspQuery,
    issuers: list[x509.Certificate],
    now: Instant,
) -> OcspAnswer:
    one = next((each for each in response.responses if _is_about(each, query)), None)
    if one is None:
        raise BadResponse("it is about another certificate")
    _check_signature(response, query, issuers, datetime.fromtimestamp(now, UTC))
    began = one.this_update_utc.timestamp()
    ends = one.next_update_utc
    until = began + UNDATED_S if ends is None else ends.timestamp()
    if began > now + SKEW_S:
        raise BadResponse("it is of a time to come")
    if until < now:
        raise BadResponse("it is out of date")
    return OcspAnswer(status=one.certificate_status.name.lower(), until=until)  # type: ignore[arg-type]


def _is_about(one: ocsp.OCSPSingleResponse, query: OcspQuery) -> bool:
    return (
        f"{one.serial_number:x}" == (query.serial_number.lower().lstrip("0") or "0")
        and one.issuer_name_hash.hex() == query.issuer_name.lower()
        and one.issuer_key_hash.hex() == query.issuer_key.lower()
    )


def _check_signature(
    response: ocsp.OCSPResponse,
    query: OcspQuery,
    issuers: list[x509.Certificate],
    now: datetime,
) -> None:
    issuer = next((one for one in issuers if is_issuer(one, query)), None)
    if issuer is None:
        raise BadResponse("the issuer of the certificate is not known")
    for signer in (issuer, *response.certificates):
        if _names_signer(response, signer) and (
            signer == issuer or _is_charged(signer, issuer, now)
        ):
            if _is_signed_by(response, signer):
                return
            raise BadResponse("its signature is wrong")
    raise BadResponse("it is signed by somebody else than the issuer")


def is_issuer(one: x509.Certificate, query: OcspQuery) -> bool:
    """True where a certificate is the issuer that a question names."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(one, one, _ALGORITHMS[query.algorithm]())
    try:
        own = builder.build()
    except ValueError:
        return False
    name = hashes.Hash(_ALGORITHMS[query.algorithm]())
    name.update(one.subject.public_bytes())
    return (
        name.finalize().hex() == query.issuer_name.lower()
        and own.issuer_key_hash.hex() == query.issuer_key.lower()
    )


def _names_signer(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == signer.subject
    identifier = x509.SubjectKeyIdentifier.from_public_key(signer.public_key())
    return response.responder_key_hash == identifier.digest


def _is_charged(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    """True where the issuer has charged a responder with its answers (RFC 6960, 4.2.2.2)."""
    try:
        signer.verify_directly_issued_by(issuer)
        purposes = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    holds = signer.not_valid_before_utc <= now <= signer.not_valid_after_utc
    return holds and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _is_signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key: Any = signer.public_key()
    algorithm = response.signature_hash_algorithm
    try:
        match key:
            case ec.EllipticCurvePublicKey() if algorithm is not None:
                key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(algorithm))
            case rsa.RSAPublicKey() if algorithm is not None:
                key.verify(
                    response.signature,
                    response.tbs_response_bytes,
                    padding.PKCS1v15(),
                    algorithm,
                )
            case _:
                return False
    except InvalidSignature:
        return False
    return True
