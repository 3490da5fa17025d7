"""Energy register and power read out of MeterValues."""

import math
from collections.abc import Iterable

from voltyard.csms.records import SampledValue
from voltyard.csms.requests import MeterValue
from voltyard.kernel.units import WH_PER_KWH

ENERGY_REGISTER = "Energy.Active.Import.Register"
POWER_IMPORT = "Power.Active.Import"
_SCALES = {ENERGY_REGISTER: {"Wh": 1.0, "kWh": WH_PER_KWH}, POWER_IMPORT: {"W": 1.0, "kW": 1_000.0}}
_UNITS = {ENERGY_REGISTER: "Wh", POWER_IMPORT: "W"}


def register_and_power(samples: Iterable[SampledValue]) -> tuple[float | None, float | None]:
    """The energy register in Wh and the power drawn in W among the samples of a moment: of each the
    total, else the sum of its phases; None where there is none."""
    register: float | None = None
    power: float | None = None
    # One pass, and no more: this is done for every reading of every charger.
    whole_register = whole_power = False
    for sample in samples:
        measurand = sample.measurand
        if measurand == ENERGY_REGISTER:
            if whole_register:
                continue
        elif measurand != POWER_IMPORT or whole_power:
            continue
        value = _value(sample)
        if value is None:
            continue
        if measurand == ENERGY_REGISTER:
            whole_register = sample.phase is None
            register = value if whole_register or register is None else register + value
        else:
            whole_power = sample.phase is None
            power = value if whole_power or power is None else power + value
    return register, power


def register_at_wh(readings: Iterable[MeterValue], context: str) -> float | None:
    """The register sampled in that context, e.g. Transaction.Begin."""
    for reading in readings:
        energy_wh, _ = register_and_power([s for s in reading.samples if s.context == context])
        if energy_wh is not None:
            return energy_wh
    return None


def last_register_wh(readings: Iterable[MeterValue]) -> float | None:
    """The register of the latest moment that has one."""
    last_wh, last_at = None, -math.inf
    for reading in readings:
        energy_wh, _ = register_and_power(reading.samples)
        if energy_wh is not None and reading.at > last_at:
            last_wh, last_at = energy_wh, reading.at
    return last_wh


def _value(sample: SampledValue) -> float | None:
    """None where it is signed data or no number (facts: Q41, Q47), or its unit is another's."""
    measurand = sample.measurand
    scale = _SCALES[measurand].get(sample.unit or _UNITS[measurand])
    if scale is None or sample.signed or abs(sample.multiplier) > _MOST_DIGITS:
        return None
    try:
        value = float(sample.value)
    except ValueError:
        try:
            value = float(sample.value.strip("\x00 "))
        except ValueError:
            return None
    # float() takes nan and inf; nothing measures either, nor what only adds up to inf.
    value = value * scale * 10.0**sample.multiplier
    return value if abs(value) <= _MOST_MEASURED else None


_MOST_DIGITS = 20
_MOST_MEASURED = 1e15
"""Wh or W; a double holds it to a fraction of one."""
