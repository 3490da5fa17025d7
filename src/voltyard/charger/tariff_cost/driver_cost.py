"""Tariff and cost of one driver at one EVSE, as the CSMS has told them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from voltyard.charger.authorization.id_token import PersonalMessage


@dataclass(slots=True, eq=False)
class DriverCost:
    """Tariff and cost of the driver who is authorized, charges, or charged last.

    Volatile: after a power cut a running transaction is remembered, but not what was shown of it.
    """

    transaction: str | None = None
    """The charger's own id of it; None before it begins."""
    message: PersonalMessage | None = None
    """The tariff in words (I01), or what has taken its place since (I06)."""
    total: Decimal | None = None
    """In the currency of TariffCostCtrlr.Currency, taxes included."""
    is_final: bool = False
    """True where `total` came with the answer to the end of the transaction (I03)."""
    is_closed: bool = False
    """True where the end of the transaction has been answered, with a cost or without."""

    def begin(self, transaction: str) -> None:
        """The transaction of this driver begins."""
        self.transaction = transaction

    def show_message(self, message: PersonalMessage) -> None:
        """Show another text."""
        self.message = message

    def show_running(self, total: Decimal) -> None:
        """Show the cost so far (I02); a final one stays."""
        if not self.is_final:
            self.total = total

    def close(self, total: Decimal | None) -> None:
        """The end of the transaction was answered, with its total cost or without."""
        self.is_closed = True
        if total is not None:
            self.total, self.is_final = total, True


def decimal_of(number: float) -> Decimal:
    """An amount of the wire, as its digits there say: 21.18 is 21.18, and no binary fraction.

    A JSON number of up to fifteen digits is read back as it was written.
    """
    return Decimal(repr(number))
