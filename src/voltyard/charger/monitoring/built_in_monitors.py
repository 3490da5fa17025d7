"""Monitors that a charger is made with: hard-wired and preconfigured ones (2.0.1 N03)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from voltyard.charger.evse.evse import Evse
from voltyard.charger.monitoring.monitor import (
    Monitor,
    MonitorOrigin,
    MonitorType,
    WatchedVariable,
)
from voltyard.charger.sensors.sensors import nominal_voltage_v

FIRST_CUSTOM_ID: Final = 1000
"""Ids below it are of built-in monitors."""

_TABLE: Final[tuple[tuple[str, str, MonitorType, float, int, MonitorOrigin], ...]] = (
    ("TemperatureSensor", "Temperature", "UpperThreshold", 85.0, 1, "HardWiredMonitor"),
    ("TemperatureSensor", "Temperature", "UpperThreshold", 70.0, 5, "PreconfiguredMonitor"),
    ("ElectricalFeed", "ACVoltage", "UpperThreshold", 1.1, 5, "PreconfiguredMonitor"),
    ("ElectricalFeed", "ACVoltage", "LowerThreshold", 0.9, 5, "PreconfiguredMonitor"),
)
"""Of each EVSE. A voltage is a share of what the feed is made for: it may be a tenth off
(EN 50160)."""


def built_in_monitors(evses: Sequence[Evse]) -> Iterator[Monitor]:
    """The monitors that such a charger is made with, by their ids."""
    for evse in evses:
        for number, (component, variable, type, value, severity, origin) in enumerate(_TABLE):
            id = (evse.id - 1) * len(_TABLE) + number + 1
            if variable == "ACVoltage":
                value = round(value * nominal_voltage_v(evse), 1)
            if id < FIRST_CUSTOM_ID:
                yield Monitor(
                    id=id,
                    watched=WatchedVariable(
                        component=component, variable=variable, evse_id=evse.id
                    ),
                    type=type,
                    value=value,
                    severity=severity,
                    origin=origin,
                )
