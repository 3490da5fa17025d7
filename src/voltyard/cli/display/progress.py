"""Progress of what takes longer than two seconds, and the time that is left of it."""

import sys
import time
from typing import Self

from voltyard.cli.output import quietly_written
from voltyard.kernel.time import Seconds

_SILENT_S: Seconds = 2.0
_EACH_S: Seconds = 0.25
_LINE_EACH_S: Seconds = 10.0
"""In a file or a pipe, where each is a line of its own."""


class Progress:
    """Lines on standard error, from the third second on; one line in place on a terminal. A context
    manager that takes that line away."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_shown = sys.stderr is not None
        self._in_place = self._is_shown and sys.stderr.isatty()
        self._began = time.monotonic()
        self._next_at = self._began + _SILENT_S
        self._is_written = False

    @property
    def is_due(self) -> bool:
        """True where it is time to tell of it: for those who would ask `at` very often."""
        return self._is_shown and time.monotonic() >= self._next_at

    def at(self, done: float, total: float, note: str = "") -> None:
        """Tell of it, where it is time."""
        now = time.monotonic()
        if not self._is_shown or now < self._next_at:
            return
        self._next_at = now + (_EACH_S if self._in_place else _LINE_EACH_S)
        share = min(1.0, done / total) if total > 0 else 0.0
        line = f"{self._what}: {note or f'{done:,.0f} of {total:,.0f}'}"
        if 0.0 < share < 1.0:
            line += f", {span((now - self._began) * (1 - share) / share)} left"
        if self._in_place:
            quietly_written(f"\r\x1b[2K{line}")
            self._is_written = True
        else:
            quietly_written(f"{line}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_written:
            quietly_written("\r\x1b[2K")


def span(seconds: Seconds) -> str:
    """A time for people: 40 s, 3 min 20 s, 2 h 5 min."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
