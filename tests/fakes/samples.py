"""Samples of chargers that there are not."""

from typing import Any

from voltyard.charger.description.samples import ChargerSample, ConnectorSample


def connector(**said: Any) -> ConnectorSample:
    """Connector 1 of EVSE 1, idle but for what is said."""
    idle = {
        "evse_id": 1,
        "connector_id": 1,
        "status": "Available",
        "error_code": "NoError",
        "power_w": 0,
        "current_a": 0.0,
        "soc": None,
        "energy_wh": 0,
        "limit_w": 22_000,
        "transaction_id": None,
        "charging_state": None,
    }
    return ConnectorSample(**{**idle, **said})


def sample(*, connected: bool = True, boot_status: str = "Accepted", **said: Any) -> ChargerSample:
    """A charger with one connector."""
    only = connector(**said)
    return ChargerSample(connected, boot_status, only.power_w, (only,))
