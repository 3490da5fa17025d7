"""The installed certificates of a charger: roots by their use, and the V2G chain.

The charger's own certificate for its CSMS is not here but with its credentials.

    charger.security.installed.roots("ManufacturerRootCertificate")      # PEM texts
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final

from voltyard.charger.context import ChargerContext
from voltyard.charger.description.specification import FactoryCertificate
from voltyard.charger.security import x509
from voltyard.charger.security.kept import InstalledCertificate
from voltyard.charger.security.x509 import BadCertificate

CSMS_ROOT: Final = "CSMSRootCertificate"
MANUFACTURER_ROOT: Final = "ManufacturerRootCertificate"
V2G_ROOT: Final = "V2GRootCertificate"
MO_ROOT: Final = "MORootCertificate"

V2G_CHAIN: Final = "V2GCertificateChain"
"""The charger's own for ISO 15118, and those above it: the one entry that is no root."""


class InstalledCertificates:
    """The installed certificates of one charger."""

    __slots__ = ("_context", "_roots", "version")

    def __init__(self, context: ChargerContext) -> None:
        self._context = context
        self._roots: tuple[InstalledCertificate, ...] | None = None
        """None: as the charger was made."""
        self.version = 0
        """Rises with every change."""

    def __len__(self) -> int:
        return len(self.all())

    @property
    def is_of_tls(self) -> bool:
        """True where its CSMS roots are those of the charger's `tls.ca`, and no others."""
        made_with = self._context.spec.certificates
        return self._roots is None and not any(one.use == CSMS_ROOT for one in made_with)

    def all(self) -> tuple[InstalledCertificate, ...]:
        """Every one, in the order they came."""
        if self._roots is not None:
            return self._roots
        spec = self._context.spec
        return _from_factory(spec.tls.ca, spec.certificates)

    def roots(self, use: str) -> list[str]:
        """The roots for one use, in PEM."""
        return [root.pem for root in self.all() if root.use == use]

    def change(self, roots: tuple[InstalledCertificate, ...]) -> None:
        """Have these certificates and no others."""
        self._roots = roots
        self.version += 1

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> tuple[InstalledCertificate, ...] | None:
        """The certificates to be remembered; None: nothing beyond the specification."""
        return self._roots

    @property
    def factory(self) -> str:
        """By which what the factory installed is known again, where anything has changed since."""
        spec = self._context.spec
        return "" if self._roots is None else _fingerprint(spec.tls.ca, spec.certificates)

    def restore(self, kept: tuple[InstalledCertificate, ...] | None, factory: str) -> None:
        """Take up what was remembered, unless the charger was made another since then, with other
        certificates from its factory."""
        spec = self._context.spec
        if not factory or factory == _fingerprint(spec.tls.ca, spec.certificates):
            self._roots = kept
            self.version += 1


@lru_cache(maxsize=256)  # a fleet has few factories
def _from_factory(
    ca: str | None, certificates: tuple[FactoryCertificate, ...]
) -> tuple[InstalledCertificate, ...]:
    """The certificates installed when a charger leaves its factory. A text that cannot be read
    brings nothing."""
    roots: list[InstalledCertificate] = []
    for use, text in [(CSMS_ROOT, ca), *((one.use, one.pem) for one in certificates)]:
        try:
            pems = [] if text is None else x509.texts(text)
        except BadCertificate:
            continue
        found = ["".join(pems)] if use == V2G_CHAIN else pems
        roots += [
            root for pem in found if (root := InstalledCertificate(use=use, pem=pem)) not in roots
        ]
    return tuple(roots)


@lru_cache(maxsize=256)  # asked for at every snapshot
def _fingerprint(ca: str | None, certificates: tuple[FactoryCertificate, ...]) -> str:
    text = repr((ca, [(one.use, one.pem) for one in certificates]))
    return sha256(text.encode()).hexdigest()[:16]
