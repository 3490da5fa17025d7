"""Power and reset: power cuts and restarts, what they end, and when the charger is back.

OCPP 1.6 sections 4.2, 5.14 (Reset), 2.0.1 B11 and B12. A restart takes seconds; what waits in the
outbox and what ChangeAvailability wanted survive it.
"""

from __future__ import annotations

from voltyard.charger.connection.boot import BootReason
from voltyard.charger.connection.connection import CsmsConnection
from voltyard.charger.connection.registration import Registration
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.transactions.resumption import may_resume, resume
from voltyard.charger.transactions.transaction import Reason
from voltyard.kernel.time import Instant, Seconds

RESTART_S: Seconds = 3.0
"""From going down to dialling again."""

GRACE_S: Seconds = 1.0
"""At least so long a reset waits after its answer, so that this arrives."""

FAREWELL_S: Seconds = 10.0
"""At most so long a graceful reset waits for its last transaction messages to be confirmed."""


class PowerAndReset:
    """Power and reset of one charger."""

    __slots__ = (
        "_connection",
        "_context",
        "_cut_at",
        "_evses",
        "_fades_at",
        "_latest_at",
        "_outbox",
        "_reason",
        "_registration",
        "_restart_at",
        "_returns_at",
        "_security_events",
        "_sessions",
        "_statuses",
        "_transactions",
        "idle_reset",
        "power_at",
        "powered",
    )

    def __init__(
        self,
        context: ChargerContext,
        connection: CsmsConnection,
        security_events: SecurityEvents,
        registration: Registration,
        outbox: TransactionOutbox,
        transactions: TransactionLifecycle,
        statuses: Statuses,
        sessions: Sessions,
    ) -> None:
        self._context = context
        self._connection = connection
        self._security_events = security_events
        self._registration = registration
        self._outbox = outbox
        self._transactions = transactions
        self._statuses = statuses
        self._sessions = sessions
        self._evses: tuple[Evse, ...] = sessions.evses
        self.powered = True
        self.power_at: Instant | None = None
        """Moment when power returns by itself."""
        self.idle_reset: Reason | None = None
        """A reset that waits for the last transaction to end, and the reason it gives then."""
        self._fades_at: Instant | None = None
        """Moment when the reserve is used up, with which it tells of a power cut."""
        self._returns_at: Instant | None = None
        """Moment when the mains is back after that."""
        self._cut_at: Instant | None = None
        self._restart_at: Instant | None = None
        self._latest_at: Instant | None = None
        self._reason: BootReason = "PowerUp"

    # --- power ---------------------------------------------------------------------------------

    def run_on_reserve(self, reserve_s: Seconds, duration_s: Seconds | None) -> None:
        """The mains fails, and a reserve lasts until what ran has been ended and told, so long at
        most: then power is to be cut."""
        context = self._context
        context.go_down()
        self._restart_at = self._latest_at = self.idle_reset = None
        self._fades_at = context.now + reserve_s
        self._returns_at = None if duration_s is None else context.now + duration_s
        for evse in self._evses:
            if evse.in_use:
                self._sessions.stop(evse, "AbnormalCondition", "PowerLoss", at_once=True)

    @property
    def reserve_is_over(self) -> bool:
        """True where the reserve has done its work, or is used up."""
        if self._fades_at is None:
            return False
        return self._drained or self._context.now >= self._fades_at

    @property
    def left_s(self) -> Seconds | None:
        """The time for which the mains is still away, where that is known."""
        return None if self._returns_at is None else max(0.0, self._returns_at - self._context.now)

    def cut(self, duration_s: Seconds | None) -> None:
        """The mains fails. The link must have been given up before."""
        context = self._context
        for evse in self._evses:
            evse.power_off(context.now)
        self.powered = False
        self.power_at = None if duration_s is None else context.now + duration_s
        self._cut_at = context.time
        self._restart_at = self._latest_at = self.idle_reset = None
        self._fades_at = self._returns_at = None
        context.clear_phases()
        self._statuses.forget_resets()

    def restore(self) -> None:
        """Power returns: a cold boot."""
        self.powered = True
        self.power_at = None
        at = self._cut_at
        self._cut_at = None
        self.recover_from_power_loss(at)

    def recover_from_power_loss(self, cut_at: Instant | None) -> None:
        """After a time without power, which began at that moment of the charger's clock: end what
        was running with PowerLoss, as of then, or let it go on, and boot."""
        context = self._context
        for evse in self._evses:
            evse.power_on(context.now)
            if cut_at is not None and may_resume(context, evse, cut_at):
                resume(context, self._transactions, evse, cut_at)
            elif evse.in_use:
                self._end(evse, "AbnormalCondition", "PowerLoss", cut_at)
            self._statuses.show(evse)
        self._registration.restart("PowerUp")
        self._statuses.forget()
        self._connection.start(context.now + RESTART_S)

    def _end(self, evse: Evse, trigger: str, reason: Reason, at: Instant | None) -> None:
        """End a transaction as of an earlier moment; the driver has to begin anew."""
        evse.finish()
        if evse.transaction is not None:
            self._transactions.end(evse, trigger, reason, at)  # type: ignore[arg-type]

    # --- restarts ------------------------------------------------------------------------------

    def reset(self, stop_reason: Reason, boot_reason: BootReason, *, graceful: bool) -> None:
        """Stop everything and restart: at once, or when the last messages have been confirmed."""
        context = self._context
        context.go_down()
        self._reason = boot_reason
        self.idle_reset = None
        self._restart_at = context.now + GRACE_S
        self._latest_at = context.now + (FAREWELL_S if graceful else GRACE_S)
        for evse in self._evses:
            if evse.in_use:
                self._sessions.stop(evse, "ResetCommand", stop_reason, at_once=True)

    def reset_when_idle(self, stop_reason: Reason) -> None:
        """Restart when no transaction runs; until then none begins (2.0.1 B12, OnIdle)."""
        self.idle_reset = stop_reason
        self._context.drain()
        self._statuses.show_all()

    @property
    def busy(self) -> bool:
        """True where a transaction runs."""
        return any(evse.transaction is not None for evse in self._evses)

    def restart_now(self) -> None:
        """The restart itself. The link must have been given up before."""
        context = self._context
        self._security_events.notice("ResetOrReboot", self._reason)
        self._restart_at = self._latest_at = None
        context.clear_phases()
        self._statuses.forget_resets()
        self._statuses.show_all()
        self._registration.restart(self._reason)
        self._statuses.forget()
        self._connection.start(context.now + RESTART_S)

    @property
    def restart_is_pending(self) -> bool:
        """A restart waits for something that has no moment of its own."""
        return (
            self._restart_at is not None
            or self.idle_reset is not None
            or self._fades_at is not None
        )

    @property
    def restart_is_due(self) -> bool:
        """True where it is time to restart."""
        restart_at, latest_at = self._restart_at, self._latest_at
        if restart_at is None or latest_at is None or self._context.now < restart_at:
            return False
        return self._drained or self._context.now >= latest_at

    @property
    def _drained(self) -> bool:
        """True where there is nothing left to tell, or no CSMS to tell it to."""
        return not len(self._outbox) or not self._context.online

    def deadline(self) -> Instant | None:
        """The moment at which something of this is due."""
        restart_at = self._restart_at
        if restart_at is None:
            return self.power_at if self._fades_at is None else self._fades_at
        return self._latest_at if restart_at <= self._context.now else restart_at
