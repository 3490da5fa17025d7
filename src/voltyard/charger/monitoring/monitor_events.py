"""Events of monitors on their way: NotifyEvent, and the queue of those kept while offline
(2.0.1 N07.FR.04, N08.FR.03)."""

from __future__ import annotations

from typing import Final

from voltyard.charger.connection.call_purposes import MONITOR_NOTICE
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.monitoring.monitor import MonitorEvent
from voltyard.charger.variables.standard.monitoring import (
    ACTIVE_MONITORING_LEVEL,
    OFFLINE_QUEUING_SEVERITY,
)
from voltyard.kernel import limits

_EVENTS_PER_MESSAGE: Final = 20


class MonitorEvents:
    """The events of one charger's monitors that its CSMS has not confirmed."""

    __slots__ = ("_context", "_under_way", "_waiting", "_wire")

    def __init__(self, context: ChargerContext, wire: ChargerWire) -> None:
        self._context = context
        self._wire = wire
        self._waiting: list[MonitorEvent] = []
        self._under_way = 0

    def add(self, events: list[MonitorEvent]) -> None:
        """Tell of these, so far as their severity lets them be told: ActiveMonitoringLevel at any
        time (N07.FR.15), OfflineQueuingSeverity while the CSMS cannot be reached."""
        settings = self._context.settings
        level = settings.number(ACTIVE_MONITORING_LEVEL)
        if not self._context.online:
            level = min(level, settings.number(OFFLINE_QUEUING_SEVERITY))
        self._waiting += [event for event in events if event.monitor.severity <= level]
        beyond = len(self._waiting) - limits.MONITOR_EVENTS_WAITING
        if beyond > 0:
            del self._waiting[self._under_way : self._under_way + beyond]
        self._context.remember()
        self.send()

    def send(self) -> None:
        """Send the oldest, if nothing of this is under way and the CSMS can be reached."""
        context = self._context
        if self._under_way or not self._waiting or not context.online:
            return
        events = self._waiting[:_EVENTS_PER_MESSAGE]
        message = context.dialect.monitor_events(events, context.time)
        if message is not None and self._wire.call(message, MONITOR_NOTICE):
            self._under_way = len(events)

    def answered(self) -> None:
        """The CSMS has what was under way, or will never take it."""
        del self._waiting[: self._under_way]
        self._under_way = 0
        self._context.remember()
        self.send()

    def disconnected(self) -> None:
        """The link is gone: what has not arrived waits, as far as that is kept while offline."""
        self._under_way = 0
        if self._waiting:
            severity = self._context.settings.number(OFFLINE_QUEUING_SEVERITY)
            self._waiting = [one for one in self._waiting if one.monitor.severity <= severity]

    # --- memory --------------------------------------------------------------------------------

    @property
    def waiting(self) -> tuple[MonitorEvent, ...]:
        """The events that the CSMS has not confirmed."""
        return tuple(self._waiting)

    def restore(self, waiting: tuple[MonitorEvent, ...]) -> None:
        """Take up what was remembered."""
        self._waiting = list(waiting)
