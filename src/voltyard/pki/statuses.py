"""Statuses of certificates as OCPP and OCSP tell of them: words and data, without cryptography."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

CertificateVerdict: TypeAlias = Literal[
    "Accepted",
    "SignatureError",
    "CertificateExpired",
    "CertificateRevoked",
    "NoCertificateAvailable",
    "CertChainError",
    "ContractCancelled",
]
"""OCPP's AuthorizeCertificateStatusEnumType."""


class OcspQuery(Struct, frozen=True, kw_only=True):
    """A certificate whose status is asked for (OCPP's OCSPRequestData)."""

    algorithm: str = "SHA256"
    issuer_name: str
    issuer_key: str
    serial_number: str
    """Hexadecimal, without leading zeros."""
    responder_url: str


class OcspAnswer(Struct, frozen=True, kw_only=True):
    """The status of a certificate, and the moment up to which that holds."""

    status: Literal["good", "revoked", "unknown"]
    until: Instant
