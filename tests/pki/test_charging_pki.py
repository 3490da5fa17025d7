"""A PKI in memory: its structure, and revocation."""

import pytest
from cryptography import x509

from voltyard.kernel.errors import Conflict, Invalid, NotFound
from voltyard.pki.charging_pki import ChargingPki, common_name

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def whole() -> ChargingPki:
    return ChargingPki.made(NOW, responder_url="http://127.0.0.1:1", emaids=["DEABC1", "DEABC2"])


def test_each_certificate_is_signed_by_the_one_above_it(whole: ChargingPki) -> None:
    for name in whole:
        one = whole[name]
        assert bool(one.above) is not name.endswith("-root")
        for below, above in zip((one.certificate, *one.above), one.above, strict=False):
            below.verify_directly_issued_by(above)


@pytest.mark.parametrize(
    ("leaf", "authorities"),
    [
        ("contract", ["mo-sub2", "mo-sub1", "mo-root"]),
        ("secc", ["cpo-sub2", "cpo-sub1", "v2g-root"]),
        ("oem-provisioning", ["oem-sub2", "oem-sub1", "oem-root"]),
        ("csms", ["csms-root"]),
        ("charger", ["csms-root"]),
    ],
)
def test_a_leaf_leads_to_the_root_of_its_kind(
    whole: ChargingPki, leaf: str, authorities: list[str]
) -> None:
    assert [whole.name_of(one) for one in whole[leaf].above] == authorities


def test_a_chain_leaves_its_root_out(whole: ChargingPki) -> None:
    sent = x509.load_pem_x509_certificates(whole["contract"].chain.encode())
    assert [whole.name_of(one) for one in sent] == ["contract", "mo-sub2", "mo-sub1"]


def test_each_contract_is_named_by_its_emaid(whole: ChargingPki) -> None:
    names = [common_name(whole[name].certificate) for name in ("contract", "contract-2")]
    assert names == ["DEABC1", "DEABC2"]


def test_no_contract_is_longer_than_an_authorize_request_may_carry(whole: ChargingPki) -> None:
    assert len(whole["contract"].chain) <= 5500


def test_a_root_cannot_be_revoked_and_stays_valid(whole: ChargingPki) -> None:
    with pytest.raises(Invalid, match="mo-root is a root"):
        whole.revoke("mo-root", NOW)
    assert whole.status_of("mo-root", NOW) == "valid"


def test_a_reason_that_there_is_not_revokes_nothing() -> None:
    pki = ChargingPki.made(NOW)
    with pytest.raises(Invalid, match="no reason rain"):
        pki.revoke("contract", NOW, "rain")
    assert pki.status_of("contract", NOW) == "valid"


def test_a_second_revocation_leaves_the_first_as_it_is() -> None:
    pki = ChargingPki.made(NOW)
    first = pki.revoke("contract", NOW, "keyCompromise")
    assert pki.revoke("contract", NOW + 5, "superseded") == first
    assert pki.status_of("contract", NOW) == "revoked"


def test_a_certificate_is_expired_after_its_days() -> None:
    pki = ChargingPki.made(NOW, days=2)
    assert pki.status_of("contract", NOW + 86_400) == "valid"
    assert pki.status_of("contract", NOW + 3 * 86_400) == "expired"


def test_two_certificates_cannot_have_one_name(whole: ChargingPki) -> None:
    with pytest.raises(Conflict, match="contract already"):
        whole.add_contract("DEABC3", NOW, 1, "contract")


def test_an_unknown_name_is_not_found(whole: ChargingPki) -> None:
    with pytest.raises(NotFound, match="no certificate nonsense"):
        whole["nonsense"]
