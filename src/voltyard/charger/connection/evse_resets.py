"""Resets of single EVSEs, while the others go on (2.0.1 B11.FR.08, B12.FR.07, B12.FR.08).

The link and the boot of the charger stay as they are: of the reset the CSMS hears that the EVSE's
connectors are Unavailable, and what they are after it.
"""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.kernel.time import Instant, Seconds, earliest

EVSE_RESET_S: Seconds = 3.0
"""From going out of service to being back."""


@dataclass(slots=True)
class EvseResets:
    """Resets of the EVSEs of one charger, each by itself."""

    context: ChargerContext
    statuses: Statuses
    sessions: Sessions

    def reset(self, evse: Evse) -> None:
        """Reset an EVSE now; a transaction ends with ImmediateReset (B12.FR.08)."""
        if evse.in_use:
            self.sessions.stop(evse, "ResetCommand", "ImmediateReset", at_once=True)
        evse.set_ends(())
        self.statuses.begin_reset(evse, self.context.now + EVSE_RESET_S)

    def reset_when_idle(self, evse: Evse) -> None:
        """Reset an EVSE when its transaction has ended; until then none begins there
        (B12.FR.07)."""
        self.statuses.await_reset(evse)

    def proceed(self) -> None:
        """Begin what waited for a transaction that has ended, and end what has lasted its time."""
        for id, until in tuple(self.statuses.resets.items()):
            evse = self.sessions.evses[id - 1]
            if until is None and evse.transaction is None:
                self.reset(evse)
            elif until is not None and until <= self.context.now:
                self.statuses.end_reset(evse)
                self.sessions.resume()

    def deadline(self) -> Instant | None:
        """The moment at which the first of them is over."""
        return earliest(*self.statuses.resets.values())
