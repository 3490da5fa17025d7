"""Reading of a log whose format is found out from its first lines."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.traces.formats.backend_log import BACKEND_LOG
from voltyard.traces.formats.evcc_log import EVCC_LOG
from voltyard.traces.formats.gateway_log import GATEWAY_LOG
from voltyard.traces.formats.log_entries import (
    LogContext,
    LogEntry,
    LogFormat,
    WireFrame,
)
from voltyard.traces.formats.open_trace import OPEN_TRACE
from voltyard.traces.formats.simulation_log import SIMULATION_LOG
from voltyard.traces.formats.steve_log import STEVE_LOG

LOG_FORMATS: Final[tuple[LogFormat, ...]] = (
    GATEWAY_LOG,
    BACKEND_LOG,
    SIMULATION_LOG,
    OPEN_TRACE,
    STEVE_LOG,
    EVCC_LOG,
)

_KNOWN: Final = "known are " + ", ".join(one.name for one in LOG_FORMATS)


class TraceLog(Struct, frozen=True):
    """The entries of one log, in its order, and the name of its format."""

    name: str
    """Of the file, or whatever else it was read from."""
    format: str
    entries: tuple[LogEntry, ...]


def read_trace_log(stream: BinaryIO, name: str, context: LogContext) -> TraceLog:
    """Read a log. Invalid, with the line and what is wrong in it, where it cannot be read, where no
    format is known for it, and where it is beyond a bound."""
    lines = enumerate(_lines(stream, name), 1)
    first = [(number, line) for number, line in islice(lines, limits.TRACE_LINES_LOOKED_AT)]
    format = next((known for _, line in first if (known := _format_of(line))), None)
    if format is None:
        raise Invalid(f"{name} is in no format that is known", hint=_KNOWN)
    entries = tuple(_entries(chain(first, lines), name, format, context))
    return TraceLog(name, format.name, entries)


def _format_of(line: str) -> LogFormat | None:
    return next((one for one in LOG_FORMATS if one.recognizes(line)), None)


def _entries(
    lines: Iterable[tuple[int, str]], name: str, format: LogFormat, context: LogContext
) -> Iterator[LogEntry]:
    frames = 0
    for number, line in lines:
        if not line.strip():
            continue
        try:
            entries = tuple(filter(context.wants, format.entries(line, context)))
        except (msgspec.MsgspecError, ValueError) as error:
            raise Invalid(
                f"line {number} of {name} cannot be read: {error}",
                hint=f"it was taken for {format.name}",
            ) from None
        frames += sum(isinstance(one, WireFrame) for one in entries)
        if frames > limits.TRACE_FRAMES:
            raise Invalid(
                f"{name} has more than {limits.TRACE_FRAMES:,} frames",
                hint="take a part of it: --charger, --since, --until",
            )
        yield from entries


def _lines(stream: BinaryIO, name: str) -> Iterator[str]:
    """Lines of UTF-8, each of bounded length. What stands between mixed lines may be anything, so
    bytes that are no UTF-8 are kept as U+FFFD."""
    number = 0
    while line := stream.readline(limits.TRACE_LINE_BYTES + 1):
        number += 1
        if len(line) > limits.TRACE_LINE_BYTES:
            raise Invalid(
                f"line {number} of {name} is longer than {limits.TRACE_LINE_BYTES:,} bytes",
                hint="is it a log?",
            )
        yield line.decode("utf-8", "replace").rstrip("\r\n").removeprefix("\ufeff")
