"""Registration with the CSMS: BootNotification until it is accepted, then Heartbeat.

OCPP 1.6 sections 4.2 and 4.6, 2.0.1 B01 to B03 and G02. Until the boot is accepted nothing is sent
but BootNotification, and what is triggered while Pending.
"""

from __future__ import annotations

from voltyard.charger.connection.boot import BootAnswer, BootReason, BootStatus
from voltyard.charger.connection.call_purposes import BOOT_NOTIFICATION, HEARTBEAT
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import Booted
from voltyard.charger.evse.evse import Evse
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.variables.standard.communication import (
    BACKOFF_MINIMUM,
    BACKOFF_RANDOM,
    HEARTBEAT_INTERVAL,
)
from voltyard.kernel.time import DAY_S, Instant, Seconds

OWN_INTERVAL_S: Seconds = 60.0
"""Between boots where the CSMS leaves the choice (interval 0)."""

LONGEST_PATIENCE_S: Seconds = 300.0
"""Between boots that are not answered."""


class Registration:
    """The registration status of one charger at its CSMS."""

    __slots__ = (
        "_asking",
        "_beaten_at",
        "_beating",
        "_context",
        "_evses",
        "_failures",
        "_interval_of",
        "_interval_s",
        "_security_events",
        "_wire",
        "boot_at",
        "reason",
        "status",
    )

    def __init__(
        self,
        context: ChargerContext,
        wire: ChargerWire,
        security_events: SecurityEvents,
        evses: tuple[Evse, ...],
    ) -> None:
        self._context = context
        self._wire = wire
        self._security_events = security_events
        self._evses = evses
        self._interval_s = 0
        self._interval_of = -1
        """Count of changed settings when HeartbeatInterval was read."""
        self._failures = 0
        self._asking = False
        self._beating = False
        self._beaten_at = context.now
        self.boot_at: Instant | None = context.now
        """Moment when BootNotification is due."""
        self.reason: BootReason = "PowerUp"
        self.status: BootStatus = "Unknown"

    def restart(self, reason: BootReason) -> None:
        """The charger starts anew: the CSMS has to accept it again."""
        self.status = "Unknown"
        self._context.await_boot()
        self.reason = reason
        self.boot_now()
        self._failures = 0
        self._asking = self._beating = False

    def boot_now(self) -> None:
        """BootNotification is due."""
        self.boot_at = self._context.now

    # --- boot ----------------------------------------------------------------------------------

    def boot(self, reason: BootReason | None = None) -> None:
        """Send BootNotification, unless one is under way, for that reason or the charger's own."""
        if self._asking:
            return
        context = self._context
        request = context.dialect.boot(
            context.spec, context.firmware_version, reason or self.reason
        )
        if self._wire.call(request, BOOT_NOTIFICATION):
            self._asking = True
            self.boot_at = None

    def answered(self, answer: BootAnswer) -> None:
        """The CSMS has decided."""
        context = self._context
        self._asking = False
        self._failures = 0
        self.status = answer.status
        context.report(
            Booted(
                at=context.now,
                status=answer.status,
                interval_s=float(answer.interval_s),
                holds_share=any(evse.supply.share_w is not None for evse in self._evses),
            )
        )
        if answer.status == "Accepted":
            self.boot_at = None
            self._beaten_at = context.now
            self._set_clock(answer.time)
            if answer.interval_s > 0:
                context.settings.put(HEARTBEAT_INTERVAL, str(min(answer.interval_s, 86_400)))
            return
        if answer.status == "Pending":
            self._set_clock(answer.time)
        interval_s = float(answer.interval_s) if answer.interval_s > 0 else OWN_INTERVAL_S
        self.boot_at = context.now + interval_s

    def failed(self) -> None:
        """BootNotification met no answer or a CALLERROR: again, with growing patience."""
        context = self._context
        self._asking = False
        wait_s = context.settings.number(BACKOFF_MINIMUM) * 2.0 ** min(self._failures, 10)
        spread_s = context.settings.number(BACKOFF_RANDOM)
        patience_s = min(max(wait_s, 1.0), LONGEST_PATIENCE_S)
        patience_s += context.draw("boot").uniform(0.0, spread_s)
        self.boot_at = context.now + context.in_real_time(patience_s)
        self._failures += 1

    def disconnected(self) -> None:
        """The link is gone; a boot that was not decided is due again at once on the next one."""
        if self._asking:
            self.boot_now()
        self._asking = self._beating = False

    def _set_clock(self, time: Instant) -> None:
        if self._context.set_clock(time):
            self._security_events.notice("SettingSystemTime", "the CSMS told the time")

    # --- heartbeat -----------------------------------------------------------------------------

    def send_heartbeat(self) -> None:
        """Send Heartbeat, unless one is under way."""
        if not self._beating and self._wire.call(self._context.dialect.heartbeat(), HEARTBEAT):
            self._beating = True
            self._beaten_at = self._context.now

    def heartbeat_answered(self, time: Instant | None) -> None:
        """Heartbeat was answered with the CSMS's time, or failed."""
        self._beating = False
        self._beaten_at = self._context.now
        if time is not None:
            self._set_clock(time)

    # --- time ----------------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """The moment at which a boot or a heartbeat is due, given that the link is up."""
        if self.status != "Accepted":
            return None if self._asking else self.boot_at
        if self._beating:
            return None
        settings = self._context.settings
        if self._interval_of != settings.changes:  # this is asked for after every step
            self._interval_of = settings.changes
            self._interval_s = settings.number(HEARTBEAT_INTERVAL)
        sent_at, beaten_at = self._wire.sent_at, self._beaten_at
        silence_at = (sent_at if sent_at > beaten_at else beaten_at) + self._interval_s
        # Whatever is sent, the clock is compared once a day (OCPP-J 1.6 section 5.3).
        daily_at = beaten_at + DAY_S
        return silence_at if silence_at < daily_at else daily_at

    def tick(self) -> None:
        """Send what is due."""
        due_at = self.deadline()
        if due_at is None or due_at > self._context.now:
            return
        if self.status == "Accepted":
            self.send_heartbeat()
        else:
            self.boot()
