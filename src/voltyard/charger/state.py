"""What a simulated charger looks like from outside, at one moment."""

from msgspec import Struct

from voltyard.kernel.time import Instant


class TransactionState(Struct, frozen=True, kw_only=True):
    transaction: str
    transaction_id: str | None
    """The id on the wire, None until the CSMS has given one."""
    id_tag: str | None
    started_at: Instant
    meter_start_wh: float
    charging_state: str


class ConnectorState(Struct, frozen=True, kw_only=True):
    evse_id: int
    connector_id: int
    status: str
    error_code: str
    vehicle: str | None
    power_w: float
    current_a: float
    energy_wh: float
    """The register."""
    soc_percent: float | None
    transaction: TransactionState | None


class ChargerState(Struct, frozen=True, kw_only=True):
    at: Instant
    powered: bool
    connected: bool
    boot_status: str
    """Unknown before the first answer, then Accepted, Pending or Rejected."""
    connectors: tuple[ConnectorState, ...]
    faults: tuple[str, ...]
    queue_length: int
    """Transaction messages not yet confirmed."""
    settings_version: int
