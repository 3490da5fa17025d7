"""Frames of `voltyard simulate --log`: moment, charger, arrow and text in a line."""

import re
from collections.abc import Iterator

from voltyard.traces.formats.log_entries import (
    LogContext,
    LogEntry,
    LogFormat,
    WireFrame,
    moment,
)

_LINE = re.compile(r"(\d{4}-\d\d-\d\dT[0-9:.]+Z) (\S+) (->|<-) (.*)", re.ASCII)


def _recognizes(line: str) -> bool:
    return _LINE.fullmatch(line) is not None


def _entries(line: str, context: LogContext) -> Iterator[LogEntry]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError("it is not of the form MOMENT CHARGER -> FRAME")
    at, charger, arrow, text = found.groups()
    yield WireFrame(at=moment(at, "moment"), charger=charger, by_charger=arrow == "->", text=text)


SIMULATION_LOG = LogFormat(
    name="a log of voltyard simulate", recognizes=_recognizes, entries=_entries
)
