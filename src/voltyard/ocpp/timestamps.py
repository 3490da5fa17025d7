"""Date-times of the wire: RFC 3339 text that was checked once and stays as it was written.

A `Timestamp` is the peer's own text, so that what is logged and passed on is what was sent. Any
offset and any fraction of a second may come; a charger in the field often reads neither
microseconds nor offsets, so ours have at most three digits and `Z`.
"""

import re
from datetime import datetime
from typing import Final, Self

from voltyard.kernel.time import DAY_S, Instant, from_rfc3339, to_rfc3339, to_rfc3339_seconds

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?P<second>[0-5]\d|60)"
    r"(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


_FIRST: Final[Instant] = -62_135_596_800.0  # 0001-01-01T00:00:00Z
_LAST: Final[Instant] = 253_402_300_799.999  # 9999-12-31T23:59:59.999Z


class Timestamp(str):
    """A date-time of the wire, checked: `instant` never fails on one that `parse` or `of` made."""

    __slots__ = ("_instant",)

    _instant: Instant

    @classmethod
    def parse(cls, text: str) -> Self:
        """Check RFC 3339 text; ValueError where it is malformed, impossible or names no zone."""
        # The two usual spellings are known by their joints, found in one slice; the expression
        # that fits every spelling costs more than all the rest of a small message.
        joints = text[4:20:3]
        usual = joints == "--T::Z" or (joints == "--T::." and text[-1] == "Z" != text[20])
        instant = _usual_instant(text) if usual else None
        timestamp = cls(text)
        timestamp._instant = _instant(text) if instant is None else instant
        return timestamp

    @staticmethod
    def of(at: Instant) -> "Timestamp":
        """Write an instant with milliseconds."""
        global _last
        last_at, timestamp = _last
        if at != last_at:  # what happens at one moment is told in several places
            timestamp = Timestamp(to_rfc3339(at))
            _last = at, timestamp
        return timestamp

    @classmethod
    def seconds(cls, at: Instant) -> Self:
        """Write an instant in whole seconds, the form every charger in the field can read."""
        return cls(to_rfc3339_seconds(at))

    @property
    def instant(self) -> Instant:
        """The moment it names, within the years 1 to 9999 of UTC: an offset may lead out of them,
        and such a moment could not be told again."""
        try:
            return self._instant
        except AttributeError:  # of our own making, which we hardly ever ask
            return _instant(self)


_last: tuple[Instant, Timestamp] = (0.0, Timestamp("1970-01-01T00:00:00.000Z"))
"""The moment that was written last, and its text: one value, as readers have threads."""


def instant_of(timestamp: Timestamp | None) -> Instant | None:
    """The moment of a date-time that a message may do without."""
    return None if timestamp is None else timestamp.instant


def _usual_instant(text: str) -> Instant | None:
    """The moment of a text that is joined as usual, None where it may be malformed after all."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # ISO 8601's midnight, which RFC 3339 does without.
    return None if text[11:13] == "24" else _bounded(moment.timestamp())


def _instant(text: str) -> Instant:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 date-time with a zone: {text[:40]!r}")
    if match["second"] == "60":
        # A leap second is legal and Python has none: it is the first moment of the next day.
        start, end = match.span("second")
        at = from_rfc3339(f"{text[:start]}59{text[end:]}".upper()) + 1.0
        if at % DAY_S >= 1.0:
            raise ValueError(f"no leap second: {text[:40]!r}")
        return _bounded(at)
    return _bounded(from_rfc3339(text.upper()))


def _bounded(at: Instant) -> Instant:
    return min(max(at, _FIRST), _LAST)
