"""Ways in which a contract's chain can be wrong, as a table: for the judge, and for both halves.

for row in WRONG_CHAINS:
    chain = row.made(bench)          # bench = ChainBench(at)
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.drafts import CertificateDraft, CertifiedKey, certify, to_pem

EMAID = "DEVOLC1A2B3C4D5"
CONTRACT = CertificateDraft(EMAID, domain_component="MO")
AUTHORITY = CertificateDraft("MO Sub-CA X", is_authority=True, domain_component="MO")
HOUR = 1 / 24


class ChainBench:
    """A PKI whose `mo-root` is the one that is trusted, and makers of wrong certificates."""

    def __init__(self, at: float, responder_url: str | None = None) -> None:
        self.at = at
        self.pki = ChargingPki.made(at, emaids=(EMAID,), responder_url=responder_url)
        self.trusted = [self.pki["mo-root"].pem]

    def contract(self, issuer: CertifiedKey | None = None, **changes: Any) -> CertifiedKey:
        """A contract, below `mo-sub2` where no issuer is given."""
        return certify(replace(CONTRACT, **changes), issuer or self.pki["mo-sub2"], self.at)

    def authority(self, issuer: str | CertifiedKey, **changes: Any) -> CertifiedKey:
        """A sub-authority."""
        above = self.pki[issuer] if isinstance(issuer, str) else issuer
        return certify(replace(AUTHORITY, **changes), above, self.at)

    def below(self, name: str, **changes: Any) -> str:
        """The chain of a contract below a sub-authority that is made with changes."""
        return self.contract(self.authority(name, **changes)).chain

    def drawn_up(
        self,
        name: x509.Name,
        issuer: CertifiedKey,
        *extensions: tuple[x509.ExtensionType, bool],
        issuer_name: x509.Name | None = None,
        names_key: Any = None,
    ) -> CertifiedKey:
        """A certificate with these extensions alone, beside the two of keys."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.fromtimestamp(self.at, UTC)
        named = names_key or issuer.key
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer_name or issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(named.public_key()), False
            )
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        made = builder.sign(issuer.key, hashes.SHA256())
        return CertifiedKey(made, key, (issuer.certificate, *issuer.above))


def named(*common_names: str, domain: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, one) for one in common_names]
    if domain is not None:
        parts.append(x509.NameAttribute(NameOID.DOMAIN_COMPONENT, domain))
    return x509.Name(parts)


def pem_of(der: bytes) -> str:
    text = b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def changed(one: x509.Certificate, at: int) -> str:
    """The certificate with one bit of its DER turned, that byte counted from the end."""
    der = bytearray(one.public_bytes(Encoding.DER))
    der[-at] ^= 0x01
    return pem_of(bytes(der))


def with_other_name(one: x509.Certificate) -> str:
    """The certificate made out to another eMAID, as a forger would."""
    der = one.public_bytes(Encoding.DER)
    assert der.count(EMAID.encode()) == 1
    return pem_of(der.replace(EMAID.encode(), b"DEVOLC1A2B3C4D6"))


@dataclass(frozen=True)
class WrongChain:
    """One way."""

    name: str
    verdict: str
    """In OCPP's words."""
    made: Callable[[ChainBench], str]
    is_rootless: bool = False
    """A root is all that is missing, as far as one can tell."""
    emaid: str = EMAID


def _strangers(bench: ChainBench) -> ChargingPki:
    return ChargingPki.made(bench.at, emaids=(EMAID,))


def _of_unlike_names(bench: ChainBench) -> CertifiedKey:
    """A contract below a root and an authority whose names nobody here knows."""
    root = certify(CertificateDraft("Some Root", is_authority=True), None, bench.at)
    return bench.contract(certify(replace(AUTHORITY, common_name="Some Sub"), root, bench.at))


def _with_root(bench: ChainBench) -> str:
    found = _of_unlike_names(bench)
    return found.chain + to_pem(found.root)


def _loop(bench: ChainBench) -> str:
    """Two authorities that have signed each other, and no root."""
    root = certify(CertificateDraft("Loop A", is_authority=True), None, bench.at)
    below = certify(CertificateDraft("Loop B", is_authority=True), root, bench.at)
    crossed = certify(CertificateDraft("Loop A", is_authority=True), below, bench.at, key=root.key)
    return bench.contract(below).pem + below.pem + crossed.pem


def _too_long(bench: ChainBench) -> str:
    above = bench.pki["mo-root"]
    for number in range(5):
        above = bench.authority(above, common_name=f"MO Sub {number}")
    return bench.contract(above).chain


