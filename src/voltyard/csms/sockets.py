"""The backend's ends of links, and how one that floods is kept from taking all the time."""

import asyncio
from collections import deque
from typing import Protocol

from voltyard.csms.session import Session
from voltyard.kernel import limits
from voltyard.ports import Link


class Party(Protocol):
    """Who hears of what comes by a socket."""

    def opened(self, socket: "Socket") -> None:
        """A link is up."""

    def received(self, socket: "Socket", text: str) -> None:
        """A frame came."""

    def closed(self, socket: "Socket", code: int, reason: str) -> None:
        """A link is gone."""


class Socket:
    """The backend's end of one link. It takes limits.FRAMES_AT_ONCE, then lets others have a turn:
    what one read has brought beyond waits here, and the rest unread."""

    __slots__ = ("_link", "_party", "_taken", "_waiting", "remote", "session")

    def __init__(self, party: Party, session: Session, remote: str) -> None:
        self._party = party
        self._link: Link | None = None
        self._taken = 0
        self._waiting: deque[str] | None = None
        """None: it is nobody else's turn."""
        self.session = session
        self.remote = remote

    def opened(self, link: Link) -> None:
        self._link = link
        self._party.opened(self)

    def received(self, text: str) -> None:
        if self._waiting is not None:
            self._waiting.append(text)
            return
        self._party.received(self, text)
        self._taken += 1
        if self._taken >= limits.FRAMES_AT_ONCE and self._link is not None:
            self._waiting = deque()
            self._link.pause()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        waiting = self._waiting
        if waiting is None or self._link is None:
            return
        for _ in range(min(len(waiting), limits.FRAMES_AT_ONCE)):
            self._party.received(self, waiting.popleft())
        if waiting:
            asyncio.get_running_loop().call_soon(self._go_on)
            return
        self._waiting = None
        self._taken = 0
        self._link.resume()

    def closed(self, code: int, reason: str) -> None:
        self._link = None
        self._waiting = None
        self._party.closed(self, code, reason)

    def send(self, text: str) -> None:
        if self._link is not None:
            self._link.send(text)

    def hang_up(self, code: int, reason: str) -> None:
        if self._link is not None:
            self._link.close(code, reason)


class TurnedAway:
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
        """It is gone, as it was to be."""
