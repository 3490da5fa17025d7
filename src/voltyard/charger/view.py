"""What a charger looks like from outside, at one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voltyard.charger.connector import Connector
from voltyard.charger.evse import Evse
from voltyard.charger.state import ChargerState, ConnectorState, TransactionState
from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger


def view(charger: Charger, now: Instant) -> ChargerState:
    """The state, with the energy that has flowed until now."""
    connectors = []
    faults = []
    for evse in charger.evses:
        if now > evse.settled_at:
            evse.settle(now)
        for connector in evse.connectors:
            connectors.append(_connector(charger, evse, connector))
            if connector.error_code is not None:
                faults.append(connector.error_code)
    return ChargerState(
        at=now,
        powered=charger.life.powered,
        connected=charger.connection.up,
        boot_status=charger.registration.status,
        connectors=tuple(connectors),
        faults=tuple(faults),
        queue_length=len(charger.outbox),
        settings_version=charger.core.settings.version,
    )


def _connector(charger: Charger, evse: Evse, connector: Connector) -> ConnectorState:
    plugged = evse.plugged is connector
    flow = evse.flow() if plugged else None
    return ConnectorState(
        evse_id=evse.id,
        connector_id=connector.id,
        status=charger.core.dialect.status_word(evse, connector),
        error_code=connector.error,
        vehicle=evse.vehicle.name if plugged and evse.vehicle is not None else None,
        power_w=0.0 if flow is None else flow.power_w,
        current_a=0.0 if flow is None else flow.current_a,
        energy_wh=evse.register_wh,
        soc_percent=evse.soc_percent if plugged else None,
        transaction=_transaction(evse, connector),
    )


def _transaction(evse: Evse, connector: Connector) -> TransactionState | None:
    transaction = evse.transaction
    if transaction is None or transaction.connector_id != connector.id:
        return None
    token = transaction.id_token
    return TransactionState(
        transaction=transaction.id,
        transaction_id=transaction.wire_id,
        id_tag=None if token is None else token.text,
        started_at=transaction.started_at,
        meter_start_wh=transaction.meter_start_wh,
        charging_state=evse.charging_state,
    )
