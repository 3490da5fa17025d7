"""Rows of certificates that were issued to chargers, as written to the journal and loaded from
storage."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant

CertificateUse: TypeAlias = Literal["link", "vehicles", "both"]
"""Uses of a charger's certificate: its link to the backend, ISO 15118 towards vehicles, or both."""


class CertificateStored(Struct, frozen=True, kw_only=True):
    """A certificate that was issued to a charger. Key: id."""

    id: str
    """crt_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    common_name: str
    serial_number: str
    """Of the certificate, in hexadecimal digits."""
    fingerprint: str
    """SHA-256 of it, in hexadecimal digits."""
    issued_at: Instant
    not_before: Instant
    not_after: Instant
    revoked_at: Instant | None = None
    """None: it has not been."""
    revocation_reason: str | None = None
    expiry_told_at: Instant | None = None
    """Of the event that it expires soon; None: there was none yet."""
    use: CertificateUse = "link"

    @property
    def opens_links(self) -> bool:
        """True where the charger may show it to the backend."""
        return self.use != "vehicles"


class CertificateForgotten(Struct, frozen=True, kw_only=True):
    """The certificate of that id goes from the record: no door opens for it any more."""

    id: str
