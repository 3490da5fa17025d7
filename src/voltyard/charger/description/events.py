"""Events that a simulated charger reports: facts, in the past tense, for any listener."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant, Seconds


class Framed(Struct, frozen=True, kw_only=True, gc=False, tag="frame"):
    """A frame went over the link; answers carry the action of their call."""

    at: Instant
    direction: Literal["cp_to_csms", "csms_to_cp"]
    kind: Literal["call", "result", "error", "other"]
    action: str
    message_id: str
    text: str
    latency_s: Seconds | None = None
    """Of an answer: since its call."""
    verdict: str = "valid"
    """valid, lenient: why, refused: why, stray: why."""


class AnswerRefused(Struct, frozen=True, kw_only=True, tag="answer_refused"):
    """An answer of the CSMS could not be accepted; its call came to nothing."""

    at: Instant
    action: str
    message_id: str
    field: str
    """Place of the fault: `$` is the payload, `$.currentTime` a field of it."""
    rule: str
    """ocpp.violations.Kind: missing, wrong_type, bad_value, ..."""
    message: str


class ForgivenFault(Struct, frozen=True):
    """One fault of a frame; see AnswerRefused."""

    field: str
    rule: str
    message: str


class FaultsForgiven(Struct, frozen=True, kw_only=True, tag="faults_forgiven"):
    """A frame of the CSMS strays from its schema, and was read as it was meant. Of the same faults
    in the same action it is told once."""

    at: Instant
    action: str
    kind: Literal["call", "result"]
    message_id: str
    faults: tuple[ForgivenFault, ...]


class ConnectionChanged(Struct, frozen=True, kw_only=True, tag="connection"):
    at: Instant
    connected: bool
    reason: str = ""


class Booted(Struct, frozen=True, kw_only=True, tag="boot"):
    """The CSMS answered BootNotification."""

    at: Instant
    status: Literal["Accepted", "Pending", "Rejected"]
    interval_s: Seconds
    holds_share: bool = False
    """Its site had a limit when it was last told."""


class StatusChanged(Struct, frozen=True, kw_only=True, tag="status"):
    """A connector's status, in that charger's version's words (1.6: nine, 2.0.1: five)."""

    at: Instant
    evse_id: int
    connector_id: int
    status: str
    error_code: str


class TransactionStarted(Struct, frozen=True, kw_only=True, tag="transaction_started"):
    at: Instant
    evse_id: int
    connector_id: int
    transaction: str
    """The charger's own id of it; in 2.x the one on the wire."""
    id_tag: str | None
    meter_start_wh: float


class TransactionConfirmed(Struct, frozen=True, kw_only=True, tag="transaction_confirmed"):
    """1.6: the CSMS answered StartTransaction; `transaction_id` is the number on the wire."""

    at: Instant
    transaction: str
    transaction_id: str
    id_tag_status: str


class TransactionEnded(Struct, frozen=True, kw_only=True, tag="transaction_ended"):
    at: Instant
    evse_id: int
    connector_id: int
    transaction: str
    transaction_id: str | None
    reason: str
    meter_start_wh: float
    meter_stop_wh: float


class MeterSampled(Struct, frozen=True, kw_only=True, gc=False, tag="meter"):
    at: Instant
    evse_id: int
    power_w: float
    energy_wh: float
    soc_percent: float | None


class SettingChanged(Struct, frozen=True, kw_only=True, tag="setting"):
    at: Instant
    name: str
    value: str


class MessageDropped(Struct, frozen=True, kw_only=True, tag="message_dropped"):
    """A transaction message was given up: too many attempts, or the outbox was full."""

    at: Instant
    action: str
    reason: str


class SecurityNoticed(Struct, frozen=True, kw_only=True, tag="security"):
    """A security event (white paper, 2.0.1 Part 2 A04); types are 2.x's."""

    at: Instant
    event: str
    info: str
    critical: bool


class FirmwareChanged(Struct, frozen=True, kw_only=True, tag="firmware"):
    """An update has gone on; the status is in 2.0.1's words."""

    at: Instant
    status: str
    request_id: int | None
    version: str
    """The version that runs now."""


class UploadChanged(Struct, frozen=True, kw_only=True, tag="upload"):
    """The upload of a log has gone on; the status is in 2.0.1's words."""

    at: Instant
    status: str
    request_id: int | None
    file_name: str


class PublicationChanged(Struct, frozen=True, kw_only=True, tag="publication"):
    """The publication of firmware by a local controller has gone on; the status is in 2.0.1's
    words, or Unpublished."""

    at: Instant
    status: str
    request_id: int | None
    checksum: str
    locations: tuple[str, ...] = ()
    """URLs of a file that is Published."""


class ReservationMade(Struct, frozen=True, kw_only=True, tag="reservation_made"):
    """The CSMS has reserved a place, or made a reservation anew."""

    at: Instant
    reservation_id: int
    id_tag: str
    evse_id: int | None
    """None: no place in particular."""
    connector_id: int | None
    expires_at: Instant
    """By the charger's clock."""


ReservationEnd: TypeAlias = Literal["Used", "Cancelled", "Expired", "Removed"]
"""A transaction began for it; the CSMS took it back; its time was up; its place broke."""


class ReservationEnded(Struct, frozen=True, kw_only=True, tag="reservation_ended"):
    at: Instant
    reservation_id: int
    reason: ReservationEnd


class LimitChanged(Struct, frozen=True, kw_only=True, tag="limit"):
    """An EVSE gives at most another power: by a charging profile, or by a power update. What a
    site shares out is not told, as it may change every second."""

    at: Instant
    evse_id: int
    limit_w: float
    source: str
    """The source, see ConnectorState.limit_source."""
    charging_profile_id: int | None


ChargerEvent: TypeAlias = (
    Framed
    | AnswerRefused
    | FaultsForgiven
    | ConnectionChanged
    | Booted
    | StatusChanged
    | TransactionStarted
    | TransactionConfirmed
    | TransactionEnded
    | MeterSampled
    | SettingChanged
    | MessageDropped
    | SecurityNoticed
    | FirmwareChanged
    | UploadChanged
    | PublicationChanged
    | ReservationMade
    | ReservationEnded
    | LimitChanged
)
