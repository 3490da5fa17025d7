"""Plain lines, for a pipe or a file: one for each case, the reasons of a failure, and a summary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TextIO

from voltyard.kernel.text.printable_text import printable
from voltyard.reports.baseline import Baseline, Change
from voltyard.reports.verdicts import Result, RunReport, Verdict
from voltyard.reports.words import explanation, name_of, span, summary, table_lines

_LABEL_COLUMNS: Final = 10


class LineReporter:
    """Lines of a run. With a baseline, only cases that changed have one."""

    def __init__(self, stream: TextIO, baseline: Baseline | None = None) -> None:
        self._stream = stream
        self._baseline = baseline

    def began(self, report: RunReport) -> None:
        done = f"; {len(report.results):,} are played already" if report.results else ""
        if report.planned or done:
            cases = "1 case" if report.planned == 1 else f"{report.planned:,} cases"
            self._write(f"{cases} against {printable(report.subject)}{done}")

    def running(self, case_id: str, title: str) -> None:
        """Its line comes with its verdict."""

    def finished(self, result: Result) -> None:
        for line in result_lines(result, self._baseline):
            self._write(line)

    def ended(self, report: RunReport) -> None:
        for table in report.tables:
            for line in table_lines(table):
                self._write(line)
        self._write(summary(report))
        if self._baseline is not None:
            for line in self._baseline.lines(report):
                self._write(line)

    def _write(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


def result_lines(result: Result, baseline: Baseline | None) -> Iterator[str]:
    """A case's line, and below it the reasons of its verdict; none where nothing changed."""
    note = ""
    if baseline is not None:
        change = baseline.change(result)
        if change is Change.SAME:
            return
        before = baseline.before(result)
        note = f" [{change}]" if before in (None, result.verdict) else f" [{change}, was {before}]"
    if result.verdict is Verdict.NOT_APPLICABLE and result.why:
        note += f": {printable(result.why)}"
    yield (
        f"{result.verdict.upper():<16}{name_of(result)} "
        f"(OCPP {result.version}, {span(result.took_s)}){note}"
    )
    if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return
    for label, value in explanation(result):
        yield f"    {label + ':':<{_LABEL_COLUMNS}}{value}"
