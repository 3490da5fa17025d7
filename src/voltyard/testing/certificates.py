"""Certificates for tests: a root that lives as long as the test, and what it signs.

They are made with the package `cryptography`.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.members import DEFAULT_EMAID

_DAY = timedelta(days=1)

_Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa_keys.RSAPrivateKey


class SignedCertificate:
    """A certificate and its key, in PEM."""

    def __init__(self, certificate: x509.Certificate, key: _Key) -> None:
        self.certificate = certificate.public_bytes(Encoding.PEM).decode()
        self.key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def files(self, directory: Path, name: str = "server") -> tuple[Path, Path]:
        """Both of them as files."""
        certificate, key = directory / f"{name}.pem", directory / f"{name}.key"
        certificate.write_text(self.certificate)
        key.write_text(self.key)
        return certificate, key


_SIGNS_CERTIFICATES: Final = x509.KeyUsage(
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


class RootAuthority:
    """A root certificate that signs others."""

    def __init__(self, name: str = "Test root", above: "RootAuthority | None" = None) -> None:
        """With one `above` it is no root, but is signed by that one."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = self if above is None else above
        drawn_up = (
            _drawn_up(self.name, issuer.name, self._key, -_DAY, _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_SIGNS_CERTIFICATES, critical=True)
        )
        self._certified = SignedCertificate(issuer.certify(drawn_up), self._key)

    @property
    def ca(self) -> str:
        """Its own certificate, which those who trust it need."""
        return self._certified.certificate

    def file(self, directory: Path, name: str = "ca") -> Path:
        """The same as a file."""
        path = directory / f"{name}.pem"
        path.write_text(self.ca)
        return path

    def files(self, directory: Path, name: str = "authority") -> tuple[Path, Path]:
        """Its certificate and key as files, for whoever is to sign in its name."""
        return self._certified.files(directory, name)

    def sign(
        self,
        name: str,
        *hosts: str,
        begins: timedelta = -_DAY,
        ends: timedelta = _DAY,
        rsa: bool = False,
        purpose: x509.ObjectIdentifier | None = None,
    ) -> SignedCertificate:
        """A certificate of that common name for these hosts, names or addresses; it holds from
        `begins` to `ends`, both from now. Its key is of 256 bits, or an RSA one of 2048; with a
        `purpose` it is good for that extended usage of its key alone."""
        key = (
            rsa_keys.generate_private_key(65537, 2048)
            if rsa
            else ec.generate_private_key(ec.SECP256R1())
        )
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        drawn_up = _drawn_up(subject, self.name, key, begins, ends)
        if purpose is not None:
            drawn_up = drawn_up.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        if hosts:
            names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
            drawn_up = drawn_up.add_extension(names, critical=False)
        return SignedCertificate(self.certify(drawn_up), key)

    def certify(self, drawn_up: x509.CertificateBuilder) -> x509.Certificate:
        """Sign a certificate that is drawn up."""
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return drawn_up.add_extension(issuer, critical=False).sign(self._key, hashes.SHA256())


def _drawn_up(
    subject: x509.Name,
    issuer: x509.Name,
    key: _Key,
    begins: timedelta,
    ends: timedelta,
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def charging_pki(responder_url: str | None = None, *emaids: str) -> ChargingPki:
    """A whole PKI of ISO 15118 in memory that begins to hold a day ago, with a contract for each
    eMAID; its certificates name that OCSP responder. See `voltyard.pki`."""
    return ChargingPki.made(
        datetime.now(UTC).timestamp(),
        responder_url=responder_url,
        emaids=emaids or (DEFAULT_EMAID,),
    )
