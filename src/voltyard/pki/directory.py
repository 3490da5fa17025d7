"""A test PKI in a directory: a certificate and a key of each name, and an index.

    mo-root.pem, mo-root.key      an authority
    contract.pem, contract.key    a certificate, with those above it but the root
    pki.json                      names in order, the OCSP responder, and what is revoked

Keys and the index are readable for their owner alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from msgspec import Struct

from voltyard.files.secret_files import create_secret_file, replace_secret_file
from voltyard.kernel.errors import Conflict, Invalid, NotFound
from voltyard.pki.charging_pki import ChargingPki, Revocation
from voltyard.pki.drafts import CertifiedKey

INDEX: Final = "pki.json"


class _Entry(Struct):
    name: str
    issuer: str | None = None
    revocation: Revocation | None = None


class _Index(Struct):
    responder_url: str | None
    certificates: list[_Entry]


def write_new(pki: ChargingPki, directory: Path) -> None:
    """Write a PKI into a directory, which is made where there is none. Conflict where there is a
    PKI in it already, Invalid where it cannot be written."""
    if (directory / INDEX).exists():
        raise Conflict(
            f"{directory} holds a PKI already", hint="choose another directory, or delete this one"
        )
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in pki:
            write_certificate(pki, directory, name)
        write_index(pki, directory)
    except OSError as error:
        raise Invalid(f"{directory} cannot be written: {error.strerror or error}") from None


def write_certificate(pki: ChargingPki, directory: Path, name: str) -> None:
    """Write one certificate and its key. Conflict where a file of that name is there."""
    found = pki[name]
    key = directory / f"{name}.key"
    try:
        create_secret_file(key, found.key_pem.encode())
    except FileExistsError:
        raise Conflict(
            f"{key} is there already, and no key is written over", hint="choose another name"
        ) from None
    (directory / f"{name}.pem").write_text(found.chain if found.above else found.pem)


def write_index(pki: ChargingPki, directory: Path) -> None:
    """Write the index anew: whole, or not at all."""
    entries = []
    for name in pki:
        above = pki[name].above
        issuer = pki.name_of(above[0]) if above else None
        entries.append(_Entry(name, issuer, pki.revoked.get(name)))
    text = msgspec.json.format(msgspec.json.encode(_Index(pki.responder_url, entries)), indent=2)
    replace_secret_file(directory / INDEX, text + b"\n")


def read(directory: Path) -> ChargingPki:
    """The PKI in a directory. NotFound where there is none, Invalid where a file cannot be used."""
    try:
        index = msgspec.json.decode((directory / INDEX).read_bytes(), type=_Index)
    except FileNotFoundError:
        raise NotFound(
            f"there is no PKI in {directory}", hint=f"voltyard pki new {directory} makes one"
        ) from None
    except (OSError, msgspec.MsgspecError) as error:
        raise Invalid(f"{directory / INDEX} cannot be read: {error}") from None
    found: dict[str, CertifiedKey] = {}
    for entry in index.certificates:
        issuer = None if entry.issuer is None else found[entry.issuer]
        above = () if issuer is None else (issuer.certificate, *issuer.above)
        found[entry.name] = _read_one(directory, entry.name, above)
    pki = ChargingPki(index.responder_url, found)
    pki.revoked = {one.name: one.revocation for one in index.certificates if one.revocation}
    return pki


def _read_one(directory: Path, name: str, above: tuple[x509.Certificate, ...]) -> CertifiedKey:
    try:
        own, *_ = x509.load_pem_x509_certificates((directory / f"{name}.pem").read_bytes())
        key = load_pem_private_key((directory / f"{name}.key").read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise Invalid(f"{name} in {directory} cannot be read: {error}") from None
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return CertifiedKey(own, key, above)
