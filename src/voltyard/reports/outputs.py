"""Outputs of a run: the files that options name and the lines or table on a terminal, all at
once."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TextIO

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console

from voltyard.kernel.errors import Invalid
from voltyard.reports.baseline import Baseline
from voltyard.reports.html.html_report import HtmlReporter
from voltyard.reports.json_report import JsonReporter, read_report
from voltyard.reports.junit import JunitReporter
from voltyard.reports.kept_evidence import keep_tables, keep_texts, kept_result
from voltyard.reports.lines import LineReporter
from voltyard.reports.live_table import LiveTable
from voltyard.reports.reporter import Reporter
from voltyard.reports.verdicts import Result, RunReport

_PLAIN_TERMINALS = ("dumb", "unknown")


class OutputFiles(Struct, frozen=True, kw_only=True):
    """Files that the options of a command name."""

    junit: Path | None = None
    json: Path | None = None
    html: Path | None = None
    baseline: Path | None = None
    """An earlier report, in JSON, to compare with."""


class RunOutputs:
    """The outputs of one run; a context manager. However the run ends, by Ctrl-C too, they have
    every case that was over."""

    def __init__(
        self, report: RunReport, reporters: Sequence[Reporter], baseline: Baseline | None = None
    ) -> None:
        self.report = report
        self._reporters = reporters
        self._baseline = baseline
        self._began_s = 0.0
        self._took_before_s = report.took_s
        self._frames = sum(len(result.frames) for result in report.results)

    def __enter__(self) -> RunOutputs:
        """Begins the run. Its report may have the results of an earlier one, to go on with."""
        self._began_s = time.monotonic()
        keep_texts(self.report)
        for place, result in enumerate(self.report.results):
            self.report.results[place] = self._compared(result)
        for reporter in self._reporters:
            reporter.began(self.report)
        return self

    def running(self, case_id: str, title: str) -> None:
        """A case begins."""
        for reporter in self._reporters:
            reporter.running(case_id, title)

    def finished(self, result: Result) -> None:
        """A case is over: its result is added to the report, as a report keeps it."""
        kept = self._compared(kept_result(result, self._frames))
        self._frames += len(kept.frames)
        self.report.results.append(kept)
        for reporter in self._reporters:
            reporter.finished(kept)

    def complete(self) -> None:
        """No case is outstanding."""
        self.report.is_complete = True

    def paused(self) -> AbstractContextManager[None]:
        """The terminal for a question to a person, without a table that is drawn over it."""
        for reporter in self._reporters:
            if isinstance(reporter, LiveTable):
                return reporter.paused()
        return nullcontext()

    @property
    def exit_code(self) -> int:
        """The report's, or with a baseline that of what changed since."""
        if self._baseline is not None:
            return self._baseline.exit_code(self.report)
        return self.report.exit_code

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends all, whichever of them fails; the first failure is raised, unless the run itself
        ended by an exception."""
        self.report.took_s = self._took_before_s + time.monotonic() - self._began_s
        keep_tables(self.report)
        failed: list[Exception] = []
        for reporter in self._reporters:
            try:
                reporter.ended(self.report)
            except Exception as reason:
                failed.append(reason)
        if failed and (error is None or isinstance(failed[0], Invalid)):
            raise failed[0]

    def _compared(self, result: Result) -> Result:
        if self._baseline is None:
            return result
        return replace(result, before=self._baseline.before(result))


def outputs_of(report: RunReport, files: OutputFiles, stream: TextIO) -> RunOutputs:
    """The outputs that the options ask for. Raises an error before the run begins where a file
    cannot be written, or the baseline cannot be read."""
    named = [path for path in (files.junit, files.json, files.html) if path is not None]
    if len({path.resolve() for path in named}) < len(named):
        raise Invalid("two reports would be written to one file", hint="name a file for each")
    baseline = None
    if files.baseline is not None:
        baseline = Baseline(read_report(files.baseline), str(files.baseline))
        report.baseline = str(files.baseline)
    reporters: list[Reporter] = []
    if files.json is not None:  # first: it has to survive whatever happens to the others
        reporters.append(JsonReporter(files.json))
    if files.junit is not None:
        reporters.append(JunitReporter(files.junit))
    if files.html is not None:
        reporters.append(HtmlReporter(files.html))
    reporters.append(_shown_on(stream, baseline))
    return RunOutputs(report, reporters, baseline)


def _shown_on(stream: TextIO, baseline: Baseline | None) -> Reporter:
    if stream.isatty() and os.environ.get("TERM", "").lower() not in _PLAIN_TERMINALS:
        console = Console(file=stream, markup=False, highlight=False, emoji=False)
        return LiveTable(console, baseline)
    return LineReporter(stream, baseline)
