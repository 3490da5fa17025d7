"""Counts of CALLs by direction, action, outcome and verdict."""

from collections.abc import Mapping
from typing import TypeAlias

CallKey: TypeAlias = tuple[str, str, str, str]
"""Direction, action, outcome and verdict, as records.MessageLogged has them."""

UNKNOWN_ACTION = "unknown"
"""The action of a frame that names none of its version's."""


class CallCounts:
    """Counts since the start of the server. There are as many keys as OCPP has actions, however
    many chargers."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[CallKey, int] = {}

    def count(self, direction: str, action: str, outcome: str, verdict: str) -> None:
        """One more."""
        key = (direction, action, outcome, verdict)
        self._counts[key] = self._counts.get(key, 0) + 1

    @property
    def counts(self) -> Mapping[CallKey, int]:
        """By key; those that are not there are zero."""
        return self._counts
