"""Certificates and requests that cases hand to a subject, and what is wrong with those of one."""

from __future__ import annotations

import time
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from voltyard.conformance.wire.authority import ConformanceAuthority, subject_of

PublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_RSA_BITS: Final = 2048


def self_signed_root(name: str) -> str:
    """A root certificate in PEM, which holds for a day on either side of now."""
    return ConformanceAuthority(name, time.time()).root


def stranger() -> PublicKey:
    """A new public key, which is in no request."""
    return ec.generate_private_key(ec.SECP256R1()).public_key()


def certificate_request(name: str) -> tuple[str, PublicKey]:
    """A signed request for a certificate of that common name, in PEM, and the RSA key in it."""
    key = rsa.generate_private_key(65537, _RSA_BITS)
    drawn_up = x509.CertificateSigningRequestBuilder().subject_name(subject_of(name))
    return _pem(drawn_up.sign(key, hashes.SHA256())), key.public_key()


def signed_request(text: str) -> x509.CertificateSigningRequest | None:
    """The request in a PEM text; None where there is none, or its signature is not of its key."""
    try:
        request = x509.load_pem_x509_csr(text.encode())
    except ValueError:
        return None
    return request if request.is_signature_valid else None


def certificate_flaw(chain: str, key: PublicKey, name: str) -> str:
    """The flaw of a chain whose first certificate is to be of that key and common name, and each of
    the others the issuer of the one before; empty where there is none."""
    try:
        own, *above = x509.load_pem_x509_certificates(chain.encode())
    except ValueError:
        return "no certificates in PEM"
    if own.public_key() != key:
        return "it is of another key"
    if common_name(chain) != name:
        return f"its common name is {common_name(chain)!r}"
    for below, issuer in zip([own, *above], above, strict=False):
        try:
            below.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            return f"{below.subject.rfc4514_string()} is not signed by the one after it"
    return ""


def common_name(certificate: str) -> str:
    """The common name of the first certificate in a PEM text; empty where it has none."""
    found = x509.load_pem_x509_certificate(certificate.encode()).subject
    names = found.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _pem(made: x509.CertificateSigningRequest) -> str:
    return made.public_bytes(Encoding.PEM).decode()
