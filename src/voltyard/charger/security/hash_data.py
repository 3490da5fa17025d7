"""CertificateHashDataType, which both versions have alike, read and written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from voltyard.charger.security.x509 import CertificateHashes

Wire = TypeVar("Wire")


class HashData(Protocol):
    """A version's CertificateHashDataType."""

    @property
    def hash_algorithm(self) -> str:
        """SHA256, SHA384 or SHA512."""

    @property
    def issuer_name_hash(self) -> str:
        """Of the issuer's distinguished name."""

    @property
    def issuer_key_hash(self) -> str:
        """Of the issuer's public key."""

    @property
    def serial_number(self) -> str:
        """In hexadecimal."""


def read_hash_data(data: HashData) -> CertificateHashes:
    """The certificate that is meant."""
    return CertificateHashes(
        algorithm=data.hash_algorithm,
        issuer_name=data.issuer_name_hash,
        issuer_key=data.issuer_key_hash,
        serial_number=data.serial_number,
    )


def hash_data(hashes: CertificateHashes, kind: Callable[..., Wire]) -> Wire:
    """A certificate in a version's own type."""
    return kind(
        hash_algorithm=hashes.algorithm,
        issuer_name_hash=hashes.issuer_name,
        issuer_key_hash=hashes.issuer_key,
        serial_number=hashes.serial_number,
    )
