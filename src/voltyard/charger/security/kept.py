"""The security state that a snapshot keeps: certificates, credentials, network profiles."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.security.security_event import SecurityEvent
from voltyard.kernel.masked_text import masked_repr
from voltyard.kernel.time import Instant
from voltyard.pki.statuses import OcspQuery

SigningUse: TypeAlias = Literal["ChargingStationCertificate", "V2GCertificate", "both"]
"""Uses of a certificate that SignCertificate asks for; the last leaves certificateType out."""


class PendingCertificate(Struct, frozen=True, kw_only=True):
    """A signed certificate that is not valid yet."""

    chain: str
    """PEM: it, and those above it."""
    key_number: int
    for_both: bool = False
    """For the link to the CSMS and for ISO 15118."""


class KeptSigning(Struct, frozen=True, kw_only=True):
    """The request for a certificate that a snapshot keeps."""

    key_number: int = 0
    """Of the last key a certificate was asked for."""
    waits: bool = False
    """True until that certificate has come."""
    held: PendingCertificate | None = None
    """One that has come, and does not hold yet."""
    for_both: bool = False


class KeptStatus(Struct, frozen=True, kw_only=True):
    """The OCSP response for a certificate of the charger's V2G chain."""

    query: OcspQuery
    response: str
    """In base64."""
    status: str
    """good, revoked or unknown."""
    until: Instant
    """Its nextUpdate, by the charger's clock."""


class InstalledCertificate(Struct, frozen=True, kw_only=True):
    """One installed certificate, and its use."""

    use: str
    """In 2.x's words; 1.6 has the first two, and calls one CentralSystemRootCertificate."""
    pem: str


class NetworkProfile(Struct, frozen=True, kw_only=True):
    """A network profile of 2.0.1 (B09), as far as it says how to connect."""

    url: str
    profile: int
    message_timeout_s: int


class CredentialSet(Struct, frozen=True, kw_only=True):
    """One set of credentials."""

    profile: int
    slot: int = 0
    """Of the network; 0 is the one the charger was made with."""
    url: str | None = None
    """The slot's, as it was when the charger last started; None: the one it was made with."""
    password: str | None = None
    """In hexadecimal: not every password is text. A secret."""
    chain: str | None = None
    """The charger's own certificate, and those above it; None: the one it was made with."""
    key_number: int = 0
    """Of `chain`."""

    def __repr__(self) -> str:
        return masked_repr(self, "password")


class KeptCredentials(Struct, frozen=True, kw_only=True):
    """The credentials that a snapshot keeps."""

    now: CredentialSet | None = None
    """None: those the charger was made with."""
    next: tuple[CredentialSet, ...] = ()
    slots: dict[int, NetworkProfile] = {}


class KeptSecurity(Struct, frozen=True, kw_only=True):
    """The security state that a snapshot keeps."""

    waiting: tuple[SecurityEvent, ...] = ()
    """Security events the CSMS has not confirmed."""
    log: tuple[SecurityEvent, ...] = ()
    roots: tuple[InstalledCertificate, ...] | None = None
    """Installed certificates; None: those the charger was made with."""
    factory: str = ""
    """By which those it was made with are known again."""
    credentials: KeptCredentials = KeptCredentials()
    key_number: int = 0
    """Of the last key a certificate was asked for."""
    waits: bool = False
    """True until that certificate has come."""
    held: PendingCertificate | None = None
    """One that has come, and does not hold yet."""
    for_both: bool = False
    """The certificate asked for is for both uses."""
    v2g: KeptSigning = KeptSigning()
    """Of the V2G certificate."""
    v2g_key_number: int = 0
    """Of the V2G certificate that is installed; 0: it did not come by SignCertificate."""
    v2g_statuses: tuple[KeptStatus, ...] = ()
