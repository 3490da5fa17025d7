"""What the backend remembers: rows, as the journal is given them and storage hands them back.

A `...Stored` record is the whole row and replaces the one of the same key. A `...Logged` record is
added. Times are `Instant`s, energies Wh. Records of one charger arrive in the order they happened.

Those that come with every frame are kept from the collector (`gc=False`): they are trees of plain
values, many are alive at a time, and to look through them again and again pauses every charger.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, field

from voltyard.kernel.time import Instant

Registration: TypeAlias = Literal["unknown", "accepted", "pending", "rejected"]
BootPolicy: TypeAlias = Literal["accept", "pending", "reject"]
Validation: TypeAlias = Literal["strict", "lenient"]
UnknownIdTags: TypeAlias = Literal["auto", "accept", "reject"]
TransactionStatus: TypeAlias = Literal["pending", "in_progress", "completed"]
Direction: TypeAlias = Literal["incoming", "outgoing"]
"""As the backend sees it: incoming comes from the charger."""


class SettingsStored(Struct, frozen=True, kw_only=True):
    """An organization's settings. Key: organization_id."""

    organization_id: str
    heartbeat_interval_s: int = 300
    command_timeout_s: float = 30.0
    web_socket_ping_interval_s: float = 60.0
    """0: the backend sends no pings, and a charger is silent by its heartbeats alone."""
    boot_policy: BootPolicy = "accept"
    validation: Validation = "strict"
    unknown_id_tags: UnknownIdTags = "auto"
    allow_empty_subprotocol: bool = False
    """Take chargers that name no subprotocol, as OCPP 1.6 (facts: Q01)."""
    retention_days: int = 30


class ChargerStored(Struct, frozen=True, kw_only=True):
    """A registered charger. Key: id. `charge_box_id` is unique within the organization."""

    id: str
    """chg_..."""
    organization_id: str
    charge_box_id: str
    registered_at: Instant
    name: str | None = None
    location: str | None = None
    password_hash: str | None = None
    """As csms.passwords writes it; None: no password is asked for."""
    security_profile: int = 0
    validation: Validation | None = None
    """None: as the organization's settings say; so too boot_policy."""
    boot_policy: BootPolicy | None = None
    boot_interval_s: int | None = None
    allow_concurrent_transactions: bool = True
    registration: Registration = "unknown"
    """The last answer to a BootNotification."""
    version: str | None = None
    """OCPP version of the last link: 1.6, 2.0.1."""
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    firmware_version: str | None = None
    booted_at: Instant | None = None
    last_seen_at: Instant | None = None
    last_heartbeat_at: Instant | None = None


class ChargerSeen(Struct, frozen=True, kw_only=True, gc=False):
    """Changes last_seen_at and last_heartbeat_at of the charger of that id, nothing else."""

    charger_id: str
    last_seen_at: Instant
    last_heartbeat_at: Instant | None


class ChargerDeleted(Struct, frozen=True, kw_only=True):
    """The charger is no longer registered; its history stays readable."""

    charger_id: str
    deleted_at: Instant


class ConnectorStored(Struct, frozen=True, kw_only=True, gc=False):
    """The last status of a connector. Key: (charger_id, evse_id, connector_id).

    OCPP 1.6 connector n is kept as EVSE n, connector n, so that `connector_id` is the wire's; the
    charger as a whole (1.6 connector 0) is EVSE 0, connector 0.
    """

    charger_id: str
    evse_id: int
    connector_id: int
    status: str
    error_code: str = "NoError"
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None
    updated_at: Instant


class TransactionStored(Struct, frozen=True, kw_only=True, gc=False):
    """A transaction, or a remote start that waits for one. Key: id."""

    id: str
    """txn_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    version: str
    status: TransactionStatus
    ocpp_id: str | None = None
    """The charger's own id in 2.x, the decimal of `number` in 1.6; None while pending."""
    number: int | None = None
    """1.6: the transactionId, positive and unique server-wide; None otherwise."""
    evse_id: int | None = None
    connector_id: int | None = None
    id_tag: str | None = None
    id_tag_type: str | None = None
    id_tag_status: str | None = None
    """What was decided about the tag: accepted, blocked, expired, unknown, concurrent."""
    stop_id_tag: str | None = None
    meter_start_wh: float | None = None
    meter_stop_wh: float | None = None
    meter_last_wh: float | None = None
    """The last energy register seen within the transaction."""
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    stop_reason: str | None = None
    charging_state: str | None = None
    remote_started: bool = False
    remote_start_id: int | None = None
    reservation_id: int | None = None
    seq_no: int | None = None
    """2.x: the highest sequence number seen."""
    created_at: Instant
    updated_at: Instant


