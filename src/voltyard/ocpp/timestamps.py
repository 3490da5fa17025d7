"""OCPP's moments on the wire: RFC 3339 text that was checked once and stays as it was written.

A `Timestamp` is the peer's own text, so that what is logged and passed on is what was sent. OCPP 1.6
section 3.13 and 2.0.1 Part 2 section 2.1.3 allow any offset and fractions of a second, but a charger in the field
often reads neither microseconds nor a missing zone, so ours carry at most three digits and `Z`.
"""

import re
from typing import Self

from voltyard.kernel.time import (
    Instant,
    from_rfc3339,
    to_rfc3339,
    to_rfc3339_seconds,
)

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?P<second>[0-5]\d|60)"
    r"(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)


class Timestamp(str):
    """A date-time of the wire, checked: `instant` never fails on one that `parse` or `of` made."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Check RFC 3339 text; ValueError where it is malformed, impossible or names no zone."""
        # The joints of the two usual spellings, found in one slice; every other spelling goes the long way.
        joints = text[4:20:3]
        if (joints == "--T::Z" and len(text) == 20) or (joints == "--T::." and text[-1] == "Z"):
            from_rfc3339(text)
            if text[11:13] == "24":
                raise ValueError("hour 24 is no RFC 3339")
            return cls(text)
        _instant(text)
        return cls(text)

    @classmethod
    def of(cls, at: Instant) -> Self:
        """Write an instant with milliseconds."""
        return cls(to_rfc3339(at))

    @classmethod
    def seconds(cls, at: Instant) -> Self:
        """Write an instant in whole seconds, the form every charger in the field can read."""
        return cls(to_rfc3339_seconds(at))

    @property
    def instant(self) -> Instant:
        """The moment it names."""
        return _instant(self)


def _instant(text: str) -> Instant:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 date-time with a zone: {text[:40]!r}")
    if match["second"] == "60":
        # A leap second is legal and Python has none: it is the first moment of the next minute.
        start, end = match.span("second")
        return from_rfc3339(f"{text[:start]}59{text[end:]}".upper()) + 1.0
    return from_rfc3339(text.upper())
