"""Charging needs of a vehicle, as ISO 15118 has it tell them: energy, departure, limits."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from voltyard.kernel.time import Instant
from voltyard.kernel.units import Amperes, Percent, Volts, WattHours, Watts
from voltyard.physics.supply import HIGH_VOLTAGE_FROM_W, PILOT_FLOOR_A
from voltyard.physics.vehicle import Vehicle

_WH_PER_PERCENT_OF_KWH = 10.0


class ChargingNeeds(Struct, frozen=True, kw_only=True):
    """The needs that a vehicle tells before it charges, and whenever they change."""

    energy_wh: WattHours | None = None
    """Energy it wants; None: what its battery lacks of its target."""
    departs_at: Instant | None = None
    """True time; None: it does not say."""
    min_current_a: Amperes = PILOT_FLOOR_A
    """The least it charges with, in each phase (AC)."""
    max_current_a: Amperes | None = None
    """The most it takes: of AC in each phase; None: what it can take."""
    max_power_w: Watts | None = None
    """Likewise, in all phases together or of DC."""
    max_schedule_tuples: int | None = None
    """Periods of a schedule that it can read; None: as many as there are."""


def limited(vehicle: Vehicle, needs: ChargingNeeds, voltage_v: Volts) -> Vehicle:
    """The vehicle with no more power than its needs say."""
    ac_w, dc_w = vehicle.max_ac_power_w, vehicle.max_dc_power_w
    if needs.max_power_w is not None:
        ac_w, dc_w = min(ac_w, needs.max_power_w), min(dc_w, needs.max_power_w)
    if needs.max_current_a is not None:
        ac_w = min(ac_w, needs.max_current_a * voltage_v * vehicle.phases * vehicle.power_factor)
        dc_w = min(dc_w, needs.max_current_a * battery_voltage(vehicle))
    if (ac_w, dc_w) == (vehicle.max_ac_power_w, vehicle.max_dc_power_w):
        return vehicle
    return replace(vehicle, max_ac_power_w=ac_w, max_dc_power_w=dc_w)


def energy_wanted_wh(vehicle: Vehicle, needs: ChargingNeeds, soc_percent: Percent) -> WattHours:
    """The energy that it asks for."""
    if needs.energy_wh is not None:
        return needs.energy_wh
    lacks_percent = max(0.0, vehicle.target_soc_percent - soc_percent)
    return lacks_percent * vehicle.battery_kwh * _WH_PER_PERCENT_OF_KWH


def phase_current_a(vehicle: Vehicle, voltage_v: Volts) -> Amperes:
    """The current that its on-board charger takes in each of its phases."""
    return vehicle.max_ac_power_w / (voltage_v * vehicle.phases * vehicle.power_factor)


def battery_voltage(vehicle: Vehicle) -> Volts:
    """The highest voltage of its battery: its own, or that of its class."""
    if vehicle.full_v is not None:
        return vehicle.full_v
    return 800.0 if vehicle.max_dc_power_w >= HIGH_VOLTAGE_FROM_W else 400.0
