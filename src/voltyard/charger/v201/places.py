"""The EVSE and the connector that a 2.0.1 request means."""

from __future__ import annotations

from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse


def evse_of(evses: tuple[Evse, ...], evse_id: int) -> Evse | None:
    """The EVSE of that id, None where there is none."""
    return evses[evse_id - 1] if 0 < evse_id <= len(evses) else None


def connector_of(evse: Evse | None, connector_id: int | None) -> Connector | None:
    """The connector of that id at an EVSE, None where there is none."""
    if evse is None or connector_id is None:
        return None
    return evse.connectors[connector_id - 1] if 0 < connector_id <= len(evse.connectors) else None
