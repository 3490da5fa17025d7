"""Totals of an organization's chargers."""

from voltyard.api.gateway.fields import GatewayAnswer, Moment, example
from voltyard.api.gateway.models.locations import LOCATION


class ChargerTotals(GatewayAnswer):
    """Numbers of chargers: all there are, those that have reached their CSMS, those of them whose
    boot it accepted, and how far the provisioning of all has come."""

    total: int
    connected: int
    accepted: int
    by_provisioning: dict[str, int]


class ConnectorTotals(GatewayAnswer):
    """Numbers of connectors, of the chargers that run. In OCPP 1.6 a connector may have an error,
    and so count as faulted, and not be Faulted."""

    total: int
    in_transaction: int
    faulted: int
    by_status: dict[str, int]


class LocationSummary(GatewayAnswer):
    """Totals of one location; `in_transaction` counts connectors."""

    location_id: str
    name: str
    chargers: int
    connected: int
    in_transaction: int
    power_w: int


class SummaryResponse(GatewayAnswer):
    """Totals of an organization's chargers, or of those at one location. Power is what flows
    through the connectors of all together."""

    model_config = example(
        chargers={
            "total": 1200,
            "connected": 1187,
            "accepted": 1185,
            "by_provisioning": {"READY": 1198, "FAILED": 2},
        },
        connectors={
            "total": 2396,
            "in_transaction": 614,
            "faulted": 3,
            "by_status": {"Available": 1779, "Charging": 598, "SuspendedEV": 16, "Faulted": 3},
        },
        power_w=5_212_480,
        locations=[
            {
                "location_id": LOCATION["id"],
                "name": LOCATION["name"],
                "chargers": 40,
                "connected": 40,
                "in_transaction": 21,
                "power_w": 171_200,
            }
        ],
        at="2026-11-21T09:10:00.000Z",
    )

    chargers: ChargerTotals
    connectors: ConnectorTotals
    power_w: int
    locations: list[LocationSummary]
    at: Moment
