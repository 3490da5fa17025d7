"""The watch over a load run: in place on a terminal, else a line now and then."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from voltyard.cli.display.progress import span
from voltyard.cli.output import is_terminal, tell
from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Seconds
from voltyard.load.figures import LoadFigures, LoadSample
from voltyard.load.judgement import latencies
from voltyard.reports.words import table_lines

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

_LINE_EACH_S: Seconds = 5.0


class LoadWatch:
    """The face of a load run that lasts so long."""

    def __init__(self, lasts_s: Seconds) -> None:
        self._lasts_s = lasts_s
        self._live: Live | None = None
        self._next_line_s: Seconds = 0.0
        self._before = (0.0, 0)

    @contextlib.contextmanager
    def shown(self) -> Iterator[LoadWatch]:
        """The watch, on a terminal in place while this lasts."""
        if not is_terminal():
            yield self
            return
        from rich.live import Live

        from voltyard.cli.display.tables import console

        with Live(console=console(), auto_refresh=False, transient=True) as self._live:
            yield self
        self._live = None

    def look(self, figures: LoadFigures, sample: LoadSample) -> None:
        """Show how it goes."""
        if sample.at_s < self._before[0]:  # another run of a search has begun
            self._before, self._next_line_s = (0.0, 0), 0.0
        if self._live is not None:
            self._live.update(self._picture(figures, sample), refresh=True)
            self._before = (sample.at_s, sample.calls)
        elif sample.at_s >= self._next_line_s:
            self._next_line_s = sample.at_s + _LINE_EACH_S
            tell(printable(self._line(figures, sample)))
            self._before = (sample.at_s, sample.calls)

    def _line(self, figures: LoadFigures, sample: LoadSample) -> str:
        at_s, calls = self._before
        passed_s = sample.at_s - at_s
        rate = (sample.calls - calls) / passed_s if passed_s > 0.0 else 0.0
        line = (
            f"{sample.at_s:.0f} s of {self._lasts_s:.0f} s, {sample.stage}: "
            f"{sample.connected} of {sample.wanted} connected, {sample.calls:,} calls "
            f"({rate:,.1f} a second), {sample.errors:,} errors"
        )
        refused = figures.refused_dials.total()
        return f"{line}, {refused:,} dials refused" if refused else line

    def _picture(self, figures: LoadFigures, sample: LoadSample) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        left_s = max(0.0, self._lasts_s - sample.at_s)
        lines = [self._line(figures, sample), f"{span(left_s)} left; Ctrl-C stops", ""]
        lines += table_lines(latencies(figures))
        return Group(*(Text(printable(line)) for line in lines))
