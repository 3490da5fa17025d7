"""Why a call was made: its token in the Rpc, from which the charger knows what to do with the
answer."""

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.authorization import IdToken
from voltyard.charger.connector import Broken
from voltyard.charger.smart.profiles import Profile
from voltyard.charger.transaction import Trigger
from voltyard.kernel.time import Seconds
from voltyard.kernel.units import WattHours


class Boot(Struct, frozen=True):
    """BootNotification."""


class Beat(Struct, frozen=True):
    """Heartbeat."""


class StatusTold(Struct, frozen=True):
    """StatusNotification; 0, 0 is the charger itself."""

    evse_id: int
    connector_id: int


class FaultTold(Struct, frozen=True):
    """NotifyEvent of a fault that has come, or was mended."""

    evse_id: int
    connector_id: int
    broken: Broken
    mended: bool


class ReservationTold(Struct, frozen=True):
    """ReservationStatusUpdate."""

    id: int
    why: Literal["Expired", "Removed"]


class FirmwareTold(Struct, frozen=True):
    """How a firmware update goes."""


class UploadTold(Struct, frozen=True):
    """How the upload of a log goes."""


class TransactionTold(Struct, frozen=True):
    """The head of the outbox."""


class Aim(Struct, frozen=True, kw_only=True):
    """What a presented token is wanted for."""

    what: Literal["ask", "start", "stop"]
    evse_id: int = 0
    connector_id: int = 0
    trigger: Trigger = "Authorized"
    remote_start_id: int | None = None
    profile: Profile | None = None
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


class Inquiry(Struct, frozen=True):
    """Authorize."""

    token: IdToken
    aim: Aim


class Proxied(Struct, frozen=True):
    """A message of somebody else's making."""

    command_id: str


class SecurityTold(Struct, frozen=True):
    """SecurityEventNotification: the oldest of the queue."""


class Signing(Struct, frozen=True):
    """SignCertificate."""


class ReportTold(Struct, frozen=True):
    """NotifyReport: a page."""


class Told(Struct, frozen=True):
    """A message whose answer matters to nobody."""


Purpose: TypeAlias = (
    FirmwareTold
    | UploadTold
    | Boot
    | Beat
    | StatusTold
    | FaultTold
    | ReservationTold
    | TransactionTold
    | Inquiry
    | Proxied
    | SecurityTold
    | Signing
    | ReportTold
    | Told
)

BOOT = Boot()
BEAT = Beat()
TRANSACTION = TransactionTold()
SECURITY = SecurityTold()
SIGNING = Signing()
FIRMWARE = FirmwareTold()
UPLOAD = UploadTold()
REPORT = ReportTold()
TOLD = Told()
