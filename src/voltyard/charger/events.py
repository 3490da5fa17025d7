"""What a simulated charger reports: facts, in the past tense, that anybody may listen to."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Instant, Seconds


class Framed(Struct, frozen=True, kw_only=True, tag="frame"):
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


class ConnectionChanged(Struct, frozen=True, kw_only=True, tag="connection"):
    at: Instant
    connected: bool
    reason: str = ""


class Booted(Struct, frozen=True, kw_only=True, tag="boot"):
    """The CSMS answered BootNotification."""

    at: Instant
    status: Literal["Accepted", "Pending", "Rejected"]
    interval_s: Seconds


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


class MeterSampled(Struct, frozen=True, kw_only=True, tag="meter"):
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


Event: TypeAlias = (
    Framed
    | ConnectionChanged
    | Booted
    | StatusChanged
    | TransactionStarted
    | TransactionConfirmed
    | TransactionEnded
    | MeterSampled
    | SettingChanged
    | MessageDropped
)
