"""OCSP answers: who signs them, and what they say."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as asn1

from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki

NOW = 1_800_000_000.0


@pytest.fixture
def pki() -> ChargingPki:
    return ChargingPki.made(NOW)


def asked(
    pki: ChargingPki, name: str, issuer: str | None = None, nonce: bytes | None = None
) -> asn1.OCSPResponse:
    one = pki[name]
    by = one.above[0] if issuer is None else pki[issuer].certificate
    builder = asn1.OCSPRequestBuilder().add_certificate(one.certificate, by, hashes.SHA256())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    request = builder.build().public_bytes(Encoding.DER)
    return asn1.load_der_ocsp_response(ocsp.answer(pki, request, NOW))


def test_a_certificate_that_holds_is_good_and_its_issuer_says_so(pki: ChargingPki) -> None:
    found = asked(pki, "contract")
    key = pki["mo-sub2"].certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(found.signature, found.tbs_response_bytes, ec.ECDSA(hashes.SHA256()))
    assert found.certificate_status is asn1.OCSPCertStatus.GOOD
    assert found.next_update_utc is not None
    assert found.next_update_utc.timestamp() == NOW + ocsp.VALID_S


def test_a_revoked_certificate_is_revoked_and_those_beside_it_are_not(pki: ChargingPki) -> None:
    pki.revoke("mo-sub2", NOW - 5, "keyCompromise")
    found = asked(pki, "mo-sub2")
    assert found.certificate_status is asn1.OCSPCertStatus.REVOKED
    assert found.revocation_reason is x509.ReasonFlags.key_compromise
    assert asked(pki, "contract").certificate_status is asn1.OCSPCertStatus.GOOD


def test_a_nonce_comes_back(pki: ChargingPki) -> None:
    found = asked(pki, "secc", nonce=b"0123456789abcdef")
    assert found.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == (
        b"0123456789abcdef"
    )


def test_an_issuer_that_did_not_sign_it_is_not_answered_for(pki: ChargingPki) -> None:
    found = asked(pki, "contract", issuer="cpo-sub2")
    assert found.response_status is asn1.OCSPResponseStatus.UNAUTHORIZED


def test_another_pkis_certificate_is_not_answered_for(pki: ChargingPki) -> None:
    other = ChargingPki.made(NOW)
    request = (
        asn1.OCSPRequestBuilder()
        .add_certificate(
            other["contract"].certificate, other["mo-sub2"].certificate, hashes.SHA256()
        )
        .build()
    )
    found = asn1.load_der_ocsp_response(ocsp.answer(pki, request.public_bytes(Encoding.DER), NOW))
    assert found.response_status is asn1.OCSPResponseStatus.UNAUTHORIZED


def test_what_is_no_request_is_malformed(pki: ChargingPki) -> None:
    found = asn1.load_der_ocsp_response(ocsp.answer(pki, b"no request", NOW))
    assert found.response_status is asn1.OCSPResponseStatus.MALFORMED_REQUEST
