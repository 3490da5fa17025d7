"""Customer information of 2.0.1 on the wire: reported and cleared (Part 2 N09, N10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voltyard.charger.context import ChargerContext
from voltyard.charger.customers.customer_records import CustomerRecords
from voltyard.charger.v201.status_info import reason
from voltyard.charger.variables.reports import DeviceModelReports
from voltyard.charger.versions.handler_groups import RequestHandler
from voltyard.kernel import limits
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201 import messages as m


@dataclass(slots=True)
class Customers201:
    """Requests about customers."""

    context: ChargerContext
    customers: CustomerRecords
    reports: DeviceModelReports

    def inform(self, request: m.CustomerInformationRequest) -> Iterator[Payload]:
        """N09, N10. Exactly one thing names the customer. What was cleared is told of as well: by
        the report of before, or else by an empty one."""
        named = (request.id_token, request.customer_certificate, request.customer_identifier)
        if sum(one is not None for one in named) != 1:
            why = reason("InvalidValue", "one of the three names the customer")
            yield m.CustomerInformationResponse(status="Invalid", status_info=why)
            return
        if not request.report and not request.clear:
            why = reason("InvalidValue", "neither report nor clear")
            yield m.CustomerInformationResponse(status="Rejected", status_info=why)
            return
        if self.reports.full:
            yield m.CustomerInformationResponse(status="Rejected", status_info=reason("Busy"))
            return
        yield m.CustomerInformationResponse(status="Accepted")
        is_customer = _customer(request)
        text = self.customers.text(is_customer) if request.report else ""
        if request.clear:
            self.customers.clear(is_customer)
        self.reports.begin(_pages(self.context, request.request_id, text))


def _customer(request: m.CustomerInformationRequest) -> Callable[[str], bool]:
    """True of the customer's token. A customerIdentifier is a token's text, the only name that the
    charger has for anybody."""
    name = request.customer_identifier
    if request.id_token is not None:
        name = request.id_token.id_token
    key = None if name is None else name.lower()
    return lambda token: token == key


def _pages(context: ChargerContext, request_id: int, text: str) -> Iterator[Payload]:
    """NotifyCustomerInformations of that text, at least one (N09.FR.05 to FR.07)."""
    longest = limits.CUSTOMER_INFORMATION_CHARACTERS
    for number, first in enumerate(range(0, max(len(text), 1), longest)):
        yield m.NotifyCustomerInformationRequest(
            data=text[first : first + longest],
            tbc=first + longest < len(text),
            seq_no=number,
            generated_at=Timestamp.of(context.time),
            request_id=request_id,
        )


HANDLERS: dict[type[Payload], RequestHandler] = {
    m.CustomerInformationRequest: (Customers201, Customers201.inform),
}
