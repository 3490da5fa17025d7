"""Tariff and cost of drivers at the EVSEs, taken from the CSMS's messages (block I)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.state import CostState
from voltyard.charger.tariff_cost.driver_cost import DriverCost
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.tariff_cost import (
    COST_ENABLED,
    CURRENCY,
    TARIFF_ENABLED,
    TARIFF_FALLBACK,
    TOTAL_COST_FALLBACK,
)
from voltyard.charger.versions.dialect import CostAnswer


@dataclass(slots=True)
class TariffCost:
    """Tariffs and costs that the CSMS tells, for the drivers at each EVSE."""

    context: ChargerContext
    sessions: Sessions

    @property
    def shows_cost(self) -> bool:
        """True where costs are shown (TariffCostCtrlr.Enabled[Cost])."""
        return self.context.settings.flag(COST_ENABLED)

    def find(self, transaction: str) -> DriverCost | None:
        """The cost of a transaction that runs, or was the last at its EVSE."""
        evse = self._place(transaction)
        return None if evse is None else evse.cost

    def _place(self, transaction: str) -> Evse | None:
        """The EVSE of a transaction that runs, or was the last there."""
        for evse in self.sessions.evses:
            if evse.cost is not None and evse.cost.transaction == transaction:
                return evse
        return None

    def updated(self, transaction: str, total: Decimal) -> None:
        """CostUpdated: the running cost of a transaction (I02.FR.01)."""
        evse = self._place(transaction)
        if evse is not None and evse.cost is not None:
            evse.cost.show_running(total)
            evse.settle(self.context.now)
            self.sessions.heed_ends(evse)

    def answered(self, transaction: str, answer: CostAnswer, *, is_end: bool) -> None:
        """A TransactionEvent was answered: with a running cost (I02), the total cost (I03), another
        text (I06), or none of them."""
        evse = self._place(transaction)
        if evse is None or evse.cost is None:
            return
        cost = evse.cost
        if answer.message is not None and self.context.settings.flag(TARIFF_ENABLED):
            cost.show_message(answer.message)
        total = answer.total if self.shows_cost else None
        if is_end:
            cost.close(total)
        elif total is not None:
            self.updated(transaction, total)


def shown_cost(evse: Evse, settings: ChargerSettings, *, online: bool) -> CostState | None:
    """The tariff and cost that the driver at an EVSE sees; None where there is nothing to see."""
    cost = evse.cost
    if cost is None:
        return None
    message = cost.message
    text = None if message is None else message.content
    format = "UTF8" if message is None else message.format
    is_over = cost.transaction is not None and evse.transaction is None
    if is_over and not cost.is_final:
        # A driver who leaves while the CSMS cannot be asked is told where to find it (I05.FR.01).
        if settings.flag(COST_ENABLED) and (cost.is_closed or not online):
            fallback = settings.text(TOTAL_COST_FALLBACK)
            text, format = (fallback, "UTF8") if fallback else (text, format)
    elif text is None and not is_over and settings.flag(TARIFF_ENABLED):
        text = settings.text(TARIFF_FALLBACK) or None  # I04
    if text is None and cost.total is None:
        return None
    return CostState(
        transaction=cost.transaction,
        total_cost=None if cost.total is None else str(cost.total),
        currency=settings.text(CURRENCY),
        is_final=cost.is_final,
        message=text,
        message_format=message.format
        if message is not None and text == message.content
        else "UTF8",
    )
