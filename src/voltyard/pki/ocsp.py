"""OCSP answers of a test PKI (RFC 6960): signed by the authority that issued what is asked about.

der = ocsp.answer(pki, request_der, now)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from voltyard.kernel.time import HOUR_S, Instant, Seconds
from voltyard.pki.charging_pki import ChargingPki, Revocation
from voltyard.pki.drafts import CertifiedKey

VALID_S: Final[Seconds] = HOUR_S
"""From an answer to its nextUpdate."""


def answer(pki: ChargingPki, request: bytes, now: Instant, *, valid_s: Seconds = VALID_S) -> bytes:
    """The answer to a request, both in DER: malformedRequest to what is none, unauthorized to what
    is about another PKI's certificates. The nonce comes back."""
    try:
        asked = ocsp.load_der_ocsp_request(request)
        issuer = _issuer(pki, asked)
    except ValueError:
        return _refusal(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if issuer is None:
        return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    found = _certificate(pki, issuer, asked.serial_number)
    if found is None:
        return _refusal(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    name, certificate = found
    return status_answer(
        certificate,
        issuer,
        pki.revoked.get(name),
        now,
        algorithm=asked.hash_algorithm,
        valid_s=valid_s,
        nonce=_nonce(asked),
    )


def status_answer(
    certificate: x509.Certificate,
    issuer: CertifiedKey,
    revocation: Revocation | None,
    now: Instant,
    *,
    algorithm: Any = None,
    valid_s: Seconds = VALID_S,
    nonce: bytes | None = None,
    signer: CertifiedKey | None = None,
) -> bytes:
    """The status of a certificate in DER, signed by its issuer, or by `signer`. The certificates
    above the signer come with it, so that one who knows the root alone can follow them."""
    signer = signer or issuer
    at = datetime.fromtimestamp(now, UTC)
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate,
        issuer=issuer.certificate,
        algorithm=algorithm or hashes.SHA256(),
        cert_status=ocsp.OCSPCertStatus.REVOKED if revocation else ocsp.OCSPCertStatus.GOOD,
        this_update=at,
        next_update=at + timedelta(seconds=valid_s),
        revocation_time=datetime.fromtimestamp(revocation.at, UTC) if revocation else None,
        revocation_reason=_reason(revocation),
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    sent = [signer.certificate, *signer.above[:-1]]
    builder = builder.certificates(sent)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    made = builder.sign(signer.key, hashes.SHA256())
    return _der(made)


def _issuer(pki: ChargingPki, asked: ocsp.OCSPRequest) -> CertifiedKey | None:
    """The authority of the PKI that a request names."""
    wanted = (asked.issuer_name_hash, asked.issuer_key_hash)
    for name in pki:
        one = pki[name]
        # A request about itself names an authority by the very hashes that are asked for.
        by = one.above[0] if one.above else one.certificate
        own = (
            ocsp.OCSPRequestBuilder()
            .add_certificate(one.certificate, by, asked.hash_algorithm)
            .build()
        )
        if (own.issuer_name_hash, own.issuer_key_hash) == wanted:
            return pki[pki.name_of(by) or name]
    return None


def _certificate(
    pki: ChargingPki, issuer: CertifiedKey, serial_number: int
) -> tuple[str, x509.Certificate] | None:
    for name in pki:
        one = pki[name]
        by = one.above[0] if one.above else one.certificate
        if one.certificate.serial_number == serial_number and by == issuer.certificate:
            return name, one.certificate
    return None


def _nonce(asked: ocsp.OCSPRequest) -> bytes | None:
    try:
        return asked.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    except x509.ExtensionNotFound:
        return None


def _reason(revocation: Revocation | None) -> x509.ReasonFlags | None:
    if revocation is None or revocation.reason is None:
        return None
    return x509.ReasonFlags(revocation.reason)


def _refusal(status: ocsp.OCSPResponseStatus) -> bytes:
    return _der(ocsp.OCSPResponseBuilder.build_unsuccessful(status))


def _der(response: ocsp.OCSPResponse) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return response.public_bytes(Encoding.DER)
