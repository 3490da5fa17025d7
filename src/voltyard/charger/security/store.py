"""Certificates that are installed: whom the charger trusts, and for what.

White paper M03 to M05, 2.0.1 Part 2 block M. The charger's own certificate is not here but with its
credentials.

    charger.security.store.roots("ManufacturerRootCertificate")      # PEM texts
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal, Protocol, TypeAlias

from msgspec import Struct

from voltyard.charger import standard
from voltyard.charger.core import Core
from voltyard.charger.security import x509
from voltyard.charger.security.x509 import BadCertificate, Hashes
from voltyard.charger.specification import ChargerSpec, FactoryCertificate
from voltyard.kernel.errors import Invalid

CSMS_ROOT: Final = "CSMSRootCertificate"
MANUFACTURER_ROOT: Final = "ManufacturerRootCertificate"

V2G_CHAIN: Final = "V2GCertificateChain"
"""The charger's own for ISO 15118, and those above it: the one entry that is no root."""

_LONGEST_CHAIN: Final = 4
"""Of childCertificateHashData."""

Installing: TypeAlias = Literal["Accepted", "Rejected", "Failed"]
Deleting: TypeAlias = Literal["Accepted", "Failed", "NotFound"]


class Root(Struct, frozen=True, kw_only=True):
    """One that is installed."""

    use: str
    """In 2.x's words; 1.6 has the first two, and calls one CentralSystemRootCertificate."""
    pem: str


class Listed(Struct, frozen=True, kw_only=True):
    """One that is installed, as a CSMS is told of it."""

    use: str
    hashes: Hashes
    below: tuple[Hashes, ...] = ()
    """Of a V2G chain: those that lead from the charger's own to its root (M03.FR.04)."""


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
        """None: as the charger was made."""

    def __len__(self) -> int:
        return len(self.all())

    @property
    def is_of_tls(self) -> bool:
        """Whether its CSMS roots are those of the charger's `tls.ca`, and no others."""
        made_with = self._core.spec.certificates
        return self._roots is None and not any(one.use == CSMS_ROOT for one in made_with)

    def all(self) -> tuple[Root, ...]:
        """Every one, in the order they came."""
        if self._roots is not None:
            return self._roots
        spec = self._core.spec
        return _from_factory(spec.tls.ca, spec.certificates)

    def roots(self, use: str) -> list[str]:
        """Those for one use, in PEM."""
        return [root.pem for root in self.all() if root.use == use]

    # --- over OCPP -----------------------------------------------------------------------------

    def install(self, use: str, pem: str) -> tuple[Installing, str]:
        """Take one more (M05), and why not. Installing what is there already changes nothing."""
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

    def ids(self, uses: Sequence[str] | None = None) -> list[Listed]:
        """What is installed for these uses, or for any (M03)."""
        held = self.all()
        everything = [root.pem for root in held]
        return [_listed(root, everything) for root in held if uses is None or root.use in uses]

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> tuple[Root, ...] | None:
        """What has to be remembered; None: nothing beyond the specification."""
        return self._roots

    @property
    def factory(self) -> str:
        """By which what the factory installed is known again, where anything has changed since."""
        return "" if self._roots is None else _fingerprint(self._core.spec)

    def restore(self, kept: tuple[Root, ...] | None, factory: str) -> None:
        """Take up what was remembered, unless the charger was made another since then, with other
        certificates from its factory."""
        if not factory or factory == _fingerprint(self._core.spec):
            self._roots = kept


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


@lru_cache(maxsize=256)  # a fleet has few factories
def _from_factory(ca: str | None, certificates: tuple[FactoryCertificate, ...]) -> tuple[Root, ...]:
    """What is installed when a charger leaves it. A text that cannot be read brings nothing."""
    roots: list[Root] = []
    for use, text in [(CSMS_ROOT, ca), *((one.use, one.pem) for one in certificates)]:
        try:
            pems = [] if text is None else x509.texts(text)
        except BadCertificate:
            continue
        found = ["".join(pems)] if use == V2G_CHAIN else pems
        roots += [root for pem in found if (root := Root(use=use, pem=pem)) not in roots]
    return tuple(roots)


def _fingerprint(spec: ChargerSpec) -> str:
    text = repr((spec.tls.ca, [(one.use, one.pem) for one in spec.certificates]))
    return sha256(text.encode()).hexdigest()[:16]


def _listed(root: Root, everything: Sequence[str]) -> Listed:
    below: tuple[Hashes, ...] = ()
    if root.use == V2G_CHAIN:
        _, *above = x509.texts(root.pem)
        below = tuple(x509.hashes(pem, [*above, *everything]) for pem in above[:_LONGEST_CHAIN])
    return Listed(use=root.use, hashes=x509.hashes(root.pem, everything), below=below)
