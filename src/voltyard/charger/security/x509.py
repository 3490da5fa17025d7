"""X.509 certificates: read, compared, checked and requested.

The package `cryptography` is imported when a certificate first comes up: a charger without them
must not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec


_CHAIN: Final = 10
"""Certificates looked at in one text."""

_RSA_BITS: Final = 2048
_EC_BITS: Final = 224
"""Weaker keys are refused (white paper, section 1.4; 2.0.1 A00.FR.510)."""


class BadCertificate(Exception):
    """A certificate that cannot be accepted; the message says why."""


class CertificateHashes(Struct, frozen=True, kw_only=True):
    """The hashes that identify a certificate over OCPP (CertificateHashData, RFC 6960)."""

    algorithm: str
    issuer_name: str
    issuer_key: str
    serial_number: str
    """Hexadecimal, without leading zeros."""


# --- reading -----------------------------------------------------------------------------------


@lru_cache(maxsize=256)  # a fleet has few roots
def read(pem: str) -> tuple[x509.Certificate, ...]:
    """The certificates of a text, in its order. BadCertificate where there is none."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise BadCertificate("no certificate in PEM") from None
    return tuple(found[:_CHAIN])


def texts(pem: str) -> list[str]:
    """The certificates of a text, each as one of its own. BadCertificate where there is none."""
    return [_pem(one) for one in read(pem)]


def ends_at(pem: str) -> Instant:
    """The last moment the first certificate of the text holds."""
    return read(pem)[0].not_valid_after_utc.timestamp()


def begins_at(pem: str) -> Instant:
    """The first moment the first certificate of the text holds."""
    return read(pem)[0].not_valid_before_utc.timestamp()


def subject(pem: str) -> str:
    """The subject of the first certificate of the text."""
    return read(pem)[0].subject.rfc4514_string()


