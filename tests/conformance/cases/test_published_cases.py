"""The published lists, and how the cases that are written stand to them."""

from collections import Counter

from voltyard.conformance.cases.catalogue import CASES
from voltyard.conformance.cases.published_cases import left_out_cases, published_cases


def test_the_lists_have_each_case_once() -> None:
    published = published_cases()

    assert len({case.id for case in published}) == len(published)
    assert Counter((case.version, case.role) for case in published) == {
        ("1.6", "csms"): 77,
        ("1.6", "charger"): 107,
        ("2.0.1", "csms"): 251,
        ("2.0.1", "charger"): 424,
    }


def test_each_written_case_is_published_or_called_ours() -> None:
    published = {case.id: (case.role, case.version) for case in published_cases()}

    for case in CASES:
        if not case.id.startswith("VY_"):
            assert published.get(case.id) == (case.role, case.version), case.id


def test_no_case_is_written_twice() -> None:
    assert [id for id, times in Counter(case.id for case in CASES).items() if times > 1] == []


def test_no_case_is_both_written_and_left_out() -> None:
    assert left_out_cases().keys() & {case.id for case in CASES} == set()
