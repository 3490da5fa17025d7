"""Chargers' requests and the replies to them, in neither version's words.

The dialects make the `ChargerRequest` and turn the `Reply` into the version's message. Moments are
the charger's own, as `Instant`s."""

from decimal import Decimal
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.records import RegistrationStatus, SampledValue
from voltyard.csms.smart_charging.plan import ChosenSchedule, ExternalLimit, Needs
from voltyard.kernel.time import Instant
from voltyard.pki.statuses import CertificateVerdict, OcspQuery


class BootNotification(Struct, frozen=True, gc=False):
    """BootNotification (B01 to B03)."""

    vendor: str
    model: str
    serial_number: str | None
    firmware_version: str | None
    reason: str | None = None


class Heartbeat(Struct, frozen=True, gc=False):
    """Heartbeat (G02)."""


class StatusNotification(Struct, frozen=True, kw_only=True):
    """StatusNotification of a connector (G01); EVSE 0 is the charger as a whole."""

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


class Authorize(Struct, frozen=True):
    """Authorize (C01)."""

    id_tag: str
    id_tag_type: str | None = None
    chain: str | None = None
    """2.x: the contract certificate and those that signed it, to be validated here (C07)."""
    queries: tuple[OcspQuery, ...] = ()
    """2.x: of a contract that the charger has validated, what to ask the statuses by."""


class MeterValue(Struct, frozen=True, gc=False):
    """MeterValue: the samples of one moment."""

    at: Instant
    samples: tuple[SampledValue, ...]


class StartTransaction(Struct, frozen=True, kw_only=True):
    """StartTransaction (1.6 section 4.8), to be numbered by the backend."""

    connector_id: int
    id_tag: str
    meter_start_wh: float
    at: Instant
    reservation_id: int | None = None


class StopTransaction(Struct, frozen=True, kw_only=True):
    """StopTransaction (1.6 section 4.10)."""

    number: int
    meter_stop_wh: float
    at: Instant
    id_tag: str | None = None
    reason: str
    readings: tuple[MeterValue, ...] = ()


class TransactionEvent(Struct, frozen=True, kw_only=True):
    """TransactionEvent (2.x E), of a transaction that the charger named itself."""

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
    readings: tuple[MeterValue, ...] = ()


class MeterValues(Struct, frozen=True, kw_only=True, gc=False):
    """MeterValues, of a transaction or of none (J)."""

    evse_id: int
    connector_id: int | None
    transaction_number: int | None = None
    readings: tuple[MeterValue, ...]


class DataTransfer(Struct, frozen=True):
    """DataTransfer (P02); data that is no text (2.x) as JSON text."""

    vendor_id: str
    message_id: str | None
    data: str | None


class FirmwareStatusNotification(Struct, frozen=True):
    """FirmwareStatusNotification (L), and SignedFirmwareStatusNotification of 1.6."""

    status: str
    request_id: int | None = None


class PublishFirmwareStatusNotification(Struct, frozen=True):
    """PublishFirmwareStatusNotification (L03): a local controller's progress."""

    status: str
    request_id: int | None
    payload: dict[str, Any]


class LogStatusNotification(Struct, frozen=True):
    """LogStatusNotification (N), and DiagnosticsStatusNotification of 1.6."""

    status: str
    request_id: int | None = None


class SecurityEventNotification(Struct, frozen=True):
    """SecurityEventNotification (A04)."""

    type: str
    tech_info: str | None
    at: Instant


class ReportPart(Struct, frozen=True):
    """A part of a report that a command may have asked for: NotifyReport (2.x B07),
    NotifyDisplayMessages (O03), NotifyCustomerInformation (N09), ..."""

    action: str
    request_id: int
    items: tuple[Any, ...]
    """As the dialect's `whole_report` takes them."""
    is_last: bool
    payload: dict[str, Any]


class SignCertificate(Struct, frozen=True):
    """SignCertificate (A02)."""

    csr: str
    """PEM."""
    certificate_type: str | None
    payload: dict[str, Any]


class Get15118EvCertificate(Struct, frozen=True):
    """Get15118EVCertificate (2.x M01, M02)."""

    action: Literal["Install", "Update"]
    exi_request: str
    """In EXI and base64: it is not looked into."""
    payload: dict[str, Any]


