"""Words of a result for people: what was expected, what came, and the frames before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Instant, Seconds
from voltyard.reports.verdicts import FigureTable, Frame, Result, RunReport, Verdict

_FRAME_CHARS: Final = 500
_CAME_CHARS: Final = 1_000
_FIGURE: Final = re.compile(r"[-+]?[0-9]|-?$")
_FIGURE_CHARS: Final = 12
"""Longest figure, with its unit."""

COUNTED: Final = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.INCONCLUSIVE: "inconclusive",
    Verdict.ERROR: "errors of the tester",
    Verdict.NOT_APPLICABLE: "not applicable",
}
"""Verdicts as a summary counts them, in its order."""


def explanation(result: Result) -> Iterator[tuple[str, str]]:
    """Labels and values that explain a verdict, each on one line."""
    if result.why:
        yield "why", _shown(result.why, _CAME_CHARS)
    if result.failure is not None:
        yield "step", _shown(result.failure.step, _CAME_CHARS)
        yield "expected", _shown(result.failure.expected, _CAME_CHARS)
        yield "came", _shown(result.failure.came, _CAME_CHARS)
        if result.failure.rule:
            yield "rule", printable(result.failure.rule)
    if result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE):
        return
    if result.seed:
        yield "seed", str(result.seed)
    if result.again:
        yield "again", printable(result.again)


def last_frames(result: Result, count: int) -> Iterator[str]:
    """The last frames of a result up to the one that failed it, a line each."""
    end = len(result.frames)
    if result.failure is not None and result.failure.frame is not None:
        end = min(end, result.failure.frame + 1)
    for frame in result.frames[max(0, end - count) : end]:
        yield frame_line(frame, result.began_at)


def frame_line(frame: Frame, began_at: Instant) -> str:
    """A frame with its moment after the case's begin, its direction, and its beginning."""
    arrow = "->" if frame.by_charger else "<-"
    said = " ".join(part for part in (frame.text, frame.note and f"({frame.note})") if part)
    return (
        f"{frame.at - began_at:+10.3f} s  {printable(frame.identity)} {arrow} "
        f"{_shown(said, _FRAME_CHARS)}"
    )


def name_of(result: Result) -> str:
    """Id and title."""
    return printable(f"{result.id} {result.title}".strip())


def summary(report: RunReport) -> str:
    """Counts of a run on one line."""
    counts = [
        f"{number:,} {word}"
        for verdict, word in COUNTED.items()
        if (number := report.count(verdict))
    ]
    told = ", ".join(counts) or "no case was played"
    if not report.is_complete:
        of = f" of {report.planned:,}" if report.planned else ""
        told += f"; cut short after {len(report.results):,}{of} cases"
    return f"{told}, in {span(report.took_s)}"


def table_lines(table: FigureTable) -> Iterator[str]:
    """A table in columns: figures to the right, the first column and words to the left."""
    rows = [[printable(cell) for cell in row] for row in (table.columns, *table.rows)]
    columns = list(zip_longest(*rows, fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    in_figures = [
        place > 0 and all(map(_is_figure, column[1:])) for place, column in enumerate(columns)
    ]
    yield printable(table.title)
    for row in rows:
        cells = [
            cell.rjust(width) if in_figures[place] else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        yield f"    {'  '.join(cells)}".rstrip()


def _is_figure(cell: str) -> bool:
    return len(cell) <= _FIGURE_CHARS and _FIGURE.match(cell) is not None


def span(seconds: Seconds) -> str:
    """A time that something took: 0.3 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _shown(text: str, most: int) -> str:
    text = text if len(text) <= most else f"{text[: most - 1]}…"
    return printable(text)
