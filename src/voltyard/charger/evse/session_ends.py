"""Ends that a session was given: by its driver, or as a limit that the charger keeps to."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from voltyard.charger.transactions.transaction import Reason, TriggerReason
from voltyard.kernel.time import Instant
from voltyard.kernel.units import Percent, WattHours

REACHED_WH: Final = 0.02
"""An energy bound this close is reached; the battery's own rounding is smaller."""
_NEAR_PERCENT: Final = 1e-4


class SessionEnd(NamedTuple):
    """One end of a session. Of its bounds one is given; a driver's has two at most."""

    at: Instant | None = None
    register_wh: WattHours | None = None
    soc_percent: Percent | None = None
    cost: Decimal | None = None
    """Running cost that the CSMS tells."""
    trigger: TriggerReason = "StopAuthorized"
    reason: Reason = "Local"
    unplugs: bool = False
    """After that the vehicle leaves."""

    @property
    def is_limit(self) -> bool:
        """True where the charger keeps to it, and no driver has stopped the session."""
        return self.trigger != "StopAuthorized"


class SessionEnds(NamedTuple):
    """All ends that a session was given; the first one that it comes to is its end."""

    all: tuple[SessionEnd, ...] = ()
    at: Instant | None = None
    """The earliest moment of them."""
    register_wh: WattHours | None = None
    """The least register of them."""
    soc_percent: Percent | None = None
    """The least state of charge of them."""

    @classmethod
    def of(cls, ends: tuple[SessionEnd, ...]) -> SessionEnds:
        """Ends of one session, with the least bound of each kind."""
        return cls(
            ends,
            least(*(end.at for end in ends)),
            least(*(end.register_wh for end in ends)),
            least(*(end.soc_percent for end in ends)),
        )

    def reached(
        self,
        now: Instant,
        register_wh: WattHours,
        soc_percent: Percent,
        cost: Decimal | None,
        *,
        is_full: bool,
    ) -> SessionEnd | None:
        """The end that a session has come to. A driver who wants so much energy leaves with a
        vehicle that is full, too."""
        for end in self.all:
            wh = end.register_wh
            if (
                (end.at is not None and now >= end.at)
                or (wh is not None and register_wh >= wh - REACHED_WH)
                or (wh is not None and is_full and not end.is_limit)
                or (end.soc_percent is not None and soc_percent >= end.soc_percent - _NEAR_PERCENT)
                or (end.cost is not None and cost is not None and cost >= end.cost)
            ):
                return end
        return None


NO_ENDS: Final = SessionEnds()


def least(*values: float | None) -> float | None:
    """The least of those that are given."""
    return min((value for value in values if value is not None), default=None)
