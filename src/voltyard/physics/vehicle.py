"""A vehicle: its battery, its on-board charger, its charge curve."""

from msgspec import Struct

from voltyard.kernel.units import Percent, Watts


class Vehicle(Struct, frozen=True, kw_only=True):
    """What is plugged in. Plain data: the battery's progress is a state of its own."""

    name: str = "long-range"
    battery_kwh: float = 77.0
    soc_percent: Percent = 40.0
    """At plug-in."""
    target_soc_percent: Percent = 100.0
    """Where the vehicle stops drawing."""
    max_ac_power_w: Watts = 11_000.0
    max_dc_power_w: Watts = 120_000.0
    phases: int = 3
    """Of the on-board charger."""
    curve: tuple[tuple[Percent, float], ...] = (
        (0.0, 1.0),
        (70.0, 0.85),
        (90.0, 0.35),
        (100.0, 0.05),
    )
    """(state of charge, fraction of the maximum power), rising in the former, linear between."""
