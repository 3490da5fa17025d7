"""A certificate authority with the operator's certificate and key (A02).

The package `cryptography` is imported where there is one.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from msgspec import Struct

from voltyard.csms.records import ChargerStored
from voltyard.csms.security.certificate_rows import CertificateUse
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from cryptography import x509

MARK: Final = "urn:voltyard:charger:"
"""Begins the name that each certificate signed here bears of its charger, and that no request can
give itself."""


class NewCertificate(Struct, frozen=True):
    """A certificate that was signed for a charger."""

    chain: str
    """It and those that lead to its root, in PEM."""
    common_name: str
    serial_number: str
    """In hexadecimal digits; so too the fingerprint, its SHA-256."""
    fingerprint: str
    not_before: Instant
    not_after: Instant


class CertificateSigner(Protocol):
    """The authority that signs chargers' certificates."""

    def __call__(
        self,
        csr: str,
        charger: ChargerStored,
        operator_name: str,
        now: Instant,
        use: CertificateUse = "link",
    ) -> NewCertificate:
        """Sign a request in PEM of that charger, whose operator is called so. Invalid where it is
        not to be signed."""


_CHAIN_CHARACTERS: Final = 10_000  # CertificateSigned has no more
_RSA_BITS: Final = 2048
_EC_BITS: Final = 224
"""Both: white paper, section 1.4; 2.0.1 A00.FR.510."""
_NAME_CHARACTERS: Final = 64
"""RFC 5280, ub-common-name."""
_DOMAIN: Final = "CPO"
"""The domain component of a charging station's certificate (ISO 15118-2, annex F)."""
_BEFORE: Final = timedelta(hours=1)
"""Chargers' clocks are behind."""


class CertificateAuthority:
    """Signs chargers' certificate signing requests."""

    def __init__(self, certificate: Path, key: Path, days: float) -> None:
        """Invalid, naming the setting, where a file is not what it should be."""
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization

        try:
            chain = x509.load_pem_x509_certificates(certificate.read_bytes())
        except (OSError, ValueError) as error:
            raise Invalid(
                f"no certificate in {certificate}: {error}", param="ca_certificate"
            ) from None
        try:
            self._key: Any = serialization.load_pem_private_key(key.read_bytes(), None)
        except (OSError, ValueError, TypeError):
            raise Invalid(f"no private key that can be read in {key}", param="ca_key") from None
        self._own = chain[0]
        if self._own.public_key() != self._key.public_key():
            raise Invalid("ca_key is not the key of ca_certificate", param="ca_key")
        _check_may_sign(self._own)
        self._pem = "".join(_pem(one) for one in chain)
        self._days = days

    def sign(
        self,
        csr: str,
        charger: ChargerStored,
        operator_name: str,
        now: Instant,
        use: CertificateUse = "link",
    ) -> NewCertificate:
        """See `CertificateSigner`. The name that counts is the charger's identity, or the serial
        number that an operator knows it by; what it says of itself counts for nothing. One for
        vehicles alone has the SECC id that it asks for: it is no client certificate, so it opens no
        door here."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.x509.oid import NameOID

        if self._own.not_valid_after_utc.timestamp() <= now:
            raise Invalid(
                "the certificate authority's own certificate has ended",
                hint="renew it (ca_certificate), and restart the server",
            )
        request = _request(csr)
        name = _name_of(request, charger, use)
        parts = [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, operator_name),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
        if use == "vehicles":
            parts.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, _DOMAIN))
        subject = x509.Name(parts)
        mark = f"{MARK}{charger.organization_id}:{charger.id}"
        certificate = self._drawn_up(request, subject, mark, now, use)
        chain = _pem(certificate) + self._pem
        if len(chain) > _CHAIN_CHARACTERS:
            raise Invalid(f"the chain would be longer than {_CHAIN_CHARACTERS} characters")
        return NewCertificate(
            chain,
            name,
            f"{certificate.serial_number:x}",
            certificate.fingerprint(hashes.SHA256()).hex(),
            certificate.not_valid_before_utc.timestamp(),
            certificate.not_valid_after_utc.timestamp(),
        )

    def _drawn_up(
        self,
        request: "x509.CertificateSigningRequest",
        subject: "x509.Name",
        mark: str,
        now: Instant,
        use: CertificateUse,
    ) -> "x509.Certificate":
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        begins = datetime.fromtimestamp(now, UTC) - _BEFORE
        ends = min(begins + timedelta(days=self._days), self._own.not_valid_after_utc)
        key = request.public_key()
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_encipherment=isinstance(key, rsa.RSAPublicKey),
            content_commitment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=False,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        is_edwards = not isinstance(self._key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._own.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage(_purposes(use)), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(mark)]), critical=False
            )
            .add_extension(issuer_key, critical=False)
            .sign(self._key, None if is_edwards else hashes.SHA256())
        )


def _name_of(
    request: "x509.CertificateSigningRequest", charger: ChargerStored, use: CertificateUse
) -> str:
    """The common name that is asked for. Invalid where it is not the charger's to have."""
    name = _common_name(request)
    if use == "vehicles":
        if not name:
            raise Invalid("it has no common name, which is to be the SECC id")
    elif name not in (charger.pinned_serial_number, charger.charge_box_id):
        raise Invalid(
            "its common name is neither the charger's identity nor the serial number pinned for it",
            hint="pinnedSerialNumber of the charger says which that is",
        )
    if len(name) > _NAME_CHARACTERS:
        raise Invalid(
            f"a common name has at most {_NAME_CHARACTERS} characters",
            hint="pin the charger's serial number, and have it ask in that",
        )
    return name


def _purposes(use: CertificateUse) -> "list[x509.ObjectIdentifier]":
    from cryptography.x509.oid import ExtendedKeyUsageOID

    to_vehicles, on_link = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    return {"link": [on_link], "vehicles": [to_vehicles], "both": [on_link, to_vehicles]}[use]


def _check_may_sign(own: "x509.Certificate") -> None:
    from cryptography import x509

    try:
        may_sign = own.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        may_sign = False
    if not may_sign:
        raise Invalid("ca_certificate is no authority's", param="ca_certificate")


def _request(csr: str) -> "x509.CertificateSigningRequest":
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        request = x509.load_pem_x509_csr(csr.encode())
        is_signed = request.is_signature_valid
        key = request.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise Invalid("it is no certificate signing request in PEM") from None
    if not is_signed:
        raise Invalid("its signature is not by its own key")
    match key:
        case rsa.RSAPublicKey() if key.key_size >= _RSA_BITS:
            return request
        case ec.EllipticCurvePublicKey() if key.key_size >= _EC_BITS:
            return request
        case _:
            raise Invalid(f"its key is weak: RSA from {_RSA_BITS} bits, EC from {_EC_BITS}")


def _common_name(request: "x509.CertificateSigningRequest") -> str:
    from cryptography.x509.oid import NameOID

    try:
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:  # it is read only now, and is no text
        return ""
    return str(names[0].value) if len(names) == 1 else ""


def _pem(certificate: "x509.Certificate") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()
