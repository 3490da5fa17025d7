"""Effects that a simulated charger wants: its only output, carried out by the host in order."""

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import Struct

from voltyard.charger.description.events import ChargerEvent
from voltyard.kernel.masked_text import masked_repr
from voltyard.kernel.time import Instant
from voltyard.kernel.tls import SYSTEM_TRUST, Tls

if TYPE_CHECKING:
    from voltyard.charger.snapshot import Snapshot


class Transmit(Struct, frozen=True, gc=False):
    """Send this frame over the link."""

    text: str


class Report(Struct, frozen=True, gc=False):
    """Publish this event to whoever listens."""

    event: ChargerEvent


class Done(Struct, frozen=True, tag="completed"):
    """The command was carried out; what came of it, e.g. the idTagInfo of an Authorize."""

    result: dict[str, Any] = {}


class Failed(Struct, frozen=True, tag="failed"):
    """The command could not be carried out, and changed nothing unless details say otherwise.

    `code` is one of voltyard.kernel.errors or an OCPP error code of the peer's.
    """

    code: str
    message: str
    details: dict[str, Any] = {}


class CommandResult(Struct, frozen=True):
    """The one result of the command of that id."""

    id: str
    outcome: Done | Failed


class Dial(Struct, frozen=True):
    """Open a link; LinkUp or LinkDown follows."""

    url: str
    subprotocols: tuple[str, ...]
    username: str
    password: str | None
    ping_interval_s: float
    tls: Tls = SYSTEM_TRUST

    def __repr__(self) -> str:
        return masked_repr(self, "password")


class HangUp(Struct, frozen=True):
    """Close the link; LinkDown follows."""

    code: int = 1000
    reason: str = ""
    abruptly: bool = False
    """Without a close frame, as in a power cut."""


class LogRange(Struct, frozen=True):
    """The period of the charger's log that is to be sent. Moments are true time."""

    oldest_at: Instant | None = None
    latest_at: Instant | None = None


class FetchFile(Struct, frozen=True):
    """Fetch this file and describe it; Transferred follows, unless AbortTransfer comes before."""

    id: str
    url: str
    tls: Tls = SYSTEM_TRUST
    is_kept: bool = False
    """Keep the file under that id, until DropFile."""


class SendFile(Struct, frozen=True):
    """Send a file of that name; Transferred follows, unless AbortTransfer comes before."""

    id: str
    url: str
    name: str
    content: str | LogRange
    """The file's content, or the part of this charger's log that is to be it."""
    tls: Tls = SYSTEM_TRUST


class AbortTransfer(Struct, frozen=True):
    """Give up the transfer of that id; no Transferred follows."""

    id: str


class PublishFile(Struct, frozen=True):
    """Serve the file that is kept under that id; FilePublished follows, unless WithdrawFile or
    DropFile comes before, and FileDownloads whenever another number of stations fetches it."""

    id: str
    name: str
    """The last part of its URLs."""


class WithdrawFile(Struct, frozen=True):
    """Serve the file no more, but keep it."""

    id: str


class DropFile(Struct, frozen=True):
    """Serve the file no more, and forget it."""

    id: str


class SnapshotSource(Protocol):
    """The source of a snapshot: the charger itself, or its quirks around it."""

    def snapshot(self) -> "Snapshot":
        """The memory that persists, as of the last step."""


class Remember(Struct, frozen=True):
    """Store `snapshot`: what persists has changed. At most one a step, and built when asked for."""

    keeper: SnapshotSource

    @property
    def snapshot(self) -> "Snapshot":
        """The memory that is to be kept, as of now."""
        return self.keeper.snapshot()


Effect: TypeAlias = (
    Transmit
    | Report
    | CommandResult
    | Dial
    | HangUp
    | Remember
    | FetchFile
    | SendFile
    | AbortTransfer
    | PublishFile
    | WithdrawFile
    | DropFile
)