class GetCertificateStatus(Struct, frozen=True):
    """GetCertificateStatus (2.x M06)."""

    query: OcspQuery
    payload: dict[str, Any]


class ReservationStatusUpdate(Struct, frozen=True):
    """ReservationStatusUpdate (2.x H): a reservation that has expired or was removed."""

    reservation_id: int
    has_expired: bool
    """Else it was removed, since its connector is out of service."""
    payload: dict[str, Any]


class NotifyEVChargingNeeds(Struct, frozen=True):
    """NotifyEVChargingNeeds (2.x K15, K17)."""

    needs: Needs | None
    """None: parameters neither of AC nor of DC, or none to plan with."""
    payload: dict[str, Any]


class NotifyEVChargingSchedule(Struct, frozen=True):
    """NotifyEVChargingSchedule (2.x K15, K16, K17)."""

    schedule: ChosenSchedule
    payload: dict[str, Any]


class ChargingLimit(Struct, frozen=True, kw_only=True):
    """NotifyChargingLimit and ClearedChargingLimit (2.x K11 to K13)."""

    action: Literal["NotifyChargingLimit", "ClearedChargingLimit"]
    source: str
    evse_id: int
    """0: the whole charger."""
    limit: ExternalLimit | None
    """None: lifted, or not told."""
    payload: dict[str, Any]


class OtherRequest(Struct, frozen=True):
    """A request that is passed on as an event and changes nothing else."""

    action: str
    payload: dict[str, Any]
    statuses: tuple[StatusNotification, ...] = ()
    """Connector statuses among it (2.x NotifyEvent)."""


ChargerRequest: TypeAlias = (
    BootNotification
    | Heartbeat
    | StatusNotification
    | Authorize
    | StartTransaction
    | StopTransaction
    | TransactionEvent
    | MeterValues
    | DataTransfer
    | FirmwareStatusNotification
    | PublishFirmwareStatusNotification
    | LogStatusNotification
    | SecurityEventNotification
    | ReportPart
    | SignCertificate
    | Get15118EvCertificate
    | GetCertificateStatus
    | ReservationStatusUpdate
    | NotifyEVChargingNeeds
    | NotifyEVChargingSchedule
    | ChargingLimit
    | OtherRequest
)


class BootNotificationReply(Struct, frozen=True):
    """The reply to BootNotification."""

    status: RegistrationStatus
    interval_s: int


class AuthorizeReply(Struct, frozen=True):
    """The reply to Authorize."""

    tag: TagDecision
    certificate_status: CertificateVerdict | None = None
    """Of the contract certificate, where there was one to judge."""


class TransactionReply(Struct, frozen=True):
    """The reply to StartTransaction (with its number), StopTransaction, TransactionEvent."""

    tag: TagDecision | None = None
    number: int | None = None
    total_cost: Decimal | None = None
    """Of one that has ended (2.x I03)."""


class DataTransferReply(Struct, frozen=True):
    """The reply to DataTransfer: a status as on the wire."""

    status: str
    data: str | None = None


class SignCertificateReply(Struct, frozen=True):
    """The reply to SignCertificate."""

    is_accepted: bool


class EvCertificateReply(Struct, frozen=True):
    """The reply to Get15118EVCertificate."""

    exi_response: str | None
    """In EXI and base64; None: there is none."""
    reason: str = ""


class CertificateStatusReply(Struct, frozen=True):
    """The reply to GetCertificateStatus."""

    ocsp_result: str | None
    """The OCSP response in base64; None: there is none."""
    reason: str = ""


class NeedsReply(Struct, frozen=True):
    """The reply to NotifyEVChargingNeeds: whether a plan follows."""

    is_accepted: bool


class EvScheduleReply(Struct, frozen=True):
    """The reply to NotifyEVChargingSchedule: whether it keeps to the plan."""

    is_accepted: bool


class EmptyReply(Struct, frozen=True, gc=False):
    """A reply without content."""


Reply: TypeAlias = (
    BootNotificationReply
    | AuthorizeReply
    | TransactionReply
    | DataTransferReply
    | SignCertificateReply
    | EvCertificateReply
    | CertificateStatusReply
    | NeedsReply
    | EvScheduleReply
    | EmptyReply
)
EMPTY_REPLY = EmptyReply()
HEARTBEAT = Heartbeat()
