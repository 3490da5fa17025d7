"""An energy meter: a register that only rises, what its display shows, how exact it is."""

from math import floor
from typing import Literal

from msgspec import Struct

from voltyard.kernel.units import WattHours
from voltyard.physics.noise import uniform

_ROUNDING = 1e-9
"""Relative to a display step: 12 Wh added up from parts are shown as 12, not as 11."""

CLASSES = {"exact": 0.0, "A": 0.02, "B": 0.01, "C": 0.005}
"""The error a meter may have, by its class (EN 50470-3, which the MID asks for)."""


class MeterSpec(Struct, frozen=True, kw_only=True):
    """The meter of an EVSE. By default it is exact, and shows whole watt-hours."""

    accuracy: Literal["exact", "A", "B", "C"] = "exact"
    """Its class: a fixed error within it is drawn from the charger's seed."""
    resolution_wh: WattHours = 1.0
    """The step of its display: 1, 10 or 100 Wh."""
    noise: float = 0.0
    """Deviation of voltages from sample to sample, as a fraction; currents stray half as far."""


IDEAL = MeterSpec()


def gain(spec: MeterSpec, key: int) -> float:
    """The factor by which the meter errs on a true watt-hour; `key` is its own number."""
    return 1.0 + CLASSES[spec.accuracy] * uniform(key, 0)


def advance(register_wh: WattHours, energy_wh: WattHours) -> WattHours:
    """The register after that much energy. Registers are never set back (OCPP 1.6 errata 3.78)."""
    assert energy_wh >= 0.0, "a register cannot fall"
    return register_wh + energy_wh


def reading_wh(register_wh: WattHours, resolution_wh: WattHours = 1.0) -> WattHours:
    """The reading on the display: whole steps passed. It never falls where the register does
    not."""
    return floor(register_wh / resolution_wh + _ROUNDING) * resolution_wh
