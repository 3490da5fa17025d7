"""Needs, plan and chosen schedule of a transaction over REST."""

from typing import Any

from tests.api.bench import Lab

AC = {"energyAmount": 20_000, "evMinCurrent": 6, "evMaxCurrent": 32, "evMaxVoltage": 230}
NEEDS = {
    "evseId": 1,
    "chargingNeeds": {"requestedEnergyTransfer": "AC_three_phase", "acChargingParameters": AC},
}
EVENT: dict[str, Any] = {
    "eventType": "Started",
    "timestamp": "2026-02-10T14:00:00Z",
    "triggerReason": "CablePluggedIn",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "tx-1"},
    "evse": {"id": 1, "connectorId": 1},
}


async def test_needs_plan_and_chosen_schedule_are_read(lab: Lab) -> None:
    charger = await lab.connect("2.0.1")
    await lab.call(charger, "TransactionEvent", EVENT)
    none = await lab.get("/transactions/tx-1/charging-plan")
    await lab.call(charger, "NotifyEVChargingNeeds", NEEDS)
    planned = (await lab.get("/transactions/tx-1/charging-plan")).json()
    schedule = {
        "id": 1,
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
    }
    told = {"timeBase": "2026-02-10T14:00:05Z", "evseId": 1, "chargingSchedule": schedule}
    await lab.call(charger, "NotifyEVChargingSchedule", told)
    chosen = (await lab.get("/transactions/tx-1/charging-plan")).json()

    assert none.status_code == 404
    assert (planned["schedule"], planned["verdict"]) == (None, None)
    assert planned["needs"]["energyAmount"] == 20_000
    assert (planned["plan"]["strategy"], planned["plan"]["limit"]) == ("full", 32.0)
    assert chosen["verdict"] == "within"
    assert chosen["schedule"]["timeBase"] == "2026-02-10T14:00:05.000Z"
    assert chosen["schedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0.0, "limit": 16.0}]


async def test_a_transaction_that_is_not_there_has_no_plan(lab: Lab) -> None:
    assert (await lab.get("/transactions/nothing/charging-plan")).status_code == 404
