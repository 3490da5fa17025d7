"""What meter values say about energy."""

import math
from collections.abc import Iterable

from voltyard.csms.happenings import Reading
from voltyard.csms.records import Sample
from voltyard.kernel.units import WH_PER_KWH

REGISTER = "Energy.Active.Import.Register"
_SCALES = {"Wh": 1.0, "kWh": WH_PER_KWH}


def register_wh(samples: Iterable[Sample]) -> float | None:
    """The energy register among the samples of a moment: the total, else the sum of its phases."""
    phases_wh = 0.0
    found = False
    for sample in samples:
        if sample.measurand != REGISTER or sample.signed:
            continue
        energy_wh = _energy_wh(sample)
        if energy_wh is None:
            continue
        if sample.phase is None:
            return energy_wh
        phases_wh += energy_wh
        found = True
    return phases_wh if found else None


def last_register_wh(readings: Iterable[Reading]) -> float | None:
    """The register of the latest moment that has one."""
    last_wh, last_at = None, -math.inf
    for reading in readings:
        energy_wh = register_wh(reading.samples)
        if energy_wh is not None and reading.at > last_at:
            last_wh, last_at = energy_wh, reading.at
    return last_wh


def register_at_wh(readings: Iterable[Reading], context: str) -> float | None:
    """The register sampled in that context, e.g. Transaction.Begin."""
    for reading in readings:
        energy_wh = register_wh([s for s in reading.samples if s.context == context])
        if energy_wh is not None:
            return energy_wh
    return None


def _energy_wh(sample: Sample) -> float | None:
    """None where the text is no number (facts: Q41, Q47) or its unit is none of energy."""
    scale = _SCALES.get(sample.unit or "Wh")
    if scale is None or abs(sample.multiplier) > _MOST_DIGITS:
        return None
    try:
        value = float(sample.value.strip("\x00 "))
    except ValueError:
        return None
    # float() takes nan and inf; a register is neither.
    return value * scale * 10.0**sample.multiplier if math.isfinite(value) else None


_MOST_DIGITS = 20
