"""A certificate authority of the tester: its root, and certificates that it signs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from voltyard.kernel.time import Instant

_DAY: Final = timedelta(days=1)
_ORGANIZATION: Final = "Voltyard conformance"


@dataclass(frozen=True)
class Issued:
    """A certificate and its private key, in PEM."""

    certificate: str
    key: str = field(repr=False)


class ConformanceAuthority:
    """A root certificate, and what it signs. All of it holds for a day on either side of `at`."""

    def __init__(self, name: str, at: Instant, before: ConformanceAuthority | None = None) -> None:
        """`before` is the authority that this one follows, and that signs its root."""
        self._at = datetime.fromtimestamp(at, UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = subject_of(name)
        self._certificate = (before or self).certify(self._name, self._key.public_key())

    def certify(self, name: x509.Name, key: CertificatePublicKeyTypes) -> x509.Certificate:
        """The certificate of an authority with that key."""
        drawn_up = self._drawn_up(name, key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        return self._signed(drawn_up.add_extension(_SIGNS, critical=True))

    @property
    def root(self) -> str:
        """The root certificate, in PEM."""
        return _pem(self._certificate)

    def hash_data(self, algorithm: str = "SHA256", *, of: str | None = None) -> dict[str, str]:
        """The CertificateHashData of a certificate in PEM that it has signed; of its own where none
        is given."""
        key = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        name = self._name.public_bytes()
        signed = self._certificate if of is None else x509.load_pem_x509_certificate(of.encode())
        return {
            "hashAlgorithm": algorithm,
            "issuerNameHash": hashlib.new(algorithm, name).hexdigest(),
            "issuerKeyHash": hashlib.new(algorithm, key).hexdigest(),
            "serialNumber": f"{signed.serial_number:x}",
        }

    @staticmethod
    def serial_numbers(chain: str) -> tuple[str, str]:
        """The serial number of the first certificate of a text, as OCPP may write it."""
        number = f"{x509.load_pem_x509_certificate(chain.encode()).serial_number:x}"
        return number, number.upper()

    def sign(
        self,
        request: x509.CertificateSigningRequest,
        *,
        key: CertificatePublicKeyTypes | None = None,
    ) -> str:
        """The certificate that was asked for, in PEM; of another key where one is given."""
        return _pem(self._signed(self._drawn_up(request.subject, key or request.public_key())))

    def issue(self, name: str, *hosts: str) -> Issued:
        """A certificate of that common name, for those hosts, with a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        drawn_up = self._drawn_up(subject_of(name), key.public_key())
        if hosts:
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            drawn_up = drawn_up.add_extension(names, critical=False)
        return Issued(_pem(self._signed(drawn_up)), _key_pem(key))

    def _drawn_up(
        self, subject: x509.Name, key: CertificatePublicKeyTypes
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at - _DAY)
            .not_valid_after(self._at + _DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )

    def _signed(self, drawn_up: x509.CertificateBuilder) -> x509.Certificate:
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return drawn_up.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())


_SIGNS: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def subject_of(name: str) -> x509.Name:
    """A subject of that common name."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
