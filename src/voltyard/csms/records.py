"""Records of the backend: rows, as written to the journal and loaded from storage.

A `...Stored` record is the whole row and replaces the one of the same key. A `...Logged` record is
added. Times are `Instant`s, energies Wh. Records of one charger arrive in the order they happened.

Those that come with every frame are kept from the collector (`gc=False`): they are trees of plain
values, many are alive at a time, and to look through them again and again pauses every charger.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.refusals.refusal_rows import RefusalForgotten, RefusalStored
from voltyard.csms.security.certificate_rows import CertificateForgotten, CertificateStored
from voltyard.csms.smart_charging.plan_rows import ChargingPlanForgotten, ChargingPlanStored
from voltyard.csms.tariffs.tariff_rows import TariffDeleted, TariffStored
from voltyard.csms.tariffs.usage import TransactionCost
from voltyard.events.event_records import (
    DeliveryStored,
    EventLogged,
    EventStaged,
    StagedEventTaken,
    WebhookDeleted,
    WebhookStored,
)
from voltyard.kernel.time import Instant

RegistrationStatus: TypeAlias = Literal["unknown", "accepted", "pending", "rejected"]
BootPolicy: TypeAlias = Literal["accept", "pending", "reject"]
Validation: TypeAlias = Literal["strict", "lenient"]
IdTagStatus: TypeAlias = Literal["active", "blocked"]
AuthorizationFallback: TypeAlias = Literal["accept", "reject", "tags"]
ReservationStatus: TypeAlias = Literal["active", "used", "expired", "cancelled"]
Awaited: TypeAlias = Literal["firmware", "publication", "log", "reset", "message"]
"""The source of a command's outcome: progress of an update, of a publication, of an upload; a boot;
a message."""
UnknownIdTags: TypeAlias = Literal["auto", "accept", "reject"]
TransactionStatus: TypeAlias = Literal["pending", "in_progress", "completed"]
AnomalyKind: TypeAlias = Literal[
    "register_fell",
    "register_zero",
    "register_jumped",
    "register_too_fast",
    "register_session_relative",
    "energy_kwh_as_wh",
    "power_kw_as_w",
    "stop_matched",
    "start_missing",
    "closed_by_hand",
    "stop_after_close",
]
"""See csms.transactions.delivered_energy; then two of a StopTransaction that names no transaction
of ours, and two of a transaction that an operator closed."""
Takeover: TypeAlias = Literal["newest", "oldest"]
"""The connection of a charger that stays where another comes: the newest, or the oldest for as long
as it answers a ping."""
NoCommonSubprotocolPolicy: TypeAlias = Literal["close", "refuse"]
"""close: the handshake is completed without a subprotocol, and the link closed at once, as OCPP-J
3.2 has it; refuse: HTTP 400."""
Verdict: TypeAlias = Literal["valid", "lenient", "refused"]
"""On a message: as its schema has it; not so, and taken all the same; not taken."""
MessageOutcome: TypeAlias = Literal["result", "error", "timeout", "lost", "none", "missing"]
"""CALLRESULT; CALLERROR; no answer in time; the link went first; no answer is due; no message, but
the word that some are missing."""
Direction: TypeAlias = Literal["incoming", "outgoing"]
"""Direction as the backend sees it: incoming comes from the charger."""


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
    no_common_subprotocol: NoCommonSubprotocolPolicy = "close"
    """The way to turn away a charger with which no subprotocol is common."""
    retention_days: int = 30
    requests_per_minute: int | None = None
    """Of all its keys together; None: as many as they like."""
    authorization_url: str | None = None
    """The hook that decides about tags; None: the organization's own tags do."""
    authorization_timeout_s: float = 3.0
    authorization_fallback: AuthorizationFallback = "tags"
    """The fallback where no verdict came in time."""
    authorization_secret: str | None = None
    """The secret that the questions are signed with: whsec_..."""
    operator_name: str | None = None
    """The O of chargers' certificates; None: the organization's id, and no O is asked for."""


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
    """The hash, as csms.security.passwords writes it; None: no password is asked for."""
    next_password_hash: str | None = None
    """Of one that the charger was sent and has not confirmed; it is as good until it has."""
    security_profile: int = 0
    validation: Validation | None = None
    """None: as the organization's settings say; so too boot_policy."""
    boot_policy: BootPolicy | None = None
    boot_interval_s: int | None = None
    allow_concurrent_transactions: bool = True
    takeover: Takeover = "newest"
    allowed_addresses: tuple[str, ...] = ()
    """Addresses and networks it may come from; where there are none, any."""
    registration: RegistrationStatus = "unknown"
    """The last answer to a BootNotification."""
    version: str | None = None
    """OCPP version of the last link: 1.6, 2.0.1."""
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    """The serial number that it told at its last boot."""
    pinned_serial_number: str | None = None
    """As an operator has it: beside its identity the one name of its certificates."""
    firmware_version: str | None = None
    booted_at: Instant | None = None
    last_seen_at: Instant | None = None
    last_heartbeat_at: Instant | None = None


