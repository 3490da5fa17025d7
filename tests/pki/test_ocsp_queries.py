"""Questions about certificates' statuses, and responses that answer them or prove nothing."""

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from voltyard.kernel.time import DAY_S, HOUR_S, from_rfc3339
from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki, Revocation
from voltyard.pki.drafts import CertificateDraft, CertifiedKey, certify
from voltyard.pki.ocsp_queries import (
    BadResponse,
    is_issuer,
    issuers_in,
    query_of,
    read_response,
    request_of,
)
from voltyard.pki.statuses import OcspQuery

AT = from_rfc3339("2026-11-23T10:00:00Z")
URL = "http://ocsp.test"


@pytest.fixture(scope="module")
def pki() -> ChargingPki:
    return ChargingPki.made(AT, responder_url=URL)


def contract_query(pki: ChargingPki, algorithm: str = "SHA256") -> OcspQuery:
    one = pki["contract"]
    query = query_of(one.certificate, one.above[0], algorithm)
    assert query is not None
    return query


def delegate(pki: ChargingPki, *, is_charged: bool, ends_days: float = 30.0) -> CertifiedKey:
    """A responder's certificate below the contracts' authority."""
    purposes = (ExtendedKeyUsageOID.OCSP_SIGNING,) if is_charged else ()
    draft = CertificateDraft("Responder", purposes=purposes, begins_days=-9.0, ends_days=ends_days)
    return certify(draft, pki["mo-sub2"], AT)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
def test_a_question_is_asked_and_answered_by_hashes_of_any_kind(
    pki: ChargingPki, algorithm: str
) -> None:
    query = contract_query(pki, algorithm)
    der = ocsp.answer(pki, request_of(query), AT)

    answer = read_response(der, query, pki["contract"].above, AT)

    assert (answer.status, answer.until) == ("good", AT + HOUR_S)
    assert is_issuer(pki["mo-sub2"].certificate, query)
    assert not is_issuer(pki["mo-sub1"].certificate, query)


def test_a_certificate_without_a_responder_is_not_asked_about() -> None:
    one = ChargingPki.made(AT)["contract"]
    assert query_of(one.certificate, one.above[0]) is None


def test_a_revoked_certificate_is_told_of(pki: ChargingPki) -> None:
    one, issuer = pki["contract"], pki["mo-sub2"]
    der = ocsp.status_answer(one.certificate, issuer, Revocation(AT - 1.0), AT)
    assert read_response(der, contract_query(pki), one.above, AT).status == "revoked"


def test_the_issuer_may_come_with_the_response_alone(pki: ChargingPki) -> None:
    query = contract_query(pki)
    der = ocsp.answer(pki, request_of(query), AT)
    assert read_response(der, query, issuers_in(der), AT).status == "good"
    with pytest.raises(BadResponse, match="not known"):
        read_response(der, query, [], AT)


def test_whom_the_issuer_has_charged_may_sign_in_its_place(pki: ChargingPki) -> None:
    one, issuer = pki["contract"], pki["mo-sub2"]
    signer = delegate(pki, is_charged=True)
    der = ocsp.status_answer(one.certificate, issuer, None, AT, signer=signer)
    assert read_response(der, contract_query(pki), one.above, AT).status == "good"


@pytest.mark.parametrize(
    ("is_charged", "ends_days"), [(False, 30.0), (True, -1.0)], ids=["not charged", "expired"]
)
def test_any_other_certificate_below_the_issuer_may_not(
    pki: ChargingPki, is_charged: bool, ends_days: float
) -> None:
    one, issuer = pki["contract"], pki["mo-sub2"]
    signer = delegate(pki, is_charged=is_charged, ends_days=ends_days)
    der = ocsp.status_answer(one.certificate, issuer, None, AT, signer=signer)
    with pytest.raises(BadResponse, match="somebody else"):
        read_response(der, contract_query(pki), one.above, AT)


@pytest.mark.parametrize("later_s", [HOUR_S + 1, -DAY_S], ids=["out of date", "to come"])
def test_a_response_holds_for_its_time_alone(pki: ChargingPki, later_s: float) -> None:
    one, issuer = pki["contract"], pki["mo-sub2"]
    der = ocsp.status_answer(one.certificate, issuer, None, AT)
    with pytest.raises(BadResponse):
        read_response(der, contract_query(pki), one.above, AT + later_s)


@pytest.mark.parametrize(
    "der", [b"", b"x" * 100, b"\x30\x03\x0a\x01\x06"], ids=["", "x", "refusal"]
)
def test_what_is_no_response_proves_nothing(pki: ChargingPki, der: bytes) -> None:
    with pytest.raises(BadResponse):
        read_response(der, contract_query(pki), pki["contract"].above, AT)
