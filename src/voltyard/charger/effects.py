"""What a simulated charger wants done. Its only output, carried out by the host in order."""

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from msgspec import Struct

from voltyard.charger.events import Event
from voltyard.kernel.secrets import without
from voltyard.kernel.time import Instant
from voltyard.kernel.tls import SYSTEM_TRUST, Tls

if TYPE_CHECKING:
    from voltyard.charger.snapshot import Snapshot


class Transmit(Struct, frozen=True, gc=False):
    """Send this frame over the link."""

    text: str


class Report(Struct, frozen=True, gc=False):
    """Tell whoever listens that this happened."""

    event: Event


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


class Answer(Struct, frozen=True):
    """The one result of the command `id`."""

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
        return without(self, "password")


class HangUp(Struct, frozen=True):
    """Close the link; LinkDown follows."""

    code: int = 1000
    reason: str = ""
    abruptly: bool = False
    """Without a close frame, as in a power cut."""


class LogWanted(Struct, frozen=True):
    """Which part of what this charger did is wanted. Moments are true time."""

    oldest_at: Instant | None = None
    latest_at: Instant | None = None


class Fetch(Struct, frozen=True):
    """Fetch this file, and say what it is; Transferred follows, unless Abort comes before."""

    id: str
    url: str
    tls: Tls = SYSTEM_TRUST


class Send(Struct, frozen=True):
    """Send a file of that name; Transferred follows, unless Abort comes before."""

    id: str
    url: str
    name: str
    content: str | LogWanted
    """What is in it, or which part of this charger's log is to be."""
    tls: Tls = SYSTEM_TRUST


class Abort(Struct, frozen=True):
    """Give up the transfer of that id; nothing more is to be heard of it."""

    id: str


class Keeps(Protocol):
    """Who can say what is to be kept: the charger itself."""

    def snapshot(self) -> "Snapshot":
        """What persists, as of the last step."""


class Remember(Struct, frozen=True):
    """What persists has changed: keep `snapshot`, with which `Charger.restore` begins after a
    restart of the process. At most one a step; the snapshot is built when it is asked for, so a
    host that writes rarely builds it rarely."""

    keeper: Keeps

    @property
    def snapshot(self) -> "Snapshot":
        """What is to be kept, as of now."""
        return self.keeper.snapshot()


Effect: TypeAlias = Transmit | Report | Answer | Dial | HangUp | Remember | Fetch | Send | Abort
