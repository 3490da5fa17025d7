"""Blocks E, F, I and J: transactions, remote control, tariff and cost, meter values."""

from functools import partial
from typing import Any

from ocpp.v201 import call_result as result

from .stage import TAG, TOKEN, Stage
from .story import Story

TARIFF = {"format": "UTF8", "content": "0.45 EUR/kWh", "language": "en"}


async def whole_transaction(here: Stage) -> None:
    """E02, E06, E14, J02: numbered without a gap, with a meter that rises."""
    transaction_id = await here.charging(target_energy_kwh=0.01)
    ongoing = await here.told("GetTransactionStatus", transaction_id=transaction_id)
    await here.ended()
    await here.until(lambda state: state["queue_length"] == 0)
    over = await here.told("GetTransactionStatus", transaction_id=transaction_id)
    queue = await here.told("GetTransactionStatus")

    assert ongoing["ongoing_indicator"] is True
    assert over == {"ongoing_indicator": False, "messages_in_queue": False}
    assert queue == {"messages_in_queue": False}
    events = here.csms.record.of("TransactionEvent")
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    registers = [
        sample["value"]
        for event in events
        for value in event.get("meterValue", ())
        for sample in value["sampledValue"]
        if sample.get("measurand", "Energy.Active.Import.Register").endswith("Import.Register")
    ]
    assert registers == sorted(registers) and registers[-1] - registers[0] >= 10


async def remote_control(here: Stage) -> None:
    """F01, F03, F05."""
    await here.does("plug-connector", evse_id=2)
    await here.accepts("RequestStartTransaction", id_token=TOKEN, remote_start_id=77, evse_id=2)
    started = await here.hears_where(
        "TransactionEvent", lambda call: call["transactionInfo"].get("remoteStartId") == 77
    )
    kept = await here.told("UnlockConnector", evse_id=2, connector_id=1)
    free = await here.told("UnlockConnector", evse_id=1, connector_id=1)
    await here.accepts(
        "RequestStopTransaction", transaction_id=started["transactionInfo"]["transactionId"]
    )

    assert (kept["status"], free["status"]) == ("OngoingAuthorizedTransaction", "Unlocked")
    stopped = await here.ended()
    assert stopped["triggerReason"] == "RemoteStop"
    assert stopped["transactionInfo"]["stoppedReason"] == "Remote"


async def offline(here: Stage) -> None:
    """E04, E08: what happens offline is told afterwards, in order."""
    await here.charging()
    await here.does("network-drop")
    await here.does("stop-session")
    queued = await here.until(lambda state: state["queue_length"] > 0)
    assert not queued["connected"]
    await here.does("network-restore")

    ended = await here.ended()
    assert ended["offline"] is True
    events = here.csms.record.of("TransactionEvent")
    assert [event["seqNo"] for event in events] == list(range(len(events)))


async def cost(here: Stage) -> None:
    """I01 to I03: the tariff, the running cost and the total are on the charger's display."""
    info = {"status": "Accepted", "personalMessage": TARIFF}
    here.csms.answers["Authorize"] = result.Authorize(info)
    here.csms.total_cost = 3.18
    transaction_id = await here.charging()
    await here.told("CostUpdated", total_cost=1.27, transaction_id=transaction_id)
    running = await here.until(lambda state: _cost(state)["total_cost"] is not None)
    await here.does("stop-transaction")
    final = await here.until(lambda state: _cost(state)["is_final"])

    assert _cost(running)["message"] == TARIFF["content"]
    assert _cost(running)["total_cost"] == "1.27"
    assert _cost(final)["total_cost"] == "3.18"


def _cost(state: dict[str, Any]) -> dict[str, Any]:
    cost: dict[str, Any] = state["connectors"][0]["cost"]
    return cost


async def limits(here: Stage) -> None:
    """E06: the charger ends a transaction at a limit of its own, and says which."""
    for reason, limit in (
        ("EnergyLimitReached", {"max_energy_kwh": 0.002}),
        ("TimeLimitReached", {"max_duration_seconds": 1}),
        ("SOCLimitReached", {"max_soc_percent": 1}),
        ("LocalOutOfCredit", {"max_cost": 1.5}),
    ):
        began = await here.does("start-session", id_tag=TAG)
        await here.does("transaction-limit", **limit)
        if "max_cost" in limit:
            transaction_id = began["transaction"]
            await here.told("CostUpdated", total_cost=1.5, transaction_id=transaction_id)
        await here.hears_where("TransactionEvent", partial(_ended_by, reason))
        await here.does("unplug-connector")


def _ended_by(reason: str, event: dict[str, Any]) -> bool:
    return bool(event["transactionInfo"].get("stoppedReason") == reason)


async def clock_aligned_values(here: Stage) -> None:
    """J01: values at marks of the clock, outside of any transaction."""
    values = await here.hears("MeterValues", evseId=1)
    contexts = {one["context"] for value in values["meterValue"] for one in value["sampledValue"]}
    assert contexts == {"Sample.Clock"}


STORIES = (
    Story(
        "E: a transaction, whole",
        whole_transaction,
        ("GetTransactionStatus",),
        hears=("TransactionEvent",),
        charger={"settings": {"SampledDataCtrlr.TxUpdatedInterval": "1"}},
    ),
    Story("E: limits end transactions", limits, ("CostUpdated",), hears=("TransactionEvent",)),
    Story("E: a transaction ends offline", offline, hears=("TransactionEvent",)),
    Story(
        "F: transactions are controlled remotely",
        remote_control,
        ("RequestStartTransaction", "RequestStopTransaction", "UnlockConnector"),
        hears=("TransactionEvent",),
    ),
    Story("I: a driver is shown the cost", cost, ("CostUpdated",), hears=("Authorize",)),
    Story(
        "J: values are aligned to the clock",
        clock_aligned_values,
        hears=("MeterValues",),
        charger={"settings": {"AlignedDataCtrlr.Interval": "1"}},
    ),
)
