"""What a charger is doing, as the gateway tells it: charger.state with its moments written out."""

from pydantic import ConfigDict

from voltyard.api.gateway.fields import Answer, Moment
from voltyard.api.gateway.models import ConnectionResponse


class _State(Answer):
    model_config = ConfigDict(extra="allow")  # a runtime may know more


class TransactionStateResponse(_State):
    """A running transaction; `transaction_id` is null until the CSMS has given one."""

    transaction: str
    transaction_id: str | None = None
    id_tag: str | None = None
    started_at: Moment
    meter_start_wh: float
    charging_state: str


class ConnectorStateResponse(_State):
    """A connector and what is plugged in there; `energy_wh` is the register."""

    evse_id: int
    connector_id: int
    status: str
    error_code: str
    vehicle: str | None = None
    power_w: float
    current_a: float
    energy_wh: float
    soc_percent: float | None = None
    transaction: TransactionStateResponse | None = None


class ChargerStateResponse(_State):
    """What the charger is doing now. `queue_length` counts transaction messages that the CSMS has
    not confirmed."""

    charger_id: str
    identity: str
    connection: ConnectionResponse | None = None
    at: Moment
    powered: bool
    connected: bool
    boot_status: str
    connectors: list[ConnectorStateResponse]
    faults: list[str]
    queue_length: int
    settings_version: int
