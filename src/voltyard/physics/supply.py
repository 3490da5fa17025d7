"""What flows through a connector: the least of what the EVSE offers and what the vehicle takes.

AC power is voltage times current times phases (IEC 61851-1: a pilot below 6 A offers nothing); DC
power is limited as such, and the current follows from the battery's voltage.
"""

from msgspec import Struct

from voltyard.kernel.units import Amperes, Percent, Volts, Watts
from voltyard.physics.battery import Current, accepted_w
from voltyard.physics.vehicle import Vehicle

PILOT_FLOOR_A: Amperes = 6.0
"""The least current a pilot can offer (IEC 61851-1); less is an offer of nothing."""

HIGH_VOLTAGE_FROM_W: Watts = 200_000.0
"""Vehicles that take more than this are built on 800 V, the others on 400 V."""

_PACK_V = {"low": (320.0, 400.0), "high": (600.0, 800.0)}

_PILOT_ROUNDING_A: Amperes = 1e-9


class Draw(Struct, frozen=True, gc=False):
    """What flows, as a meter at the connector sees it."""

    power_w: Watts
    current_a: Amperes
    """In each of the phases used; DC: in the cable."""
    phases: int
    """How many carry current, L1 first; 0 where nothing flows, 1 for DC."""
    voltage_v: Volts
    """Line to neutral; DC: the battery's."""


def offered_a(phases: int, voltage_v: Volts, max_current_a: Amperes, limit_w: Watts) -> Amperes:
    """The current per phase an AC EVSE offers under a limit of power; 0 below the pilot's floor.

    The EVSE does not know how many phases the vehicle will use, so it divides by its own.
    """
    offer_a = min(max_current_a, limit_w / (voltage_v * phases))
    return offer_a if offer_a >= PILOT_FLOOR_A - _PILOT_ROUNDING_A else 0.0


def ceiling_w(
    vehicle: Vehicle,
    current: Current,
    phases: int,
    voltage_v: Volts,
    max_current_a: Amperes,
    limit_w: Watts,
) -> Watts:
    """The most that can flow whatever the state of charge: the `limit_w` for `battery.charge`.

    A vehicle's AC rating is spread over its phases: a three-phase charger of 11 kW takes 3.7 kW
    from one. A one-phase vehicle at a three-phase EVSE uses L1 alone.
    """
    if current == "DC":
        return max(0.0, limit_w)
    used = min(phases, vehicle.phases)
    supply_w = voltage_v * offered_a(phases, voltage_v, max_current_a, limit_w) * used
    return min(supply_w, vehicle.max_ac_power_w * used / vehicle.phases)


def draw(
    vehicle: Vehicle,
    soc_percent: Percent,
    current: Current,
    phases: int,
    voltage_v: Volts,
    max_current_a: Amperes,
    limit_w: Watts,
) -> Draw:
    """What flows at this moment. `max_current_a` bounds AC only; a DC station's is in `limit_w`."""
    ceiling = ceiling_w(vehicle, current, phases, voltage_v, max_current_a, limit_w)
    power_w = min(ceiling, accepted_w(vehicle, soc_percent, current))
    if current == "DC":
        pack_v = pack_voltage_v(vehicle, soc_percent)
        return Draw(power_w, power_w / pack_v, 1 if power_w > 0.0 else 0, pack_v)
    if power_w <= 0.0:
        return Draw(0.0, 0.0, 0, voltage_v)
    used = min(phases, vehicle.phases)
    return Draw(power_w, power_w / (voltage_v * used), used, voltage_v)


def pack_voltage_v(vehicle: Vehicle, soc_percent: Percent) -> Volts:
    """The battery's voltage, rising with its state of charge."""
    empty_v, full_v = _PACK_V["high" if vehicle.max_dc_power_w > HIGH_VOLTAGE_FROM_W else "low"]
    return empty_v + (full_v - empty_v) * min(max(soc_percent, 0.0), 100.0) / 100.0
