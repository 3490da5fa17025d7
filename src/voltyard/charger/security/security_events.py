"""Security events: noticed, logged, and sent to the CSMS (SecurityEventNotification).

White paper A04, 2.0.1 Part 2 A04 and its appendix 1. What is told waits in a queue that outlives
restarts, and goes out in its order. The log has everything, told or not (GetLog SecurityLog).

    charger.security.events.notice("InvalidFirmwareSignature", "sha256 differs")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voltyard.charger.connection.call_purposes import SECURITY_EVENT_NOTIFICATION
from voltyard.charger.description.events import SecurityNoticed
from voltyard.charger.security.security_event import CRITICAL, TOLD, TYPES, SecurityEvent
from voltyard.charger.variables.standard.communication import (
    MESSAGE_ATTEMPT_INTERVAL,
    MESSAGE_ATTEMPTS,
)
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

if TYPE_CHECKING:
    from voltyard.charger.connection.wire import ChargerWire
    from voltyard.charger.context import ChargerContext


_INFO_CHARACTERS: Final = 255


class SecurityEvents:
    """The security events of one charger: its log, and the queue of those to be sent."""

    __slots__ = (
        "_attempts",
        "_context",
        "_log",
        "_queue",
        "_under_way",
        "_wire",
        "retry_at",
        "tells",
    )

    def __init__(self, context: ChargerContext, wire: ChargerWire) -> None:
        self._context = context
        self._wire = wire
        self._log: list[SecurityEvent] = []
        self._queue: list[SecurityEvent] = []
        self._under_way = False
        self._attempts = 0
        self.retry_at: Instant | None = None
        """Moment when the oldest, which met no answer, may be sent again."""
        self.tells = context.spec.tells_security_events
        """True where the CSMS is told at all; the log is kept either way."""

    def begin_to_tell(self) -> None:
        """The CSMS is told of events from here on."""
        self.tells = True

    def notice(self, type: str, info: str = "") -> None:
        """Something of TYPES has come up, now."""
        assert type in TYPES, type
        context = self._context
        event = SecurityEvent(type=type, at=context.time, info=info[:_INFO_CHARACTERS])
        if len(self._log) >= limits.SECURITY_LOG_EVENTS:
            del self._log[0]
        self._log.append(event)
        if self.tells and type in TOLD:
            self._make_room()
            self._queue.append(event)
            self.send()
        if self.tells:
            context.report(
                SecurityNoticed(
                    at=context.now, event=type, info=event.info, critical=type in CRITICAL
                )
            )
        context.remember()

    def notice_once(self, type: str, info: str = "") -> None:
        """The same, unless it was the last thing noticed: a flood is one event."""
        if not self._log or self._log[-1].type != type:
            self.notice(type, info)

    def log(
        self, oldest: Instant | None = None, latest: Instant | None = None
    ) -> list[SecurityEvent]:
        """The log of that time, by the charger's clock, oldest first."""
        return [
            event
            for event in self._log
            if (oldest is None or event.at >= oldest) and (latest is None or event.at <= latest)
        ]

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
        context = self._context
        if not self._queue or self._under_way or not context.online:
            return
        if self.retry_at is not None and context.now < self.retry_at:
            return
        self.retry_at = None
        if self._wire.call(
            context.dialect.security_event(self._queue[0]), SECURITY_EVENT_NOTIFICATION
        ):
            self._under_way = True
            self._attempts += 1

    def answered(self) -> None:
        """The CSMS has the oldest, or will never take it: a CALLERROR does not turn into a yes."""
        if not self._under_way:
            return
        del self._queue[0]
        self._under_way = False
        self._attempts = 0
        self._context.remember()
        self.send()

    def unanswered(self) -> None:
        """No answer came in time: once more, as often and as late as transaction messages."""
        settings = self._context.settings
        if self._attempts >= settings.number(MESSAGE_ATTEMPTS):
            self.answered()
            return
        self._under_way = False
        interval_s = settings.number(MESSAGE_ATTEMPT_INTERVAL)
        self.retry_at = self._context.now + interval_s * self._attempts

    def disconnected(self) -> None:
        """The link is gone; what was under way is sent again on the next."""
        self._under_way = False
        self._attempts = 0
        self.retry_at = None

    def deadline(self) -> Instant | None:
        """The moment at which the oldest may be sent again."""
        at = self.retry_at
        return at if at is not None and self._context.online else None

    # --- memory --------------------------------------------------------------------------------

    @property
    def waiting(self) -> tuple[SecurityEvent, ...]:
        """The events that the CSMS has not confirmed."""
        return tuple(self._queue)

    def restore(self, waiting: tuple[SecurityEvent, ...], log: tuple[SecurityEvent, ...]) -> None:
        """Take up what was remembered."""
        self._queue = list(waiting)
        self._log = list(log)
