"""Logs and traces for tests, made of frames that are written out."""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from voltyard.kernel.time import to_rfc3339
from voltyard.traces.formats.log_entries import LogContext
from voltyard.traces.formats.reading import TraceLog, read_trace_log
from voltyard.traces.trace import Trace, trace_of

BEGIN = 1_767_571_200.0
"""2026-01-05T00:00:00Z."""

Frame = tuple[float, str, Sequence[Any] | str]
"""Seconds from the beginning, `->` from the charger or `<-` to it, and the frame."""


def simulation_lines(frames: Iterable[Frame], charger: str = "CP-1") -> str:
    """A log of `voltyard simulate`."""
    return "".join(
        f"{to_rfc3339(BEGIN + at_s)} {charger} {arrow} "
        f"{frame if isinstance(frame, str) else json.dumps(frame, separators=(',', ':'))}\n"
        for at_s, arrow, frame in frames
    )


def read(text: str | bytes, name: str = "log.txt", **context: Any) -> TraceLog:
    """A log read from its text."""
    raw = text if isinstance(text, bytes) else text.encode()
    return read_trace_log(io.BytesIO(raw), name, LogContext(**{"charger": "log", **context}))


def trace(frames: Iterable[Frame]) -> Trace:
    """The trace of one charger."""
    return trace_of([read(simulation_lines(frames))], "A trace")


def rules(of: Trace) -> list[tuple[int, str, str]]:
    """The violations: number of the frame, rule and path."""
    return [
        (number, one.rule, one.path)
        for number, frame in enumerate(of.frames)
        for one in frame.violations
    ]


BOOT_16: Frame = (
    0.0,
    "->",
    [2, "1", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}],
)
BOOT_201: Frame = (
    0.0,
    "->",
    [
        2,
        "1",
        "BootNotification",
        {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}},
    ],
)
BOOTED: Frame = (
    0.1,
    "<-",
    [3, "1", {"status": "Accepted", "currentTime": "2026-01-05T00:00:00Z", "interval": 300}],
)
