"""Monitors in force at a charger, as an observer of its values sees them trigger (N07, N08)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from voltyard.charger.charger import Charger
from voltyard.charger.evse.evse import Evse
from voltyard.charger.sensors.sensors import is_drifting, temperature_c, voltage_v
from voltyard.charger.variables.standard.monitoring import OFFLINE_QUEUING_SEVERITY
from voltyard.kernel.time import DAY_S, Instant, Seconds

LOOK_S: Final[Seconds] = 5.5
"""The longest that a value may move without being looked at."""

_SAME_S: Final[Seconds] = 0.0005
"""Moments that differ by less are the same."""

LATE_S: Final[Seconds] = 0.01
"""The most by which a period may be late."""

_NUMBERS: Final[Mapping[str, Callable[[Evse, Instant], float]]] = {
    "Temperature": temperature_c,
    "ACVoltage": voltage_v,
    "Power": lambda evse, now: evse.flow().power_w,
    "EnergyImportRegister": lambda evse, now: evse.meter.reading_wh,
}


class ObservedVariable(Struct, frozen=True):
    """A variable of an EVSE."""

    variable: str
    evse_id: int


class ExpectedEvent(Struct, frozen=True):
    """An event that a monitor has to tell."""

    at: Instant
    """By the charger's clock."""
    trigger: str
    value: str
    is_cleared: bool
    may_be_lost: bool
    """True where it is not kept while offline (OfflineQueuingSeverity)."""


class ObservedMonitor:
    """One monitor, and the events that it has to tell."""

    def __init__(
        self,
        place: ObservedVariable,
        type: str,
        value: float,
        severity: int,
        set_at: Instant,
        *,
        needs_transaction: bool = False,
    ) -> None:
        self.place = place
        self.type = type
        self.value = value
        self.severity = severity
        self.needs_transaction = needs_transaction
        self.expected: deque[ExpectedEvent] = deque()
        self._is_beyond = False
        self._reference: str | None = None
        self._next_at: Instant | None = None
        self._moved_at: Instant | None = None
        """The last look, where the value moved then."""
        if type == "Periodic" and not needs_transaction:
            self._next_at = set_at + value

    def take_over(self, before: ObservedMonitor) -> None:
        """Replace another one: what is to be told of that is still to be told, and a threshold
        that was passed is compared with the new one."""
        self.expected = before.expected
        if self.type == before.type:
            self._is_beyond = before._is_beyond

    def restart(self, now: Instant) -> None:
        """After a restart periods begin anew."""
        self._moved_at = None
        self._next_at = now + self.value if self.type == "Periodic" else None

    def rest(self) -> None:
        """Be out of force, because no transaction runs."""
        self._is_beyond, self._reference = False, None
        self._next_at = self._moved_at = None

    def look(self, charger: Charger, now: Instant, states: Mapping[int, str]) -> str:
        """Compare the value of this moment; what is wrong with the moment, empty where nothing."""
        evse = charger.evses[self.place.evse_id - 1]
        if self.needs_transaction and evse.transaction is None:
            self.rest()
            return ""
        value = self._read(evse, now, states)
        if self.type.startswith("Periodic"):
            return self._look_at_clock(charger, now, value)
        moved_at = self._moved_at
        self._moved_at = now if _moves(self.place.variable, evse, now) else None
        if self.type == "Delta":
            triggers = self._has_changed(value)
        else:
            is_upper, number = self.type == "UpperThreshold", float(value)
            is_beyond = number > self.value if is_upper else number < self.value
            triggers = is_beyond != self._is_beyond
            self._is_beyond = is_beyond
        if not triggers:
            return ""
        is_alert = self.type != "Delta"
        trigger = "Alerting" if is_alert else "Delta"
        self._expect(charger, trigger, value, is_cleared=is_alert and not self._is_beyond)
        if moved_at is not None and now - moved_at > LOOK_S:
            return f"{self.place} moved unseen for {now - moved_at:.1f} s"
        return ""

    def _has_changed(self, value: str) -> bool:
        before = self._reference
        if before is None:
            self._reference = value
            return False
        if self.place.variable in _NUMBERS:
            if abs(float(value) - float(before)) <= self.value:
                return False
        elif value == before:
            return False
        self._reference = value
        return True

    def _look_at_clock(self, charger: Charger, now: Instant, value: str) -> str:
        due, offset_s = self._next_at, charger.context.offset_s
        if due is None:
            self._next_at = self._following(now, now, offset_s)
            return ""
        if now < due - _SAME_S:
            return ""
        self._next_at = self._following(due, now, offset_s)
        self._expect(charger, "Periodic", value, is_cleared=False)
        return f"the period of {self.place} ended {now - due:.2f} s ago" * (now - due > LATE_S)

    def _following(self, due: Instant, now: Instant, offset_s: Seconds) -> Instant:
        if self.type == "Periodic":
            return due + self.value
        midnight = (now + offset_s) // DAY_S * DAY_S
        marks = (now + offset_s - midnight + _SAME_S) // self.value + 1
        return min(midnight + marks * self.value, midnight + DAY_S) - offset_s

    def _expect(self, charger: Charger, trigger: str, value: str, *, is_cleared: bool) -> None:
        context = charger.context
        kept = context.settings.number(OFFLINE_QUEUING_SEVERITY)
        event = ExpectedEvent(context.time, trigger, value, is_cleared, self.severity > kept)
        self.expected.append(event)

    def _read(self, evse: Evse, now: Instant, states: Mapping[int, str]) -> str:
        number = _NUMBERS.get(self.place.variable)
        if number is None:
            return states.get(evse.id, "Available")
        return f"{number(evse, now):.1f}"


def _moves(variable: str, evse: Evse, now: Instant) -> bool:
    """True where a value changes as time passes."""
    if variable == "Temperature" and is_drifting(evse, "temperature", now):
        return True
    if variable == "ACVoltage":
        return is_drifting(evse, "voltage", now)
    return variable in _NUMBERS and evse.flow().power_w > 0.0
