"""A vehicle: its battery, its on-board charger, its charge curve."""

from msgspec import Struct

from voltyard.kernel.units import Percent, Volts, Watts


class Vehicle(Struct, frozen=True, kw_only=True):
    """A vehicle as plain data: the battery's progress is a state of its own."""

    name: str = "long-range"
    battery_kwh: float = 77.0
    soc_percent: Percent = 40.0
    """At plug-in."""
    target_soc_percent: Percent = 100.0
    """State of charge at which the vehicle stops drawing."""
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
    curve_is_of_dc: bool = False
    """The curve is the battery's, of the maximum DC power: from AC it takes as much, and no more
    than the on-board charger gives."""
    power_factor: float = 1.0
    """Of the on-board charger: real power over apparent power."""
    standing_loss_w: Watts = 0.0
    """Power that pumps and electronics take while AC flows, whatever the current: it makes a slow
    charge less efficient than a fast one."""
    cold_factor: float = 1.0
    """Of the power a battery takes from DC; a cold one takes 0.3 to 1 of it."""
    knee_percent: Percent = 100.0
    """State of charge at which constant current ends and constant voltage begins: the voltage no
    longer rises."""
    empty_v: Volts | None = None
    """The battery's voltage when it is empty; None: of its class, 400 V or 800 V. So too
    `full_v`."""
    full_v: Volts | None = None
