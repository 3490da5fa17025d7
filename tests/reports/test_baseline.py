"""Comparison with an earlier report."""

import pytest

from tests.reports.bench import failed, passed, report, without_case
from voltyard.kernel import limits
from voltyard.reports.baseline import Baseline, Change
from voltyard.reports.verdicts import BrokenExpectation, Result, Verdict

PASS = passed("A")
FAIL = failed("A")
UNDECIDED = without_case(Verdict.INCONCLUSIVE, "w", "A")
BROKEN = without_case(Verdict.ERROR, "w", "A")
INAPPLICABLE = without_case(Verdict.NOT_APPLICABLE, "w", "A")
ELSEWHERE = failed("A", failure=BrokenExpectation(step="another", expected="e", came="c"))
OTHER_WORDS = failed(
    "A",
    failure=BrokenExpectation(
        step="the tag is shown", expected="x", came="y", rule="OCPP 1.6 section 4.1"
    ),
)
OTHER = passed("B")


@pytest.mark.parametrize(
    ("before", "now", "change", "code"),
    [
        (PASS, PASS, Change.SAME, 0),
        (FAIL, FAIL, Change.SAME, 0),
        (FAIL, OTHER_WORDS, Change.SAME, 0),
        (FAIL, ELSEWHERE, Change.OTHERWISE, 0),
        (PASS, FAIL, Change.NEWLY_FAILING, 1),
        (INAPPLICABLE, FAIL, Change.NEWLY_FAILING, 1),
        (UNDECIDED, FAIL, Change.NEWLY_FAILING, 1),
        (OTHER, FAIL, Change.NEW, 1),
        (OTHER, PASS, Change.NEW, 0),
        (FAIL, PASS, Change.NEWLY_PASSING, 0),
        (PASS, UNDECIDED, Change.OTHERWISE, 2),
        (PASS, BROKEN, Change.OTHERWISE, 2),
        (OTHER, UNDECIDED, Change.NEW, 2),
        (UNDECIDED, BROKEN, Change.OTHERWISE, 0),
        (PASS, INAPPLICABLE, Change.OTHERWISE, 0),
    ],
)
def test_a_change_and_its_exit_code(before: Result, now: Result, change: Change, code: int) -> None:
    baseline = Baseline(report(before, passed("Z")), "before.json")

    assert baseline.change(now) is change
    assert baseline.exit_code(report(now, passed("Z"))) == code


def test_the_same_id_of_another_version_is_another_case() -> None:
    baseline = Baseline(report(passed("A", version="1.6")), "before.json")

    assert baseline.change(failed("A", version="2.0.1")) is Change.NEW


def test_a_run_without_a_verdict_or_cut_short_has_not_been_compared() -> None:
    baseline = Baseline(report(PASS), "before.json")

    assert baseline.exit_code(report()) == 2
    assert baseline.exit_code(report(INAPPLICABLE)) == 2
    assert baseline.exit_code(report(PASS, is_complete=False)) == 2


def test_cases_that_are_gone_are_named_up_to_a_bound() -> None:
    count = limits.REPORT_CASES_NAMED + 3
    baseline = Baseline(report(*(passed(f"TC_{n}") for n in range(count)), PASS), "before.json")

    told = list(baseline.lines(report(PASS)))

    assert told[0] == f"since before.json: {count} gone, 1 the same"
    assert len(told) == limits.REPORT_CASES_NAMED + 2
    assert told[-1] == "  and 3 more"


def test_nothing_in_common_is_told_as_such() -> None:
    assert list(Baseline(report(), "a\nb").lines(report())) == ["since a\\nb: nothing to compare"]
