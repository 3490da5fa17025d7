"""What a charger says, and what it is answered, in neither version's words.

The dialects make the `Said` and turn the `Reply` into the version's message. Moments are the
charger's own, as `Instant`s.
"""

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.records import Registration, Sample
from voltyard.kernel.time import Instant

TagStatus: TypeAlias = Literal[
    "accepted", "blocked", "expired", "unknown", "concurrent", "elsewhere"
]
"""`elsewhere`: a tag that is known, but may not charge at this charger."""


class Booted(Struct, frozen=True, gc=False):
    """It started, or says so."""

    vendor: str
    model: str
    serial_number: str | None
    firmware_version: str | None
    reason: str | None = None


class Beat(Struct, frozen=True, gc=False):
    """It is alive, and asks for the time."""


class StatusReported(Struct, frozen=True, kw_only=True):
    """A connector's status; EVSE 0 is the charger as a whole."""

    evse_id: int
    connector_id: int
    status: str
    error_code: str = "NoError"
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None
    at: Instant | None = None
    ends_reservations: bool = False
    """1.6: of that connector, with 0 of all; 2.x tells of each by itself."""


class Asked(Struct, frozen=True):
    """May this tag charge?"""

    id_tag: str
    id_tag_type: str | None = None


class Reading(Struct, frozen=True, gc=False):
    """Samples of one moment."""

    at: Instant
    samples: tuple[Sample, ...]


class Opened(Struct, frozen=True, kw_only=True):
    """A transaction began, and the backend is to number it (1.6 StartTransaction)."""

    connector_id: int
    id_tag: str
    meter_start_wh: float
    at: Instant
    reservation_id: int | None = None


class Closed(Struct, frozen=True, kw_only=True):
    """A transaction the backend numbered is over (1.6 StopTransaction)."""

    number: int
    meter_stop_wh: float
    at: Instant
    id_tag: str | None = None
    reason: str
    readings: tuple[Reading, ...] = ()


class Told(Struct, frozen=True, kw_only=True):
    """Something about a transaction the charger named itself (2.x TransactionEvent)."""

    kind: Literal["Started", "Updated", "Ended"]
    ocpp_id: str
    seq_no: int
    at: Instant
    trigger: str
    charging_state: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    id_tag: str | None = None
    id_tag_type: str | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    stop_reason: str | None = None
    readings: tuple[Reading, ...] = ()


class Metered(Struct, frozen=True, kw_only=True, gc=False):
    """Meter values, of a transaction or of none."""

    evse_id: int
    connector_id: int | None
    transaction_number: int | None = None
    readings: tuple[Reading, ...]


class DataSent(Struct, frozen=True):
    """Vendor-specific talk; data that is no text (2.x) as JSON text."""

    vendor_id: str
    message_id: str | None
    data: str | None


class FirmwareProgress(Struct, frozen=True):
    """How an update fares."""

    status: str
    request_id: int | None = None


class DiagnosticsProgress(Struct, frozen=True):
    """How an upload of diagnostics or a log fares."""

    status: str
    request_id: int | None = None


class SecurityEvent(Struct, frozen=True):
    """Something that bears on security."""

    type: str
    tech_info: str | None
    at: Instant


class ReportPart(Struct, frozen=True):
    """A part of the report that a command asked for (2.x NotifyReport)."""

    request_id: int
    settings: tuple[tuple[str, bool, str | None], ...]
    """(key, readonly, value) each."""
    last: bool
    payload: dict[str, Any]


class CertificateAsked(Struct, frozen=True):
    """It wants a certificate of its own signed."""

    csr: str
    """PEM."""
    certificate_type: str | None
    payload: dict[str, Any]


class ReservationEnded(Struct, frozen=True):
    """A reservation came to nothing (2.x ReservationStatusUpdate)."""

    reservation_id: int
    has_expired: bool
    """Else it was removed, since its connector is out of service."""
    payload: dict[str, Any]


class Mentioned(Struct, frozen=True):
    """Something the backend has no use for beyond passing it on."""

    action: str
    payload: dict[str, Any]
    statuses: tuple[StatusReported, ...] = ()
    """Connector statuses among it (2.x NotifyEvent)."""


Said: TypeAlias = (
    Booted
    | Beat
    | StatusReported
    | Asked
    | Opened
    | Closed
    | Told
    | Metered
    | DataSent
    | FirmwareProgress
    | DiagnosticsProgress
    | SecurityEvent
    | ReportPart
    | CertificateAsked
    | ReservationEnded
    | Mentioned
)


class Tag(Struct, frozen=True):
    """What is decided about a tag."""

    status: TagStatus
    expires_at: Instant | None = None
    parent: str | None = None
    by: Literal["tags", "hook", "fallback"] = "tags"
    """Who decided: the organization's own tags and settings, its authorization hook, or what it
    wants where that gives no verdict."""


class BootReply(Struct, frozen=True):
    """The answer to `Booted`."""

    status: Registration
    interval_s: int


class TagReply(Struct, frozen=True):
    """The answer to `Asked`."""

    tag: Tag


class TransactionReply(Struct, frozen=True):
    """The answer to `Opened` (with its number), `Closed` and `Told` (with a tag where one came)."""

    tag: Tag | None = None
    number: int | None = None


class DataReply(Struct, frozen=True):
    """The answer to `DataSent`: a status as on the wire."""

    status: str
    data: str | None = None


class SigningReply(Struct, frozen=True):
    """The answer to `CertificateAsked`."""

    is_accepted: bool


class Noted(Struct, frozen=True, gc=False):
    """The answer where there is nothing to say."""


Reply: TypeAlias = BootReply | TagReply | TransactionReply | DataReply | SigningReply | Noted
NOTED = Noted()
BEAT = Beat()
