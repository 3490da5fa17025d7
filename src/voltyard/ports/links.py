"""Port of WebSocket links: dialling, listening, and the frames between. Adapters live in network,
storage, bus and runtimes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.errors import Unavailable
from voltyard.kernel.time import Seconds
from voltyard.kernel.tls import SYSTEM_TRUST, Tls

# --- links -------------------------------------------------------------------------------------


class Link(Protocol):
    """One end of an open link. It carries whole text frames, in order, until it is closed."""

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that both ends agreed on; None when the peer asked for nothing."""

    def send(self, text: str) -> None:
        """Hand over a frame; never waits. A peer too slow for limits.SEND_BUFFER_BYTES is closed
        with 1013. Sending on a closed link does nothing: `LinkUser.closed` tells of the end."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close with a WebSocket close code; at most 123 bytes of reason are sent."""

    def abort(self) -> None:
        """Cut the connection without a close frame, as a power cut would."""

    def probe(self, answered: Callable[[], None]) -> None:
        """Ask the peer for a sign of life; `answered` is called with the next one, or never. While
        one is asked for, nothing more is sent for another."""

    def pause(self) -> None:
        """Read no more of the peer for now. What has been read already is still handed over."""

    def resume(self) -> None:
        """Read on."""


class LinkUser(Protocol):
    """User of one end of a link. Calls come one at a time: opened, received..., closed."""

    def opened(self, link: Link) -> None:
        """The link is up. Frames may be sent from here on."""

    def received(self, text: str) -> None:
        """A text frame came. Binary frames, bad UTF-8 and frames beyond limits.FRAME_BYTES never
        get here: the link is closed with 1003, 1007 or 1009."""

    def closed(self, code: int, reason: str) -> None:
        """The link is gone, exactly once; 1006 where there was no close frame."""


class DialFailed(Unavailable):
    """A dial that brought no link. Refused by the peer (`details["status"]` is its HTTP
    status), an unresolvable host, a time-out, a certificate that cannot be trusted, no common
    subprotocol.

    Where TLS is why, `details["cause"]` may say what of it: certificate, tls_version, tls_cipher.
    """

    code = "dial_failed"


@dataclass(frozen=True, slots=True)
class DialQuirks:
    """Misbehaviour of a dialling charger, on purpose."""

    target: str | None = None
    """The text in the request line in place of the URL's path, unchanged."""
    rudeness: str = ""
    """The flaw of the upgrade request, a name of network.links.malformed_upgrades; no link comes of
    it."""
    answers_pings: bool = True


NO_DIAL_QUIRKS = DialQuirks()


@dataclass(frozen=True, slots=True)
class Dialling:
    """The address, credentials and options of one dial."""

    url: str
    subprotocols: tuple[str, ...]
    username: str = ""
    password: str | None = field(default=None, repr=False)
    """Basic authentication is sent where a password is given (OCPP security profiles 1 and 2)."""
    tls: Tls = SYSTEM_TRUST
    """Of a wss:// URL."""
    timeout_s: Seconds = 15.0
    ping_interval_s: Seconds = 0.0
    """0: this end sends no pings. A peer silent for two intervals is closed (1006)."""
    dial_quirks: DialQuirks = NO_DIAL_QUIRKS
    egress: Egress = ANYWHERE
    """Policy that the URL's host is held to."""


class Dialler(Protocol):
    """The client's side of links."""

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        """Connect; `user.opened` has been called when this returns. DialFailed where it cannot."""


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """The certificate of a peer, which the door has verified."""

    common_name: str
    fingerprint: str = ""
    """SHA-256 of the certificate, in hexadecimal digits."""
    organization_names: tuple[str, ...] = ()
    """Each O of its subject."""
    uris: tuple[str, ...] = ()
    """URIs among its alternative names."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """The upgrade request of a peer, before its link is up."""

    path: str
    """The path on the wire: percent-encoded, with any query."""
    subprotocols: tuple[str, ...]
    """In the peer's order of preference."""
    authorization: str | None = field(repr=False)
    remote: str
    certificate: PeerCertificate | None = None
    """None: it showed none, or one without a common name."""
    origin: str | None = None
    """The header `Origin`, which browsers send and chargers have no use for."""
    host: str | None = None
    """The header `Host`."""
    is_secure: bool = False
    """True where it came over the door's own TLS; what a proxy unwraps is not known here."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """Admission of a peer: `user` takes the link."""

    user: LinkUser
    subprotocol: str | None
    ping_interval_s: Seconds = 0.0


@dataclass(frozen=True, slots=True)
class Barred:
    """Refusal of a peer before the upgrade."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()


GateDecision: TypeAlias = Admitted | Barred

Gate: TypeAlias = Callable[[Handshake], GateDecision | Awaitable[GateDecision]]
"""Decides on a handshake: at once, from memory, or later. What is awaited is cancelled where the
peer has gone meanwhile, and must not raise."""


@dataclass(frozen=True, slots=True)
class BrokenHandshake:
    """A handshake that came to nothing before the gate could decide on it, or in spite of it."""

    remote: str
    cause: Literal[
        "plain_on_tls_port",
        "tls_on_plain_port",
        "certificate_missing",
        "certificate_invalid",
        "tls_failed",
        "malformed_request",
        "not_a_websocket",
    ]
    detail: str = ""
    """The library's own words; none of the peer's."""
    path: str = ""
    """Path of the handshake, where it is known."""
    subprotocols: tuple[str, ...] = ()


BrokenHandshakes: TypeAlias = Callable[[BrokenHandshake], None]
"""Listener to broken handshakes."""


def unheard(_: BrokenHandshake) -> None:
    """Listener that does nothing."""


class Door(Protocol):
    """The server's side of links."""

    @property
    def port(self) -> int:
        """The port it listens on, known once open."""

    async def open(
        self, host: str, port: int, gate: Gate, broken: BrokenHandshakes = unheard
    ) -> None:
        """Listen; port 0 takes a free one. OSError where it cannot."""

    async def close(self, code: int = 1001, reason: str = "") -> None:
        """Stop listening, close every link with that code, and wait until they are gone."""
