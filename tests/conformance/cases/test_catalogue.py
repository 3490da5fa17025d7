"""The choice of cases, by ids, versions and groups."""

import re

import pytest

from voltyard.conformance.cases.catalogue import BLOCKS, CASES, chosen
from voltyard.kernel.errors import NotFound


def test_a_block_of_2_0_1_is_chosen_by_its_letter_or_its_name() -> None:
    by_letter = chosen("csms", groups=["k"])

    assert by_letter == chosen("csms", versions=["2.0.1"], groups=["SmartCharging"])
    assert {case.version for case in by_letter} == {"2.0.1"}


def test_a_group_is_chosen_in_both_versions() -> None:
    assert {case.version for case in chosen("charger", groups=["reservation"])} == {"1.6", "2.0.1"}


def test_a_case_of_2_0_1_is_in_the_group_of_its_id() -> None:
    named = [(re.match("TC_([A-P])_", case.id), case.group) for case in CASES]

    assert {(found[1], group) for found, group in named if found} <= set(BLOCKS.items())


def test_a_group_that_is_none_has_no_cases() -> None:
    with pytest.raises(NotFound, match="no case was chosen"):
        chosen("csms", groups=["Q"])
