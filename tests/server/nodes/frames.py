"""Payloads of a charger of OCPP 1.6 that charges."""

from typing import Any


def starting(id_tag: str, meter_wh: int = 0, connector: int = 1) -> dict[str, Any]:
    """Of a StartTransaction."""
    return {
        "connectorId": connector,
        "idTag": id_tag,
        "meterStart": meter_wh,
        "timestamp": "2026-02-10T14:00:00Z",
    }


def stopping(transaction_id: int, meter_wh: int) -> dict[str, Any]:
    """Of a StopTransaction."""
    return {
        "transactionId": transaction_id,
        "meterStop": meter_wh,
        "timestamp": "2026-02-10T15:00:00Z",
    }


def metering(transaction_id: int, energy_wh: int) -> dict[str, Any]:
    """Of a MeterValues."""
    value = {"value": str(energy_wh), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    return {
        "connectorId": 1,
        "transactionId": transaction_id,
        "meterValue": [{"timestamp": "2026-02-10T14:05:00Z", "sampledValue": [value]}],
    }
