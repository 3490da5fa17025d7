"""Attempts at transferring a file: common to firmware updates and log uploads.

An attempt is an effect (`FetchFile` or `SendFile`) and ends with `Transferred`, or with
`AbortTransfer`. Between two there is a pause. No moment here is the wire's: all are true time."""

from __future__ import annotations

from dataclasses import replace

from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import AbortTransfer
from voltyard.charger.firmware.retry_policy import ATTEMPTS, PAUSE_S, RetryPolicy
from voltyard.charger.security.security import Security
from voltyard.kernel import limits
from voltyard.kernel.time import Instant
from voltyard.kernel.tls import Tls


def persistence(
    retries: int | None, interval_s: int | None, *, after_first: bool = False
) -> RetryPolicy:
    """The retry policy that the CSMS asks for. `retries` is how often to try in all before giving
    up (1.6 section 6.55, white paper sections 5.9 and 5.21), or how often after the first attempt
    (2.0.1 GetLog and UpdateFirmware: 0 means no retries; 1.6 GetDiagnostics by errata 3.50)."""
    attempts = ATTEMPTS
    if retries is not None:
        attempts = min(max(1, retries + after_first), limits.TRANSFER_ATTEMPTS)
    pause_s = PAUSE_S if interval_s is None else min(max(0, interval_s), limits.TRANSFER_PAUSE_S)
    return RetryPolicy(attempts, float(pause_s))


class TransferAttempts:
    """The attempts at one transfer."""

    __slots__ = ("_context", "due_at", "id", "made", "persistence")

    def __init__(self, context: ChargerContext, persistence: RetryPolicy, made: int = 0) -> None:
        self._context = context
        self.persistence = persistence
        self.made = made
        self.id: str | None = None
        """Of the one under way."""
        self.due_at: Instant | None = context.now
        """Moment when the next one is due; None while one is under way."""

    @property
    def due(self) -> bool:
        """True where it is time to try."""
        return self.due_at is not None and self.due_at <= self._context.now

    @property
    def ended(self) -> int:
        """The number of attempts that have ended."""
        return self.made if self.id is None else self.made - 1

    def begin(self) -> str:
        """An attempt begins; its id."""
        self.made += 1
        self.due_at = None
        self.id = f"t{round(self._context.now * 1000)}-{self._context.serial()}"
        return self.id

    def failed(self) -> bool:
        """The attempt came to nothing; whether there is another one."""
        self.id = None
        if self.made >= self.persistence.attempts:
            return False
        self.due_at = self._context.now + self.persistence.pause_s
        return True

    def interrupt(self) -> None:
        """Give up the one under way as if it had not begun: power or process were taken away."""
        if self.id is None:
            return
        self.abort()
        self.made -= 1
        self.due_at = self._context.now

    def abort(self) -> None:
        """Give up the one under way."""
        if self.id is not None:
            self._context.effects.append(AbortTransfer(self.id))
            self.id = None


def transfer_tls(security: Security) -> Tls:
    """The trust of a charger in its file servers: that of its link. It shows nothing of itself."""
    return replace(security.credentials.tls(), client_certificate=None, client_key=None)