def _pem(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()


# --- comparing ---------------------------------------------------------------------------------


def hashes(pem: str, others: Iterable[str] = (), algorithm: str = "SHA256") -> CertificateHashes:
    """The hashes by which the first certificate of the text is known. Its issuer is looked for in
    the rest of the text and among the others; where it is not there, its own key stands in."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509 import ocsp

    own, *rest = read(pem)
    candidates = [own, *rest, *(one for other in others for one in read(other))]
    issuer = next((one for one in candidates if one.subject == own.issuer), own)
    # A question of OCSP names a certificate by the very same hashes.
    asked = ocsp.OCSPRequestBuilder().add_certificate(own, issuer, getattr(hashes, algorithm)())
    question = asked.build()
    return CertificateHashes(
        algorithm=algorithm,
        issuer_name=question.issuer_name_hash.hex(),
        issuer_key=question.issuer_key_hash.hex(),
        serial_number=f"{own.serial_number:x}",
    )


# --- judging -----------------------------------------------------------------------------------


def check_root(pem: str, now: Instant) -> None:
    """BadCertificate where it is not one certificate that may sign others, and holds now."""
    found = read(pem)
    if len(found) != 1:
        raise BadCertificate(f"{len(found)} certificates where one is wanted")
    _check_time(found[0], now)
    if not _is_anchor(found[0]):
        raise BadCertificate("it may not sign others: no root")
    _check_strength(found[0])


def check_signed_by(pem: str, signer: str) -> None:
    """BadCertificate where the first certificate of the text is not signed by that one."""
    if not _is_issued(read(pem)[0], read(signer)[0], is_trusted=True):
        raise BadCertificate("not signed by the root it is to replace")


def check_chain(pem: str, roots: Iterable[str], now: Instant) -> None:
    """BadCertificate where the first certificate does not hold now, or the others of the text do
    not lead from it to one of the roots. Without roots they have to fit together only."""
    leaf, *others = read(pem)
    trusted = [one for root in roots for one in read(root)]
    _check_time(leaf, now)
    _check_strength(leaf)
    link = leaf
    seen = {link}
    while not any(link == root or _is_issued(link, root, is_trusted=True) for root in trusted):
        above = next((one for one in others if one not in seen and _is_issued(link, one)), None)
        if above is None:
            if trusted:
                raise BadCertificate("it does not lead to a root that is installed")
            if others and len(seen) == 1:
                raise BadCertificate("the certificates that came with it did not sign it")
            return
        _check_time(above, now)
        seen.add(above)
        link = above


def _is_issued(one: x509.Certificate, by: x509.Certificate, *, is_trusted: bool = False) -> bool:
    from cryptography.exceptions import InvalidSignature

    if not (_is_anchor(by) if is_trusted else _may_sign(by)):
        return False
    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check_time(certificate: x509.Certificate, now: Instant) -> None:
    at = datetime.fromtimestamp(now, UTC)
    if certificate.not_valid_before_utc > at:
        raise BadCertificate(f"not valid before {certificate.not_valid_before_utc.isoformat()}")
    if certificate.not_valid_after_utc < at:
        raise BadCertificate(f"expired on {certificate.not_valid_after_utc.isoformat()}")


def _may_sign(certificate: x509.Certificate) -> bool:
    from cryptography import x509

    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except (x509.ExtensionNotFound, ValueError):
        return False


def _is_anchor(certificate: x509.Certificate) -> bool:
    """True where it may be a trust anchor. Of an anchor only name and key count (RFC 5280 6.1.1 d),
    so a root of X.509 v1, which can have no extensions, is as good here as it is for TLS."""
    from cryptography import x509

    is_old_root = (
        certificate.version is x509.Version.v1 and certificate.subject == certificate.issuer
    )
    return is_old_root or _may_sign(certificate)


def _check_strength(certificate: x509.Certificate) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    match certificate.public_key():
        case rsa.RSAPublicKey() as key if key.key_size < _RSA_BITS:
            raise BadCertificate(f"too weak: RSA of {key.key_size} bits")
        case ec.EllipticCurvePublicKey() as key if key.key_size < _EC_BITS:
            raise BadCertificate(f"too weak: a curve of {key.key_size} bits")


# --- the charger's own -------------------------------------------------------------------------


def _spki(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


class OwnKey:
    """A private key that is not stored: seed, identity and number give it.

    So one seed gives one transcript, and no memory of a charger holds a key. Whoever knows the
    seed knows the key, which is right for a simulation, and for nothing else.
    """

    __slots__ = ("_names",)

    def __init__(self, seed: int, identity: str, number: int) -> None:
        self._names = (seed, identity, number)

    def request(self, common_name: str, organization: str) -> str:
        """A PKCS#10 request in PEM, with a signature that is always the same (RFC 6979)."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import NameOID

        names = [x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])]
        if organization:
            names.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]))
        drawn_up = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
        try:
            signed = drawn_up.sign(self._key(), hashes.SHA256(), ecdsa_deterministic=True)
        except TypeError:  # an older version of the package signs with a random number only
            signed = drawn_up.sign(self._key(), hashes.SHA256())
        return signed.public_bytes(Encoding.PEM).decode()

    def belongs_to(self, chain: str) -> bool:
        """True where the first certificate of the text is made out for this key."""
        return _spki(read(chain)[0].public_key()) == _spki(self._key().public_key())

    def pem(self) -> str:
        """The key itself, for the TLS link alone. A secret."""
        from cryptography.hazmat.primitives.serialization import (
            Encoding,
            NoEncryption,
            PrivateFormat,
        )

        return self._key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def _key(self) -> ec.EllipticCurvePrivateKey:
        from cryptography.hazmat.primitives.asymmetric import ec

        seed, identity, number = self._names
        # Below 2**255 and above 0, which every number of the curve's group is.
        secret = stream(seed, identity, "private key", number).getrandbits(255) + 1
        return ec.derive_private_key(secret, ec.SECP256R1())
