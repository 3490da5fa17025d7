"""Exit codes of a report."""

import pytest

from voltyard.reports.verdicts import Result, RunReport, Verdict


def report(*verdicts: Verdict, is_complete: bool = True) -> RunReport:
    results = [
        Result(
            id=f"C{n}",
            title="t",
            group="Core",
            version="1.6",
            verdict=verdict,
            began_at=0.0,
            took_s=0.0,
        )
        for n, verdict in enumerate(verdicts)
    ]
    return RunReport(
        title="t",
        subject="s",
        command="c",
        tool="voltyard",
        began_at=0.0,
        is_complete=is_complete,
        results=results,
    )


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.PASS, Verdict.NOT_APPLICABLE], 0),
        ([Verdict.PASS, Verdict.FAIL, Verdict.ERROR], 1),
        ([Verdict.PASS, Verdict.INCONCLUSIVE], 2),
        ([Verdict.PASS, Verdict.ERROR], 2),
        ([Verdict.NOT_APPLICABLE], 2),
        ([], 2),
    ],
)
def test_exit_code(verdicts: list[Verdict], code: int) -> None:
    assert report(*verdicts).exit_code == code


def test_a_run_cut_short_has_not_passed() -> None:
    assert report(Verdict.PASS, is_complete=False).exit_code == 2
    assert report(Verdict.FAIL, is_complete=False).exit_code == 1
