"""Durations as scenarios write them: a number and its unit."""

import re
from collections.abc import Mapping
from typing import Final

from voltyard.kernel.time import Seconds

_UNITS: Final[Mapping[str, Seconds]] = {
    "ms": 0.001,
    "s": 1.0,
    "min": 60.0,
    "h": 3_600.0,
    "d": 86_400.0,
}
_DURATION: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)\s*")


def duration_s(text: str) -> Seconds:
    """Seconds of a duration. ValueError where it is none."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(f"{text!r} is no duration: write a number and ms, s, min, h or d")
    return float(found[1]) * _UNITS[found[2]]


def duration_of(seconds: Seconds) -> str:
    """Seconds in the largest unit that makes them whole."""
    for unit in ("h", "min", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g} {unit}"
    return f"{seconds:g} s"
