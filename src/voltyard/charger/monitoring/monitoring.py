"""The monitors of a charger: set, cleared, and compared with what they watch (2.0.1 N03 to N08).

A charger at rest has none at work: those it is made with watch values that only a fault or a drift
takes beyond their thresholds, and are awake while there is one. With monitors of the CSMS's own
they are compared whenever something has happened, and every few seconds while a value moves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.metering import next_mark
from voltyard.charger.monitoring.built_in_monitors import FIRST_CUSTOM_ID, built_in_monitors
from voltyard.charger.monitoring.monitor import (
    PERIODIC,
    KeptMonitor,
    KeptMonitoring,
    Monitor,
    MonitorEvent,
    Watch,
    WatchedValue,
    WatchedVariable,
)
from voltyard.charger.monitoring.monitor_events import MonitorEvents
from voltyard.charger.sensors.sensors import strays
from voltyard.charger.variables.standard.monitoring import (
    ACTIVE_MONITORING_BASE,
    ACTIVE_MONITORING_LEVEL,
    MONITORING_ENABLED,
)
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, Seconds, earliest

LOOK_S: Final[Seconds] = 5.0
"""Between two looks at a value that moves."""

ReadVariable = Callable[[WatchedVariable], WatchedValue | None]
"""The value of a variable; None where there is none any more."""


class Monitoring:
    """The monitors of one charger, and their events."""

    __slots__ = ("_context", "_due", "_evses", "_last_id", "_watches", "active", "events")

    def __init__(self, context: ChargerContext, wire: ChargerWire, evses: tuple[Evse, ...]) -> None:
        self._context = context
        self._evses = evses
        self.events = MonitorEvents(context, wire)
        self._watches: dict[int, Watch] | None = None
        """None: those it was made with, as they were."""
        self._last_id = FIRST_CUSTOM_ID - 1
        self._due: Instant | None = None
        self.active = False
        """True where there is something to be compared."""

    # --- the monitors --------------------------------------------------------------------------

    def monitors(self) -> tuple[Monitor, ...]:
        """All of them, by their ids."""
        if self._watches is None:
            return tuple(built_in_monitors(self._evses))
        return tuple(self._watches[id].monitor for id in sorted(self._watches))

    def find(self, id: int) -> Monitor | None:
        """The monitor of that id."""
        return next((one for one in self.monitors() if one.id == id), None)

    def duplicate_of(self, monitor: Monitor) -> Monitor | None:
        """Another of the same type and severity at the same variable (N04.FR.10)."""
        for one in self.monitors():
            if (
                one.id != monitor.id
                and one.type == monitor.type
                and one.severity == monitor.severity
                and one.watched.key == monitor.watched.key
            ):
                return one
        return None

    @property
    def full(self) -> bool:
        """True where no further monitor is taken."""
        return len(self.monitors()) >= limits.MONITORS

    def next_id(self) -> int:
        """An id for a new monitor; no other has ever had it (N04.FR.11)."""
        self._last_id += 1
        return self._last_id

    def put(self, monitor: Monitor) -> None:
        """Set a monitor, or replace the one of its id. A threshold that was passed is compared with
        the new one (N07.FR.11)."""
        watches = self._own_watches()
        before = watches.get(monitor.id)
        watches[monitor.id] = Watch(
            monitor=monitor,
            is_exceeded=before is not None
            and before.monitor.type == monitor.type
            and before.is_exceeded,
        )
        self._changed()

    def clear(self, id: int) -> Literal["Accepted", "Rejected", "NotFound"]:
        """Remove a monitor; of a threshold that is passed nothing is told (N06, N07.FR.12)."""
        monitor = self.find(id)
        if monitor is None:
            return "NotFound"
        if monitor.origin == "HardWiredMonitor":
            return "Rejected"
        del self._own_watches()[id]
        self._changed()
        return "Accepted"

    def set_base(self, base: Literal["All", "FactoryDefault", "HardWiredOnly"]) -> None:
        """Have the monitors of that base. Custom ones stay with All alone (N03.FR.03 to FR.05)."""
        watches = self._own_watches()
        if base != "All":
            for id in list(watches):
                if watches[id].monitor.origin != "HardWiredMonitor":
                    wanted = base == "FactoryDefault" and id < FIRST_CUSTOM_ID
                    if not wanted or watches[id].monitor.origin == "CustomMonitor":
                        del watches[id]
        if base != "HardWiredOnly":
            for monitor in built_in_monitors(self._evses):
                watches.setdefault(monitor.id, Watch(monitor=monitor))
        self._context.settings.put(ACTIVE_MONITORING_BASE, base)
        self._changed()

    def set_level(self, severity: int) -> None:
        """Tell of events of that severity, and of graver ones, alone (N05)."""
        self._context.settings.put(ACTIVE_MONITORING_LEVEL, str(severity))
        self._context.remember()

    def _own_watches(self) -> dict[int, Watch]:
        if self._watches is None:
            built_in = built_in_monitors(self._evses)
            self._watches = {one.id: Watch(monitor=one) for one in built_in}
        return self._watches

    def _changed(self) -> None:
        self.active = True
        self._context.remember()

    # --- comparing -----------------------------------------------------------------------------

    def wake(self) -> None:
        """Compare again: a value may have left its bounds, or be on its way."""
        if self._context.dialect.has_monitors:
            self._own_watches()
            self.active = True

    def restarted(self) -> None:
        """After a restart periods begin anew; what was passed or referred to persists
        (N07.FR.13)."""
        for watch in (self._watches or {}).values():
            watch.schedule(None)
        self._due = None

    def deadline(self) -> Instant | None:
        """The moment at which something is to be compared again."""
        return self._due if self._context.accepted else None

    def review(self, read: ReadVariable) -> None:
        """Compare every monitor with what it watches, and tell of what has triggered. Between a
        start and its accepted boot there is nobody to tell, so it waits."""
        context = self._context
        if not context.accepted:
            return
        self._due = None
        if not context.settings.flag(MONITORING_ENABLED):
            return
        events: list[MonitorEvent] = []
        needed = False
        for watch in self._own_watches().values():
            event = self._look(watch, read)
            if event is not None:
                events.append(event)
            needed = needed or watch.is_exceeded or watch.monitor.origin == "CustomMonitor"
        if events:
            self.events.add(events)
        self.active = (
            needed
            or self._due is not None
            or any(strays(evse, context.now) for evse in self._evses)
        )

    def _look(self, watch: Watch, read: ReadVariable) -> MonitorEvent | None:
        monitor = watch.monitor
        transaction = self._transaction_at(monitor)
        if monitor.needs_transaction and transaction is None:
            watch.reset()
            return None
        is_periodic = monitor.type in PERIODIC
        if is_periodic and not self._is_due(watch):
            return None
        reading = read(monitor.watched)
        if reading is None:
            return None
        trigger: tuple[Literal["Alerting", "Delta", "Periodic"], bool] | None
        if is_periodic:
            trigger = ("Periodic", False)
        else:
            trigger = watch.take(reading)
            if reading.is_moving:
                self._due = earliest(self._due, self._context.now + LOOK_S)
        if trigger is None:
            return None
        return MonitorEvent(
            id=self._context.event_id(),
            at=self._context.time,
            monitor=monitor,
            trigger=trigger[0],
            actual_value=reading.text if reading.is_shown else "",
            is_cleared=trigger[1],
            transaction_id=transaction,
        )

    def _is_due(self, watch: Watch) -> bool:
        """True where a period is over; the next one begins (N08.FR.06, FR.07)."""
        context, next_at = self._context, watch.next_at
        is_over = next_at is not None and next_at <= context.now
        if next_at is None or is_over:
            period_s = watch.monitor.value
            if watch.monitor.type == "PeriodicClockAligned":
                watch.schedule(context.true(next_mark(context.time, period_s)))
            elif next_at is None or context.now - next_at >= period_s:
                watch.schedule(context.now + period_s)
            else:
                watch.schedule(next_at + period_s)
        self._due = earliest(self._due, watch.next_at)
        return is_over

    def _transaction_at(self, monitor: Monitor) -> str | None:
        """The transaction that runs at what a monitor watches."""
        evse_id = monitor.watched.evse_id
        if evse_id is None and not monitor.needs_transaction:
            return None
        for evse in self._evses:
            if evse.transaction is not None and evse_id in (None, evse.id):
                return evse.transaction.id
        return None

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptMonitoring:
        """The monitors as a snapshot keeps them."""
        return KeptMonitoring(
            monitors=tuple(
                KeptMonitor(
                    monitor=watch.monitor, is_exceeded=watch.is_exceeded, reference=watch.reference
                )
                for watch in (self._watches or {}).values()
            ),
            events=self.events.waiting,
            last_id=self._last_id,
        )

    def restore(self, kept: KeptMonitoring) -> None:
        """Take up what was remembered."""
        self.events.restore(kept.events)
        self._last_id = max(kept.last_id, self._last_id)
        if kept.monitors:
            self._watches = {
                one.monitor.id: Watch(
                    monitor=one.monitor, is_exceeded=one.is_exceeded, reference=one.reference
                )
                for one in kept.monitors
            }
            self.active = True
