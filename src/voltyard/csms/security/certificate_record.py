"""The record of issued certificates as operators read it, and revoke what is on it."""

from collections.abc import Callable

from msgspec.structs import replace

from voltyard.csms.event_log import BackendWriter
from voltyard.csms.events import CertificateRevoked
from voltyard.csms.records import CertificateStored
from voltyard.csms.security.issued_certificates import (
    CertificateStatus,
    IssuedCertificates,
    status_of,
)
from voltyard.kernel.errors import NotFound, Unavailable
from voltyard.ports.clock import Clock


class CertificateRecord:
    """The record of issued certificates, as operators read and change it."""

    def __init__(
        self,
        issued: IssuedCertificates,
        writer: BackendWriter,
        clock: Clock,
        revoked: Callable[[CertificateStored], None],
    ) -> None:
        """`revoked` hears of each revocation once it is durable."""
        self._issued = issued
        self._writer = writer
        self._clock = clock
        self._revoked = revoked

    def list(
        self,
        organization_id: str,
        charge_box_id: str | None = None,
        status: CertificateStatus | None = None,
    ) -> list[CertificateStored]:
        """An organization's, newest first."""
        now = self._clock()
        return [
            row
            for row in reversed(self._issued.of_organization(organization_id))
            if charge_box_id in (None, row.charge_box_id) and status in (None, status_of(row, now))
        ]

    def get(self, organization_id: str, certificate_id: str) -> CertificateStored:
        """NotFound where there is none, or it is another organization's."""
        for row in self._issued.of_organization(organization_id):
            if row.id == certificate_id:
                return row
        raise NotFound(f"no certificate {certificate_id}")

    async def revoke(
        self, organization_id: str, certificate_id: str, reason: str | None
    ) -> CertificateStored:
        """Open no door for it from now on; returns once that is durable. One that is revoked stays
        as it is."""
        before = self.get(organization_id, certificate_id)
        if before.revoked_at is not None:
            return before
        after = replace(before, revoked_at=self._clock(), revocation_reason=reason)
        self._issued.put(after)
        try:
            await self._writer.durable((after,), (_revocation(after),))
        except Unavailable:
            self._issued.put(before)
            raise
        self._revoked(after)
        return after


def _revocation(row: CertificateStored) -> CertificateRevoked:
    assert row.revoked_at is not None
    return CertificateRevoked(
        organization_id=row.organization_id,
        charger_id=row.charger_id,
        charge_box_id=row.charge_box_id,
        at=row.revoked_at,
        certificate=row,
    )