class ChargerSeen(Struct, frozen=True, kw_only=True, gc=False):
    """Changes last_seen_at and last_heartbeat_at of the charger of that id, nothing else."""

    charger_id: str
    last_seen_at: Instant
    last_heartbeat_at: Instant | None


class ConnectionStored(Struct, frozen=True, kw_only=True, gc=False):
    """One connection of a charger. Key: id."""

    id: str
    """con_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    version: str
    remote: str
    opened_at: Instant
    closed_at: Instant | None = None
    """None: it is open."""
    code: int | None = None
    """Of the first close frame; 1006 where there was none."""
    reason: str | None = None


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


class Anomaly(Struct, frozen=True, gc=False, omit_defaults=True):
    """An implausible value of a transaction, as told by its charger."""

    kind: AnomalyKind
    at: Instant
    """Moment when it was first noticed, by the charger's clock."""
    detail: str
    """The details noticed then."""
    count: int = 1


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
    """The decision about the tag: an authorization.decisions.TagStatus."""
    stop_id_tag: str | None = None
    meter_start_wh: float | None = None
    meter_stop_wh: float | None = None
    meter_last_wh: float | None = None
    """The last energy register seen within the transaction, as the charger told it."""
    delivered_wh: float | None = None
    """The energy that csms.transactions.delivered_energy makes of the registers; None where they
    tell nothing."""
    metered_at: Instant | None = None
    """The moment of the last register, by the charger's clock."""
    power_w: float | None = None
    """The last power drawn, as sampled; so too the next two."""
    power_peak_w: float | None = None
    power_mean_w: float | None = None
    power_samples: int = 0
    register_peak_w: float | None = None
    """The largest power that two registers in succession come to."""
    anomalies: tuple[Anomaly, ...] = ()
    """One of each kind."""
    cost: tuple[TransactionCost, ...] = ()
    """Its cost so far, or none where no tariff counts for it."""
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


class IdTagStored(Struct, frozen=True, kw_only=True, gc=False):
    """A tag that an organization knows. Key: id. `id_tag` is unique within the organization, upper
    and lower case being the same (CiString20, identifierString)."""

    id: str
    """tag_..."""
    organization_id: str
    id_tag: str
    id_tag_type: str | None = None
    """Of the IdToken in OCPP 2.x; None: whatever its type."""
    name: str | None = None
    status: IdTagStatus = "active"
    parent_id_tag: str | None = None
    expires_at: Instant | None = None
    charge_box_ids: tuple[str, ...] = ()
    """Chargers that it may charge at; empty: all."""
    source: str = "api"
    """The way it came here."""
    created_at: Instant
    updated_at: Instant


class IdTagDeleted(Struct, frozen=True, kw_only=True):
    """The tag of that id is no longer known."""

    id: str


class TransactionForgotten(Struct, frozen=True, kw_only=True):
    """A pending remote start that came to nothing; its row goes."""

    id: str


