"""The link of a charger over time, where the log tells of it, and all other events."""

from collections.abc import Iterable

from msgspec import Struct

from voltyard.kernel.time import Instant
from voltyard.traces.formats.log_entries import CONNECTION_LOST, CONNECTION_OPENED, LoggedEvent


class LinkChange(Struct, frozen=True):
    """The link up or down from that moment on."""

    at: Instant
    up: bool
    reason: str = ""


def link_changes(events: Iterable[LoggedEvent]) -> list[LinkChange]:
    """The changes that events of the connection tell, in their order."""
    return [
        LinkChange(one.at, one.type == CONNECTION_OPENED, str(one.data.get("reason") or ""))
        for one in events
        if one.type in (CONNECTION_OPENED, CONNECTION_LOST)
    ]
