"""What a command that was carried out tells of it: what there is to see at the connector."""

from __future__ import annotations

from typing import Any

from voltyard.charger.connector import Connector
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.charger.transaction import Transaction


def seen(
    core: Core, evse: Evse, connector: Connector, before: Transaction | None = None
) -> dict[str, Any]:
    """A connector's status in the version's words, and the transaction that runs there, or the one
    that did `before` and has ended."""
    told: dict[str, Any] = {"status": core.dialect.status_word(evse, connector)}
    running = evse.transaction
    if running is not None and evse.plugged is connector:
        return told | {"charging_state": evse.charging_state} | named(running)
    if before is not None and running is None:
        return told | named(before) | {"ended": True, "reason": before.reason}
    return told


def begun(core: Core, evse: Evse, transaction: Transaction) -> dict[str, Any]:
    """Likewise, of a transaction that was begun, be it before the cable is in (2.0.1)."""
    return seen(core, evse, evse.connectors[transaction.connector_id - 1]) | named(transaction)


def named(transaction: Transaction) -> dict[str, str | None]:
    """Its id on the wire, null where the CSMS has yet to give it one, and the charger's own."""
    return {"transaction_id": transaction.wire_id, "transaction": transaction.id}
