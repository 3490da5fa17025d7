"""An EVSE and its faults, as a snapshot keeps them."""

from __future__ import annotations

from msgspec import Struct

from voltyard.charger.authorization.contract import Contract
from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.evse.session_ends import SessionEnd
from voltyard.charger.sensors.drift import Drift, Sensed
from voltyard.charger.transactions.kept import KeptTransaction
from voltyard.kernel.time import Instant
from voltyard.physics.charging_needs import ChargingNeeds
from voltyard.physics.vehicle import Vehicle


class KeptFault(Struct, frozen=True, kw_only=True):
    """A fault that is active at a connector."""

    connector_id: int
    name: str
    vendor_error_code: str | None
    info: str | None
    recover_at: Instant | None


class KeptUse(Struct, frozen=True, kw_only=True):
    """The use of an EVSE that a transaction is part of."""

    id_token: IdToken | None
    """The token authorized to charge."""
    group: str | None
    closed_at: Instant | None
    """When the power path closed first (true time)."""
    ends: tuple[SessionEnd, ...] = ()
    """Ends that its session was given."""


class KeptEvse(Struct, frozen=True, kw_only=True):
    """An EVSE: its register, its availability, what is plugged in, what is broken."""

    register_wh: float
    operative: bool
    inoperative_connectors: tuple[int, ...]
    plugged: int | None
    vehicle: Vehicle | None
    soc_percent: float
    transaction: KeptTransaction | None
    use: KeptUse | None = None
    """Of that transaction."""
    faults: tuple[KeptFault, ...] = ()
    intruded: bool = False
    cable_a: float | None = None
    share_w: float | None = None
    offer_w: float | None = None
    drifts: dict[Sensed, Drift] = {}
    """Of its sensors."""
    needs: ChargingNeeds | None = None
    """Of a vehicle that tells them (ISO 15118)."""
    unlimited: Vehicle | None = None
    """That vehicle without the limits of its needs."""
    contract: Contract | None = None
    """Of a vehicle that authorizes itself (Plug and Charge)."""
