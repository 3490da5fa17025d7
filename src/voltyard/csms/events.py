"""What happened at the backend, for webhooks, streams and logs. Never refused; any number listen.

`name` is the event's public name; the rest of the fields are its data.
"""

from typing import Any, ClassVar, TypeAlias

from msgspec import Struct

from voltyard.csms.records import ConnectorStored, TransactionStored
from voltyard.kernel.time import Instant


class _About(Struct, frozen=True, kw_only=True):
    """Which charger it concerns, and when it happened."""

    organization_id: str
    charger_id: str
    charge_box_id: str
    at: Instant


class ChargerConnected(_About, frozen=True, kw_only=True):
    """Its link is up."""

    name: ClassVar[str] = "charger.connected"
    version: str
    remote: str


class ChargerDisconnected(_About, frozen=True, kw_only=True):
    """It has no link any more; a link replaced by a newer one is no disconnection."""

    name: ClassVar[str] = "charger.disconnected"
    code: int
    reason: str


class ChargerBooted(_About, frozen=True, kw_only=True):
    """It sent BootNotification and got this answer."""

    name: ClassVar[str] = "charger.boot"
    status: str
    vendor: str
    model: str
    serial_number: str | None
    firmware_version: str | None
    reason: str | None


class ConnectorStatusChanged(_About, frozen=True, kw_only=True):
    """A connector reported a status, other than its last or with another error."""

    name: ClassVar[str] = "connector.status_changed"
    connector: ConnectorStored
    previous_status: str | None


class TransactionStarted(_About, frozen=True, kw_only=True):
    """A transaction began, and its row is durable."""

    name: ClassVar[str] = "transaction.started"
    transaction: TransactionStored


class TransactionUpdated(_About, frozen=True, kw_only=True):
    """Meter values, a new charging state or a tag came for a transaction."""

    name: ClassVar[str] = "transaction.updated"
    transaction: TransactionStored


class TransactionStopped(_About, frozen=True, kw_only=True):
    """A transaction ended, and its row is durable."""

    name: ClassVar[str] = "transaction.stopped"
    transaction: TransactionStored


class Authorized(_About, frozen=True, kw_only=True):
    """A tag was asked about; `status` is what was answered, accepted or not."""

    name: ClassVar[str] = "authorize"
    id_tag: str
    status: str


class FirmwareStatusReported(_About, frozen=True, kw_only=True):
    """How an update fares."""

    name: ClassVar[str] = "firmware.status"
    status: str
    request_id: int | None


class DiagnosticsStatusReported(_About, frozen=True, kw_only=True):
    """How an upload of diagnostics or a log fares."""

    name: ClassVar[str] = "diagnostics.status"
    status: str
    request_id: int | None


class DataTransferReceived(_About, frozen=True, kw_only=True):
    """Vendor-specific talk from the charger."""

    name: ClassVar[str] = "data_transfer.received"
    vendor_id: str
    message_id: str | None
    data: str | None
    status: str


class SecurityEventReported(_About, frozen=True, kw_only=True):
    """The charger reported a security event; `happened_at` is its own clock's."""

    name: ClassVar[str] = "security.event"
    type: str
    tech_info: str | None
    happened_at: Instant


class Notified(_About, frozen=True, kw_only=True):
    """The charger told of what the backend keeps no state for: NotifyEvent, NotifyReport, ..."""

    name: ClassVar[str] = "charger.notified"
    action: str
    payload: dict[str, Any]


class CommandFinished(_About, frozen=True, kw_only=True):
    """A command has its result; `status` is the outcome's, or error, timeout, lost."""

    name: ClassVar[str] = "command.finished"
    command_id: str
    command: str
    status: str


BackendEvent: TypeAlias = (
    ChargerConnected
    | ChargerDisconnected
    | ChargerBooted
    | ConnectorStatusChanged
    | TransactionStarted
    | TransactionUpdated
    | TransactionStopped
    | Authorized
    | FirmwareStatusReported
    | DiagnosticsStatusReported
    | DataTransferReceived
    | SecurityEventReported
    | Notified
    | CommandFinished
)
