"""The end that a session was given."""

from typing import NamedTuple

from voltyard.kernel.time import Instant

REACHED_WH = 0.02
"""An energy bound this close is reached; the battery's own rounding is smaller."""


class SessionGoal(NamedTuple):
    """The end that a session was given."""

    end_at: Instant | None
    """When it stops by itself."""
    end_wh: float | None
    """Register at which it stops by itself."""
    unplugs: bool
    """After that the vehicle leaves."""
