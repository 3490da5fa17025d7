"""Sensors of an EVSE: its temperature, and the voltage of its feed.

Both follow from what happens there: power warms, and a fault shows in the value that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from voltyard.charger.evse.connector import ActiveFault
from voltyard.charger.evse.evse import Evse
from voltyard.kernel.units import Volts

SENSED_ERRORS: Final = frozenset({"HighTemperature", "OverVoltage", "UnderVoltage"})
"""Error codes of faults that show in what is sensed."""

_AMBIENT_C: Final = 20.0
_RISE_C: Final = 20.0
"""At the rated power; without inertia."""
_OVERHEATED_C: Final = 95.0
_FEED_V: Final[Volts] = 230.0
"""Of a DC station; an AC connector has a voltage of its own."""
_STRAY: Final = 0.15
"""Share by which a feed is off that has a fault."""


def temperature_c(evse: Evse) -> float:
    """The temperature inside, of the moment to which the EVSE is settled."""
    if any(one.fault.error_code == "HighTemperature" for one in _faults(evse)):
        return _OVERHEATED_C
    rating_w = max(connector.spec.max_power_w for connector in evse.connectors)
    return _AMBIENT_C + _RISE_C * evse.flow().power_w / rating_w


def voltage_v(evse: Evse) -> Volts:
    """The voltage of the feed, line to neutral."""
    nominal_v = nominal_voltage_v(evse)
    codes = {one.fault.error_code for one in _faults(evse)}
    if "OverVoltage" in codes:
        return nominal_v * (1.0 + _STRAY)
    if "UnderVoltage" in codes:
        return nominal_v * (1.0 - _STRAY)
    return nominal_v


def nominal_voltage_v(evse: Evse) -> Volts:
    """The voltage that the feed is made for."""
    spec = evse.connectors[0].spec
    return _FEED_V if spec.current == "DC" else spec.voltage_v


def _faults(evse: Evse) -> Iterator[ActiveFault]:
    return (one for connector in evse.connectors for one in connector.broken)
