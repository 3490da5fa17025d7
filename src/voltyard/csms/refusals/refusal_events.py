"""Events of what is refused: handshakes of chargers, and keys."""

from typing import Any, ClassVar

from msgspec import Struct

from voltyard.csms.refusals.refusal_rows import RefusalStored
from voltyard.kernel.time import Instant, to_rfc3339


class ChargerRefused(Struct, frozen=True, kw_only=True):
    """Handshakes of a charger were refused, be it registered or not: a wrong password, no
    certificate, an address that is not its own. Told of each identity and reason at once, then once
    a minute with how many there were."""

    name: ClassVar[str] = "charger.refused"
    organization_id: str
    charger_id: str | None
    charge_box_id: str | None
    """None where the handshake named none."""
    at: Instant
    row: RefusalStored
    count: int
    """Since it was last told."""
    addresses: tuple[str, ...]
    """Likewise."""

    def data(self) -> dict[str, Any]:
        return {
            "chargeBoxId": self.charge_box_id,
            "newCount": self.count,
            "remoteAddresses": list(self.addresses),
            **told(self.row, is_registered=self.charger_id is not None),
        }


class KeyRefused(Struct, frozen=True, kw_only=True):
    """Keys sent to REST were refused: not known, or expired. Told to the default organization, at
    once, then once a minute with how many there were."""

    name: ClassVar[str] = "key.refused"
    organization_id: str
    at: Instant
    count: int
    addresses: tuple[str, ...]
    reason: str
    charger_id: None = None
    charge_box_id: None = None

    def data(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "remoteAddresses": list(self.addresses),
            "reason": self.reason,
        }


def told(row: RefusalStored, *, is_registered: bool) -> dict[str, Any]:
    """A row as GET /api/v1/refusals shows it."""
    return {
        "id": row.id,
        "identity": row.identity,
        "address": row.address,
        "offeredSubprotocols": list(row.offered),
        "reason": str(row.reason),
        "hint": row.hint,
        "count": row.count,
        "firstAt": to_rfc3339(row.first_at),
        "lastAt": to_rfc3339(row.last_at),
        "registered": is_registered,
    }
