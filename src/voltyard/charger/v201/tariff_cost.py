"""Handlers of 2.0.1's requests of tariff and cost (Part 2, block I)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voltyard.charger.authorization.id_token import PersonalMessage
from voltyard.charger.tariff_cost.driver_cost import decimal_of
from voltyard.charger.tariff_cost.tariff_cost import TariffCost
from voltyard.charger.versions.dialect import NO_COST, CostAnswer, Refusal
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m
from voltyard.ocpp.violations import Kind


@dataclass(slots=True)
class TariffCost201:
    """Running costs."""

    tariff_cost: TariffCost

    def update(self, request: m.CostUpdatedRequest) -> Iterator[Payload | Refusal]:
        """I02. The response has no status: what cannot be shown meets a CALLERROR. A transaction
        that was the last at its EVSE is known until the next begins, for the cost may come just
        after its end."""
        if not self.tariff_cost.shows_cost:
            yield Refusal(Kind.NOT_SUPPORTED, "costs are not shown (TariffCostCtrlr.Enabled[Cost])")
            return
        if self.tariff_cost.find(request.transaction_id) is None:
            yield Refusal(Kind.BAD_VALUE, "transactionId: no such transaction runs here")
            return
        yield m.CostUpdatedResponse()
        self.tariff_cost.updated(request.transaction_id, decimal_of(request.total_cost))


def read_message(message: m.MessageContent | None) -> PersonalMessage | None:
    """A personalMessage."""
    if message is None:
        return None
    return PersonalMessage(message.content, message.format, message.language)


def read_cost(response: m.TransactionEventResponse) -> CostAnswer:
    """The cost and the text in the answer to a TransactionEvent (I02, I03, I06)."""
    total = response.total_cost
    if total is None and response.updated_personal_message is None:
        return NO_COST
    return CostAnswer(
        None if total is None else decimal_of(total),
        read_message(response.updated_personal_message),
    )


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.CostUpdatedRequest: (TariffCost201, TariffCost201.update),
}
