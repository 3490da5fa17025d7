"""Power through a connector: the least of what the EVSE offers and what the vehicle takes.

AC power is voltage times current times phases times the vehicle's power factor (IEC 61851-1: a
pilot below 6 A offers nothing). A DC station gives up to a power and up to a current, at the
battery's voltage.
"""

from functools import lru_cache

from msgspec import Struct, structs

from voltyard.kernel import limits
from voltyard.kernel.units import Amperes, Percent, Volts, Watts
from voltyard.physics.battery import CurrentType, accepted_w, fraction
from voltyard.physics.vehicle import Vehicle

PILOT_FLOOR_A: Amperes = 6.0
"""The least current a pilot can offer (IEC 61851-1); less is an offer of nothing."""

HIGH_VOLTAGE_FROM_W: Watts = 200_000.0
"""Vehicles that take more than this are built on 800 V, the others on 400 V, unless they say."""

_PACK_V = {"low": (320.0, 400.0), "high": (600.0, 800.0)}

_PILOT_ROUNDING_A: Amperes = 1e-9

_60_HZ_V = (100.0, 127.0), (200.0, 215.0), (238.0, 277.0)
"""Voltages of outlets that are found where the mains has 60 Hz."""


class PowerFlow(Struct, frozen=True, gc=False):
    """The power that flows, as a meter at the connector sees it."""

    power_w: Watts
    current_a: Amperes
    """In each of the phases used; DC: in the cable."""
    phases: int
    """Number of those that carry current, L1 first; 0 where nothing flows, 1 for DC."""
    voltage_v: Volts
    """Line to neutral; DC: the battery's."""
    power_factor: float = 1.0

    def part(self, share: float) -> "PowerFlow":
        """A share of the flow, over the same phases."""
        return PowerFlow(
            self.power_w * share,
            self.current_a * share,
            self.phases,
            self.voltage_v,
            self.power_factor,
        )

    def at_voltage(self, voltage_v: Volts) -> "PowerFlow":
        """The same power at another voltage; without any, its current."""
        if voltage_v == self.voltage_v:
            return self
        current_a = self.current_a * self.voltage_v / voltage_v if voltage_v else self.current_a
        return PowerFlow(self.power_w, current_a, self.phases, voltage_v, self.power_factor)


def offered_a(
    phases: int,
    voltage_v: Volts,
    max_current_a: Amperes,
    limit_w: Watts,
    steps_a: tuple[Amperes, ...] = (),
) -> Amperes:
    """The current per phase an AC EVSE offers under a limit of power; 0 below the pilot's floor.

    The EVSE does not know how many phases the vehicle will use, so it divides by its own. One that
    knows only certain currents (`steps_a`) offers the highest of them that is within the limit.
    """
    offer_a = min(max_current_a, limit_w / (voltage_v * phases))
    if steps_a:
        within = (step for step in steps_a if step <= offer_a + _PILOT_ROUNDING_A)
        offer_a = max(within, default=0.0)
    return offer_a if offer_a >= PILOT_FLOOR_A - _PILOT_ROUNDING_A else 0.0


def ceiling_w(
    vehicle: Vehicle,
    current: CurrentType,
    phases: int,
    voltage_v: Volts,
    max_current_a: Amperes,
    limit_w: Watts,
    steps_a: tuple[Amperes, ...] = (),
) -> Watts:
    """The most that can flow whatever the state of charge: the `limit_w` for `battery.charge`.

    A vehicle's AC rating is spread over its phases: a three-phase charger of 11 kW takes 3.7 kW
    from one. A one-phase vehicle at a three-phase EVSE uses L1 alone. For DC give the vehicle as
    `vehicle_at_station` makes it: a station's current is in its curve.
    """
    if current == "DC":
        return max(0.0, limit_w)
    used = min(phases, vehicle.phases)
    offer_a = offered_a(phases, voltage_v, max_current_a, limit_w, steps_a)
    supply_w = voltage_v * offer_a * used * vehicle.power_factor
    return min(supply_w, vehicle.max_ac_power_w * used / vehicle.phases)


