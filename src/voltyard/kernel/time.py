"""Time as a value. Nothing inside reads a clock: the moment is always an argument."""

from datetime import UTC, datetime
from typing import Final, TypeAlias

Instant: TypeAlias = float
"""Seconds since the Unix epoch, UTC."""

Seconds: TypeAlias = float
"""A duration."""

MINUTE_S: Seconds = 60.0
HOUR_S: Seconds = 3_600.0
DAY_S: Seconds = 86_400.0

_last: tuple[int, str] = (0, "1970-01-01T00:00:00")
"""The second that was written last, and its text: one value, as readers have threads."""

_MILLIS: Final = tuple(f".{millis:03d}Z" for millis in range(1000))


def to_rfc3339(at: Instant) -> str:
    """Write an instant with milliseconds and Z, e.g. `2026-11-21T09:00:00.000Z`."""
    global _last
    second, millis = divmod(round(at * 1000), 1000)
    last, prefix = _last
    if second != last:  # frames come many to the second; the date part is worth keeping
        prefix = _text(second)
        _last = second, prefix
    return prefix + _MILLIS[millis]


def to_rfc3339_seconds(at: Instant) -> str:
    """Write an instant in whole seconds, the form every charger in the field can read."""
    return _text(int(at)) + "Z"


def _text(second: int) -> str:
    # strftime writes the year 769 with three digits.
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()


def from_rfc3339(text: str) -> Instant:
    """Read an RFC 3339 instant; ValueError where it is malformed or names no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return moment.timestamp()


def earliest(*deadlines: Instant | None) -> Instant | None:
    """The least of the deadlines given, None where there is none."""
    known = [deadline for deadline in deadlines if deadline is not None]
    return min(known) if known else None
