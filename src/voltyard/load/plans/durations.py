"""Durations as people write them: 500ms, 30s, 2m, 1h."""

import re
from typing import Final

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import HOUR_S, MINUTE_S, Seconds

DURATION_PATTERN: Final = r"[0-9]+(\.[0-9]+)?(ms|s|m|h)"
_DURATION: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")
_UNITS_S: Final = {"ms": 0.001, "s": 1.0, "m": MINUTE_S, "h": HOUR_S}


def read_duration(text: str) -> Seconds:
    """The seconds of such a text. Invalid where it is none."""
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise Invalid(f"{text!r} is no duration", hint="such as 500ms, 30s, 2m or 1h")
    return float(found[1]) * _UNITS_S[found[2]]


def duration_text(seconds: Seconds) -> str:
    """A latency for people: 812 us, 4.21 ms, 1.05 s."""
    for unit, scale in (("us", 1e6), ("ms", 1e3)):
        number = seconds * scale
        if number < 999.5:
            return f"{_three_digits(number)} {unit}"
    return f"{_three_digits(seconds)} s"


def _three_digits(number: float) -> str:
    digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:.{digits}f}"
