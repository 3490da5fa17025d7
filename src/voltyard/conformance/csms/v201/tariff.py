"""Cases of OCPP 2.0.1 for a CSMS: tariff and cost (block I)."""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.operators.operator import SET_TARIFF
from voltyard.conformance.wire.message import fitting

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


@CASES.case(
    "TC_I_02_CSMS",
    "Total cost at the end",
    requirements=["I03.FR.01"],
    needs=["TariffAndCost"],
    asks=[SET_TARIFF],
)
async def total_cost(station: Station) -> None:
    """The driver sees what the session has cost: the answer to its end has the total cost.

    The operator gives the driver a tariff beforehand, by which energy costs something.
    """
    await station.prepared(
        SET_TARIFF,
        "The operator decides: a kWh costs the driver 0.45 EUR",
        idTag=station.tags.accepted,
        currency="EUR",
        energyPrice="0.45",
    )
    await station.ready()
    transaction = await station.charge()
    await transaction.metered()
    await transaction.updated("StopAuthorized", state="EVConnected", tag=station.tags.accepted)
    answer = await transaction.ended("EVCommunicationLost", state="Idle")
    answer.expect(totalCost=fitting("a cost above 0", _is_cost), rule="I03.FR.01")


def _is_cost(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and found > 0
