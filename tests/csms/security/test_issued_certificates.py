"""The record of certificates that were issued to chargers."""

import pytest
from msgspec.structs import replace

from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.csms.security.issued_certificates import IssuedCertificates
from voltyard.kernel import limits
from voltyard.kernel.errors import Unauthorized
from voltyard.ports.links import PeerCertificate

ENDS_AT = 2_000.0


def row(
    number: int = 1, organization_id: str = "org_a", not_after: float = ENDS_AT
) -> CertificateStored:
    return CertificateStored(
        id=f"crt_{number}",
        organization_id=organization_id,
        charger_id=f"chg_{organization_id}",
        charge_box_id="CP1",
        common_name="CP1",
        serial_number="1f",
        fingerprint=f"{number}",
        issued_at=1_000.0,
        not_before=1_000.0,
        not_after=not_after,
    )


def test_a_certificate_opens_a_door_until_its_end() -> None:
    issued = IssuedCertificates()
    issued.put(row())
    shown = PeerCertificate("CP1", "1")

    assert issued.issued(shown, ENDS_AT - 1) == row()
    with pytest.raises(Unauthorized, match="has expired"):
        issued.issued(shown, ENDS_AT)


def test_an_organizations_certificates_are_its_own_alone_oldest_first() -> None:
    issued = IssuedCertificates()
    issued.load([row(1), row(2, "org_b"), row(3)])

    assert issued.of_organization("org_a") == [row(1), row(3)]
    assert issued.of_id("org_a", "crt_1") == row(1)
    assert issued.of_id("org_a", "crt_2") is None

    issued.drop(row(1))

    assert issued.of_organization("org_a") == [row(3)]
    assert issued.of_id("org_a", "crt_1") is None
    assert issued.of_organization("org_b") == [row(2, "org_b")]


def test_a_charger_is_told_of_while_its_last_valid_certificate_ends_soon() -> None:
    issued = IssuedCertificates()
    issued.load([row(1), row(2, "org_b")])
    assert issued.expiring(ENDS_AT - 11, 10) == []
    assert issued.expiring(ENDS_AT - 10, 10) == [row(1), row(2, "org_b")]
    assert issued.expiring(ENDS_AT, 10) == []  # it is too late

    issued.put(row(3, not_after=ENDS_AT + 100))  # the one of org_a has been renewed
    assert issued.expiring(ENDS_AT - 10, 10) == [row(2, "org_b")]

    issued.put(replace(row(2, "org_b"), revoked_at=1_500.0))
    assert issued.expiring(ENDS_AT - 10, 10) == []


def test_a_certificate_for_vehicles_opens_no_link() -> None:
    issued = IssuedCertificates()
    issued.put(replace(row(1), use="vehicles"))
    issued.put(replace(row(2), use="both"))

    with pytest.raises(Unauthorized, match="for vehicles alone"):
        issued.issued(PeerCertificate("CP1", "1"), ENDS_AT - 1)
    assert issued.issued(PeerCertificate("CP1", "2"), ENDS_AT - 1) is not None


def test_a_certificate_for_vehicles_hides_no_end_of_a_link() -> None:
    issued = IssuedCertificates()
    issued.put(row(1))
    issued.put(replace(row(2, not_after=ENDS_AT + 100), use="vehicles"))

    assert issued.expiring(ENDS_AT - 10, 10) == [row(1)]


def test_certificates_for_vehicles_take_no_room_from_those_of_the_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "ISSUED_CERTIFICATES", 2)
    issued = IssuedCertificates()
    issued.load([row(1), row(2)])

    assert issued.supernumerary(replace(row(3), use="vehicles"), None, 1_500.0) == []
    assert issued.supernumerary(row(3), None, 1_500.0) == [row(1)]
