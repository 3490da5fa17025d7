"""The stay of a charger under test from case to case: its own settings, and a case's leftovers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from voltyard.conformance.wire.record import Record

_UNDONE_BY: Final[Mapping[str, str]] = {
    "network_drop": "network_restore",
    "power_cut": "power_restore",
    "inject_fault": "clear_fault",
    "external_limit": "clear_external_limit",
    "plug": "unplug",
}
"""Acts at a charger, and those that undo them."""

_LENGTHS: Final = (3, 4)
"""Of a CALLRESULT and a CALL."""

_PLACE: Final = ("evse_id", "connector_id")


@dataclass
class Stay:
    """Knowledge of a charger that stays from case to case."""

    settings: dict[str, str] | None = None
    """Its settings before the first case, by key; None: not asked for yet."""
    transactions: int = 1000
    """The id of the newest transaction: ids are not used twice."""


@dataclass
class ActsToUndo:
    """Acts of a case that are still to be undone."""

    _open: dict[tuple[str, Any, Any], dict[str, Any]] = field(default_factory=dict)

    def done(self, act: str, fields: Mapping[str, Any]) -> None:
        """Note an act, which may undo another one."""
        place = {name: fields[name] for name in _PLACE if name in fields}
        where = (place.get("evse_id", 1), place.get("connector_id", 1))
        self._open.pop((act, *where), None)
        if act in _UNDONE_BY:
            self._open[_UNDONE_BY[act], *where] = place

    def to_undo(self) -> list[tuple[str, dict[str, Any]]]:
        """Acts that undo what was done: the network first, the cables last."""
        order = list(_UNDONE_BY.values())
        found = ((undoing, place) for (undoing, *_), place in self._open.items())
        return sorted(found, key=lambda one: order.index(one[0]))


def sent_calls(record: Record) -> list[tuple[str, dict[str, Any]]]:
    """Actions and payloads of the CALLs that the tester's CSMS has sent, and that were answered."""
    frames = list(_frames(record))
    answered = {str(frame[1]) for frame, by_charger in frames if by_charger and frame[0] == 3}
    return [
        (frame[2], frame[-1])
        for frame, by_charger in frames
        if not by_charger
        and frame[0] == 2
        and isinstance(frame[2], str)
        and str(frame[1]) in answered
    ]


def open_transactions(record: Record) -> list[int]:
    """Ids of 1.6 that were given to transactions which have not been stopped."""
    found: dict[int, None] = {}
    for frame, by_charger in _frames(record):
        if not by_charger and frame[0] == 3 and "transactionId" in frame[-1]:
            found[frame[-1]["transactionId"]] = None
        elif by_charger and frame[0] == 2 and frame[2] == "StopTransaction":
            number = frame[-1].get("transactionId")
            if isinstance(number, int):
                found.pop(number, None)
    return list(found)


def _frames(record: Record) -> Iterator[tuple[list[Any], bool]]:
    for one in record.frames:
        if not one.text:
            continue
        try:
            frame = json.loads(one.text)
        except (ValueError, RecursionError):
            continue  # it was no frame, on purpose or not
        is_whole = isinstance(frame, list) and len(frame) in _LENGTHS and frame[0] in (2, 3)
        if is_whole and isinstance(frame[-1], dict):
            yield frame, one.by_charger
