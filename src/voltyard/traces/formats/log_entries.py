"""Entries of a log in any format: frames, events, and the OCPP version of a charger."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, tzinfo
from math import inf
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from voltyard.kernel.time import Instant, from_rfc3339

CONNECTION_OPENED: Final = "connection.opened"
CONNECTION_LOST: Final = "connection.lost"

_LATEST: Final[Instant] = 253_402_300_799.0
"""The last moment of the year 9999."""


class WireFrame(Struct, frozen=True, kw_only=True, gc=False):
    """A frame as it was on the wire."""

    at: Instant
    charger: str
    by_charger: bool
    text: str


class LoggedEvent(Struct, frozen=True, kw_only=True):
    """An event beside the frames; the connection's have the yard's names."""

    at: Instant
    charger: str
    type: str
    data: dict[str, Any] = {}


class LoggedVersion(Struct, frozen=True, kw_only=True):
    """The OCPP version that a log tells of a charger, such as 1.6."""

    charger: str
    version: str


LogEntry: TypeAlias = WireFrame | LoggedEvent | LoggedVersion


class LogContext(Struct, frozen=True, kw_only=True):
    """The things a line does not tell by itself."""

    charger: str
    """The name of a charger that the log does not name."""
    zone: tzinfo = UTC
    """Of moments written without one."""
    since: Instant = 0.0
    until: Instant = inf
    """Entries outside are left out."""
    chargers: frozenset[str] = frozenset()
    """Identities of the chargers that are wanted; all where there is none."""

    def wants(self, entry: LogEntry) -> bool:
        """True for an entry of a charger and a time that are wanted."""
        if self.chargers and entry.charger not in self.chargers:
            return False
        return isinstance(entry, LoggedVersion) or self.since <= entry.at <= self.until


class LogFormat(Struct, frozen=True, kw_only=True):
    """A format of logs, read line by line."""

    name: str
    """In the words that users read."""
    recognizes: Callable[[str], bool]
    """True for a line that only this format has."""
    entries: Callable[[str, LogContext], Iterable[LogEntry]]
    """The entries of a line; ValueError or msgspec's errors where it is malformed."""
    mixed: bool = False
    """Lines of other matters stand between, which are skipped."""


def members_of(line: str) -> frozenset[str]:
    """The names of a JSON object's members; none where the line is no such object."""
    if not line.startswith("{"):
        return frozenset()
    try:
        return frozenset(_members(line))
    except (ValueError, RecursionError):
        return frozenset()


_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def moment(text: str, field: str) -> Instant:
    """An RFC 3339 moment of a field; ValueError, with its name, where it is none."""
    try:
        return _plausible(from_rfc3339(text))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{field}` is no RFC 3339 moment: {error}") from None


def local_moment(text: str, form: str, context: LogContext) -> Instant:
    """A moment without its zone, in a form of `strptime`; ValueError where it is none."""
    try:
        return _plausible(datetime.strptime(text, form).replace(tzinfo=context.zone).timestamp())
    except (ValueError, OverflowError) as error:
        raise ValueError(f"no moment: {error}") from None


def _plausible(at: Instant) -> Instant:
    if not 0.0 <= at <= _LATEST:
        raise ValueError("it lies before 1970")
    return at
