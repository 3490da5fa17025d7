"""The book of refused handshakes: counted by identity and reason, and bounded."""

from random import Random

import pytest

from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.refusals.refusal_book import RefusalBook, RefusedHandshake
from voltyard.kernel import limits
from voltyard.kernel.errors import NotFound

ORG = "org_a"


def refusal(identity: str | None = "CP1", **fields: object) -> RefusedHandshake:
    given: dict[str, object] = {
        "organization_id": ORG,
        "charger_id": None,
        "identity": identity,
        "address": "192.0.2.1",
        "offered": ("ocpp1.6",),
        "reason": RefusalReason.NOT_REGISTERED,
        "hint": "not registered",
        **fields,
    }
    return RefusedHandshake(**given)  # type: ignore[arg-type]


def test_one_row_an_identity_and_reason_newest_first() -> None:
    book = RefusalBook()
    book.note(refusal(), 1.0)
    book.note(refusal("CP2"), 2.0)
    book.note(refusal(reason=RefusalReason.WRONG_PATH), 3.0)
    again = book.note(refusal(address="192.0.2.9"), 4.0)

    assert [(row.identity, row.reason, row.count) for row in book.list(ORG)] == [
        ("CP1", "not_registered", 2),
        ("CP1", "wrong_path", 1),
        ("CP2", "not_registered", 1),
    ]
    assert (again.first_at, again.last_at, again.address) == (1.0, 4.0, "192.0.2.9")
    assert len(book.list(ORG, "CP1")) == 2
    assert len(book.list(ORG, None, RefusalReason.NOT_REGISTERED)) == 2
    assert book.list("org_b") == []


def test_a_row_of_another_organization_is_not_found() -> None:
    book = RefusalBook()
    row = book.note(refusal(), 1.0)

    assert book.get(ORG, row.id) is row
    for organization_id, id in (("org_b", row.id), (ORG, "rfs_unknown")):
        with pytest.raises(NotFound):
            book.get(organization_id, id)


def test_the_least_recent_goes_where_there_are_too_many() -> None:
    book = RefusalBook(Random(1))
    first = book.note(refusal("FIRST", address="198.51.100.1"), 0.0)
    kept = book.note(refusal("MINE", address="198.51.100.1", charger_id="chg_1"), 0.0)

    for n in range(limits.REFUSALS_KEPT):
        book.note(refusal(f"CP{n}", address=f"10.0.{n // 250}.{n % 250}"), 1.0 + n)

    assert len(book.list(ORG)) == limits.REFUSALS_KEPT + 1
    assert book.find(first.id) is None
    assert book.find(kept.id) is kept


def test_one_address_that_makes_up_names_pushes_out_no_others() -> None:
    book = RefusalBook(Random(1))
    other = book.note(refusal("OTHER", address="198.51.100.1"), 0.0)

    for n in range(3 * limits.REFUSALS_KEPT):
        book.note(refusal(f"CP{n}"), 1.0 + n)

    assert len(book.list(ORG)) == limits.REFUSALS_KEPT
    assert book.find(other.id) is other


def test_what_is_forgotten_begins_anew() -> None:
    book = RefusalBook()
    former = book.note(refusal(), 1.0)

    book.forget([former, former])
    row = book.note(refusal(), 2.0)

    assert (row.count, row.first_at) == (1, 2.0)
    assert row.id != former.id
