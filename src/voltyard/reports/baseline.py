"""Baseline: an earlier report, and what changed since."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final

from voltyard.kernel import limits
from voltyard.kernel.text.printable_text import printable
from voltyard.reports.verdicts import BLAMED, UNJUDGED, Result, RunReport, Verdict
from voltyard.reports.words import name_of


class Change(StrEnum):
    """A change of a case since the baseline."""

    NEWLY_FAILING = "newly failing"
    """Failing now, and not before; a case without a verdict before is counted here."""
    NEWLY_PASSING = "newly passing"
    NEW = "new"
    """The baseline does not have the case."""
    OTHERWISE = "changed"
    """Another verdict than these, or a failure at another step or rule."""
    SAME = "the same"


class Baseline:
    """An earlier report that a run is compared with. Cases are told by version and id."""

    def __init__(self, earlier: RunReport, name: str) -> None:
        self.name: Final = name
        self._before = {_key(result): result for result in earlier.results}

    def before(self, result: Result) -> Verdict | None:
        """The case's verdict in the baseline."""
        earlier = self._before.get(_key(result))
        return None if earlier is None else earlier.verdict

    def change(self, result: Result) -> Change:
        """The change of that case."""
        earlier = self._before.get(_key(result))
        if earlier is None:
            return Change.NEW
        if result.verdict is not earlier.verdict:
            if result.verdict in BLAMED:
                return Change.NEWLY_FAILING
            if result.verdict is Verdict.PASS:
                return Change.NEWLY_PASSING
            return Change.OTHERWISE
        return Change.SAME if _reason(result) == _reason(earlier) else Change.OTHERWISE

    def gone(self, report: RunReport) -> list[Result]:
        """Results of the baseline whose cases the run did not play."""
        played = {_key(result) for result in report.results}
        return [result for key, result in self._before.items() if key not in played]

    def exit_code(self, report: RunReport) -> int:
        """0: no regression. 1: a case fails that did not fail before, or is new. 2: nothing could
        be judged, or a case that had a verdict has none now."""
        changes = [(self.change(result), result) for result in report.results]
        if any(
            result.verdict in BLAMED and change in (Change.NEWLY_FAILING, Change.NEW)
            for change, result in changes
        ):
            return 1
        lost = any(
            result.verdict in UNJUDGED and self.before(result) not in UNJUDGED
            for _, result in changes
        )
        judged = report.count(Verdict.PASS) + report.count(Verdict.FAIL)
        return 2 if lost or not report.is_complete or not judged else 0

    def lines(self, report: RunReport) -> Iterator[str]:
        """Numbers of what changed, and the cases that are gone."""
        changes = [self.change(result) for result in report.results]
        gone = self.gone(report)
        counts = [f"{number:,} {one}" for one in Change if (number := changes.count(one))]
        if gone:
            counts.insert(-1 if Change.SAME in changes else len(counts), f"{len(gone):,} gone")
        yield f"since {printable(self.name)}: {', '.join(counts) or 'nothing to compare'}"
        for result in gone[: limits.REPORT_CASES_NAMED]:
            yield f"  gone: {name_of(result)} ({result.verdict})"
        if len(gone) > limits.REPORT_CASES_NAMED:
            yield f"  and {len(gone) - limits.REPORT_CASES_NAMED:,} more"


def _key(result: Result) -> tuple[str, str]:
    return result.version, result.id


def _reason(result: Result) -> tuple[str, str]:
    """The reason of a failure, without words that differ from run to run."""
    failure = result.failure
    return ("", "") if failure is None else (failure.step, failure.rule)
