"""The reception of chargers under test: one door, and the case that each charger plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import unquote

from voltyard.conformance.wire.tester_link import TesterLink
from voltyard.ports.links import Admitted, Barred, GateDecision, Handshake, Link, LinkUser

Receive: TypeAlias = Callable[[Handshake], TesterLink | Barred]
"""Decides on a handshake: the tester's end of the link, or a refusal."""


def identity_of(handshake: Handshake) -> str:
    """The identity of the charger that dials: the last part of its path (OCPP-J 3.1.1)."""
    return unquote(handshake.path.partition("?")[0].rpartition("/")[2])


class Reception:
    """The gate of the tester's door. Each identity is expected by one case at a time."""

    def __init__(self, unexpected: Receive) -> None:
        """`unexpected` receives those that no case expects."""
        self._unexpected = unexpected
        self._expected: dict[str, Receive] = {}
        self._visits: dict[str, _Visit] = {}

    def expect(self, identity: str, receive: Receive) -> None:
        """From here on that charger's handshakes are for `receive`."""
        self._expected[identity] = receive

    def dismiss(self, identity: str) -> None:
        """No case expects it any more; an open link is served without one."""
        del self._expected[identity]
        visit = self._visits.get(identity)
        if visit is not None and visit.link is not None:
            end = self._unexpected(visit.handshake)
            if isinstance(end, TesterLink):
                visit.hand_to(end)

    def take_over(self, identity: str) -> TesterLink | None:
        """Hand an open link of that charger to the case that expects it; None: it has none."""
        visit = self._visits.get(identity)
        if visit is None or visit.link is None:
            return None
        end = self._expected[identity](visit.handshake)
        if isinstance(end, Barred):
            visit.link.close()
            return None
        visit.hand_to(end)
        return end

    def gate(self, handshake: Handshake) -> GateDecision:
        """Decide on a handshake."""
        identity = identity_of(handshake)
        end = self._expected.get(identity, self._unexpected)(handshake)
        if isinstance(end, Barred):
            return end
        visit = self._visits[identity] = _Visit(handshake, end)
        subprotocol = end.version.subprotocol
        return Admitted(visit, subprotocol if subprotocol in handshake.subprotocols else None)


class _Visit(LinkUser):
    """One link of a charger, whose tester's end changes from case to case."""

    def __init__(self, handshake: Handshake, end: TesterLink) -> None:
        self.handshake = handshake
        self.link: Link | None = None
        self._end = end

    def hand_to(self, end: TesterLink) -> None:
        assert self.link is not None
        end.follow(self._end)
        self._end = end
        end.opened(self.link)

    def opened(self, link: Link) -> None:
        self.link = link
        self._end.opened(link)

    def received(self, text: str) -> None:
        self._end.received(text)

    def closed(self, code: int, reason: str) -> None:
        self.link = None
        self._end.closed(code, reason)
