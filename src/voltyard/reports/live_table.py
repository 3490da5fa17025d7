"""Live table on a terminal: progress, counts, the running cases, and failures as they come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from voltyard.kernel import limits
from voltyard.kernel.text.printable_text import printable
from voltyard.reports.baseline import Baseline
from voltyard.reports.lines import result_lines
from voltyard.reports.verdicts import Result, RunReport, Verdict
from voltyard.reports.words import COUNTED, summary, table_lines

if TYPE_CHECKING:
    from rich.console import RenderableType

_STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.NOT_APPLICABLE: "dim",
}
_TOLD: Final = frozenset({Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR})
_EACH_S: Final = 4
"""Pictures a second."""
_BAR_COLUMNS: Final = 30


class LiveTable:
    """A table in place, and above it what is to stay: failures, or all that changed since a
    baseline. Without colours where NO_COLOR is set."""

    def __init__(self, console: Console, baseline: Baseline | None = None) -> None:
        self._console = console
        self._baseline = baseline
        self._lock = Lock()
        """rich draws in a thread of its own."""
        self._running: dict[str, str] = {}
        self._counts = dict.fromkeys(Verdict, 0)
        self._title = ""
        self._planned = 0
        self._live: Live | None = None

    def began(self, report: RunReport) -> None:
        self._title = f"{report.title}: {report.subject}" if report.title else report.subject
        self._planned = report.planned
        for result in report.results:
            self._counts[result.verdict] += 1
        self._live = Live(
            get_renderable=self.picture,
            console=self._console,
            refresh_per_second=_EACH_S,
            transient=True,
        )
        self._live.start()

    def running(self, case_id: str, title: str) -> None:
        with self._lock:
            self._running[case_id] = title

    def finished(self, result: Result) -> None:
        with self._lock:
            self._running.pop(result.id, None)
            self._counts[result.verdict] += 1
        if self._baseline is None and result.verdict not in _TOLD:
            return
        first = True
        for line in result_lines(result, self._baseline):
            style = _STYLES[result.verdict] if first else ""
            self._console.print(Text(line, style=style), soft_wrap=True)
            first = False

    def ended(self, report: RunReport) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        for table in report.tables:
            for line in table_lines(table):
                self._console.print(Text(line), soft_wrap=True)
        lines = [summary(report)]
        if self._baseline is not None:
            lines += self._baseline.lines(report)
        for line in lines:
            self._console.print(Text(line, style="bold"), soft_wrap=True)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The terminal without the table, for a question to a person."""
        live = self._live
        if live is not None:
            live.stop()
        try:
            yield
        finally:
            if live is not None and self._live is live:
                live.start()

    def picture(self) -> RenderableType:
        """The table as it stands."""
        with self._lock:
            running = list(self._running.items())
            counts = dict(self._counts)
        played = sum(counts.values())
        planned = max(self._planned, played)
        head = Table.grid(padding=(0, 2))
        head.add_row(
            ProgressBar(total=planned or 1, completed=played, width=_BAR_COLUMNS),
            Text(f"{played:,} of {planned:,}" if self._planned else f"{played:,}"),
            Text(", ").join(
                Text(f"{counts[verdict]:,} {word}", style=_STYLES[verdict])
                for verdict, word in COUNTED.items()
                if counts[verdict]
            ),
        )
        cases = Table.grid(padding=(0, 2))
        for case_id, title in running[: limits.REPORT_CASES_RUNNING]:
            cases.add_row(
                Text("  running", style="dim"),
                Text(printable(case_id)),
                Text(printable(title), overflow="ellipsis", no_wrap=True),
            )
        if (more := len(running) - limits.REPORT_CASES_RUNNING) > 0:
            cases.add_row(Text(""), Text(f"and {more:,} more"), Text(""))
        return Group(Text(printable(self._title), style="bold"), head, cases)
