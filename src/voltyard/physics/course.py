"""The course of a charge while nothing changes, found once and used for many samples.

`charge` and `draw` look for the piece of the curve each time they are asked. Here it is found once.
"""

from __future__ import annotations

from msgspec import Struct

from voltyard.kernel.time import Seconds
from voltyard.kernel.units import JOULES_PER_WH, Percent, Volts, WattHours, Watts
from voltyard.physics.battery import CurrentType, Stretch, stretch_ahead
from voltyard.physics.supply import PowerFlow, drawn
from voltyard.physics.vehicle import Vehicle


class Course(Struct, frozen=True, gc=False):
    """One vehicle at one connector, over one stretch of its way to full."""

    vehicle: Vehicle
    current: CurrentType
    phases: int
    voltage_v: Volts
    stretch: Stretch

    def after(
        self, soc_percent: Percent, elapsed_s: Seconds
    ) -> tuple[Percent, WattHours, PowerFlow] | None:
        """The state of charge so much later, the energy until then, and what flows then; None where
        the stretch is over by then."""
        stretch = self.stretch
        reached = stretch.after(soc_percent, elapsed_s)
        if reached is None:
            return None
        power_w = stretch.power_w(reached)
        flow = drawn(self.vehicle, reached, self.current, self.phases, self.voltage_v, power_w)
        return reached, (reached - soc_percent) / (stretch.rate * JOULES_PER_WH), flow


def course_ahead(
    vehicle: Vehicle,
    soc_percent: Percent,
    current: CurrentType,
    phases: int,
    voltage_v: Volts,
    ceiling_w: Watts,
) -> Course | None:
    """The course from that state of charge, with `ceiling_w` and the vehicle as `supply` makes
    them; None where nothing flows."""
    stretch = stretch_ahead(vehicle, soc_percent, ceiling_w, current)
    return None if stretch is None else Course(vehicle, current, phases, voltage_v, stretch)
