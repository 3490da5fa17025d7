"""Results of commands: a connector's status and its transaction, after the command."""

from __future__ import annotations

from typing import Any

from voltyard.charger.authorization.contract import PluggedContract
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.transactions.transaction import Transaction


def connector_result(
    context: ChargerContext, evse: Evse, connector: Connector, before: Transaction | None = None
) -> dict[str, Any]:
    """A connector's status in the version's words, and the transaction that runs there, or the one
    that did `before` and has ended."""
    told: dict[str, Any] = {"status": context.dialect.status_word(evse, connector)}
    running = evse.transaction
    if running is not None and evse.plug.connector is connector:
        return told | {"charging_state": evse.charging_state} | transaction_ids(running)
    if before is not None and running is None:
        return told | transaction_ids(before) | {"ended": True, "reason": before.reason}
    return told


def transaction_result(
    context: ChargerContext, evse: Evse, transaction: Transaction
) -> dict[str, Any]:
    """Likewise, of a transaction that was begun, be it before the cable is in (2.0.1)."""
    return connector_result(
        context, evse, evse.connectors[transaction.connector_id - 1]
    ) | transaction_ids(transaction)


def transaction_ids(transaction: Transaction) -> dict[str, str | None]:
    """Its id on the wire, null where the CSMS has yet to give it one, and the charger's own."""
    return {"transaction_id": transaction.wire_id, "transaction": transaction.id}


def shown_contract(plugged: PluggedContract) -> dict[str, Any]:
    """A vehicle's contract, and how far its authorization is."""
    told: dict[str, Any] = {"emaid": plugged.contract.emaid, "stage": plugged.stage}
    if plugged.verdict is not None:
        told["certificate_status"] = plugged.verdict
    if plugged.reason:
        told["reason"] = plugged.reason
    return told
