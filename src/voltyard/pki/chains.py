"""Contract certificate chains, judged: from a contract to a trusted root (RFC 5280, section 6.1;
ISO 15118-2, annex F).

    path = judge_contract(pem, "DEVOLC1A2B3C4D5", roots, now)     # or BadChain
    asked = [query_of(one, issuer) for one, issuer in pairwise(path)]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from voltyard.kernel.time import Instant
from voltyard.pki.statuses import CertificateVerdict

LONGEST_CHAIN: Final = 4
"""Certificates that a chain has without its root: ISO 15118-2 allows two sub-authorities, 15118-20
three."""

_RSA_BITS: Final = 2048
_EC_BITS: Final = 224
_BROKEN_HASHES: Final = ("md5", "sha1")
_OTHERS: Final = ("CPO", "CPS", "OEM", "V2G")
"""Domain components of certificates that are no contracts."""
_EMAID: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[A-Z0-9]{9}[A-Z0-9]?")
_KNOWN_CRITICAL: Final = (
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
)


class BadChain(Exception):
    """A chain that cannot be accepted: the message says why, `verdict` in OCPP's word."""

    def __init__(self, verdict: CertificateVerdict, message: str) -> None:
        super().__init__(message)
        self.verdict = verdict


class NoTrustedRoot(BadChain):
    """A chain that is right in itself, and leads to no root that is trusted here."""


def judge_contract(
    pem: str, emaid: str, roots: Iterable[str], now: Instant
) -> tuple[x509.Certificate, ...]:
    """The path from a contract certificate, the first of the text, to one of the roots. BadChain
    where there is none, or the contract is not of that eMAID; NoTrustedRoot where a root is all
    that is missing."""
    leaf, *others = read_chain(pem)
    _check_contract(leaf, emaid)
    trusted = [one for root in roots for one in x509.load_pem_x509_certificates(root.encode())]
    return _path(leaf, others, trusted, datetime.fromtimestamp(now, UTC))


def read_chain(pem: str) -> list[x509.Certificate]:
    """The certificates of a text. BadChain where it has none, too many, or one that cannot be
    read."""
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
        for one in found:
            _ = one.extensions, one.subject, one.issuer, one.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadChain("CertChainError", f"no certificates in PEM: {error}") from None
    if pem.count("-----BEGIN") != len(found):
        raise BadChain("CertChainError", "there is something else between the certificates")
    if len(found) > LONGEST_CHAIN + 1:
        raise BadChain("CertChainError", f"a chain of {len(found)} certificates is too long")
    if len(set(found)) < len(found):
        raise BadChain("CertChainError", "a certificate comes twice")
    return found


def normal_emaid(text: str) -> str:
    """An eMAID without separators, in capitals; two that are equal so are the same contract."""
    return text.replace("-", "").replace("*", "").strip().upper()


def emaid_of(certificate: x509.Certificate) -> str:
    """The eMAID of a contract certificate: its common name."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


# --- the contract -------------------------------------------------------------------------------


def _check_contract(leaf: x509.Certificate, emaid: str) -> None:
    name = normal_emaid(emaid_of(leaf))
    if not _EMAID.fullmatch(name):
        raise BadChain("CertChainError", "its common name is no eMAID")
    if name != normal_emaid(emaid):
        raise BadChain("CertChainError", f"it is of the contract {name}")
    components = leaf.subject.get_attributes_for_oid(NameOID.DOMAIN_COMPONENT)
    other = next((str(one.value) for one in components if one.value in _OTHERS), None)
    if other is not None:
        raise BadChain("CertChainError", f"it is a certificate of {other}, and no contract")
    if _is_authority(leaf):
        raise BadChain("CertChainError", "it is an authority, and no contract")
    usage = _usage(leaf)
    if usage is not None and not usage.digital_signature:
        raise BadChain("CertChainError", "its key is not for signatures")


# --- the path -----------------------------------------------------------------------------------


def _path(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    trusted: Sequence[x509.Certificate],
    now: datetime,
) -> tuple[x509.Certificate, ...]:
    path = [leaf]
    while True:
        link = path[-1]
        _check_alone(link, now)
        if link in trusted:
            break
        root = _issuer(link, [one for one in trusted if one not in path], len(path) - 1)
        above = root or _issuer(link, [one for one in others if one not in path], len(path) - 1)
        if above is None:
            raise NoTrustedRoot("CertChainError", "it leads to no root that is trusted")
        path.append(above)
    if any(one not in path and one not in trusted for one in others):
        raise BadChain("CertChainError", "a certificate has nothing to do with the contract")
    return tuple(path)


def _issuer(
    link: x509.Certificate, candidates: Sequence[x509.Certificate], below: int
) -> x509.Certificate | None:
    """The certificate that signed `link`, of those that bear its issuer's name; None where none
    does. `below` is the number of authorities between it and the contract."""
    named = [one for one in candidates if one.subject == link.issuer]
    for one in named:
        if _has_signed(one, link):
            _check_authority(one, link, below)
            return one
    if named:
        raise BadChain("SignatureError", f"{_name(link)} is not signed by {_name(named[0])}")
    return None


def _has_signed(issuer: x509.Certificate, link: x509.Certificate) -> bool:
    try:
        link.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_authority(one: x509.Certificate, link: x509.Certificate, below: int) -> None:
    constraints = _constraints(one)
    if constraints is None or not constraints.ca:
        raise BadChain("CertChainError", f"{_name(one)} is no authority")
    if constraints.path_length is not None and below > constraints.path_length:
        raise BadChain("CertChainError", f"{_name(one)} may not have so long a chain below it")
    usage = _usage(one)
    if usage is not None and not usage.key_cert_sign:
        raise BadChain("CertChainError", f"{_name(one)} may not sign certificates")
    wanted, own = _authority_key(link), _subject_key(one)
    if wanted is not None and own is not None and wanted != own:
        raise BadChain("CertChainError", f"{_name(link)} names another key than {_name(one)} has")


def _check_alone(one: x509.Certificate, now: datetime) -> None:
    if one.version is not x509.Version.v3:
        raise BadChain("CertChainError", f"{_name(one)} is no certificate of X.509 v3")
    if one.not_valid_after_utc < now:
        ended = one.not_valid_after_utc.isoformat()
        raise BadChain("CertificateExpired", f"{_name(one)} expired on {ended}")
    if one.not_valid_before_utc > now:
        begins = one.not_valid_before_utc.isoformat()
        raise BadChain("CertChainError", f"{_name(one)} is not valid before {begins}")
    algorithm = one.signature_hash_algorithm
    if algorithm is not None and algorithm.name in _BROKEN_HASHES:
        raise BadChain("CertChainError", f"{_name(one)} is signed with {algorithm.name}")
    match one.public_key():
        case rsa.RSAPublicKey() as key if key.key_size < _RSA_BITS:
            raise BadChain("CertChainError", f"{_name(one)}: too weak, RSA of {key.key_size} bits")
        case ec.EllipticCurvePublicKey() as key if key.key_size < _EC_BITS:
            raise BadChain("CertChainError", f"{_name(one)}: too weak, {key.key_size} bits")
    for extension in one.extensions:
        if extension.critical and extension.oid not in _KNOWN_CRITICAL:
            name = extension.oid.dotted_string
            raise BadChain("CertChainError", f"{_name(one)}: unknown critical extension {name}")


# --- what a certificate says of itself ----------------------------------------------------------


def _is_authority(certificate: x509.Certificate) -> bool:
    constraints = _constraints(certificate)
    return constraints is not None and constraints.ca


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _authority_key(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.key_identifier


def _subject_key(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.digest


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()[:100]