class TransactionForgotten(Struct, frozen=True, kw_only=True):
    """A pending remote start came to nothing; its row goes."""

    id: str


class Sample(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One sampled value, its OCPP defaults filled in. `value` is as sent, in text."""

    value: str
    measurand: str = "Energy.Active.Import.Register"
    context: str = "Sample.Periodic"
    phase: str | None = None
    location: str | None = None
    unit: str | None = None
    multiplier: int = 0
    """2.x: the value counts in units of 10^multiplier."""
    signed: bool = False
    """The value is signed meter data, not a number."""


class MeterValuesLogged(Struct, frozen=True, kw_only=True, gc=False):
    """Samples taken at one moment."""

    organization_id: str
    charger_id: str
    transaction_id: str | None
    """txn_...; None where they belong to no transaction."""
    reported_transaction_id: str | None = None
    """The OCPP id the charger named, kept even when no transaction is known by it."""
    evse_id: int
    connector_id: int | None
    at: Instant
    samples: tuple[Sample, ...]


class MessageLogged(Struct, frozen=True, kw_only=True, gc=False):
    """A CALL and what became of it, or a frame that belongs to none."""

    id: str
    """msg_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    version: str
    direction: Direction
    """Of the CALL; of the frame where it belongs to none."""
    at: Instant
    message_id: str | None
    action: str | None
    request: str | None
    """The CALL's frame, as text, cut at limits.LOGGED_FRAME_CHARS."""
    response: str | None = None
    """The answering frame."""
    answered_at: Instant | None = None
    latency_ms: float | None = None
    outcome: Literal["result", "error", "timeout", "lost", "none"]
    """CALLRESULT; CALLERROR; no answer in time; the link went first; no answer is due."""
    error_code: str | None = None
    violations: tuple[str, ...] = ()
    """Where request or answer strayed from the schema; empty: none did."""


class DataTransferLogged(Struct, frozen=True, kw_only=True):
    """A DataTransfer and its answer."""

    id: str
    """dt_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    direction: Direction
    vendor_id: str
    message_id: str | None
    data: str | None
    """Text as sent; other JSON (2.x) as JSON text."""
    response_status: str | None
    """None: no answer came."""
    response_data: str | None
    created_at: Instant


class CommandStored(Struct, frozen=True, kw_only=True):
    """A command that was sent, and what came of it. Key: id."""

    id: str
    """cmd_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    command: str
    """A command's tag: reset, unlock, ..."""
    request: str
    """The command as JSON text."""
    status: str
    """The answer's own word in the outcome; else error, timeout, lost."""
    answer: str | None = None
    """The outcome as JSON text."""
    error_code: str | None = None
    asked_at: Instant
    answered_at: Instant | None = None
    latency_ms: float | None = None
    outcome: str | None = None
    """What came of it later: Installed, Uploaded, ..."""


Record: TypeAlias = (
    SettingsStored
    | ChargerStored
    | ChargerSeen
    | ChargerDeleted
    | ConnectorStored
    | TransactionStored
    | TransactionForgotten
    | MeterValuesLogged
    | MessageLogged
    | DataTransferLogged
    | CommandStored
)


class Contents(Struct, frozen=True, kw_only=True):
    """What storage hands the backend at its start."""

    settings: Sequence[SettingsStored] = ()
    chargers: Sequence[ChargerStored] = ()
    """Those not deleted."""
    connectors: Sequence[ConnectorStored] = ()
    transactions: Sequence[TransactionStored] = ()
    """All pending and in progress, and the last limits.CLOSED_TRANSACTIONS completed ones, oldest
    first: replays are recognised by them."""
    highest_transaction_number: int = 0
    """Over every transaction ever stored."""
    organizations_with_id_tags: Mapping[str, int] = field(default_factory=dict)
    """How many id tags an organization has; `unknownIdTags: auto` asks."""
