"""The charger's link to its CSMS: dialled, kept, and dialled again with growing back-off.

Back-off: 2.0.1 Part 4 section 5.3, taken for 1.6 too. Every wait has its own random part, so that a
fleet does not come back all at once.
"""

from __future__ import annotations

from enum import Enum

from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import ConnectionChanged
from voltyard.charger.effects import HangUp
from voltyard.charger.security.credentials import Credentials
from voltyard.charger.variables.standard.communication import (
    BACKOFF_MINIMUM,
    BACKOFF_RANDOM,
    BACKOFF_REPEATS,
)
from voltyard.kernel.time import Instant, Seconds, earliest


class LinkPhase(Enum):
    """The phase of the link."""

    DOWN = "down"
    DIALLING = "dialling"
    UP = "up"
    CLOSING = "closing"
    """Given up, and LinkDown has not come yet."""


class CsmsConnection:
    """The link of one charger to its CSMS."""

    __slots__ = (
        "_context",
        "_credentials",
        "_failures",
        "cut",
        "dial_at",
        "lost_at",
        "phase",
        "restore_at",
        "up",
    )

    def __init__(self, context: ChargerContext, credentials: Credentials) -> None:
        self._context = context
        self._credentials = credentials
        self._failures = 0
        self.phase = LinkPhase.DOWN
        self.up = False
        """True where frames can be sent: the phase is UP."""
        self.dial_at: Instant | None = context.now
        """Moment of the next dial; None: not before somebody says so."""
        self.cut = False
        """The network is down (NetworkDrop)."""
        self.restore_at: Instant | None = None
        """Moment when it comes back by itself."""
        self.lost_at: Instant | None = None
        """Moment when the link was last lost."""

    def _enter(self, phase: LinkPhase) -> None:
        self.phase = phase
        self.up = phase is LinkPhase.UP

    def deadline(self) -> Instant | None:
        """The moment to dial, or at which the network comes back."""
        if self.phase is not LinkPhase.DOWN or self.cut:
            return self.restore_at
        return earliest(self.dial_at, self.restore_at)

    def recover(self) -> None:
        """The network comes back by itself if it is time, whether or not there is power."""
        if self.restore_at is not None and self.restore_at <= self._context.now:
            self.restore()

    def tick(self) -> None:
        """Dial if it is time."""
        now = self._context.now
        if (
            self.cut
            or self.phase is not LinkPhase.DOWN
            or self.dial_at is None
            or self.dial_at > now
        ):
            return
        context = self._context
        self._enter(LinkPhase.DIALLING)
        self.dial_at = None
        context.effects.append(self._credentials.dial())

    def opened(self, subprotocol: str) -> bool:
        """The link is up; whether it can be used. A peer that speaks nothing of ours is left at
        once."""
        context = self._context
        if self.phase is not LinkPhase.DIALLING:
            context.effects.append(HangUp(abruptly=True))
            self._enter(LinkPhase.CLOSING)
            return False
        if subprotocol != context.dialect.version.subprotocol:
            self._failures += 1
            self.dial_at = context.now + self.patience_s()
            context.effects.append(HangUp(1002, "no common subprotocol"))
            self._enter(LinkPhase.CLOSING)
            return False
        self._enter(LinkPhase.UP)
        context.report(ConnectionChanged(at=context.now, connected=True))
        return True

    def start(self, at: Instant) -> None:
        """The charger starts anew, and dials at that moment."""
        self._credentials.restarted()
        self.dial_at = at

    def heard(self) -> None:
        """The peer has said something: it is there."""
        self._failures = 0

    def closed(self, reason: str) -> None:
        """The link is gone, or the dial has failed."""
        context = self._context
        was = self.phase
        self._enter(LinkPhase.DOWN)
        if was is LinkPhase.UP:
            self._lost(reason)
        if was in (LinkPhase.UP, LinkPhase.DIALLING):
            self.dial_at = context.now + self.patience_s()
            self._failures += 1

    def _lost(self, reason: str) -> None:
        context = self._context
        self.lost_at = context.now
        context.report(ConnectionChanged(at=context.now, connected=False, reason=reason))

    def hang_up(self, reason: str, redial_at: Instant | None, *, abruptly: bool = False) -> None:
        """Give up the link, and dial anew at that moment; None: when told."""
        self.dial_at = redial_at
        if self.phase is LinkPhase.UP:
            self._context.effects.append(HangUp(reason=reason, abruptly=abruptly))
            self._enter(LinkPhase.CLOSING)
            self._lost(reason)
        elif self.phase is LinkPhase.DIALLING:
            self._enter(LinkPhase.CLOSING)  # should it open all the same, it is closed at once

    def drop(self, duration_s: Seconds | None) -> None:
        """The network fails, for so long or until it is restored."""
        self._context.remember()
        self.cut = True
        self.restore_at = None if duration_s is None else self._context.now + duration_s
        self.hang_up("network down", self._context.now, abruptly=True)

    def restore(self) -> None:
        """The network is back: dial at once."""
        self._context.remember()
        self.cut = False
        self.restore_at = None
        self._failures = 0
        if self.phase is LinkPhase.DOWN and self.dial_at is not None:
            self.dial_at = min(self.dial_at, self._context.now)

    def recall(self, cut: bool, restore_at: Instant | None) -> None:
        """Take up what was remembered of the network."""
        self.cut = cut
        self.restore_at = restore_at

    def change_time(self, before: Instant, now: Instant, factor: float) -> None:
        """Time was `before` and is `now`, and passes `factor` times as fast: a dial that is due
        some time is as long in coming."""
        if self.dial_at is not None:
            self.dial_at = now + (self.dial_at - before) * factor

    def patience_s(self) -> Seconds:
        """The time to wait after so many failures, in real time whatever the charger's."""
        settings = self._context.settings
        doublings = min(self._failures, settings.number(BACKOFF_REPEATS))
        spread_s = settings.number(BACKOFF_RANDOM)
        random_s = self._context.draw("back-off").uniform(0.0, spread_s) if spread_s else 0.0
        wait_s = settings.number(BACKOFF_MINIMUM) * 2.0**doublings + random_s
        return self._context.in_real_time(wait_s)
