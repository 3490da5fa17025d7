"""Certificates that were issued to chargers: the record of them, asked at each handshake."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.security.certificate_authority import MARK
from voltyard.csms.security.certificate_rows import CertificateForgotten, CertificateStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Unauthorized
from voltyard.kernel.time import Instant, Seconds
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
        self._by_organization: dict[str, dict[str, CertificateStored]] = {}
        """By organization and id, oldest first."""

    def load(self, rows: Iterable[CertificateStored]) -> None:
        """Take over what storage holds: all of it, or that of some chargers."""
        for row in rows:
            self.put(row)

    def put(self, row: CertificateStored) -> None:
        """Have it on record, as it is now."""
        self._by_fingerprint[row.fingerprint] = row
        self._by_charger.setdefault(row.charger_id, {})[row.id] = row
        self._by_organization.setdefault(row.organization_id, {})[row.id] = row

    def drop(self, row: CertificateStored) -> None:
        """Have it on record no more."""
        self._by_fingerprint.pop(row.fingerprint, None)
        _drop(self._by_charger, row.charger_id, row.id)
        _drop(self._by_organization, row.organization_id, row.id)

    def forget(self, charger_id: str) -> None:
        """Have those of a charger on record no more, here."""
        for row in self.of(charger_id):
            self.drop(row)

    def issued(self, certificate: PeerCertificate, now: Instant) -> CertificateStored | None:
        """The row of a certificate that was issued here; None: it comes from elsewhere.
        Unauthorized where it was revoked or has ended, or was issued here and is not on record."""
        row = self._by_fingerprint.get(certificate.fingerprint)
        if row is None:
            if any(uri.startswith(MARK) for uri in certificate.uris):
                raise Unauthorized(
                    "the certificate is not on record here",
                    hint="have the charger ask for another one",
                    reason=RefusalReason.CERTIFICATE_NOT_ON_RECORD,
                )
            return None
        if not row.opens_links:
            raise Unauthorized(
                "the certificate is for vehicles alone",
                hint="have the charger ask for one of its link",
                reason=RefusalReason.CERTIFICATE_INVALID,
            )
        if row.revoked_at is not None:
            raise Unauthorized(
                "the certificate was revoked",
                hint="have the charger ask for another one",
                reason=RefusalReason.CERTIFICATE_REVOKED,
            )
        # A TLS session that is resumed is not verified anew.
        if row.not_after <= now:
            raise Unauthorized(
                "the certificate has expired",
                hint="have the charger ask for another one",
                reason=RefusalReason.CERTIFICATE_INVALID,
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
        return list(self._by_organization.get(organization_id, {}).values())

    def of_id(self, organization_id: str, certificate_id: str) -> CertificateStored | None:
        """An organization's certificate of that id; None where it has none."""
        return self._by_organization.get(organization_id, {}).get(certificate_id)

    def by_id(self, certificate_id: str) -> CertificateStored | None:
        """The certificate of that id, of whatever organization; None where there is none."""
        for rows in self._by_organization.values():
            if certificate_id in rows:
                return rows[certificate_id]
        return None

    def expiring(self, now: Instant, within_s: Seconds) -> list[CertificateStored]:
        """Of each charger the certificate for its link that ends last, and the one for vehicles,
        where it is valid and ends that soon."""
        found = []
        for rows in self._by_charger.values():
            valid = [row for row in rows.values() if status_of(row, now) == "valid"]
            for opens_links in (True, False):
                alike = (row for row in valid if row.opens_links is opens_links)
                last = max(alike, key=lambda row: row.not_after, default=None)
                if last is not None and last.not_after - now <= within_s:
                    found.append(last)
        return found

    def supernumerary(
        self, new: CertificateStored, shown: PeerCertificate | None, now: Instant
    ) -> list[CertificateStored]:
        """The certificates that make room for a new one of a charger, which shows that one. Those
        for vehicles alone take no room from those that open its link."""
        rows = [row for row in self.of(new.charger_id) if row.opens_links is new.opens_links]
        in_use = None if shown is None else shown.fingerprint
        spare = [row for row in rows if row.fingerprint != in_use]
        spare.sort(key=lambda row: status_of(row, now) == "valid")
        return spare[: max(0, len(rows) + 1 - limits.ISSUED_CERTIFICATES)]


def _drop(kept: dict[str, dict[str, CertificateStored]], owner: str, certificate_id: str) -> None:
    rows = kept.get(owner, {})
    rows.pop(certificate_id, None)
    if not rows:
        kept.pop(owner, None)


def forgotten(rows: Iterable[CertificateStored]) -> tuple[CertificateForgotten, ...]:
    """The records that take them off the record."""
    return tuple(CertificateForgotten(id=row.id) for row in rows)
