"""Refused handshakes at a node: counted there, and handed on to the server."""

from typing import Protocol

from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.kernel.time import Instant
from voltyard.ports.links import BrokenHandshake, Handshake


class Refused(Protocol):
    """Whoever is told of each refused handshake: at the server, `Refusals.take`."""

    def __call__(
        self,
        path: str,
        remote: str,
        subprotocols: tuple[str, ...],
        reason: RefusalReason,
        detail: str,
        at: Instant,
    ) -> None:
        """Must not raise."""


class RefusalNotes(Protocol):
    """The notes of refused handshakes, as they are taken at the gate and counted."""

    counts: dict[RefusalReason, int]

    @property
    def count(self) -> int:
        """All of them."""

    def note(self, handshake: Handshake, reason: RefusalReason, now: Instant) -> None:
        """Count and tell a handshake that was refused."""

    def note_broken(self, broken: BrokenHandshake, now: Instant) -> None:
        """Likewise, one that came to nothing before the gate was asked."""

    def tick(self, now: Instant) -> None:
        """Do what is due."""


class NodeRefusals:
    """The RefusalNotes of a node."""

    def __init__(self, refused: Refused) -> None:
        self._refused = refused
        self.counts = dict.fromkeys(RefusalReason, 0)
        """Refusals so far, by the reasons of the gate."""

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    def note(self, handshake: Handshake, reason: RefusalReason, now: Instant) -> None:
        """Count it, and hand it on."""
        self.counts[reason] += 1
        self._refused(handshake.path, handshake.remote, handshake.subprotocols, reason, "", now)

    def note_broken(self, broken: BrokenHandshake, now: Instant) -> None:
        """Count it, and hand it on."""
        reason = RefusalReason(broken.cause)
        self.counts[reason] += 1
        self._refused(broken.path, broken.remote, broken.subprotocols, reason, broken.detail, now)

    def tick(self, now: Instant) -> None:
        """Do nothing: the server tells."""
