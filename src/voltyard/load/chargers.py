"""Chargers of a load run, as the run sees them: their links, and the calls that they owe."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum

from voltyard.charger.description.specification import ChargerSpec
from voltyard.kernel.time import Instant
from voltyard.load.plans.plan import CallRate


class ChargerPresence(Enum):
    """ChargerPresence of a charger, as the stages have it."""

    AWAY = "away"
    """Not come yet, gone, or without power."""
    COMING = "coming"
    """Told to connect, and not ready yet."""
    READY = "ready"
    """Connected, and not told to do without its link since."""


class OpenCall:
    """A call of the charger's own that awaits its answer."""

    __slots__ = ("action", "intended_at", "sent_at")

    def __init__(self, action: str, intended_at: Instant, sent_at: Instant) -> None:
        self.action = action
        self.intended_at = intended_at
        self.sent_at = sent_at


class LoadCharger:
    """A charger of a load run."""

    __slots__ = (
        "backlog",
        "connect_from",
        "cuts",
        "is_accepted",
        "is_linked",
        "key",
        "open_call",
        "presence",
        "ready_at",
        "spec",
        "tag",
        "under_way",
    )

    def __init__(self, spec: ChargerSpec, tag: str) -> None:
        self.key = spec.identity
        self.spec = spec
        self.tag = tag
        self.presence = ChargerPresence.AWAY
        self.is_linked = False
        self.is_accepted = False
        self.connect_from: Instant | None = None
        """Moment at which it was to dial; None: its link has come."""
        self.ready_at: Instant = 0.0
        """Moment since which it can call."""
        self.cuts = 0
        """Times that the stages have cut its link."""
        self.open_call: OpenCall | None = None
        self.under_way: tuple[CallRate | None, Instant] | None = None
        """The deed that it was last asked for and has not done, and its intended moment; a deed is
        a call, or None: a session."""
        self.backlog: deque[tuple[CallRate | None, Instant]] = deque()
        """Deeds that wait for that one."""

    @property
    def is_connected(self) -> bool:
        """True where it has a link and its boot is accepted."""
        return self.is_linked and self.is_accepted

    def owes(self, until: Instant) -> bool:
        """True where something is open that was to be done by that moment."""
        if self.open_call is not None and self.open_call.intended_at <= until:
            return True
        return self.under_way is not None or bool(self.backlog)


Ready = Callable[[LoadCharger, Instant], None]
"""Listener to chargers that can call from that moment on."""
