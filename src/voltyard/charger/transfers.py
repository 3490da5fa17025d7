"""What a firmware update and a log upload have in common: attempts at getting a file across.

An attempt is an effect (`Fetch` or `Send`) and ends with `Transferred`, or with `Abort`. Between
two there is a pause. No moment here is the wire's: all are true time.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import Struct

from voltyard.charger.core import Core
from voltyard.charger.effects import Abort
from voltyard.charger.security.security import Security
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.tls import Tls

ATTEMPTS = 3
"""How often a transfer is tried where the CSMS leaves that open."""

PAUSE_S: Seconds = 30.0
"""How long is waited between two attempts where the CSMS leaves that open."""


class Persistence(Struct, frozen=True):
    """How often to try, and how long to wait in between."""

    attempts: int = ATTEMPTS
    pause_s: Seconds = PAUSE_S


def persistence(
    retries: int | None, interval_s: int | None, *, after_first: bool = False
) -> Persistence:
    """As the CSMS has it. `retries` is how often to try in all before giving up (1.6 section 6.55,
    white paper sections 5.9 and 5.21), or how often after the first attempt (2.0.1 GetLog and
    UpdateFirmware: 0 means no retries; 1.6 GetDiagnostics by errata 3.50)."""
    attempts = ATTEMPTS
    if retries is not None:
        attempts = min(max(1, retries + after_first), limits.TRANSFER_ATTEMPTS)
    pause_s = PAUSE_S if interval_s is None else min(max(0, interval_s), limits.TRANSFER_PAUSE_S)
    return Persistence(attempts, float(pause_s))


class Attempts:
    """The attempts at one transfer."""

    __slots__ = ("_core", "due_at", "id", "made", "persistence")

    def __init__(self, core: Core, persistence: Persistence, made: int = 0) -> None:
        self._core = core
        self.persistence = persistence
        self.made = made
        self.id: str | None = None
        """Of the one under way."""
        self.due_at: Instant | None = core.now
        """When the next one is due; None while one is under way."""

    @property
    def due(self) -> bool:
        """Whether it is time to try."""
        return self.due_at is not None and self.due_at <= self._core.now

    @property
    def ended(self) -> int:
        """How many have ended."""
        return self.made if self.id is None else self.made - 1

    def begin(self) -> str:
        """An attempt begins; its id."""
        self.made += 1
        self.due_at = None
        self.id = f"t{round(self._core.now * 1000)}-{self._core.serial()}"
        return self.id

    def failed(self) -> bool:
        """The attempt came to nothing; whether there is another one."""
        self.id = None
        if self.made >= self.persistence.attempts:
            return False
        self.due_at = self._core.now + self.persistence.pause_s
        return True

    def interrupt(self) -> None:
        """Give up the one under way as if it had not begun: power or process were taken away."""
        if self.id is None:
            return
        self.abort()
        self.made -= 1
        self.due_at = self._core.now

    def abort(self) -> None:
        """Give up the one under way."""
        if self.id is not None:
            self._core.effects.append(Abort(self.id))
            self.id = None


def trust(security: Security) -> Tls:
    """Whom a charger trusts with its files: whom its link trusts. It shows nothing of itself."""
    return replace(security.credentials.tls(), client_certificate=None, client_key=None)
