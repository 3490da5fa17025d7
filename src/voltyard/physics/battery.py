"""A battery that fills: how much power it takes, how long it needs, what the meter counts.

The power a battery accepts is linear between the knots of its curve, and what it gets is that or
the limit, whichever is less. Over such a piece, p = p0 + slope * (soc - soc0), the state of charge
obeys d(soc)/dt = rate * p, which has a closed form (an exponential, a straight line where the slope
is 0). So the steps of whoever asks do not matter: one of 60 s ends where sixty of 1 s do.

Power and energy are at the meter, the grid's side; the battery gets the `efficiency` of it.
"""

from collections.abc import Iterator
from math import expm1, inf, log1p
from typing import Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import Seconds
from voltyard.kernel.units import JOULES_PER_WH, WH_PER_KWH, Percent, WattHours, Watts
from voltyard.physics.vehicle import Vehicle

CurrentType: TypeAlias = Literal["AC", "DC"]

EFFICIENCY = {"AC": 0.90, "DC": 0.94}
"""From the meter to the battery: the on-board charger's loss, or the station's. What a vehicle
takes for itself (`standing_loss_w`) comes on top."""

_LEAST_EFFICIENCY = 0.5

ARRIVED_PERCENT: Percent = 1e-6
"""A state of charge this close to its goal has reached it: under 1 mWh of any car's battery, and
above what the rounding of an instant (0.24 us in this century) makes of it."""

_LEAST_W: Watts = 1e-3
"""Less than this is no power at all."""

_FLAT = 1e-9
"""Below this relative change of power over a piece, its exponential is taken as its tangent."""

_ENDLESS = 50.0
"""Power that has risen by e to this has left any stretch, and is more than a number should be."""


def accepted_w(vehicle: Vehicle, soc_percent: Percent, current: CurrentType) -> Watts:
    """The most the vehicle draws at that state of charge; 0 where its target is reached."""
    if soc_percent >= _full(vehicle) - ARRIVED_PERCENT:
        return 0.0
    taken_w = _most_w(vehicle, current) * fraction(vehicle.curve, soc_percent)
    return min(taken_w, vehicle.max_ac_power_w) if current == "AC" else taken_w


def efficiency(vehicle: Vehicle, limit_w: Watts, current: CurrentType) -> float:
    """From the meter to the battery. It depends on what may flow, not on where the curve is: at 6 A
    a vehicle's own needs are a larger part of it than at 32 A."""
    whole = EFFICIENCY[current]
    if current == "DC" or vehicle.standing_loss_w <= 0.0:
        return whole
    flows_w = min(limit_w, vehicle.max_ac_power_w)
    return whole * max(_LEAST_EFFICIENCY, 1.0 - vehicle.standing_loss_w / max(flows_w, _LEAST_W))


def charge(
    vehicle: Vehicle,
    soc_percent: Percent,
    limit_w: Watts,
    current: CurrentType,
    elapsed_s: Seconds,
) -> tuple[Percent, WattHours]:
    """The state of charge after so long at most at `limit_w`, and the energy the meter counted.

    It never falls, stops at the vehicle's target, and does not depend on how the time is cut up.
    """
    full = _full(vehicle)
    limit_w = _bounded_w(vehicle, limit_w, current)
    if limit_w < _LEAST_W or elapsed_s <= 0.0 or soc_percent >= full:
        return soc_percent, 0.0
    rate = _percent_per_joule(vehicle, limit_w, current)
    soc = soc_percent
    left_s = elapsed_s
    for start, end, start_w, end_w in _pieces(vehicle, soc_percent, full, limit_w, current):
        needed_s = _crossing_s(start, end, start_w, end_w, rate)
        if needed_s > left_s:
            soc = min(end, start + _gain(start, end, start_w, end_w, rate, left_s))
            break
        soc = end
        left_s -= needed_s
    if full - soc < ARRIVED_PERCENT:
        soc = full
    return soc, (soc - soc_percent) / (rate * JOULES_PER_WH)


class Stretch(Struct, frozen=True, gc=False):
    """A piece of the way to full, over which the power is one line of the state of charge."""

    start_percent: Percent
    end_percent: Percent
    start_w: Watts
    slope: float
    """Watts a percent."""
    rate: float
    """Percent a joule at the meter."""

    def power_w(self, soc_percent: Percent) -> Watts:
        """The power at a state of charge."""
        return self.start_w + self.slope * (soc_percent - self.start_percent)

    def after(self, soc_percent: Percent, elapsed_s: Seconds) -> Percent | None:
        """The state of charge so much later; None where the stretch is over by then."""
        exponent = self.slope * self.rate * elapsed_s
        if exponent > _ENDLESS:
            return None
        steady = self.rate * self.power_w(soc_percent) * elapsed_s
        soc_percent += steady * _growth(exponent)
        return soc_percent if soc_percent < self.end_percent - ARRIVED_PERCENT else None


def stretch_ahead(
    vehicle: Vehicle, soc_percent: Percent, limit_w: Watts, current: CurrentType
) -> Stretch | None:
    """The stretch that begins there, None where nothing flows. `charge` says the same of it, but
    has to find it every time."""
    full = _full(vehicle)
    limit_w = _bounded_w(vehicle, limit_w, current)
    if limit_w < _LEAST_W or soc_percent >= full:
        return None
    start, end, start_w, end_w = next(_pieces(vehicle, soc_percent, full, limit_w, current))
    if min(start_w, end_w) < _LEAST_W:
        return None
    rate = _percent_per_joule(vehicle, limit_w, current)
    return Stretch(start, end, start_w, (end_w - start_w) / (end - start), rate)


