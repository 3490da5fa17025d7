"""Cases of OCPP 2.0.1 for a CSMS: tariff and cost (block I)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station

CASES = Cases("csms", "2.0.1", "TariffAndCost")


@CASES.case(
    "TC_I_01_CSMS",
    "Running cost is shown",
    requirements=["I02.FR.01"],
    needs=["TariffAndCost"],
    asks=["CostUpdated"],
)
async def running_cost(station: Station) -> None:
    """The driver sees what the session has cost so far: the CSMS tells the station again and again.

    The cost is that of one transaction, which the request names: a station with two EVSEs shows
    each driver his own.
    """
    await station.ready()
    transaction = await station.charge()
    for cost in (0.85, 1.7):
        await transaction.metered()
        fields = {"totalCost": cost, "transactionId": transaction.id}
        await ask(station, "CostUpdated", fields, {})
    await station.finish(transaction)
