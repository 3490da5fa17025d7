"""What the inside needs of the outside. Adapters live in network, storage, bus and runtimes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Instant, Seconds

Clock: TypeAlias = Callable[[], Instant]
"""Where the shells get the moment they hand to the machines."""


# --- links -------------------------------------------------------------------------------------


class Link(Protocol):
    """One end of an open link. It carries whole text frames, in order, until it is closed."""

    @property
    def subprotocol(self) -> str | None:
        """What both ends agreed to speak; None when the peer asked for nothing."""

    def send(self, text: str) -> None:
        """Hand over a frame; never waits. A peer too slow for limits.SEND_BUFFER_BYTES is closed
        with 1013. Sending on a closed link does nothing: `LinkUser.closed` tells of the end."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a WebSocket close code; at most 123 bytes of reason are sent."""

    def abort(self) -> None:
        """Cut the connection without a close frame, as a power cut would."""


class LinkUser(Protocol):
    """Who uses an end of a link. Calls come one at a time, in order: opened, received..., closed."""

    def opened(self, link: Link) -> None:
        """The link is up. Frames may be sent from here on."""

    def received(self, text: str) -> None:
        """A text frame came. Binary frames, bad UTF-8 and frames beyond limits.FRAME_BYTES never
        get here: the link is closed with 1003, 1007 or 1009."""

    def closed(self, code: int, reason: str) -> None:
        """The link is gone, exactly once; 1006 where there was no close frame."""


class DialFailed(Unavailable):
    """No link came of it: refused by the peer (`details["status"]` is its HTTP status), an
    unresolvable host, a time-out, no common subprotocol."""

    code = "dial_failed"


@dataclass(frozen=True, slots=True)
class Dialling:
    """Whom to call and as whom."""

    url: str
    subprotocols: tuple[str, ...]
    username: str = ""
    password: str | None = None
    """Basic authentication is sent where a password is given (OCPP security profile 1)."""
    timeout_s: Seconds = 15.0
    ping_interval_s: Seconds = 0.0
    """0: this end sends no pings. A peer that answers none within two intervals is closed (1006)."""


class Dialler(Protocol):
    """The client's side of links."""

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Connect; `user.opened` has been called when this returns. DialFailed where it cannot."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """What a peer says before its link is up."""

    path: str
    """As on the wire: percent-encoded, with any query."""
    subprotocols: tuple[str, ...]
    """In the peer's order of preference."""
    authorization: str | None
    remote: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """The peer may come in, and `user` takes the link."""

    user: LinkUser
    subprotocol: str | None
    ping_interval_s: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Barred:
    """The peer is refused before the upgrade."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


Gate: TypeAlias = Callable[[Handshake], Admitted | Barred]
"""Decides on a handshake at once, from memory."""


class Door(Protocol):
    """The server's side of links."""

    @property
    def port(self) -> int:
        """The port it listens on, known once open."""

    async def open(self, host: str, port: int, gate: Gate) -> None:
        """Listen; port 0 takes a free one. OSError where it cannot."""

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening, close every link with that code, and wait until they are gone."""
