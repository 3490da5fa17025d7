"""Values of each phase as a meter sees them: voltages and currents that make up the power.

A noisy meter's voltages stray evenly around the nominal one, and its phases share the power not
quite evenly. Each current is what its voltage leaves it, so volts times amperes times the power
factor is the power, whatever the noise.
"""

from msgspec import Struct

from voltyard.kernel.units import Amperes, Volts, Watts
from voltyard.physics.noise import uniform
from voltyard.physics.supply import PowerFlow

FREQUENCY_NOISE_HZ = 0.05
"""Deviation of the mains from its frequency."""

_CHANNELS = 8
"""Numbers drawn for one moment, at most."""


class PhaseValues(Struct, frozen=True, gc=False):
    """One value a wire, L1 first; DC has one."""

    voltage_v: tuple[Volts, ...]
    current_a: tuple[Amperes, ...]
    power_w: tuple[Watts, ...]
    frequency_hz: float


def observe(
    flow: PowerFlow, wires: int, frequency_hz: float, noise: float, key: int, moment: int
) -> PhaseValues:
    """The values that the meter of that key sees on so many wires; `moment` is a number of its own
    for each moment."""
    used = flow.phases
    if noise <= 0.0:
        idle = wires - used
        part_w = flow.power_w / used if used else 0.0
        return PhaseValues(
            (flow.voltage_v,) * wires,
            (flow.current_a,) * used + (0.0,) * idle,
            (part_w,) * used + (0.0,) * idle,
            frequency_hz,
        )
    draws = [uniform(key, moment * _CHANNELS + channel) for channel in range(7)]
    # Rounded as it will be shown, so that what is shown agrees.
    volts = tuple(round(flow.voltage_v * (1.0 + noise * draw), 1) for draw in draws[:wires])
    shares = draws[3 : 3 + used]
    mean = sum(shares) / used if used else 0.0
    parts_w = [flow.power_w / used * (1.0 + noise / 2.0 * (one - mean)) for one in shares]
    parts_w += [0.0] * (wires - used)
    amperes = tuple(
        part_w / (volt * flow.power_factor) for part_w, volt in zip(parts_w, volts, strict=True)
    )
    strayed_hz = round(frequency_hz + FREQUENCY_NOISE_HZ * draws[6], 3)
    return PhaseValues(volts, amperes, tuple(parts_w), strayed_hz)
