"""Invariants of monitors: each crossing is told once, in order, and nothing else is.

The observer knows the monitors from what a charger has answered to SetVariableMonitoring and
ClearVariableMonitoring, looks at its values after each of its steps, and compares what it has seen
with the events of NotifyEvent: over times offline, restarts, and links that break.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from voltyard.charger.charger import Charger
from voltyard.charger.description.events import Framed, StatusChanged
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.sensors.sensors import nominal_voltage_v
from voltyard.kernel.time import MINUTE_S, Instant, from_rfc3339
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.monitors.watched_values import ObservedMonitor, ObservedVariable

_BUILT_IN = (
    ("Temperature", "UpperThreshold", 85.0, 1),
    ("Temperature", "UpperThreshold", 70.0, 5),
    ("ACVoltage", "UpperThreshold", 1.1, 5),
    ("ACVoltage", "LowerThreshold", 0.9, 5),
)
"""Of each EVSE, from the factory (docs/charger.md); a voltage is a share of the nominal one."""

_SAME_MOMENT_S = 0.002
"""Timestamps on the wire are of milliseconds."""


class _Station:
    """A charger whose monitors are observed."""

    def __init__(self) -> None:
        self.monitors: dict[int, ObservedMonitor] | None = None
        """Monitors that are set at the charger, by their ids; None: not read yet."""
        self.gone: dict[int, ObservedMonitor] = {}
        """Cleared monitors, by their ids: an event of theirs may still be on its way."""
        self.states: dict[int, str] = {}
        self.is_accepted = False
        self.asked: dict[str, dict[str, Any]] = {}
        self.answered: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        """Requests of monitors, with their answers, since the last step."""
        self.notices: list[dict[str, Any]] = []
        """Events told since the last step."""
        self.told: dict[int, dict[str, Any]] = {}
        """By their ids."""


class MonitorChecks:
    """Compares the events of monitors with what their values did."""

    def __init__(self, specs: Iterable[ChargerSpec], excused: frozenset[str]) -> None:
        self._stations = {
            spec.identity: _Station()
            for spec in specs
            if spec.version != "1.6" and spec.identity not in excused
        }
        self.alerts: Counter[str] = Counter()
        """Events that were compared, by trigger."""

    # --- what goes over the links --------------------------------------------------------------

    def framed(self, key: str, frame: Framed) -> None:
        """A frame went over a charger's link."""
        station = self._stations.get(key)
        if station is None:
            return
        if frame.action in ("SetVariableMonitoring", "ClearVariableMonitoring"):
            said = msgspec.json.decode(frame.text)
            if frame.kind == "call":
                station.asked[frame.message_id] = said[3]
            elif frame.kind == "result":
                asked = station.asked.pop(frame.message_id)
                station.answered.append((frame.action, asked, said[2]))
        elif frame.action == "NotifyEvent" and frame.kind == "call":
            events = msgspec.json.decode(frame.text)[3]["eventData"]
            station.notices += [one for one in events if "variableMonitoringId" in one]

    def happened(self, key: str, event: object) -> None:
        """A charger has reported an event other than a frame."""
        station = self._stations.get(key)
        if station is not None and isinstance(event, StatusChanged):
            station.states[event.evse_id] = event.status

    # --- the steps -----------------------------------------------------------------------------

    def stepped(self, key: str, charger: Charger, now: Instant) -> None:
        """A charger has made a step: what its monitors see, and what it tells of them."""
        station = self._stations.get(key)
        if station is None:
            return
        if station.monitors is None:
            station.monitors = _built_in(charger, now)
        was_accepted, station.is_accepted = station.is_accepted, charger.context.accepted
        if not charger.power.powered:
            station.is_accepted = False
        for action, asked, answer in station.answered:
            _note(station, action, asked, answer, now)
        station.answered.clear()
        if station.is_accepted:
            for monitor in station.monitors.values():
                if not was_accepted:
                    monitor.restart(now)
                if wrong := monitor.look(charger, now, station.states):
                    raise InvariantBroken(now, key, wrong)
        for event in station.notices:
            self._compare(key, station, event, now)
        station.notices.clear()

    def _compare(self, key: str, station: _Station, event: dict[str, Any], now: Instant) -> None:
        id = event["eventId"]
        if id in station.told:
            if station.told[id] != event:
                raise InvariantBroken(now, key, f"event {id} is told twice, and not the same")
            return  # the answer to it was lost
        station.told[id] = event
        number, at = event["variableMonitoringId"], from_rfc3339(event["timestamp"])
        assert station.monitors is not None, "it has made a step"
        monitor = station.monitors.get(number) or station.gone.get(number)
        while monitor is not None and monitor.expected:
            expected = monitor.expected.popleft()
            if abs(expected.at - at) <= _SAME_MOMENT_S:
                told = (event["trigger"], event["actualValue"], event.get("cleared", False))
                if told != (expected.trigger, expected.value, expected.is_cleared):
                    raise InvariantBroken(now, key, f"{event} is told of {expected}")
                self.alerts[expected.trigger] += 1
                return
            if not expected.may_be_lost:
                raise InvariantBroken(now, key, f"{event} is told before {expected}")
        raise InvariantBroken(now, key, f"nothing happened of which {event} tells")

    # --- at the end ----------------------------------------------------------------------------

    def settled(self, at: Instant) -> None:
        """Everybody has had time to tell what is to be told."""
        for key, station in self._stations.items():
            for number, monitor in ((station.monitors or {}) | station.gone).items():
                for expected in monitor.expected:
                    if not expected.may_be_lost and at - expected.at > MINUTE_S:
                        raise InvariantBroken(at, key, f"monitor {number} never told {expected}")


def _built_in(charger: Charger, now: Instant) -> dict[int, ObservedMonitor]:
    found: dict[int, ObservedMonitor] = {}
    for evse in charger.evses:
        for variable, type, value, severity in _BUILT_IN:
            if variable == "ACVoltage":
                value = round(value * nominal_voltage_v(evse), 1)
            place = ObservedVariable(variable, evse.id)
            found[len(found) + 1] = ObservedMonitor(place, type, value, severity, now)
    return found


def _note(
    station: _Station,
    action: str,
    asked: Mapping[str, Any],
    answer: Mapping[str, Any],
    now: Instant,
) -> None:
    """Monitors that a charger has set or cleared."""
    monitors = station.monitors
    assert monitors is not None, "it has made a step"
    if action == "ClearVariableMonitoring":
        for one in answer["clearMonitoringResult"]:
            if one["status"] == "Accepted":
                station.gone[one["id"]] = monitors.pop(one["id"])
        return
    pairs = zip(asked["setMonitoringData"], answer["setMonitoringResult"], strict=True)
    for data, result in pairs:
        if result["status"] == "Accepted":
            monitor = ObservedMonitor(
                ObservedVariable(data["variable"]["name"], data["component"]["evse"]["id"]),
                data["type"],
                data["value"],
                data["severity"],
                now,
                needs_transaction=data.get("transaction", False),
            )
            before = monitors.get(result["id"])
            if before is not None:
                monitor.take_over(before)
            monitors[result["id"]] = monitor
