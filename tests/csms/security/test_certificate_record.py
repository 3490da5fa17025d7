"""The record of issued certificates, and the event ahead of a certificate's end."""

import pytest

from tests.csms.bench import ORG, START, Yard
from tests.fakes.journals import MemoryJournal
from voltyard.csms.security.certificate_rows import CertificateStored
from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import DAY_S

SOON = START + 30 * DAY_S


async def issue(journal: MemoryJournal, yard: Yard, number: int, ends_at: float) -> None:
    """A charger of its own, and a certificate that was issued to it."""
    charger = await yard.register(f"CP{number}")
    row = CertificateStored(
        id=f"crt_{number}",
        organization_id=ORG,
        charger_id=charger.row.id,
        charge_box_id=f"CP{number}",
        common_name=f"CP{number}",
        serial_number="1f",
        fingerprint=f"{number}",
        issued_at=START,
        not_before=START,
        not_after=ends_at,
    )
    journal.write((row,))
    await yard.settle()


async def issued(*ends: float) -> Yard:
    """A backend that has issued certificates which end then."""
    journal = MemoryJournal()
    before = Yard(journal)
    for number, ends_at in enumerate(ends, 1):
        await issue(journal, before, number, ends_at)
    return before.restarted()


def told(yard: Yard) -> list[str]:
    """The chargers whose certificates were told of."""
    return [event.charge_box_id for event in yard.heard("certificate.expiring")]


async def test_a_certificate_is_told_of_30_days_before_its_end() -> None:
    yard = await issued(SOON + 60)
    certificates = yard.backend.certificates

    await certificates.tell_expiring()
    assert told(yard) == []

    yard.pass_time(60)
    await certificates.tell_expiring()
    (event,) = yard.heard("certificate.expiring")
    assert (event.organization_id, event.charge_box_id) == (ORG, "CP1")
    assert event.data() == {
        "chargeBoxId": "CP1",
        "certificateId": "crt_1",
        "commonName": "CP1",
        "serialNumber": "1f",
        "fingerprint": "1",
        "use": "link",
        "notBefore": "2026-09-21T14:13:20.000Z",
        "notAfter": "2026-10-21T14:14:20.000Z",
    }


async def test_it_is_told_of_once_also_after_a_restart() -> None:
    yard = await issued(SOON)
    await yard.backend.certificates.tell_expiring()
    await yard.backend.certificates.tell_expiring()
    restarted = yard.restarted()

    await restarted.backend.certificates.tell_expiring()

    assert told(yard) == ["CP1"]
    assert told(restarted) == []


async def test_a_certificate_that_has_ended_or_was_revoked_is_not_told_of() -> None:
    yard = await issued(START, SOON)
    await yard.backend.certificates.revoke(ORG, "crt_2", None)

    await yard.backend.certificates.tell_expiring()

    assert told(yard) == []


async def test_one_look_tells_of_so_many_the_soonest_first() -> None:
    more = limits.CERTIFICATES_TOLD + 1
    yard = await issued(*(SOON - number for number in range(more)))

    await yard.backend.certificates.tell_expiring()
    first = told(yard)
    await yard.backend.certificates.tell_expiring()

    assert first == [f"CP{number}" for number in range(more, 1, -1)]
    assert told(yard)[len(first) :] == ["CP1"]


async def test_what_cannot_be_stored_is_told_of_later() -> None:
    yard = await issued(SOON)
    yard.journal.fail(Unavailable("the disk is full"))
    with pytest.raises(Unavailable):
        await yard.backend.certificates.tell_expiring()
    assert told(yard) == []

    yard.journal.fail(None)
    await yard.backend.certificates.tell_expiring()

    assert told(yard) == ["CP1"]
