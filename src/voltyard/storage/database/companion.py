"""Companion of a request's change: a row that goes into the same commit, so that after a crash both
are there, or neither is."""

from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum, auto
from typing import Final, TypeAlias

from sqlalchemy import Connection

StoreRow: TypeAlias = Callable[[Connection], None]
"""Writes the row, in the writer's thread; it may be run twice."""


class CompanionState(Enum):
    """Place of a companion's row."""

    WAITING = auto()
    """For a write of its request."""
    TAKEN = auto()
    """By a write that is not committed yet."""
    STORED = auto()


class CompanionRow:
    """Taken along by the first write that is made in its context, and by the next where that one
    fails."""

    def __init__(self, prepare: Callable[[], StoreRow]) -> None:
        """`prepare` is called when a write is made."""
        self.state = CompanionState.WAITING
        self._prepare = prepare
        self._is_closed = False

    def take(self) -> StoreRow | None:
        """The row that is to be stored with a write; None where another one has it."""
        if self._is_closed or self.state is not CompanionState.WAITING:
            return None
        self.state = CompanionState.TAKEN
        return self._prepare()

    def ended(self, error: Exception | None) -> None:
        """The write that took it is committed, or has failed."""
        self.state = CompanionState.WAITING if error is not None else CompanionState.STORED

    def close(self) -> CompanionState:
        """Have no further write take it; where it is."""
        self._is_closed = True
        return self.state


COMPANION: Final[ContextVar[CompanionRow | None]] = ContextVar("companion", default=None)
"""The one of the request that is being answered. A context has it, and no argument: what a request
comes to write is decided far below, by many who know nothing of requests."""
