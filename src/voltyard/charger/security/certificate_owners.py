"""Owners of the charger's two certificates: its link to the CSMS, and ISO 15118 towards vehicles.

An owner says whom a certificate names, which roots it must lead to and what taking it up means; the
asking is `CertificateSigning`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from voltyard.charger.context import ChargerContext
from voltyard.charger.security import x509
from voltyard.charger.security.credentials import Credentials
from voltyard.charger.security.installed_certificates import (
    CSMS_ROOT,
    MANUFACTURER_ROOT,
    V2G_CHAIN,
    V2G_ROOT,
    InstalledCertificates,
)
from voltyard.charger.security.kept import InstalledCertificate, SigningUse
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.security.x509 import OwnKey
from voltyard.charger.variables.standard.iso15118 import (
    SECC_ID,
    V2G_INSTALLATION,
    V2G_ORGANIZATION,
)
from voltyard.charger.variables.standard.station import ORGANIZATION_NAME


class CertificateOwner(Protocol):
    """The part of a charger that has a certificate of its own."""

    use: SigningUse

    @property
    def certificate(self) -> str | None:
        """The present certificate and those above it, in PEM."""

    @property
    def key_number(self) -> int:
        """The number of its key; 0 where the charger has not asked for it."""

    @property
    def renews(self) -> bool:
        """True where it is replaced before its end, wherever it came from (A03)."""

    @property
    def may_renew(self) -> bool:
        """True where one that was asked for is replaced before its end."""

    def key(self, number: int) -> OwnKey:
        """The private key of that number."""

    def names(self) -> tuple[str, str]:
        """Common name and organization of its subject."""

    def roots(self) -> list[str]:
        """The roots that it may lead to, in PEM."""

    def take(self, chain: str, key_number: int) -> None:
        """Take a certificate up."""


@dataclass(slots=True, eq=False, repr=False)
class StationCertificate:
    """The certificate by which the CSMS knows the charger (ChargingStationCertificate)."""

    _context: ChargerContext
    _credentials: Credentials
    _installed: InstalledCertificates
    use: SigningUse = "ChargingStationCertificate"

    @property
    def certificate(self) -> str | None:
        return self._credentials.certificate

    @property
    def key_number(self) -> int:
        return self._credentials.now.key_number

    @property
    def renews(self) -> bool:
        return self._credentials.now.profile == 3

    @property
    def may_renew(self) -> bool:
        return True

    def key(self, number: int) -> OwnKey:
        return self._credentials.key(number)

    def names(self) -> tuple[str, str]:
        spec = self._context.spec
        return (
            spec.serial_number or spec.identity,
            self._context.settings.text(ORGANIZATION_NAME),
        )

    def roots(self) -> list[str]:
        return self._installed.roots(CSMS_ROOT) + self._installed.roots(MANUFACTURER_ROOT)

    def take(self, chain: str, key_number: int) -> None:
        self._credentials.take_certificate(chain, key_number)


@dataclass(slots=True, eq=False, repr=False)
class V2gCertificate:
    """The certificate that vehicles see (V2GCertificate, the SECC certificate of ISO 15118)."""

    _context: ChargerContext
    _installed: InstalledCertificates
    _security_events: SecurityEvents
    key_number: int = 0
    use: SigningUse = "V2GCertificate"

    @property
    def certificate(self) -> str | None:
        return next(iter(self._installed.roots(V2G_CHAIN)), None)

    @property
    def renews(self) -> bool:
        # One from the factory, or of the link's key, is not this part's to replace.
        return bool(self.key_number) and self._context.settings.flag(V2G_INSTALLATION)

    @property
    def may_renew(self) -> bool:
        return self.renews

    def key(self, number: int) -> OwnKey:
        spec = self._context.spec
        return OwnKey(spec.seed, f"{spec.identity} V2G", number)

    def names(self) -> tuple[str, str]:
        spec, settings = self._context.spec, self._context.settings
        name = settings.text(SECC_ID) or spec.serial_number or spec.identity
        return name, settings.text(V2G_ORGANIZATION) or settings.text(ORGANIZATION_NAME)

    def roots(self) -> list[str]:
        return self._installed.roots(V2G_ROOT)

    def take(self, chain: str, key_number: int) -> None:
        self.key_number = key_number
        others = tuple(one for one in self._installed.all() if one.use != V2G_CHAIN)
        self._installed.change((*others, InstalledCertificate(use=V2G_CHAIN, pem=chain)))
        self._security_events.notice(
            "ReconfigurationOfSecurityParameters", f"the V2G certificate {x509.subject(chain)}"
        )
        self._context.remember()

    def restore(self, key_number: int) -> None:
        """Take up what was remembered."""
        self.key_number = key_number
