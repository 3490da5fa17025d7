"""A monitor of a variable: what it watches, and what triggers it (2.0.1 N04, N07, N08)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.charger.variables.device_model import VariableKey, key_of
from voltyard.kernel.time import Instant

MonitorType: TypeAlias = Literal[
    "UpperThreshold", "LowerThreshold", "Delta", "Periodic", "PeriodicClockAligned"
]
MonitorOrigin: TypeAlias = Literal["HardWiredMonitor", "PreconfiguredMonitor", "CustomMonitor"]
EventTrigger: TypeAlias = Literal["Alerting", "Delta", "Periodic"]

THRESHOLDS = ("UpperThreshold", "LowerThreshold")
PERIODIC = ("Periodic", "PeriodicClockAligned")

SEVERITIES = range(10)
"""From 0, danger, to 9, debug."""


class WatchedVariable(Struct, frozen=True, kw_only=True):
    """The variable that a monitor watches."""

    component: str
    variable: str
    component_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    instance: str | None = None
    """Of the variable."""

    @property
    def key(self) -> VariableKey:
        """By which it is known."""
        return key_of(
            self.component,
            self.component_instance,
            self.evse_id,
            self.connector_id,
            self.variable,
            self.instance,
        )


class Monitor(Struct, frozen=True, kw_only=True):
    """A monitor of one variable."""

    id: int
    watched: WatchedVariable
    type: MonitorType
    value: float
    """The threshold, the difference, or the seconds of a period."""
    severity: int
    needs_transaction: bool = False
    """Active only while a transaction runs at what it watches."""
    origin: MonitorOrigin = "CustomMonitor"


class WatchedValue(Struct, frozen=True, kw_only=True):
    """The value of a variable, as a monitor sees it."""

    text: str
    is_number: bool
    is_shown: bool = True
    """False of a WriteOnly variable, whose value is told to nobody (N07.FR.10)."""
    is_moving: bool = False
    """It changes as time passes, and not only when something happens."""


class Watch(Struct, kw_only=True):
    """A monitor at work, and how far it has come."""

    monitor: Monitor
    is_exceeded: bool = False
    """The threshold was passed, and has not been cleared."""
    reference: str | None = None
    """The value when a Delta monitor was set, or triggered last."""
    next_at: Instant | None = None
    """The moment at which a periodic one triggers (true time)."""

    def schedule(self, next_at: Instant | None) -> None:
        """Trigger then; None: once a period has begun anew."""
        self.next_at = next_at

    def reset(self) -> None:
        """Begin anew, as if it had just been set."""
        self.is_exceeded = False
        self.reference = self.next_at = None

    def take(self, reading: WatchedValue) -> tuple[EventTrigger, bool] | None:
        """Compare a reading with what was before: the trigger, and whether it is cleared; None
        where there is nothing to tell (N07.FR.02, FR.16 to FR.19)."""
        if self.monitor.type == "Delta":
            return ("Delta", False) if self._takes_change(reading) else None
        number = _number(reading.text)
        if number is None:
            return None
        value = self.monitor.value
        is_upper = self.monitor.type == "UpperThreshold"
        is_beyond = number > value if is_upper else number < value
        if is_beyond == self.is_exceeded:
            return None
        self.is_exceeded = is_beyond
        return "Alerting", not is_beyond

    def _takes_change(self, reading: WatchedValue) -> bool:
        before = self.reference
        if before is None:
            self.reference = reading.text
            return False
        if reading.text == before:
            return False
        if reading.is_number:
            now, then = _number(reading.text), _number(before)
            if now is not None and then is not None and abs(now - then) <= self.monitor.value:
                return False
        self.reference = reading.text
        return True


class KeptMonitor(Struct, frozen=True, kw_only=True):
    """A monitor as a snapshot keeps it."""

    monitor: Monitor
    is_exceeded: bool = False
    reference: str | None = None


class MonitorEvent(Struct, frozen=True, kw_only=True):
    """An event that a monitor has triggered (EventDataType)."""

    id: int
    at: Instant
    """By the charger's clock."""
    monitor: Monitor
    trigger: EventTrigger
    actual_value: str
    is_cleared: bool = False
    transaction_id: str | None = None


class KeptMonitoring(Struct, frozen=True, kw_only=True):
    """The monitors of a charger, and their events, as a snapshot keeps them."""

    monitors: tuple[KeptMonitor, ...] = ()
    """Empty where they are those it was made with."""
    events: tuple[MonitorEvent, ...] = ()
    last_id: int = 0


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
