"""Cases of OCPP 2.0.1 for a charging station: tariff and cost (block I).

What a station shows is not seen over OCPP. What is seen: it takes what is to be shown, and goes on.
"""

from __future__ import annotations

from typing import Any

from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("charger", "2.0.1", "TariffAndCost")

_ENABLED = {"TariffCostCtrlr.Enabled[Cost]": "true"}


@CASES.case(
    "TC_I_01_CS",
    "Running cost, by CostUpdated",
    requirements=["I02.FR.01"],
    needs=["TariffAndCost"],
    asks=["plug", "swipe"],
    settings={**_ENABLED, "SampledDataCtrlr.TxUpdatedInterval": "1"},
)
async def cost_updated(csms: ManagementSystem) -> None:
    """The station takes the running cost of the transaction, again and again, and charges on."""
    transaction = await csms.charging()
    for total in (0.85, 1.7, 2.55):
        await csms.hears_event("Updated", "MeterValuePeriodic", transactionId=transaction)
        answer = await csms.asks("CostUpdated", totalCost=total, transactionId=transaction)
        if answer.payload:
            raise answer.broken("an empty CostUpdatedResponse", rule="I02.FR.01")
    await csms.remote_stop(transaction)
    await csms.hears_event("Ended", transactionId=transaction)
    csms.check_order(transaction)


@CASES.case(
    "TC_I_02_CS",
    "Total cost at the end",
    requirements=["I03.FR.02"],
    needs=["TariffAndCost"],
    asks=["plug", "swipe", "unplug"],
    settings=_ENABLED,
)
async def total_cost(csms: ManagementSystem) -> None:
    """The answer to the end of the transaction has its total cost: the end is told once, and the
    next driver can charge."""
    _answers_with_cost(csms, "Ended", 3.25)
    first = await csms.charging()
    await csms.remote_stop(first)
    await csms.hears_event("Ended", transactionId=first)
    csms.check_order(first)
    await csms.leaves()
    second = await csms.starts()
    ends = [one for one in csms.events(first) if one["eventType"] == "Ended"]
    if second == first or len(ends) != 1:
        raise ends[-1].broken("an end that is told once, and a new transaction")


@CASES.case(
    "TC_I_07_CS",
    "Running cost, in answers to TransactionEvent",
    requirements=["I02.FR.01"],
    needs=["TariffAndCost"],
    asks=["plug", "swipe"],
    settings={**_ENABLED, "SampledDataCtrlr.TxUpdatedInterval": "1"},
)
async def cost_in_answers(csms: ManagementSystem) -> None:
    """Answers to TransactionEvent have the running cost: the station takes it, and charges on."""
    _answers_with_cost(csms, "Updated", 0.85)
    transaction = await csms.charging()
    for _ in range(2):
        await csms.hears_event("Updated", "MeterValuePeriodic", transactionId=transaction)
    await csms.remote_stop(transaction)
    await csms.hears_event("Ended", transactionId=transaction)
    csms.check_order(transaction)


def _answers_with_cost(csms: ManagementSystem, type: str, total: float) -> None:
    """Have the CSMS answer TransactionEvents of that eventType with that totalCost."""
    sound = csms.script["TransactionEvent"]

    def answer(request: ReceivedMessage) -> Any:
        found: Any = sound(request) if callable(sound) else sound
        return {**found, "totalCost": total} if request.get("eventType") == type else found

    csms.script["TransactionEvent"] = answer
