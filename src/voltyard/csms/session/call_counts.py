"""Counts of CALLs by direction, action, outcome and verdict, and how long their answers took."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from voltyard.kernel.counting.buckets import Buckets
from voltyard.kernel.time import Seconds

CallKey: TypeAlias = tuple[str, str, str, str]
"""Direction, action, outcome and verdict, as records.MessageLogged has them."""

UNKNOWN_ACTION = "unknown"
"""The action of a frame that names none of its version's."""

_ANSWERS_S: Final[tuple[Seconds, ...]] = (
    0.001,
    0.005,
    0.01,
    0.025,
    0.1,
    0.25,
    1.0,
    5.0,
    15.0,
    30.0,
)
"""Bounds of buckets; the last is limits.CALL_TIMEOUT_S, after which a charger waits no more."""


class CallCounts:
    """Counts since the start of the server. There are as many keys as OCPP has actions, however
    many chargers."""

    __slots__ = ("_counts", "answers", "charger_answers")

    def __init__(self) -> None:
        self._counts: dict[CallKey, int] = {}
        self.answers = Buckets(_ANSWERS_S)
        """Times from a charger's CALL to the answer it was sent."""
        self.charger_answers = Buckets(_ANSWERS_S)
        """Times from a CALL of the backend to the charger's answer."""

    def count(self, direction: str, action: str, outcome: str, verdict: str) -> None:
        """One more."""
        key = (direction, action, outcome, verdict)
        self._counts[key] = self._counts.get(key, 0) + 1

    @property
    def counts(self) -> Mapping[CallKey, int]:
        """By key; those that are not there are zero."""
        return self._counts
