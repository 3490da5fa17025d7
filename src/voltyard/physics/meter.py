"""An energy meter: a register that only rises, and what its display shows."""

from math import floor

from voltyard.kernel.units import WattHours

_ROUNDING = 1e-9
"""Relative to a display step: 12 Wh added up from parts are shown as 12, not as 11."""


def advance(register_wh: WattHours, energy_wh: WattHours) -> WattHours:
    """The register after that much energy. Registers are never set back (OCPP 1.6 errata 3.78)."""
    assert energy_wh >= 0.0, "a register cannot fall"
    return register_wh + energy_wh


def reading_wh(register_wh: WattHours, resolution_wh: WattHours = 1.0) -> WattHours:
    """What the display shows: whole steps passed. It never falls where the register does not."""
    return floor(register_wh / resolution_wh + _ROUNDING) * resolution_wh
