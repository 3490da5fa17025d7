"""Purposes of the charger's own calls: tokens in the Rpc that say what a response is for."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.evse.connector import ActiveFault
from voltyard.charger.security.kept import SigningUse
from voltyard.charger.smart_charging.profiles import ChargingProfile
from voltyard.charger.transactions.transaction import TriggerReason
from voltyard.kernel.time import Seconds
from voltyard.kernel.units import WattHours
from voltyard.pki.statuses import OcspQuery


class BootNotification(Struct, frozen=True):
    """BootNotification."""


class Heartbeat(Struct, frozen=True):
    """Heartbeat."""


class StatusNotification(Struct, frozen=True):
    """StatusNotification; 0, 0 is the charger itself."""

    evse_id: int
    connector_id: int


class NotifyEvent(Struct, frozen=True):
    """NotifyEvent of a fault that has come, or was mended."""

    evse_id: int
    connector_id: int
    broken: ActiveFault
    mended: bool


class ReservationStatusUpdate(Struct, frozen=True):
    """ReservationStatusUpdate."""

    id: int
    why: Literal["Expired", "Removed"]


class FirmwareStatusNotification(Struct, frozen=True):
    """FirmwareStatusNotification, or 1.6's SignedFirmwareStatusNotification."""


class PublishFirmwareStatusNotification(Struct, frozen=True):
    """PublishFirmwareStatusNotification."""


class LogStatusNotification(Struct, frozen=True):
    """LogStatusNotification, or 1.6's DiagnosticsStatusNotification."""


class TransactionMessage(Struct, frozen=True):
    """TransactionEvent, or 1.6's StartTransaction, MeterValues or StopTransaction."""


class Aim(Struct, frozen=True, kw_only=True):
    """The use a presented token is put to: to ask about it, to start, or to stop."""

    what: Literal["ask", "start", "stop"]
    evse_id: int = 0
    connector_id: int = 0
    trigger: TriggerReason = "Authorized"
    remote_start_id: int | None = None
    profile: ChargingProfile | None = None
    """Of a start: the charging profile it has."""
    transaction: str | None = None
    """Of a stop: the charger's own id of the transaction to be stopped."""
    duration_s: Seconds | None = None
    """After which the session ends by itself."""
    target_wh: WattHours | None = None
    """After which it does too."""
    unplugs: bool = False
    """The vehicle leaves when it has."""
    came: bool = False
    """The vehicle came for this alone, and leaves where nothing comes of it."""
    command_id: str | None = None
    """The command that waits for the outcome."""


class Authorize(Struct, frozen=True):
    """Authorize."""

    token: IdToken
    aim: Aim


class ProxiedCall(Struct, frozen=True):
    """A message of the caller's own making (ProxyMessage)."""

    command_id: str


class SecurityEventNotification(Struct, frozen=True):
    """SecurityEventNotification: the oldest of the queue."""


class SignCertificate(Struct, frozen=True):
    """SignCertificate; `use` is that of the certificate's owner."""

    use: SigningUse


class AuthorizeContract(Struct, frozen=True):
    """Authorize of a contract certificate."""

    token: IdToken
    evse_id: int


class Get15118EvCertificate(Struct, frozen=True):
    """Get15118EVCertificate for the vehicle at an EVSE."""

    evse_id: int


class GetCertificateStatus(Struct, frozen=True):
    """GetCertificateStatus of a certificate of the charger's V2G chain."""

    query: OcspQuery


class NotifyReport(Struct, frozen=True):
    """NotifyReport: a page."""


class MonitorNotice(Struct, frozen=True):
    """NotifyEvent of what monitors have triggered."""


class NotifyEVChargingNeeds(Struct, frozen=True):
    """NotifyEVChargingNeeds, of the vehicle at that EVSE."""

    evse_id: int


class AnswerIgnored(Struct, frozen=True):
    """A message whose response is ignored."""


CallPurpose: TypeAlias = (
    FirmwareStatusNotification
    | LogStatusNotification
    | PublishFirmwareStatusNotification
    | BootNotification
    | Heartbeat
    | StatusNotification
    | NotifyEvent
    | ReservationStatusUpdate
    | TransactionMessage
    | Authorize
    | AuthorizeContract
    | Get15118EvCertificate
    | GetCertificateStatus
    | ProxiedCall
    | SecurityEventNotification
    | SignCertificate
    | NotifyReport
    | MonitorNotice
    | NotifyEVChargingNeeds
    | AnswerIgnored
)

BOOT_NOTIFICATION = BootNotification()
HEARTBEAT = Heartbeat()
TRANSACTION_MESSAGE = TransactionMessage()
SECURITY_EVENT_NOTIFICATION = SecurityEventNotification()
FIRMWARE_STATUS_NOTIFICATION = FirmwareStatusNotification()
LOG_STATUS_NOTIFICATION = LogStatusNotification()
PUBLISH_FIRMWARE_STATUS_NOTIFICATION = PublishFirmwareStatusNotification()
NOTIFY_REPORT = NotifyReport()
MONITOR_NOTICE = MonitorNotice()
ANSWER_IGNORED = AnswerIgnored()
