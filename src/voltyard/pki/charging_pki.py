"""A whole test PKI in memory: certificates by name, and which of them are revoked.

pki = ChargingPki.made(now, responder_url="http://127.0.0.1:8889")
contract = pki["contract"]            # contract.chain, contract.key_pem
pki.revoke("contract", now)
answer = ocsp.answer(pki, request, now)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec import Struct

from voltyard.kernel.errors import Conflict, Invalid, NotFound
from voltyard.kernel.time import Instant
from voltyard.pki import members
from voltyard.pki.drafts import CertifiedKey, certify
from voltyard.pki.members import PkiMember

REASONS: Final = tuple(
    one.value
    for one in x509.ReasonFlags
    if one not in (x509.ReasonFlags.unspecified, x509.ReasonFlags.remove_from_crl)
)
"""Reasons for which a certificate can be revoked (RFC 5280, 5.3.1)."""


class Revocation(Struct, frozen=True):
    """The revocation of a certificate."""

    at: Instant
    reason: str | None = None
    """Of REASONS."""


class ChargingPki:
    """The authorities and certificates of a PKI, and what became of them."""

    def __init__(
        self, responder_url: str | None, certified: Mapping[str, CertifiedKey] | None = None
    ) -> None:
        self.responder_url = responder_url
        self._certified = dict(certified or {})
        self.revoked: dict[str, Revocation] = {}

    @classmethod
    def made(
        cls,
        at: Instant,
        *,
        responder_url: str | None = None,
        emaids: Iterable[str] = (members.DEFAULT_EMAID,),
        secc_id: str = members.DEFAULT_SECC_ID,
        pcid: str = members.DEFAULT_PCID,
        hosts: tuple[str, ...] = ("localhost", "127.0.0.1"),
        charger: str = "CHARGER-1",
        days: float = 365.0,
    ) -> ChargingPki:
        """A new PKI whose certificates begin to hold a day before `at`. Its contracts are called
        `contract`, `contract-2` and so on."""
        pki = cls(responder_url)
        for member in members.AUTHORITIES:
            pki.add(member, at)
        for member in members.leaves(
            secc_id=secc_id, pcid=pcid, hosts=hosts, charger=charger, days=days
        ):
            pki.add(member, at)
        for emaid in emaids:
            pki.add_contract(emaid, at, days)
        return pki

    def add(self, member: PkiMember, at: Instant) -> CertifiedKey:
        """Make one more certificate. Conflict where there is one of that name."""
        if member.name in self._certified:
            raise Conflict(f"there is a certificate {member.name} already", hint="choose a name")
        draft = member.draft
        issuer = None if member.issuer is None else self[member.issuer]
        if issuer is not None and draft.responder_url is None:
            draft = replace(draft, responder_url=self.responder_url)
        made = certify(draft, issuer, at)
        self._certified[member.name] = made
        return made

    def add_contract(self, emaid: str, at: Instant, days: float, name: str | None = None) -> str:
        """Make one more contract certificate; its name."""
        if not name:
            number = 1 + sum(one.startswith("contract") for one in self._certified)
            name = "contract" if number == 1 else f"contract-{number}"
        self.add(members.contract(name, emaid, days), at)
        return name

    # --- reading -------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> CertifiedKey:
        """The certificate of that name; NotFound where there is none."""
        found = self._certified.get(name)
        if found is None:
            known = ", ".join(self._certified)
            raise NotFound(f"there is no certificate {name}", hint=f"there are: {known}")
        return found

    def __iter__(self) -> Iterator[str]:
        """Names, each after that of its issuer."""
        return iter(self._certified)

    def name_of(self, certificate: x509.Certificate) -> str | None:
        """The name of a certificate; None where it is not of this PKI."""
        return next(
            (name for name, one in self._certified.items() if one.certificate == certificate),
            None,
        )

    def status_of(self, name: str, now: Instant) -> str:
        """The status of a certificate: valid, expired or revoked."""
        if name in self.revoked:
            return "revoked"
        return (
            "expired" if self[name].certificate.not_valid_after_utc.timestamp() < now else "valid"
        )

    # --- revoking ------------------------------------------------------------------------------

    def revoke(self, name: str, at: Instant, reason: str | None = None) -> Revocation:
        """Revoke a certificate; one that is revoked stays as it is. Invalid for a root, which
        nothing stands above, and for a reason that there is not."""
        if not self[name].above:
            raise Invalid(f"{name} is a root: nothing can revoke it", hint="stop trusting it")
        if reason is not None and reason not in REASONS:
            raise Invalid(f"there is no reason {reason}", hint=f"one of {', '.join(REASONS)}")
        return self.revoked.setdefault(name, Revocation(at, reason))


def common_name(certificate: x509.Certificate) -> str:
    """The common name of a certificate's subject; empty where it has none."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""
