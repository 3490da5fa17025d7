"""Conditions looked at on a charger's timeline, and in its state."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from voltyard.charger.state import ChargerState, ConnectorState
from voltyard.kernel.time import Instant
from voltyard.scenarios.form.form import Condition, Occurrence
from voltyard.scenarios.playing.comparing import mismatch
from voltyard.scenarios.playing.timeline import TimelineEntry

_TRANSACTIONS: Final = {"started": "transaction_started", "ended": "transaction_ended"}


class Met(Struct, frozen=True):
    """A condition that is met: by an entry of the timeline, or by the state."""

    at: Instant
    data: Any
    index: int | None = None
    """Of the entry on the timeline."""
    frame: int | None = None


def is_level(one: Occurrence) -> bool:
    """True for what lasts, false for what happens at a moment."""
    return one.status is not None or one.state is not None or one.transaction in ("none", "running")


def is_about(one: Occurrence, entry: TimelineEntry) -> bool:
    """True where an entry is what the occurrence names, whatever it holds."""
    if one.frame is not None:
        if entry.name != one.frame or entry.kind != one.kind:
            return False
        return one.by is None or (one.by == "charger") == entry.by_charger
    if entry.kind != "event":
        return False
    if one.event is not None:
        return entry.name == one.event
    if one.transaction is not None:
        return entry.name == _TRANSACTIONS.get(one.transaction) and _is_there(one, entry.data)
    return (
        one.status is not None
        and entry.name == "status"
        and entry.data["status"] == one.status
        and _is_there(one, entry.data)
    )


def _is_there(one: Occurrence, data: Any) -> bool:
    return bool(data["evse_id"] == one.evse and data["connector_id"] == one.connector)


def fits(one: Occurrence, entry: TimelineEntry) -> bool:
    """True where an entry is what the occurrence names, and holds what it says."""
    return is_about(one, entry) and mismatch(one.where, entry.data) is None


def first(one: Occurrence, entries: Sequence[TimelineEntry], begin: int) -> Met | None:
    """The first entry from that index on that fits."""
    for index in range(begin, len(entries)):
        if fits(one, entries[index]):
            return met_by(entries[index], index)
    return None


def met_by(entry: TimelineEntry, index: int) -> Met:
    """An entry that fits."""
    return Met(entry.at, entry.data, index, entry.frame)


def state_mismatch(one: Occurrence, state: ChargerState) -> str | None:
    """The part of a lasting condition that does not hold now, in words; None where all do."""
    if one.state is not None:
        return mismatch(one.state, msgspec.to_builtins(state))
    place = connector_of(state, one)
    if place is None:
        return f"there is no connector {one.connector} of EVSE {one.evse}"
    if one.status is not None:
        if place.status != one.status:
            return f"the connector was {place.status}, not {one.status}"
        return None
    running = place.transaction
    if one.transaction == "none":
        return None if running is None else "a transaction was running"
    if running is None:
        return "no transaction was running"
    return mismatch(one.where, msgspec.to_builtins(running))


def connector_of(state: ChargerState, one: Occurrence) -> ConnectorState | None:
    """The connector that an occurrence is about."""
    for place in state.connectors:
        if place.evse_id == one.evse and place.connector_id == one.connector:
            return place
    return None


def fitting(
    condition: Condition, entries: Sequence[TimelineEntry], begin: int, end: int
) -> list[int]:
    """The indices of all entries that fit, between two indices."""
    return [index for index in range(begin, end) if fits(condition, entries[index])]
