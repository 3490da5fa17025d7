"""The guide of reports shows what the reporters write."""

import io
import json
import re
from pathlib import Path

import pytest

from tests.reports.bench import failed, passed, report, without_case
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.reports.baseline import Baseline
from voltyard.reports.json_report import read_report, to_json
from voltyard.reports.junit import to_junit
from voltyard.reports.lines import LineReporter
from voltyard.reports.verdicts import RunReport, Verdict

GUIDE = (Path(__file__).parents[2] / "docs" / "reports.md").read_text()


def blocks(chapter: str) -> list[str]:
    """The blocks of a chapter."""
    text = GUIDE.split(f"\n## {chapter}\n")[1].split("\n## ")[0]
    return re.findall(r"```\w+\n(.*?)```", text, re.DOTALL)


def lines_of(run: RunReport, baseline: Baseline | None = None) -> list[str]:
    stream = io.StringIO()
    reporter = LineReporter(stream, baseline)
    reporter.began(run if baseline is None else report())
    for result in run.results:
        reporter.finished(result)
    reporter.ended(run)
    return stream.getvalue().replace("; 3 are played already", "").splitlines()


def test_lines_are_as_shown() -> None:
    inapplicable = without_case(Verdict.NOT_APPLICABLE, "no reservations")

    told = lines_of(report(passed(), failed(), inapplicable, planned=3))

    assert [told] == [shown.splitlines() for shown in blocks("On the terminal")]


def test_a_failure_in_junit_is_as_shown() -> None:
    [shown] = blocks("JUnit")

    assert shown.replace("&#10;", "\n") in to_junit(report(passed(), failed())).decode()


def test_a_result_in_json_is_as_shown(tmp_path: Path) -> None:
    shown, refused = blocks("JSON")
    told = json.loads(to_json(report(failed())))["results"][0]
    assert json.loads(shown).items() <= told.items()

    path = tmp_path / "report.json"
    path.write_bytes(to_json(report(passed())).replace(b'"pass"', b'"ok"'))
    with pytest.raises(Invalid) as raised:
        read_report(path)
    assert refused == f"voltyard: {raised.value}\n".replace(str(path), "report.json")


def test_a_comparison_is_as_shown() -> None:
    earlier = report(passed("TC_003"), failed("TC_004"), passed("TC_009"))
    now = report(failed("TC_003"), passed("TC_004"), passed("TC_005"))
    [shown] = blocks("Only what changed")

    told = lines_of(now, Baseline(earlier, "v1.json"))

    first, last = shown.splitlines()[0], shown.splitlines()[2:]
    assert told[0] == first
    assert told[-3:] == last


def test_bounds_are_those_of_the_program() -> None:
    text = GUIDE.split("\n## Bounds\n")[1]

    for bound in (limits.REPORT_FRAMES_EACH, limits.REPORT_FRAMES, limits.REPORT_FRAME_CHARS):
        assert f"{bound:,}" in text
