"""Certificates that are installed: whom the charger trusts, and for what.

White paper M03 to M05, 2.0.1 Part 2 block M. The charger's own certificate is not here but with its
credentials.

    charger.security.store.roots("ManufacturerRootCertificate")      # PEM texts
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from voltyard.charger import standard
from voltyard.charger.core import Core
from voltyard.charger.security import x509
from voltyard.charger.security.x509 import BadCertificate, Hashes

CSMS_ROOT: Final = "CSMSRootCertificate"
MANUFACTURER_ROOT: Final = "ManufacturerRootCertificate"

USES: Final = (CSMS_ROOT, MANUFACTURER_ROOT, "V2GRootCertificate", "MORootCertificate")
"""2.x's names; 1.6 has the first two, and calls one CentralSystemRootCertificate."""

Installing: TypeAlias = Literal["Accepted", "Rejected", "Failed"]
Deleting: TypeAlias = Literal["Accepted", "Failed", "NotFound"]


class Root(Struct, frozen=True, kw_only=True):
    """One that is installed."""

    use: str
    pem: str


class Shown(Protocol):
    """What the store has to know of the charger's credentials."""

    @property
    def certificate(self) -> str | None:
        """The charger's own, and those above it."""

    @property
    def needs_root(self) -> bool:
        """Whether no link can be opened without a CSMS root."""

    def trust_changed(self) -> None:
        """Another root is installed, or one is not any more."""


class CertificateStore:
    """The installed certificates of one charger."""

    __slots__ = ("_core", "_roots", "_shown")

    def __init__(self, core: Core, shown: Shown) -> None:
        self._core = core
        self._shown = shown
        self._roots: tuple[Root, ...] | None = None
        """None: as the charger was made, with the roots of its `tls.ca`."""

    def __len__(self) -> int:
        return len(self.all())

    @property
    def changed(self) -> bool:
        """Whether it holds other than what the charger was made with."""
        return self._roots is not None

    def all(self) -> tuple[Root, ...]:
        """Every one, in the order they came."""
        if self._roots is not None:
            return self._roots
        made_with = self._core.spec.tls.ca
        if made_with is None or not x509.available():
            return ()
        try:
            return tuple(Root(use=CSMS_ROOT, pem=pem) for pem in x509.texts(made_with))
        except BadCertificate:
            return ()

    def roots(self, use: str) -> list[str]:
        """Those for one use, in PEM."""
        return [root.pem for root in self.all() if root.use == use]

    # --- over OCPP -----------------------------------------------------------------------------

    def install(self, use: str, pem: str) -> tuple[Installing, str]:
        """Take one more (M05), and why not. Installing what is there already changes nothing."""
        if not x509.available():
            return "Failed", "certificates need the package cryptography"
        core = self._core
        held = self.all()
        try:
            x509.check_root(pem, core.time)
            [pem] = x509.texts(pem)
            root = Root(use=use, pem=pem)
            if root in held:
                return "Accepted", ""
            held = self._without_replaced(root, held)
        except BadCertificate as bad:
            return "Rejected", str(bad)
        if len(held) >= core.settings.number(standard.CERTIFICATE_ENTRIES_MAX):
            return "Rejected", "the store is full"
        self._change((*held, root), f"{use} {x509.subject(pem)} was installed")
        return "Accepted", ""

    def _change(self, roots: tuple[Root, ...], what: str) -> None:
        self._roots = roots
        self._shown.trust_changed()
        self._core.security_events.notice("ReconfigurationOfSecurityParameters", what)
        self._core.remember()

    def _without_replaced(self, root: Root, held: tuple[Root, ...]) -> tuple[Root, ...]:
        """With AdditionalRootCertificateCheck there is one CSMS root and the one before it, and a
        new one is signed by the one it replaces (M05.FR.09 to FR.12)."""
        if root.use != CSMS_ROOT or not self._core.settings.flag(standard.ROOT_CHECK):
            return held
        roots = [one for one in held if one.use == CSMS_ROOT]
        if not roots:
            return held
        x509.check_signed_by(root.pem, roots[-1].pem)
        return tuple(one for one in held if one not in roots[:-1])

    def delete(self, wanted: Hashes) -> Deleting:
        """Forget one (M04). The charger's own cannot be deleted, nor the last one by which it could
        trust its CSMS."""
        if not x509.available():
            return "NotFound"
        held = self.all()
        everything = [root.pem for root in held]
        found = [root for root in held if self._is(root.pem, wanted, everything)]
        if found:
            left = tuple(root for root in held if root not in found)
            if self._shown.needs_root and not any(root.use == CSMS_ROOT for root in left):
                return "Failed"
            self._change(left, f"{found[0].use} {x509.subject(found[0].pem)} was deleted")
            return "Accepted"
        own = self._shown.certificate
        if own is not None and self._is(own, wanted, everything):
            return "Failed"
        return "NotFound"

    def _is(self, pem: str, wanted: Hashes, others: Sequence[str]) -> bool:
        found = x509.hashes(pem, others, wanted.algorithm)
        return (
            found.issuer_name == wanted.issuer_name.lower()
            and found.issuer_key == wanted.issuer_key.lower()
            and found.serial_number == (wanted.serial_number.lower().lstrip("0") or "0")
        )

    def ids(self, uses: Sequence[str] | None = None) -> list[tuple[str, Hashes]]:
        """What is installed for these uses, or for any (M03)."""
        held = self.all()
        everything = [root.pem for root in held]
        return [
            (root.use, x509.hashes(root.pem, everything))
            for root in held
            if uses is None or root.use in uses
        ]

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> tuple[Root, ...] | None:
        """What has to be remembered; None: nothing beyond the specification."""
        return self._roots

    def restore(self, kept: tuple[Root, ...] | None) -> None:
        """Take up what was remembered."""
        self._roots = kept
