"""Power and restarts: what ends, what persists, and when the charger is back.

OCPP 1.6 sections 4.2, 5.14 (Reset), 2.0.1 B11 and B12. A restart takes seconds; what waits in the
outbox and what ChangeAvailability wanted survive it.
"""

from __future__ import annotations

from voltyard.charger.connection import Connection
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.charger.ledger import Ledger
from voltyard.charger.outbox import Outbox
from voltyard.charger.registration import BootReason, Registration
from voltyard.charger.sessions import Sessions
from voltyard.charger.statuses import Statuses
from voltyard.charger.transaction import Reason
from voltyard.kernel.time import Instant, Seconds

RESTART_S: Seconds = 3.0
"""From going down to dialling again."""

GRACE_S: Seconds = 1.0
"""At least so long a reset waits after its answer, so that this arrives."""

FAREWELL_S: Seconds = 10.0
"""At most so long a graceful reset waits for its last transaction messages to be confirmed."""


class Life:
    """Whether the charger runs."""

    __slots__ = (
        "_connection",
        "_core",
        "_cut_at",
        "_evses",
        "_fades_at",
        "_latest_at",
        "_ledger",
        "_outbox",
        "_reason",
        "_registration",
        "_restart_at",
        "_returns_at",
        "_sessions",
        "_statuses",
        "idle_reset",
        "power_at",
        "powered",
    )

    def __init__(
        self,
        core: Core,
        connection: Connection,
        registration: Registration,
        outbox: Outbox,
        ledger: Ledger,
        statuses: Statuses,
        sessions: Sessions,
    ) -> None:
        self._core = core
        self._connection = connection
        self._registration = registration
        self._outbox = outbox
        self._ledger = ledger
        self._statuses = statuses
        self._sessions = sessions
        self._evses: tuple[Evse, ...] = sessions.evses
        self.powered = True
        self.power_at: Instant | None = None
        """When power returns by itself."""
        self.idle_reset: Reason | None = None
        """A reset that waits for the last transaction to end, and the reason it gives then."""
        self._fades_at: Instant | None = None
        """When the reserve is used up, with which it tells of a power cut."""
        self._returns_at: Instant | None = None
        """When the mains is back after that."""
        self._cut_at: Instant | None = None
        self._restart_at: Instant | None = None
        self._latest_at: Instant | None = None
        self._reason: BootReason = "PowerUp"

    # --- power ---------------------------------------------------------------------------------

    def fade(self, reserve_s: Seconds, duration_s: Seconds | None) -> None:
        """The mains fails, and a reserve lasts until what ran has been ended and told, so long at
        most: then power is to be cut."""
        core = self._core
        core.restarting = True
        self._restart_at = self._latest_at = self.idle_reset = None
        self._fades_at = core.now + reserve_s
        self._returns_at = None if duration_s is None else core.now + duration_s
        for evse in self._evses:
            if evse.id_token is not None or evse.transaction is not None:
                self._sessions.stop(evse, "AbnormalCondition", "PowerLoss", at_once=True)

    @property
    def fades(self) -> bool:
        """Whether the reserve has done its work, or is used up."""
        if self._fades_at is None:
            return False
        return self._drained or self._core.now >= self._fades_at

    @property
    def left_s(self) -> Seconds | None:
        """How long the mains is still away, where that is known."""
        return None if self._returns_at is None else max(0.0, self._returns_at - self._core.now)

    def cut(self, duration_s: Seconds | None) -> None:
        """The mains fails. The link must have been given up before."""
        core = self._core
        for evse in self._evses:
            evse.settle(core.now)
            evse.live = False
            if evse.share_w is not None:
                evse.share_w = 0.0  # for the site to say anew
            evse.foresee()
        self.powered = False
        self.power_at = None if duration_s is None else core.now + duration_s
        self._cut_at = core.time
        self._restart_at = self._latest_at = self.idle_reset = None
        self._fades_at = self._returns_at = None
        core.restarting = core.draining = core.updating = False

    def restore(self) -> None:
        """Power returns: a cold boot."""
        self.powered = True
        self.power_at = None
        at = self._cut_at
        self._cut_at = None
        self.wake(at)

    def wake(self, cut_at: Instant | None) -> None:
        """After a time without power, which began at that moment of the charger's clock: end what
        was running with PowerLoss, as of then, and boot."""
        core = self._core
        for evse in self._evses:
            evse.settle(core.now)
            evse.live = True
            if evse.id_token is not None or evse.transaction is not None:
                self._end(evse, "AbnormalCondition", "PowerLoss", cut_at)
            self._statuses.show(evse)
        self._registration.restart("PowerUp")
        self._statuses.forget()
        self._connection.start(core.now + RESTART_S)

    def _end(self, evse: Evse, trigger: str, reason: Reason, at: Instant | None) -> None:
        """End a transaction as of an earlier moment; the driver has to begin anew."""
        evse.forget_driver()
        evse.finished = evse.plugged is not None
        if evse.transaction is not None:
            self._ledger.end(evse, trigger, reason, at)  # type: ignore[arg-type]

    # --- restarts ------------------------------------------------------------------------------

    def reset(self, stop_reason: Reason, boot_reason: BootReason, *, graceful: bool) -> None:
        """Stop everything and restart: at once, or when the last messages have been confirmed."""
        core = self._core
        core.restarting = True
        self._reason = boot_reason
        self.idle_reset = None
        self._restart_at = core.now + GRACE_S
        self._latest_at = core.now + (FAREWELL_S if graceful else GRACE_S)
        for evse in self._evses:
            if evse.id_token is not None or evse.transaction is not None:
                self._sessions.stop(evse, "ResetCommand", stop_reason, at_once=True)

    def reset_when_idle(self, stop_reason: Reason) -> None:
        """Restart when no transaction runs; until then none begins (2.0.1 B12, OnIdle)."""
        self.idle_reset = stop_reason
        self._core.draining = True
        self._statuses.show_all()

    @property
    def busy(self) -> bool:
        """Whether a transaction runs."""
        return any(evse.transaction is not None for evse in self._evses)

    def fall(self) -> None:
        """The restart itself. The link must have been given up before."""
        core = self._core
        core.security_events.notice("ResetOrReboot", self._reason)
        self._restart_at = self._latest_at = None
        core.restarting = core.draining = core.updating = False
        self._statuses.show_all()
        self._registration.restart(self._reason)
        self._statuses.forget()
        self._connection.start(core.now + RESTART_S)

    @property
    def pends(self) -> bool:
        """A restart waits for something that has no moment of its own."""
        return (
            self._restart_at is not None
            or self.idle_reset is not None
            or self._fades_at is not None
        )

    @property
    def falls(self) -> bool:
        """Whether it is time to restart."""
        restart_at, latest_at = self._restart_at, self._latest_at
        if restart_at is None or latest_at is None or self._core.now < restart_at:
            return False
        return self._drained or self._core.now >= latest_at

    @property
    def _drained(self) -> bool:
        """There is nothing to tell, or nobody."""
        return not len(self._outbox) or not self._core.online

    def deadline(self) -> Instant | None:
        """When something of this is due."""
        restart_at = self._restart_at
        if restart_at is None:
            return self.power_at if self._fades_at is None else self._fades_at
        return self._latest_at if restart_at <= self._core.now else restart_at
