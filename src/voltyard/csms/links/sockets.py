"""The backend's ends of chargers' links."""

from collections.abc import Callable
from typing import Protocol

from voltyard.csms.session.session import Session
from voltyard.loop.turns import Intake, Turns
from voltyard.ports.links import Link


class SocketUser(Protocol):
    """The user of a socket, called for what comes by it."""

    def opened(self, socket: "Socket") -> None:
        """A link is up."""

    def received(self, socket: "Socket", text: str) -> None:
        """A frame came, and it is its turn."""

    def closed(self, socket: "Socket", code: int, reason: str) -> None:
        """A link is gone."""


class Socket:
    """The backend's end of one link."""

    __slots__ = ("_intake", "_link", "_party", "remote", "session")

    def __init__(self, party: SocketUser, session: Session, remote: str, turns: Turns) -> None:
        self._party = party
        self._link: Link | None = None
        self._intake = Intake(turns, self)
        self.session = session
        self.remote = remote

    def opened(self, link: Link) -> None:
        self._link = link
        self._intake.follow(link)
        self._party.opened(self)

    def received(self, text: str) -> None:
        self._intake.received(text)

    def handle(self, text: str) -> None:
        """See loop.turns.FrameHandler."""
        self._party.received(self, text)

    def closed(self, code: int, reason: str) -> None:
        self._link = None
        self._intake.closed()
        self._party.closed(self, code, reason)

    def pause(self, reason: str) -> None:
        """Take no frame until `resume` of the same reason; other reasons, and the turns of links,
        are not touched."""
        self._intake.pause(reason)

    def resume(self, reason: str) -> None:
        """End a reason for which the link is paused."""
        self._intake.resume(reason)

    def probe(self, answered: Callable[[], None]) -> None:
        """See ports.links.Link; while there is none, there is no answer."""
        if self._link is not None:
            self._link.probe(answered)

    def send(self, text: str) -> None:
        if self._link is not None:
            self._link.send(text)

    def hang_up(self, code: int, reason: str) -> None:
        if self._link is not None:
            self._intake.stop()
            self._link.close(code, reason)


class RefusedLink:
    """The end of a link that is closed as soon as it is open, for a charger with which no
    subprotocol is common (OCPP-J 3.2)."""

    __slots__ = ("_code", "_reason")

    def __init__(self, code: int, reason: str) -> None:
        self._code = code
        self._reason = reason

    def opened(self, link: Link) -> None:
        """Close it."""
        link.close(self._code, self._reason)

    def received(self, text: str) -> None:
        """Nothing is heard on a link that has been closed."""

    def closed(self, code: int, reason: str) -> None:
        """Hear that the link is gone, as it was to be."""