def _with_two_names(bench: ChainBench) -> str:
    return bench.drawn_up(named(EMAID, "DEVOLC1A2B3C4D6"), bench.pki["mo-sub2"]).chain


_NAMES_ALONE = x509.NameConstraints([x509.DNSName("mo.test")], None)
_UNHEARD_OF = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
_CA = (x509.BasicConstraints(ca=True, path_length=None), True)
CHAIN, SIGNATURE, EXPIRED = "CertChainError", "SignatureError", "CertificateExpired"


def _way(name: str, verdict: str, made: Callable[[ChainBench], str], **said: Any) -> WrongChain:
    return WrongChain(name, verdict, made, **said)


def _contract(bench: ChainBench) -> CertifiedKey:
    return bench.pki["contract"]


def _subs(bench: ChainBench) -> str:
    return bench.pki["mo-sub2"].pem + bench.pki["mo-sub1"].pem


WRONG_CHAINS: tuple[WrongChain, ...] = (
    # What is no chain at all.
    _way("no text", CHAIN, lambda b: " "),
    _way("some text", CHAIN, lambda b: "a contract"),
    _way("no base64", CHAIN, lambda b: _contract(b).pem.replace("MII", "M*I", 1)),
    _way("cut off", CHAIN, lambda b: _contract(b).chain[:700]),
    _way(
        "half of its bytes",
        CHAIN,
        lambda b: pem_of(_contract(b).certificate.public_bytes(Encoding.DER)[:200]),
    ),
    _way("a private key", CHAIN, lambda b: _contract(b).key_pem),
    _way("a private key beside it", CHAIN, lambda b: _contract(b).chain + _contract(b).key_pem),
    _way(
        "bytes of something else",
        CHAIN,
        lambda b: pem_of(b"\x30\x03\x02\x01\x05"),
    ),
    # Time.
    _way("expired", EXPIRED, lambda b: b.contract(begins_days=-9.0, ends_days=-HOUR).chain),
    _way("expired a second ago", EXPIRED, lambda b: b.contract(ends_days=-1 / 86_400).chain),
    _way("not valid yet", CHAIN, lambda b: b.contract(begins_days=HOUR).chain),
    _way(
        "issuer expired",
        EXPIRED,
        lambda b: b.below("mo-sub1", begins_days=-9.0, ends_days=-HOUR),
    ),
    _way("issuer not valid yet", CHAIN, lambda b: b.below("mo-sub1", begins_days=HOUR)),
    _way(
        "an authority further up expired",
        EXPIRED,
        lambda b: (
            b.contract(
                b.authority(
                    b.authority("mo-root", common_name="Old", begins_days=-9.0, ends_days=-HOUR)
                )
            ).chain
        ),
    ),
    # Signatures.
    _way(
        "signed by another key",
        SIGNATURE,
        lambda b: (
            certify(
                CONTRACT,
                b.pki["mo-sub2"],
                b.at,
                signing_key=ec.generate_private_key(ec.SECP256R1()),
            ).chain
        ),
    ),
    _way(
        "signature changed",
        SIGNATURE,
        lambda b: changed(_contract(b).certificate, 1) + _subs(b),
    ),
    _way(
        "made out to another afterwards",
        SIGNATURE,
        lambda b: with_other_name(_contract(b).certificate) + _subs(b),
        emaid="DEVOLC1A2B3C4D6",
    ),
    _way(
        "issuer's signature changed",
        SIGNATURE,
        lambda b: (
            _contract(b).pem + changed(b.pki["mo-sub2"].certificate, 1) + b.pki["mo-sub1"].pem
        ),
    ),
    _way(
        "issuer not signed by the one above",
        SIGNATURE,
        lambda b: (
            b.contract(
                certify(
                    AUTHORITY,
                    b.pki["mo-sub1"],
                    b.at,
                    signing_key=ec.generate_private_key(ec.SECP256R1()),
                )
            ).chain
        ),
    ),
    _way(
        "a whole PKI of the same names",
        SIGNATURE,
        lambda b: _strangers(b)["contract"].chain,
    ),
    _way(
        "another's contract below these authorities",
        SIGNATURE,
        lambda b: _strangers(b)["contract"].pem + _subs(b),
    ),
    # The way to the root.
    _way("alone", CHAIN, lambda b: _contract(b).pem, is_rootless=True),
    _way(
        "issuer left out",
        CHAIN,
        lambda b: _contract(b).pem + b.pki["mo-sub1"].pem,
        is_rootless=True,
    ),
    _way(
        "upper authority left out",
        CHAIN,
        lambda b: _contract(b).pem + b.pki["mo-sub2"].pem,
        is_rootless=True,
    ),
    _way("of another root", CHAIN, lambda b: _of_unlike_names(b).chain, is_rootless=True),
    _way(
        "with another root along",
        CHAIN,
        _with_root,
        is_rootless=True,
    ),
    _way(
        "of the root of charging stations",
        CHAIN,
        lambda b: b.contract(b.pki["cpo-sub2"]).chain,
        is_rootless=True,
    ),
    _way(
        "issuer of another name",
        CHAIN,
        lambda b: (
            b.drawn_up(
                named(EMAID, domain="MO"), b.pki["mo-sub2"], issuer_name=named("Somebody")
            ).chain
        ),
        is_rootless=True,
    ),
    _way("authorities that signed each other", CHAIN, _loop, is_rootless=True),
    _way("signed by itself", CHAIN, lambda b: certify(CONTRACT, None, b.at).pem, is_rootless=True),
    _way("too long", CHAIN, _too_long),
    _way("one certificate twice", CHAIN, lambda b: _contract(b).chain + b.pki["mo-sub1"].pem),
    _way(
        "another certificate among them",
        CHAIN,
        lambda b: _contract(b).chain + b.pki["oem-sub2"].pem,
    ),
    _way("a second contract", CHAIN, lambda b: _contract(b).chain + b.contract().pem),
    _way(
        "the wrong way round",
        CHAIN,
        lambda b: b.pki["mo-sub1"].pem + b.pki["mo-sub2"].pem + _contract(b).pem,
    ),
    # Authorities that are none, or not of this.
    _way("issuer is no authority", CHAIN, lambda b: b.below("mo-sub1", is_authority=False)),
    _way("signed by a contract", CHAIN, lambda b: b.contract(_contract(b)).chain),
    _way("issuer may not sign", CHAIN, lambda b: b.below("mo-sub1", signs_certificates=False)),
    _way(
        "issuer says nothing of being one",
        CHAIN,
        lambda b: b.contract(b.drawn_up(named("Nothing"), b.pki["mo-sub1"])).chain,
    ),
    _way("below one that ends the chain", CHAIN, lambda b: b.below("mo-sub2")),
    _way(
        "an authority too many",
        CHAIN,
        lambda b: (
            b.contract(
                b.authority(b.authority("mo-root", common_name="MO Short", path_length=0))
            ).chain
        ),
    ),
    _way(
        "issuer of unknown critical extensions",
        CHAIN,
        lambda b: (
            b.contract(b.drawn_up(named("Odd"), b.pki["mo-sub1"], _CA, (_NAMES_ALONE, True))).chain
        ),
    ),
    _way(
        "issuer with a weak key",
        CHAIN,
        lambda b: (
            b.contract(
                certify(
                    AUTHORITY, b.pki["mo-sub1"], b.at, key=ec.generate_private_key(ec.SECP192R1())
                )
            ).chain
        ),
    ),
    # The contract itself.
    _way("an authority", CHAIN, lambda b: b.contract(is_authority=True).chain),
    _way("not for signatures", CHAIN, lambda b: b.contract(signs_data=False).chain),
    _way("of another eMAID", CHAIN, lambda b: b.contract(common_name="DEVOLC00000002X").chain),
    _way("of no eMAID", CHAIN, lambda b: b.contract(common_name="Me").chain, emaid="Me"),
    _way("of two names", CHAIN, _with_two_names),
    _way("a station's", CHAIN, lambda b: b.contract(domain_component="CPO").chain),
    _way("a vehicle maker's", CHAIN, lambda b: b.contract(domain_component="OEM").chain),
    _way(
        "a weak RSA key",
        CHAIN,
        lambda b: (
            certify(
                CONTRACT, b.pki["mo-sub2"], b.at, key=rsa.generate_private_key(65537, 1024)
            ).chain
        ),
    ),
    _way(
        "a weak curve",
        CHAIN,
        lambda b: (
            certify(
                CONTRACT, b.pki["mo-sub2"], b.at, key=ec.generate_private_key(ec.SECP192R1())
            ).chain
        ),
    ),
    _way(
        "an unknown critical extension",
        CHAIN,
        lambda b: (
            b.drawn_up(named(EMAID, domain="MO"), b.pki["mo-sub2"], (_UNHEARD_OF, True)).chain
        ),
    ),
    _way(
        "names another key of its issuer",
        CHAIN,
        lambda b: (
            b.drawn_up(
                named(EMAID, domain="MO"),
                b.pki["mo-sub2"],
                names_key=ec.generate_private_key(ec.SECP256R1()),
            ).chain
        ),
    ),
)