class SampledValue(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """SampledValue, with OCPP's defaults filled in. `value` is as sent, in text."""

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
    samples: tuple[SampledValue, ...]


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
    outcome: MessageOutcome
    error_code: str | None = None
    verdict: Verdict = "valid"
    """On what the charger sent: the CALL, or its answer to ours."""
    violations: tuple[str, ...] = ()
    """Reasons why it is not valid: `kind path: message` each, as ocpp.violations has them."""
    missing: int | None = None
    """Messages that were shed here, since the database did not keep up; of a message, None."""


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
    """The answer's own word in the outcome; else error, timeout, lost (the link or the server went
    before the answer: the charger may have acted on it), unsent; queued: not answered yet."""
    answer: str | None = None
    """The outcome as JSON text."""
    error_code: str | None = None
    asked_at: Instant
    answered_at: Instant | None = None
    latency_ms: float | None = None
    request_id: int | None = None
    """Under which the charger tells of it."""
    awaits: Awaited | None = None
    """The source of its outcome; None: the answer is all."""
    outcome: str | None = None
    """The outcome, or its progress so far: Downloading, Installed, Uploaded, back after 12.3 s."""
    outcome_at: Instant | None = None
    """Moment when the outcome was final; None: more may come."""
    succeeded: bool | None = None
    """True where what was asked came about; None: not known (yet)."""
    due_at: Instant | None = None
    """Moment when it is given up; None: nothing is waited for any more."""
    file_id: str | None = None
    """file_...: what the charger uploaded for it."""


class ReservationStored(Struct, frozen=True, kw_only=True):
    """A reservation that a charger accepted. Key: id; `reservation_id` may come again."""

    id: str
    """rsv_..."""
    organization_id: str
    charger_id: str
    charge_box_id: str
    reservation_id: int
    evse_id: int | None
    """None: any."""
    connector_id: int | None
    id_tag: str
    parent_id_tag: str | None = None
    expires_at: Instant
    status: ReservationStatus = "active"
    created_at: Instant
    updated_at: Instant


Record: TypeAlias = (
    SettingsStored
    | ChargerStored
    | ChargerSeen
    | ConnectionStored
    | ChargerDeleted
    | ConnectorStored
    | IdTagStored
    | IdTagDeleted
    | TariffStored
    | TariffDeleted
    | TransactionStored
    | TransactionForgotten
    | MeterValuesLogged
    | MessageLogged
    | DataTransferLogged
    | CommandStored
    | EventLogged
    | EventStaged
    | StagedEventTaken
    | WebhookStored
    | WebhookDeleted
    | DeliveryStored
    | ReservationStored
    | CertificateStored
    | CertificateForgotten
    | ChargingPlanStored
    | ChargingPlanForgotten
    | RefusalStored
    | RefusalForgotten
)


class Contents(Struct, frozen=True, kw_only=True):
    """The stored contents, as loaded at the backend's start."""

    settings: Sequence[SettingsStored] = ()
    chargers: Sequence[ChargerStored] = ()
    """Chargers that are not deleted."""
    connectors: Sequence[ConnectorStored] = ()
    transactions: Sequence[TransactionStored] = ()
    """All pending and in progress, and the last limits.CLOSED_TRANSACTIONS completed ones, oldest
    first: replays are recognised by them."""
    highest_transaction_number: int = 0
    """Over every transaction ever stored."""
    id_tags: Sequence[IdTagStored] = ()
    tariffs: Sequence[TariffStored] = ()
    webhooks: Sequence[WebhookStored] = ()
    highest_event_number: int = 0
    highest_delivery_number: int = 0
    commands: Sequence[CommandStored] = ()
    """Commands with an outcome that is waited for."""
    reservations: Sequence[ReservationStored] = ()
    """The active ones."""
    certificates: Sequence[CertificateStored] = ()
    """Certificates of chargers that are not deleted, oldest first."""
    charging_plans: Sequence[ChargingPlanStored] = ()
    """Oldest first."""
    refusals: Sequence[RefusalStored] = ()
    """Oldest first."""
    connections: Sequence[ConnectionStored] = ()
    """Connections of the last limits.FLAPPING_WITHIN_S at least, oldest first, of chargers that
    change their owner: they are counted on. None at a start, from which on all are counted anew."""
