"""Meter values: readings of the configured measurands, consistent with each other.

Power is voltage times current times the phases that carry it and their power factor, and the
register is power over time (facts of physics, which backends check). Where the meter is noisy,
voltages and currents stray so that this still holds, in every reading. Values are neutral; dialects
write them down.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING

from voltyard.charger.evse.meter_value import MeterValue, ReadingContext, SampledValue
from voltyard.charger.sensors.sensors import voltage_share
from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.physics import supply
from voltyard.physics.phases import PhaseValues, observe

if TYPE_CHECKING:
    from voltyard.charger.evse.evse import Evse


_PHASES = ("L1", "L2", "L3")
_TO_NEUTRAL = ("L1-N", "L2-N", "L3-N")
_ON_WIRES: dict[
    str, tuple[str, int, tuple[str, ...], Callable[[PhaseValues], tuple[float, ...]]]
] = {
    "Power.Active.Import": ("W", 1, _PHASES, attrgetter("power_w")),
    "Current.Import": ("A", 3, _PHASES, attrgetter("current_a")),
    "Voltage": ("V", 1, _TO_NEUTRAL, attrgetter("voltage_v")),
}
"""Unit, decimals, what the phases are called, and the values of the wires."""


def read(
    evse: Evse,
    measurands: tuple[str, ...],
    context: ReadingContext,
    at: Instant,
    flow: supply.PowerFlow | None = None,
    *,
    kept: bool = False,
) -> tuple[MeterValue, ...]:
    """The EVSE's values of that moment, as one reading; none where nothing is measured.

    The register must be settled to now. A measurand that has no value (SoC without a vehicle) is
    left out. What is `kept` for a transaction's end is a series of its own: its intervals are
    counted by themselves.
    """
    if not measurands:
        return ()
    flow = flow or evse.flow()
    samples: list[SampledValue] = []
    phases: PhaseValues | None = None
    for name in measurands:
        if name == "Energy.Active.Import.Register":
            samples.append(SampledValue(name, evse.meter.reading_wh, "Wh"))
        elif name == "Power.Active.Import":
            samples.append(SampledValue(name, round(flow.power_w, 1), "W"))
        elif name == "Energy.Active.Import.Interval":
            energy_wh = _interval_wh(evse, context, kept)
            if energy_wh is not None:
                samples.append(SampledValue(name, energy_wh, "Wh"))
        else:
            if phases is None:
                phases = _observe(evse, flow)
            measurand, _, phase = name.rpartition(".") if name[-3:-1] == ".L" else (name, "", "")
            _take(evse, flow, phases, measurand, phase, samples)
    return (MeterValue(at, context, tuple(samples)),) if samples else ()


def read_main(
    evses: tuple[Evse, ...], measurands: tuple[str, ...], context: ReadingContext, at: Instant
) -> tuple[MeterValue, ...]:
    """The main meter's values: the sums of what the EVSEs' meters say, where sums make sense."""
    samples: list[SampledValue] = []
    if "Energy.Active.Import.Register" in measurands:
        total_wh = sum(evse.meter.reading_wh for evse in evses)
        samples.append(SampledValue("Energy.Active.Import.Register", total_wh, "Wh"))
    if "Power.Active.Import" in measurands:
        total_w = sum(evse.flow().power_w for evse in evses)
        samples.append(SampledValue("Power.Active.Import", round(total_w, 1), "W"))
    return (MeterValue(at, context, tuple(samples)),) if samples else ()


def _observe(evse: Evse, flow: supply.PowerFlow) -> PhaseValues:
    spec = evse.plug.place.spec
    wires = 1 if spec.current == "DC" else spec.phases
    if spec.current == "AC":
        flow = flow.at_voltage(flow.voltage_v * voltage_share(evse, evse.settled_at))
    frequency_hz = supply.frequency_hz(spec.voltage_v)
    moment = round(evse.settled_at * 1000)
    return observe(flow, wires, frequency_hz, evse.meter.spec.noise, evse.meter.key, moment)


def _interval_wh(evse: Evse, context: ReadingContext, kept: bool) -> float | None:
    """The gain of the display since the reading before of the same series."""
    series = "kept" if kept else "clock" if context == "Sample.Clock" else "sampled"
    begun_wh = None
    if series != "clock" and evse.transaction is not None:
        begun_wh = evse.transaction.meter_start_wh
    return evse.meter.interval_wh(series, evse.settled_at, begun_wh, takes=context != "Trigger")


def _take(
    evse: Evse,
    flow: supply.PowerFlow,
    phases: PhaseValues,
    measurand: str,
    phase: str,
    samples: list[SampledValue],
) -> None:
    match measurand:
        case "Power.Active.Import" | "Current.Import" | "Voltage":
            samples.extend(_by_phase(evse, phases, measurand, phase))
        case "Power.Offered":
            samples.append(SampledValue(measurand, round(_offered_w(evse, flow), 1), "W"))
        case "Current.Offered":
            samples.append(SampledValue(measurand, round(_offered_a(evse, flow), 3), "A"))
        case "SoC" if evse.plug.vehicle is not None:
            samples.append(SampledValue(measurand, round(evse.plug.soc_percent, 1), "Percent"))
        case "Power.Factor":
            samples.append(SampledValue(measurand, flow.power_factor, ""))
        case "Frequency" if not _is_dc(evse):
            samples.append(SampledValue(measurand, phases.frequency_hz, "Hz"))


def _by_phase(evse: Evse, phases: PhaseValues, measurand: str, phase: str) -> list[SampledValue]:
    """All measured phases are reported (1.6 section 3.16.4); DC has none."""
    unit, decimals, names, values_of = _ON_WIRES[measurand]
    values = values_of(phases)
    if _is_dc(evse):
        return [SampledValue(measurand, round(values[0], decimals), unit)]
    return [
        SampledValue(measurand, round(value, decimals), unit, names[number])
        for number, value in enumerate(values)
        if not phase or phase == _PHASES[number]
    ]


def _is_dc(evse: Evse) -> bool:
    return evse.plug.place.spec.current == "DC"


def _offered_w(evse: Evse, flow: supply.PowerFlow) -> float:
    spec = evse.plug.place.spec
    if not evse.energised or not evse.offers:
        return 0.0
    if spec.current == "DC":
        return min(evse.supply.limit_w, spec.max_current_a * flow.voltage_v)
    return spec.voltage_v * evse.supply.phases * evse.supply.offered_a


def _offered_a(evse: Evse, flow: supply.PowerFlow) -> float:
    if not evse.energised or not evse.offers:
        return 0.0
    if _is_dc(evse):
        return min(evse.plug.max_current_of(evse.plug.place), evse.supply.limit_w / flow.voltage_v)
    return evse.supply.offered_a


def next_mark(at: Instant, interval_s: Seconds) -> Instant:
    """The first multiple of the interval from midnight after that moment (1.6
    ClockAlignedDataInterval).

    Counting begins anew each midnight, so an interval that does not divide the day has a shorter
    last one.
    """
    midnight = at // DAY_S * DAY_S
    following = midnight + ((at - midnight) // interval_s + 1) * interval_s
    return min(following, midnight + DAY_S)


def thin_out(readings: list[MeterValue], limit: int) -> None:
    """Keep at most so many: every second of the middle goes, never the first or the last (1.6
    errata, StopTransactionMaxMeterValues)."""
    while len(readings) > limit:
        del readings[1:-1:2]
