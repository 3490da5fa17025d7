"""The stored verdicts are those of the cases that there are."""

from tests.conformance.verdicts import stored_verdicts
from voltyard.conformance.cases.catalogue import CASES


def test_each_case_has_a_stored_verdict_and_nothing_else_has_one() -> None:
    assert stored_verdicts().keys() == {case.id for case in CASES}, (
        "run: python tools/conformance --new"
    )
