"""The schedule of meter values, set anew where settings or the clock have changed."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.transactions.lifecycle import TransactionLifecycle


@dataclass(slots=True)
class MeterSchedule:
    """Sets the moments of the next meter values."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    registration: Registration
    transactions: TransactionLifecycle

    def settings_changed(self) -> None:
        """Settings have been changed: what depends on them is set anew."""
        self.renew()
        self.context.remember()

    def renew(self) -> None:
        """Set the moments of the next meter values anew."""
        for evse in self.evses:
            self.transactions.schedule(evse)
        if self.registration.status == "Accepted":
            self.transactions.schedule_aligned()
