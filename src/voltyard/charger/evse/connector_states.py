"""States of connectors, as the facts of their EVSE make them."""

from __future__ import annotations

from voltyard.charger.evse.connector import OF_CHARGING_STATE, ChargePointStatus, Connector
from voltyard.charger.evse.evse import Evse


def state_of(
    evse: Evse, connector: Connector, operative: bool, reserved: bool = False
) -> ChargePointStatus:
    """The status that the facts make of a connector. Being in use goes before being out of
    service, so that ChangeAvailability takes effect when the use ends (1.6 section 5.2,
    Scheduled)."""
    if connector.faulted:
        return ChargePointStatus.FAULTED
    plugged, authorization = evse.plug.connector, evse.authorization
    in_use = plugged is connector or (plugged is None and authorization.awaited is connector)
    if in_use and plugged is not None and evse.energised:
        return OF_CHARGING_STATE[evse.charging_state]
    if not operative and not (in_use and evse.transaction is not None):
        return ChargePointStatus.UNAVAILABLE
    if reserved:
        return ChargePointStatus.RESERVED
    if in_use:
        finished = authorization.finished
        return ChargePointStatus.FINISHING if finished else ChargePointStatus.PREPARING
    return ChargePointStatus.AVAILABLE
