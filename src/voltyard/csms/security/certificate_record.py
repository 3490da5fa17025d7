"""The record of issued certificates as operators read it, and revoke what is on it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from voltyard.csms.event_log import BackendWriter
from voltyard.csms.events import CertificateExpiring, CertificateRevoked
from voltyard.csms.registry import ChargerRegistry
from voltyard.csms.security.certificate_rows import CertificateStored, CertificateUse
from voltyard.csms.security.issued_certificates import (
    CertificateStatus,
    IssuedCertificates,
    status_of,
)
from voltyard.kernel import limits
from voltyard.kernel.errors import HeldElsewhere, NotFound, Unavailable
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.ports.clock import Clock

_EXPIRES_SOON_S: Final[Seconds] = 30 * DAY_S


class CertificateRecord:
    """The record of issued certificates, as operators read and change it."""

    def __init__(
        self,
        issued: IssuedCertificates,
        writer: BackendWriter,
        clock: Clock,
        revoked: Callable[[CertificateStored], None],
        registry: ChargerRegistry,
    ) -> None:
        """`revoked` hears of each revocation once it is durable."""
        self._registry = registry
        self._issued = issued
        self._writer = writer
        self._clock = clock
        self._revoked = revoked

    def list(
        self,
        organization_id: str,
        charge_box_id: str | None = None,
        status: CertificateStatus | None = None,
        use: CertificateUse | None = None,
    ) -> list[CertificateStored]:
        """An organization's, newest first."""
        now = self._clock()
        return [
            row
            for row in reversed(self._issued.of_organization(organization_id))
            if charge_box_id in (None, row.charge_box_id)
            and status in (None, status_of(row, now))
            and use in (None, row.use)
        ]

    @property
    def expiring(self) -> int:
        """Number of chargers whose last valid certificate ends within 30 days."""
        return len({row.charger_id for row in self._expiring(self._clock())})

    async def tell_expiring(self) -> None:
        """Tell of those that none was told of yet, the soonest first, limits.CERTIFICATES_TOLD at
        most; returns once that is durable. Unavailable where it cannot be: then of all again."""
        now = self._clock()
        untold = [
            row for row in self._expiring(now) if row.expiry_told_at is None and self._is_here(row)
        ]
        untold.sort(key=lambda row: row.not_after)
        before = untold[: limits.CERTIFICATES_TOLD]
        if not before:
            return
        after = tuple(replace(row, expiry_told_at=now) for row in before)
        for row in after:
            self._issued.put(row)
        try:
            await self._writer.durable(after, tuple(_expiry(row, now) for row in after))
        except Unavailable:
            self._take_back(after, before)
            raise

    def _expiring(self, now: Instant) -> Sequence[CertificateStored]:
        return self._issued.expiring(now, _EXPIRES_SOON_S)

    def _take_back(
        self, after: Sequence[CertificateStored], before: Sequence[CertificateStored]
    ) -> None:
        """Have them on record as they were, but for those that were revoked or forgotten since."""
        for changed, row in zip(after, before, strict=True):
            if self._issued.of_id(row.organization_id, row.id) is changed:
                self._issued.put(row)

    def get(self, organization_id: str, certificate_id: str) -> CertificateStored:
        """NotFound where there is none, or it is another organization's; HeldElsewhere where its
        charger is elsewhere, Unavailable while that moves."""
        row = self._issued.of_id(organization_id, certificate_id)
        if row is not None:
            self._registry.check_here(row.organization_id, row.charge_box_id)
            return row
        if self._registry.elsewhere.are_unknown:
            raise HeldElsewhere("")
        raise NotFound(f"no certificate {certificate_id}")

    def note(self, charger_id: str, rows: Iterable[CertificateStored]) -> None:
        """Have these on record as a charger's, which is elsewhere and was issued others there."""
        if self._registry.by_id(charger_id) is None:
            self._issued.forget(charger_id)
            self._issued.load(rows)

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

    def _is_here(self, row: CertificateStored) -> bool:
        """True where this process has its charger, and goes on having it."""
        place = (row.organization_id, row.charge_box_id)
        return place not in self._registry.elsewhere and not self._registry.is_leaving(
            row.charger_id
        )


def _revocation(row: CertificateStored) -> CertificateRevoked:
    assert row.revoked_at is not None
    return CertificateRevoked(
        organization_id=row.organization_id,
        charger_id=row.charger_id,
        charge_box_id=row.charge_box_id,
        at=row.revoked_at,
        certificate=row,
    )


def _expiry(row: CertificateStored, now: Instant) -> CertificateExpiring:
    return CertificateExpiring(
        organization_id=row.organization_id,
        charger_id=row.charger_id,
        charge_box_id=row.charge_box_id,
        at=now,
        certificate=row,
    )
