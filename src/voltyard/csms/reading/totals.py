"""Totals of an organization at the backend: chargers, connectors, transactions, refusals."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.kernel.time import Instant


class BackendTotals(Struct, kw_only=True):
    """Numbers of what there is now."""

    chargers: int = 0
    online: int = 0
    by_registration: Counter[str] = field(default_factory=Counter)
    """Chargers by the last answer to their BootNotification."""
    connectors: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    """Connectors by the last status they reported."""
    active_transactions: int = 0
    refused_identities: int = 0
    refusals: int = 0
    """Handshakes, all told."""
    by_reason: Counter[str] = field(default_factory=Counter)
    last_refusal_at: Instant | None = None


def totals_of(
    chargers: Iterable[RegisteredCharger],
    ledger: TransactionLedger,
    refusals: Iterable[RefusalStored],
) -> BackendTotals:
    """Count one organization's. Its connectors are those of EVSEs: EVSE 0 is the charger itself."""
    totals = BackendTotals()
    for charger in chargers:
        totals.chargers += 1
        totals.online += charger.online
        totals.by_registration[charger.row.registration] += 1
        totals.active_transactions += len(ledger.open_of(charger.row.id))
        for (evse_id, _), connector in charger.connectors.items():
            if evse_id > 0:
                totals.connectors += 1
                totals.by_status[connector.status] += 1
    count_refusals(totals, refusals)
    return totals


def count_refusals(totals: BackendTotals, refusals: Iterable[RefusalStored]) -> None:
    """Count one organization's refused handshakes, too."""
    identities = set()
    for row in refusals:
        identities.add(row.identity)
        totals.refusals += row.count
        totals.by_reason[row.reason] += row.count
        totals.last_refusal_at = max(totals.last_refusal_at or row.last_at, row.last_at)
    totals.refused_identities = len(identities)