def draw(
    vehicle: Vehicle,
    soc_percent: Percent,
    current: CurrentType,
    phases: int,
    voltage_v: Volts,
    max_current_a: Amperes,
    limit_w: Watts,
    steps_a: tuple[Amperes, ...] = (),
) -> PowerFlow:
    """The flow at this moment, once all has settled. `max_current_a` bounds AC only."""
    ceiling = ceiling_w(vehicle, current, phases, voltage_v, max_current_a, limit_w, steps_a)
    power_w = min(ceiling, accepted_w(vehicle, soc_percent, current))
    return drawn(vehicle, soc_percent, current, phases, voltage_v, power_w)


def drawn(
    vehicle: Vehicle,
    soc_percent: Percent,
    current: CurrentType,
    phases: int,
    voltage_v: Volts,
    power_w: Watts,
) -> PowerFlow:
    """The flow where its power is known."""
    if current == "DC":
        pack_v = pack_voltage_v(vehicle, soc_percent)
        return PowerFlow(power_w, power_w / pack_v, 1 if power_w > 0.0 else 0, pack_v)
    factor = vehicle.power_factor
    if power_w <= 0.0:
        return PowerFlow(0.0, 0.0, 0, voltage_v, factor)
    used = min(phases, vehicle.phases)
    return PowerFlow(power_w, power_w / (voltage_v * used * factor), used, voltage_v, factor)


def pack_voltage_v(vehicle: Vehicle, soc_percent: Percent) -> Volts:
    """The battery's voltage, rising with its state of charge up to the vehicle's knee."""
    empty_v, full_v = pack_span_v(vehicle)
    knee = max(vehicle.knee_percent, 1.0)
    return empty_v + (full_v - empty_v) * min(max(soc_percent, 0.0), knee) / knee


def pack_span_v(vehicle: Vehicle) -> tuple[Volts, Volts]:
    """The battery's voltage when empty and when full."""
    empty_v, full_v = _PACK_V["high" if vehicle.max_dc_power_w > HIGH_VOLTAGE_FROM_W else "low"]
    if vehicle.full_v is not None:
        empty_v, full_v = empty_v * vehicle.full_v / full_v, vehicle.full_v
    return vehicle.empty_v or empty_v, full_v


@lru_cache(maxsize=limits.VEHICLES_BEHIND_STATIONS)
def vehicle_at_station(vehicle: Vehicle, max_current_a: Amperes) -> Vehicle:
    """The vehicle as a DC station of that current can charge it, cold as it is.

    The station's current times the battery's voltage is a line between the voltage's knots, so the
    lesser of that and the vehicle's own curve is a curve again.
    """
    most_w = vehicle.max_dc_power_w * vehicle.cold_factor
    if most_w <= 0.0:
        return structs.replace(vehicle, max_dc_power_w=0.0)
    empty_v, full_v = pack_span_v(vehicle)
    held = structs.replace(vehicle, max_dc_power_w=most_w, empty_v=empty_v, full_v=full_v)
    bound = (
        (0.0, empty_v * max_current_a / most_w),
        (max(vehicle.knee_percent, 1.0), full_v * max_current_a / most_w),
    )
    if all(value <= bound[0][1] for _, value in vehicle.curve):
        return held
    return structs.replace(held, curve=_lesser(vehicle.curve, bound))


@lru_cache(maxsize=limits.KNOWN_VOLTAGES)
def frequency_hz(voltage_v: Volts) -> float:
    """Of the mains that has such a voltage."""
    return 60.0 if any(least <= voltage_v <= most for least, most in _60_HZ_V) else 50.0


def _lesser(
    one: tuple[tuple[Percent, float], ...], other: tuple[tuple[Percent, float], ...]
) -> tuple[tuple[Percent, float], ...]:
    """The lesser of two curves, with a knot where they cross; `other` does not step."""
    # A step of the first has two knots of one place: both values are kept, in their order.
    places = list(one)
    places += [(at, fraction(one, at)) for at, _ in other if all(at != knot for knot, _ in one)]
    places.sort(key=lambda knot: knot[0])
    points = [(at, value, fraction(other, at)) for at, value in places]
    lesser: list[tuple[Percent, float]] = []
    for (at, value, bound), following in zip(points, (*points[1:], None), strict=True):
        lesser.append((at, min(value, bound)))
        if following is None:
            continue
        here, there = value - bound, following[1] - following[2]
        if here * there < 0.0:
            past = here / (here - there)
            crossing = at + (following[0] - at) * past
            lesser.append((crossing, value + (following[1] - value) * past))
    return tuple(lesser)