def seconds_until(
    vehicle: Vehicle,
    soc_percent: Percent,
    limit_w: Watts,
    current: CurrentType,
    *,
    soc_target_percent: Percent | None = None,
    energy_wh: WattHours | None = None,
) -> Seconds | None:
    """The time at `limit_w` until that state of charge, or until the meter has counted that much.

    The earlier where both are given, the vehicle's own target where none is; 0 when it is reached
    already, None when it never will be.
    """
    full = _full(vehicle)
    limit_w = _bounded_w(vehicle, limit_w, current)
    rate = _percent_per_joule(vehicle, limit_w, current)
    goals = [] if soc_target_percent is None else [soc_target_percent]
    if energy_wh is not None:
        goals.append(soc_percent + energy_wh * JOULES_PER_WH * rate)
    goal = min(goals, default=full)
    if goal - soc_percent < ARRIVED_PERCENT:
        return 0.0
    if goal > full + ARRIVED_PERCENT or limit_w < _LEAST_W:
        return None
    total_s = 0.0
    for piece in _pieces(vehicle, soc_percent, min(goal, full), limit_w, current):
        total_s += _crossing_s(*piece, rate)
    return total_s if total_s < inf else None


def _most_w(vehicle: Vehicle, current: CurrentType) -> Watts:
    """The power that the curve is a fraction of."""
    if current == "DC" or (vehicle.curve_is_of_dc and vehicle.max_dc_power_w > 0.0):
        return vehicle.max_dc_power_w
    return vehicle.max_ac_power_w


def _bounded_w(vehicle: Vehicle, limit_w: Watts, current: CurrentType) -> Watts:
    return min(limit_w, vehicle.max_ac_power_w) if current == "AC" else limit_w


def _full(vehicle: Vehicle) -> Percent:
    return min(vehicle.target_soc_percent, 100.0)


def _percent_per_joule(vehicle: Vehicle, limit_w: Watts, current: CurrentType) -> float:
    capacity_j = vehicle.battery_kwh * WH_PER_KWH * JOULES_PER_WH
    return 100.0 * efficiency(vehicle, limit_w, current) / capacity_j


def fraction(curve: tuple[tuple[Percent, float], ...], soc_percent: Percent) -> float:
    """The curve there; its end values hold beyond its ends."""
    at, known = curve[0]
    if soc_percent <= at:
        return known
    for knot, value in curve:
        if soc_percent < knot:
            return known + (value - known) * (soc_percent - at) / (knot - at)
        at, known = knot, value
    return known


def _pieces(
    vehicle: Vehicle,
    soc_percent: Percent,
    end_percent: Percent,
    limit_w: Watts,
    current: CurrentType,
) -> Iterator[tuple[Percent, Percent, Watts, Watts]]:
    """The way from one state of charge to another, cut where the power changes its line.

    Yields (start, end, power at start, power at end) with start < end.
    """
    most_w = _most_w(vehicle, current)
    start = soc_percent
    start_w = most_w * fraction(vehicle.curve, start)
    for knot, value in (*vehicle.curve, (inf, vehicle.curve[-1][1])):
        if knot <= start:
            start_w = most_w * value if knot == start else start_w
            continue
        knot_w = most_w * value
        if knot > end_percent:
            past = 0.0 if knot == inf else (end_percent - start) / (knot - start)
            knot, knot_w = end_percent, start_w + (knot_w - start_w) * past
        yield from _capped(start, knot, start_w, knot_w, limit_w)
        if knot >= end_percent:
            return
        start, start_w = knot, knot_w


def _capped(
    start: Percent, end: Percent, start_w: Watts, end_w: Watts, limit_w: Watts
) -> Iterator[tuple[Percent, Percent, Watts, Watts]]:
    """One line under a limit: itself, the limit, or one after the other."""
    if max(start_w, end_w) <= limit_w:
        yield start, end, start_w, end_w
    elif min(start_w, end_w) >= limit_w:
        yield start, end, limit_w, limit_w
    else:
        crossing = start + (end - start) * (limit_w - start_w) / (end_w - start_w)
        crossing = min(max(crossing, start), end)
        if start < crossing:
            yield start, crossing, min(start_w, limit_w), limit_w
        if crossing < end:
            yield crossing, end, limit_w, min(end_w, limit_w)


def _crossing_s(start: Percent, end: Percent, start_w: Watts, end_w: Watts, rate: float) -> Seconds:
    """The time that one piece takes; for ever where its power is, or runs out to, nothing."""
    if start_w < _LEAST_W or end_w < _LEAST_W:
        return inf
    change = (end_w - start_w) / start_w
    stretch = log1p(change) / change if abs(change) > _FLAT else 1.0 - change / 2.0
    return (end - start) / (rate * start_w) * stretch


def _gain(
    start: Percent, end: Percent, start_w: Watts, end_w: Watts, rate: float, elapsed_s: Seconds
) -> Percent:
    """The gain in state of charge within one piece after so long."""
    exponent = (end_w - start_w) / (end - start) * rate * elapsed_s
    return rate * start_w * elapsed_s * _growth(exponent)


def _growth(exponent: float) -> float:
    """Its exponential's mean over the way there from 0."""
    return expm1(exponent) / exponent if abs(exponent) > _FLAT else 1.0 + exponent / 2.0
