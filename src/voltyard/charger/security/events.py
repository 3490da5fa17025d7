"""Security events: what was noticed, kept in a log, and of it what the CSMS is told.

White paper A04, 2.0.1 Part 2 A04 and its appendix 1. What is told waits in a queue that outlives
restarts, and goes out in its order. The log has everything, told or not (GetLog SecurityLog).

    charger.core.security_events.notice("InvalidFirmwareSignature", "sha256 differs")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from voltyard.charger import standard
from voltyard.charger.events import SecurityNoticed
from voltyard.charger.purposes import SECURITY
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from voltyard.charger.core import Core
    from voltyard.charger.wire import Wire

CRITICAL: Final = frozenset(
    {
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "MemoryExhaustion",
        "TamperDetectionActivated",
        "MaintenanceLoginAccepted",
        "MaintenanceLoginFailed",
    }
)
"""Those the CSMS must be told of (A04.FR.01). Names are 2.x's; a dialect has its own."""

_DEMANDED: Final = frozenset(
    {
        "InvalidCsmsCertificate",
        "InvalidChargingStationCertificate",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
    }
)
"""Not critical, but asked for by the use cases in which they come up (A00, A02, L01)."""

TOLD: Final = CRITICAL | _DEMANDED

TYPES: Final = TOLD | {
    "FailedToAuthenticateAtCsms",
    "CsmsFailedToAuthenticate",
    "ReconfigurationOfSecurityParameters",
    "InvalidMessages",
    "AttemptedReplayAttacks",
}
"""Every type there is; what is not TOLD is in the log only."""

_INFO_CHARACTERS: Final = 255


class SecurityEvent(Struct, frozen=True, kw_only=True):
    """One thing that was noticed."""

    type: str
    at: Instant
    """By the charger's clock."""
    info: str = ""
    """Words for people, never a secret."""


class SecurityEvents:
    """What one charger has noticed."""

    __slots__ = (
        "_attempts",
        "_core",
        "_log",
        "_queue",
        "_retry_at",
        "_under_way",
        "_wire",
        "tells",
    )

    def __init__(self, core: Core, wire: Wire) -> None:
        self._core = core
        self._wire = wire
        self._log: list[SecurityEvent] = []
        self._queue: list[SecurityEvent] = []
        self._under_way = False
        self._attempts = 0
        self._retry_at: Instant | None = None
        self.tells = core.spec.tells_security_events
        """Whether the CSMS is told at all; the log is kept either way."""

    def notice(self, type: str, info: str = "") -> None:
        """Something of TYPES has come up, now."""
        assert type in TYPES, type
        core = self._core
        event = SecurityEvent(type=type, at=core.time, info=info[:_INFO_CHARACTERS])
        if len(self._log) >= limits.SECURITY_LOG_EVENTS:
            del self._log[0]
        self._log.append(event)
        if self.tells and type in TOLD:
            self._make_room()
            self._queue.append(event)
            self.send()
        if self.tells:
            core.report(
                SecurityNoticed(at=core.now, event=type, info=event.info, critical=type in CRITICAL)
            )
        core.remember()

    def notice_once(self, type: str, info: str = "") -> None:
        """The same, unless it was the last thing noticed: a flood is one event."""
        if not self._log or self._log[-1].type != type:
            self.notice(type, info)

    def log(
        self, oldest: Instant | None = None, latest: Instant | None = None
    ) -> list[SecurityEvent]:
        """What is in the log of that time, by the charger's clock, oldest first."""
        return [
            event
            for event in self._log
            if (oldest is None or event.at >= oldest) and (latest is None or event.at <= latest)
        ]

    def clear_log(self) -> None:
        """Forget the log, and note that it was."""
        self._log.clear()
        self.notice("SecurityLogWasCleared")

    def _make_room(self) -> None:
        """Of a full queue the oldest goes that is not critical, else the oldest; what is under way
        stays."""
        if len(self._queue) < limits.SECURITY_EVENTS_WAITING:
            return
        first = 1 if self._under_way else 0
        waiting = range(first, len(self._queue))
        doomed = next((i for i in waiting if self._queue[i].type not in CRITICAL), first)
        del self._queue[doomed]

    # --- on their way --------------------------------------------------------------------------

    def send(self) -> None:
        """Send the oldest, if nothing of this is under way and the CSMS can be reached."""
        core = self._core
        if not self._queue or self._under_way or not core.online:
            return
        if self._retry_at is not None and core.now < self._retry_at:
            return
        self._retry_at = None
        if self._wire.call(core.dialect.security_event(self._queue[0]), SECURITY):
            self._under_way = True
            self._attempts += 1

    def answered(self) -> None:
        """The CSMS has the oldest, or will never take it: a CALLERROR does not turn into a yes."""
        if not self._under_way:
            return
        del self._queue[0]
        self._under_way = False
        self._attempts = 0
        self._core.remember()
        self.send()

    def unanswered(self) -> None:
        """No answer came in time: once more, as often and as late as transaction messages."""
        settings = self._core.settings
        if self._attempts >= settings.number(standard.MESSAGE_ATTEMPTS):
            self.answered()
            return
        self._under_way = False
        interval_s = settings.number(standard.MESSAGE_ATTEMPT_INTERVAL)
        self._retry_at = self._core.now + interval_s * self._attempts

    def disconnected(self) -> None:
        """The link is gone; what was under way is sent again on the next."""
        self._under_way = False
        self._attempts = 0
        self._retry_at = None

    def deadline(self) -> Instant | None:
        """When the oldest may be sent again."""
        at = self._retry_at
        return at if at is not None and self._core.online else None

    # --- memory --------------------------------------------------------------------------------

    @property
    def waiting(self) -> tuple[SecurityEvent, ...]:
        """What the CSMS has not confirmed."""
        return tuple(self._queue)

    def restore(self, waiting: tuple[SecurityEvent, ...], log: tuple[SecurityEvent, ...]) -> None:
        """Take up what was remembered."""
        self._queue = list(waiting)
        self._log = list(log)
