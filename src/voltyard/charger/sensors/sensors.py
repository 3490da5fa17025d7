"""Sensors of an EVSE: its temperature, and the voltage of its feed.

Both follow from what happens there: power warms, a fault shows in the value that it is about, and
either may be made to drift. A meter of AC shows the voltage of its feed; power does not follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from voltyard.charger.sensors.drift import Drift, Sensed
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.units import Volts

if TYPE_CHECKING:
    from voltyard.charger.evse.connector import ActiveFault
    from voltyard.charger.evse.evse import Evse

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


def temperature_c(evse: Evse, now: Instant) -> float:
    """The temperature inside."""
    return _own_temperature_c(evse) + _offset(evse, "temperature", now)


def voltage_v(evse: Evse, now: Instant) -> Volts:
    """The voltage of the feed, line to neutral."""
    return max(0.0, _own_voltage_v(evse) + _offset(evse, "voltage", now))


def voltage_share(evse: Evse, now: Instant) -> float:
    """The voltage of the feed, as a share of the one that it is made for."""
    if not evse.drifts and not any(connector.broken for connector in evse.connectors):
        return 1.0
    return voltage_v(evse, now) / nominal_voltage_v(evse)


def drift_to(
    evse: Evse, sensed: Sensed, to: float | None, duration_s: Seconds, now: Instant
) -> float:
    """Let a value drift there from where it is; None: back to its own. The value it has now."""
    own = _own_temperature_c(evse) if sensed == "temperature" else _own_voltage_v(evse)
    before = _offset(evse, sensed, now)
    drift = Drift(
        from_offset=before,
        to_offset=0.0 if to is None else to - own,
        begun_at=now,
        duration_s=duration_s,
    )
    evse.set_drift(sensed, drift)
    return own + drift.offset(now)


def is_drifting(evse: Evse, sensed: Sensed, now: Instant) -> bool:
    """True while a value is on its way."""
    drift = evse.drifts.get(sensed)
    return drift is not None and drift.is_moving(now)


def strays(evse: Evse, now: Instant) -> bool:
    """True where a value is not what power alone makes of it: it has drifted, or a fault shows."""
    if any(drift.to_offset or drift.is_moving(now) for drift in evse.drifts.values()):
        return True
    return any(one.fault.error_code in SENSED_ERRORS for one in _faults(evse))


def _offset(evse: Evse, sensed: Sensed, now: Instant) -> float:
    drift = evse.drifts.get(sensed)
    return 0.0 if drift is None else drift.offset(now)


def _own_temperature_c(evse: Evse) -> float:
    """Without a drift, of the moment to which the EVSE is settled."""
    if any(one.fault.error_code == "HighTemperature" for one in _faults(evse)):
        return _OVERHEATED_C
    rating_w = max(connector.spec.max_power_w for connector in evse.connectors)
    return _AMBIENT_C + _RISE_C * evse.flow().power_w / rating_w


def _own_voltage_v(evse: Evse) -> Volts:
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
