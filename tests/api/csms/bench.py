"""Transactions of a charger of OCPP 1.6, begun, metered and ended."""

from typing import Any

from tests.api.bench import Lab, ScriptedCharger

STARTED = {
    "connectorId": 1,
    "idTag": "DEADBEEF",
    "meterStart": 1000,
    "timestamp": "2026-02-10T14:00:00Z",
}


async def begin(lab: Lab, charger: ScriptedCharger, **fields: Any) -> int:
    answer = await lab.call(charger, "StartTransaction", {**STARTED, **fields})
    number: int = answer["transactionId"]
    return number


async def end(lab: Lab, charger: ScriptedCharger, number: int, meter_stop: int, at: str) -> None:
    stop = {"transactionId": number, "meterStop": meter_stop, "timestamp": at, "reason": "Local"}
    await lab.call(charger, "StopTransaction", stop)


def metered(number: int, at: str, *samples: dict[str, Any]) -> dict[str, Any]:
    value = {"timestamp": at, "sampledValue": list(samples)}
    return {"connectorId": 1, "transactionId": number, "meterValue": [value]}
