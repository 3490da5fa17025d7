"""The certificate store over OCPP: certificates installed, deleted and listed for the CSMS.

White paper M03 to M05, 2.0.1 Part 2 block M.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.context import ChargerContext
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.security import x509
from voltyard.charger.security.credentials import Credentials
from voltyard.charger.security.installed_certificates import (
    CSMS_ROOT,
    V2G_CHAIN,
    InstalledCertificates,
)
from voltyard.charger.security.kept import InstalledCertificate
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.security.x509 import BadCertificate, CertificateHashes
from voltyard.charger.variables.standard.security import CERTIFICATE_ENTRIES_MAX, ROOT_CHECK
from voltyard.kernel.errors import Invalid

_LONGEST_CHAIN: Final = 4
"""Of childCertificateHashData."""

InstallCertificateStatus: TypeAlias = Literal["Accepted", "Rejected", "Failed"]
DeleteCertificateStatus: TypeAlias = Literal["Accepted", "Failed", "NotFound"]


class ListedCertificate(Struct, frozen=True, kw_only=True):
    """An installed certificate, as GetInstalledCertificateIds tells of it."""

    use: str
    hashes: CertificateHashes
    below: tuple[CertificateHashes, ...] = ()
    """Of a V2G chain: those that lead from the charger's own to its root (M03.FR.04)."""


@dataclass(slots=True, eq=False, repr=False)
class CertificateStore:
    """The installed certificates of one charger."""

    _context: ChargerContext
    _installed: InstalledCertificates
    _credentials: Credentials
    _security_events: SecurityEvents

    # --- over OCPP -----------------------------------------------------------------------------

    def install(self, use: str, pem: str) -> tuple[InstallCertificateStatus, str]:
        """Take one more (M05), and why not. Installing what is there already changes nothing."""
        context = self._context
        held = self._installed.all()
        try:
            x509.check_root(pem, context.time)
            [pem] = x509.texts(pem)
            root = InstalledCertificate(use=use, pem=pem)
            if root in held:
                return "Accepted", ""
            held = self._without_replaced(root, held)
        except BadCertificate as bad:
            return "Rejected", str(bad)
        if len(held) >= context.settings.number(CERTIFICATE_ENTRIES_MAX):
            return "Rejected", "the store is full"
        self._change((*held, root), f"{use} {x509.subject(pem)} was installed")
        return "Accepted", ""

    def _change(self, roots: tuple[InstalledCertificate, ...], what: str) -> None:
        self._installed.change(roots)
        self._security_events.notice("ReconfigurationOfSecurityParameters", what)
        self._context.remember()

    def _without_replaced(
        self, root: InstalledCertificate, held: tuple[InstalledCertificate, ...]
    ) -> tuple[InstalledCertificate, ...]:
        """With AdditionalRootCertificateCheck there is one CSMS root and the one before it, and a
        new one is signed by the one it replaces (M05.FR.09 to FR.12)."""
        if root.use != CSMS_ROOT or not self._context.settings.flag(ROOT_CHECK):
            return held
        roots = [one for one in held if one.use == CSMS_ROOT]
        if not roots:
            return held
        x509.check_signed_by(root.pem, roots[-1].pem)
        return tuple(one for one in held if one not in roots[:-1])

    def delete(self, wanted: CertificateHashes) -> DeleteCertificateStatus:
        """Forget one (M04). The charger's own cannot be deleted, nor the last one by which it could
        trust its CSMS."""
        held = self._installed.all()
        everything = [root.pem for root in held]
        found = [root for root in held if self._is(root.pem, wanted, everything)]
        if found:
            left = tuple(root for root in held if root not in found)
            if self._credentials.needs_root and not any(root.use == CSMS_ROOT for root in left):
                return "Failed"
            self._change(left, f"{found[0].use} {x509.subject(found[0].pem)} was deleted")
            return "Accepted"
        own = self._credentials.certificate
        if own is not None and self._is(own, wanted, everything):
            return "Failed"
        return "NotFound"

    def _is(self, pem: str, wanted: CertificateHashes, others: Sequence[str]) -> bool:
        found = x509.hashes(pem, others, wanted.algorithm)
        return (
            found.issuer_name == wanted.issuer_name.lower()
            and found.issuer_key == wanted.issuer_key.lower()
            and found.serial_number == (wanted.serial_number.lower().lstrip("0") or "0")
        )

    def ids(self, uses: Sequence[str] | None = None) -> list[ListedCertificate]:
        """The certificates installed for these uses, or for any (M03)."""
        held = self._installed.all()
        everything = [root.pem for root in held]
        return [_listed(root, everything) for root in held if uses is None or root.use in uses]


def check(spec: ChargerSpec) -> None:
    """Invalid, naming the place, where a certificate from the factory cannot be read."""
    given = [(f"certificates[{n}].certificate", one.pem) for n, one in enumerate(spec.certificates)]
    if spec.tls.client_certificate is not None:
        given.append(("tls.client_certificate", spec.tls.client_certificate))
    for place, pem in given:
        try:
            x509.read(pem)
        except BadCertificate as bad:
            raise Invalid(f"{place}: {bad}", param=place) from None


def _listed(root: InstalledCertificate, everything: Sequence[str]) -> ListedCertificate:
    below: tuple[CertificateHashes, ...] = ()
    if root.use == V2G_CHAIN:
        _, *above = x509.texts(root.pem)
        below = tuple(x509.hashes(pem, [*above, *everything]) for pem in above[:_LONGEST_CHAIN])
    return ListedCertificate(use=root.use, hashes=x509.hashes(root.pem, everything), below=below)
