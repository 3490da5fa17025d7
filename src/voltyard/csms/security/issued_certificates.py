"""Certificates that were issued to chargers: the record of them, asked at each handshake."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from voltyard.csms.records import CertificateForgotten, CertificateStored
from voltyard.csms.security.certificate_authority import MARK
from voltyard.kernel import limits
from voltyard.kernel.errors import Unauthorized
from voltyard.kernel.time import Instant
from voltyard.ports.links import PeerCertificate

CertificateStatus: TypeAlias = Literal["valid", "expired", "revoked"]


def status_of(row: CertificateStored, now: Instant) -> CertificateStatus:
    """A certificate's status; a revoked one stays revoked beyond its end."""
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.not_after <= now else "valid"


class IssuedCertificates:
    """The certificates on record, in memory, by fingerprint."""

    def __init__(self) -> None:
        self._by_fingerprint: dict[str, CertificateStored] = {}
        self._by_charger: dict[str, dict[str, CertificateStored]] = {}
        """By charger and id, oldest first."""

    def load(self, rows: Iterable[CertificateStored]) -> None:
        """Take over what storage holds."""
        for row in rows:
            self.put(row)

    def put(self, row: CertificateStored) -> None:
        """Have it on record, as it is now."""
        self._by_fingerprint[row.fingerprint] = row
        self._by_charger.setdefault(row.charger_id, {})[row.id] = row

    def drop(self, row: CertificateStored) -> None:
        """Have it on record no more."""
        self._by_fingerprint.pop(row.fingerprint, None)
        rows = self._by_charger.get(row.charger_id, {})
        rows.pop(row.id, None)
        if not rows:
            self._by_charger.pop(row.charger_id, None)

    def issued(self, certificate: PeerCertificate) -> CertificateStored | None:
        """The row of a certificate that was issued here; None: it comes from elsewhere.
        Unauthorized where it was revoked, or was issued here and is not on record."""
        row = self._by_fingerprint.get(certificate.fingerprint)
        if row is None:
            if any(uri.startswith(MARK) for uri in certificate.uris):
                raise Unauthorized(
                    "the certificate is not on record here",
                    hint="have the charger ask for another one",
                )
            return None
        if row.revoked_at is not None:
            raise Unauthorized(
                "the certificate was revoked", hint="have the charger ask for another one"
            )
        return row

    def is_revoked(self, certificate: PeerCertificate | None) -> bool:
        """True where it was issued here and has been revoked."""
        if certificate is None:
            return False
        row = self._by_fingerprint.get(certificate.fingerprint)
        return row is not None and row.revoked_at is not None

    def of(self, charger_id: str) -> list[CertificateStored]:
        """A charger's, oldest first."""
        return list(self._by_charger.get(charger_id, {}).values())

    def of_organization(self, organization_id: str) -> list[CertificateStored]:
        """An organization's, oldest first."""
        rows = self._by_fingerprint.values()
        return [row for row in rows if row.organization_id == organization_id]

    def supernumerary(
        self, charger_id: str, shown: PeerCertificate | None, now: Instant
    ) -> list[CertificateStored]:
        """The certificates that make room for one more of a charger, which shows that one."""
        rows = self.of(charger_id)
        in_use = None if shown is None else shown.fingerprint
        spare = [row for row in rows if row.fingerprint != in_use]
        spare.sort(key=lambda row: status_of(row, now) == "valid")
        return spare[: max(0, len(rows) + 1 - limits.ISSUED_CERTIFICATES)]


def forgotten(rows: Iterable[CertificateStored]) -> tuple[CertificateForgotten, ...]:
    """The records that take them off the record."""
    return tuple(CertificateForgotten(id=row.id) for row in rows)
