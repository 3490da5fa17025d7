"""The members of a test PKI: its authorities and the certificates that they sign, as a table.

The names are those of files (`mo-root.pem`) and of `voltyard pki list`. The structure is that of
ISO 15118-2, annex E: two sub-authorities under each root, and contracts under those of a mobility
operator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import Struct

from voltyard.pki.drafts import CertificateDraft

ROOT_DAYS: Final = 3650.0
AUTHORITY_DAYS: Final = 1825.0

DEFAULT_EMAID: Final = "DEVOLC1A2B3C4D5"
DEFAULT_SECC_ID: Final = "DEVOLE000001"
DEFAULT_PCID: Final = "VOLTYARDPCID00001"


class PkiMember(Struct, frozen=True):
    """One certificate of the PKI, and the name of the one that signs it."""

    name: str
    issuer: str | None
    draft: CertificateDraft


def _root(name: str, common_name: str) -> PkiMember:
    draft = CertificateDraft(common_name, ends_days=ROOT_DAYS, is_authority=True)
    return PkiMember(name, None, draft)


def _sub(
    name: str, issuer: str, common_name: str, length: int, domain: str | None = None
) -> PkiMember:
    draft = CertificateDraft(
        common_name,
        ends_days=AUTHORITY_DAYS,
        is_authority=True,
        path_length=length,
        domain_component=domain,
    )
    return PkiMember(name, issuer, draft)


AUTHORITIES: Final[tuple[PkiMember, ...]] = (
    _root("v2g-root", "V2G Root CA"),
    _sub("cpo-sub1", "v2g-root", "CPO Sub-CA 1", 1, "V2G"),
    _sub("cpo-sub2", "cpo-sub1", "CPO Sub-CA 2", 0, "V2G"),
    _root("oem-root", "OEM Root CA"),
    _sub("oem-sub1", "oem-root", "OEM Sub-CA 1", 1, "OEM"),
    _sub("oem-sub2", "oem-sub1", "OEM Sub-CA 2", 0, "OEM"),
    _root("mo-root", "MO Root CA"),
    _sub("mo-sub1", "mo-root", "MO Sub-CA 1", 1, "MO"),
    _sub("mo-sub2", "mo-sub1", "MO Sub-CA 2", 0, "MO"),
    _root("csms-root", "CSMS Root CA"),
)
"""In the order in which they are made: each after the one that signs it."""


def contract(name: str, emaid: str, days: float) -> PkiMember:
    """A contract certificate, whose common name is the eMAID."""
    draft = CertificateDraft(emaid, ends_days=days, domain_component="MO")
    return PkiMember(name, "mo-sub2", draft)


def leaves(
    *, secc_id: str, pcid: str, hosts: tuple[str, ...], charger: str, days: float
) -> tuple[PkiMember, ...]:
    """The certificates that are no authorities, but for contracts: of a charging station towards
    vehicles (`secc`), of a vehicle when it leaves its factory (`oem-provisioning`), and of a CSMS
    and a charger for OCPP over TLS (`csms`, `charger`)."""
    plain = CertificateDraft("", ends_days=days)
    server, client = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
    return (
        PkiMember("secc", "cpo-sub2", replace(plain, common_name=secc_id, domain_component="CPO")),
        PkiMember(
            "oem-provisioning",
            "oem-sub2",
            replace(plain, common_name=pcid, domain_component="OEM"),
        ),
        PkiMember(
            "csms",
            "csms-root",
            replace(plain, common_name=hosts[0], hosts=hosts, purposes=(server,)),
        ),
        PkiMember("charger", "csms-root", replace(plain, common_name=charger, purposes=(client,))),
    )
