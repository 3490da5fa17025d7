"""Drafts of certificates, and the certificates that are made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier

from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from collections.abc import Sequence

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_ORGANIZATION: Final = "Voltyard test PKI"
_RSA_BITS: Final = 2048


@dataclass(frozen=True)
class CertificateDraft:
    """A certificate that is to be made; the fields are its own, and days are counted from `at`."""

    common_name: str
    begins_days: float = -1.0
    ends_days: float = 365.0
    is_authority: bool = False
    path_length: int | None = None
    signs_certificates: bool | None = None
    """The key usage keyCertSign; None: as an authority has it, and another has not."""
    signs_data: bool = True
    """The key usage digitalSignature of one that is no authority."""
    curve: ec.EllipticCurve | None = field(default_factory=ec.SECP256R1)
    """None: the key is an RSA one of 2048 bits."""
    purposes: tuple[ObjectIdentifier, ...] = ()
    """Its extended key usages."""
    hosts: tuple[str, ...] = ()
    responder_url: str | None = None
    """The OCSP responder that it names."""
    domain_component: str | None = None
    """The DC of ISO 15118: CPO for a charging station's, MO for a contract's, OEM for a car's."""


@dataclass(frozen=True, eq=False)
class CertifiedKey:
    """A certificate, its private key, and the certificates that signed it."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    above: tuple[x509.Certificate, ...] = ()
    """Its issuer and those above it, the root last; of a root, none."""

    @property
    def pem(self) -> str:
        """The certificate."""
        return to_pem(self.certificate)

    @property
    def key_pem(self) -> str:
        """The private key: a secret."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def chain(self) -> str:
        """The certificate and those above it without their root, as ISO 15118 hands a chain on."""
        return self.pem + "".join(to_pem(one) for one in self.above[:-1])

    @property
    def root(self) -> x509.Certificate:
        """The root that it leads to; of a root, itself."""
        return self.above[-1] if self.above else self.certificate


def to_pem(certificate: x509.Certificate) -> str:
    """A certificate in PEM."""
    return certificate.public_bytes(Encoding.PEM).decode()


def certify(
    draft: CertificateDraft,
    issuer: CertifiedKey | None,
    at: Instant,
    *,
    key: PrivateKey | None = None,
    signing_key: PrivateKey | None = None,
) -> CertifiedKey:
    """The certificate of a draft, signed by `issuer`, or by itself where there is none. It is of
    `key` where one is given, else of a new one; `signing_key` signs in the issuer's stead, which
    makes a certificate that is wrong."""
    key = key or _new_key(draft)
    signer = signing_key or (issuer.key if issuer else key)
    name = _name(draft)
    issuer_name = issuer.certificate.subject if issuer else name
    of_issuer = (issuer.key if issuer else key).public_key()
    builder = _drawn_up(draft, name, issuer_name, key.public_key(), of_issuer, at)
    certificate = builder.sign(signer, hashes.SHA256())
    above = (issuer.certificate, *issuer.above) if issuer else ()
    return CertifiedKey(certificate, key, above)


def certify_request(
    request: x509.CertificateSigningRequest,
    draft: CertificateDraft,
    issuer: CertifiedKey,
    at: Instant,
) -> x509.Certificate:
    """The certificate that a request asks for: its name and key, and for the rest the draft's."""
    key: Any = request.public_key()
    builder = _drawn_up(
        draft, request.subject, issuer.certificate.subject, key, issuer.key.public_key(), at
    )
    return builder.sign(issuer.key, hashes.SHA256())


def _new_key(draft: CertificateDraft) -> PrivateKey:
    if draft.curve is None:
        return rsa.generate_private_key(65537, _RSA_BITS)
    return ec.generate_private_key(draft.curve)


def _name(draft: CertificateDraft) -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANIZATION),
        x509.NameAttribute(NameOID.COMMON_NAME, draft.common_name),
    ]
    if draft.domain_component is not None:
        parts.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, draft.domain_component))
    return x509.Name(parts)


def _drawn_up(
    draft: CertificateDraft,
    name: x509.Name,
    issuer_name: x509.Name,
    key: PublicKey,
    issuer_key: PublicKey,
    at: Instant,
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(at, UTC)
    of_issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=draft.begins_days))
        .not_valid_after(now + timedelta(days=draft.ends_days))
        .add_extension(_constraints(draft), critical=True)
        .add_extension(_usage(draft), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(of_issuer, critical=False)
    )
    for extension in _other_extensions(draft):
        builder = builder.add_extension(extension, critical=False)
    return builder


def _constraints(draft: CertificateDraft) -> x509.BasicConstraints:
    length = draft.path_length if draft.is_authority else None
    return x509.BasicConstraints(ca=draft.is_authority, path_length=length)


def _usage(draft: CertificateDraft) -> x509.KeyUsage:
    signs = draft.signs_certificates
    signs = draft.is_authority if signs is None else signs
    return x509.KeyUsage(
        digital_signature=draft.signs_data or draft.is_authority,
        content_commitment=False,
        key_encipherment=draft.curve is None,
        data_encipherment=False,
        key_agreement=not draft.is_authority and draft.curve is not None,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _other_extensions(draft: CertificateDraft) -> Sequence[Any]:
    found: list[Any] = []
    if draft.purposes:
        found.append(x509.ExtendedKeyUsage(draft.purposes))
    if draft.hosts:
        found.append(x509.SubjectAlternativeName([_general_name(host) for host in draft.hosts]))
    if draft.responder_url is not None:
        place = x509.AccessDescription(
            AuthorityInformationAccessOID.OCSP,
            x509.UniformResourceIdentifier(draft.responder_url),
        )
        found.append(x509.AuthorityInformationAccess([place]))
    return found


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
