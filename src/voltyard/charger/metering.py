"""What the meter says: readings of the configured measurands that agree with each other.

Power is voltage times current times the phases that carry it, and the register is power over time
(facts of physics, which backends check). Values are neutral; dialects write them down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import DAY_S, Instant, Seconds
from voltyard.physics import supply

if TYPE_CHECKING:
    from voltyard.charger.evse import Evse

Context: TypeAlias = Literal[
    "Sample.Periodic", "Sample.Clock", "Transaction.Begin", "Transaction.End", "Trigger"
]

_PHASES = ("L1", "L2", "L3")
_DECIMALS = {"W": 1, "A": 3, "V": 1, "Percent": 1, "Wh": 0}


class Sample(Struct, frozen=True, gc=False):
    """One value."""

    measurand: str
    value: float
    unit: str
    phase: str | None = None


class Reading(Struct, frozen=True):
    """Values of one moment."""

    at: Instant
    """By the charger's clock."""
    context: Context
    samples: tuple[Sample, ...]


def read(
    evse: Evse,
    measurands: tuple[str, ...],
    context: Context,
    at: Instant,
    flow: supply.Draw | None = None,
) -> tuple[Reading, ...]:
    """The EVSE's values of that moment, as one reading; none where nothing is measured.

    The register must be settled to now. A measurand that has no value (SoC without a vehicle) is
    left out.
    """
    if not measurands:
        return ()
    flow = flow or evse.flow()
    samples: list[Sample] = []
    for name in measurands:
        measurand, _, phase = name.rpartition(".") if name[-3:-1] == ".L" else (name, "", "")
        _take(evse, flow, measurand, phase, samples)
    return (Reading(at, context, tuple(samples)),) if samples else ()


def read_main(
    evses: tuple[Evse, ...], measurands: tuple[str, ...], context: Context, at: Instant
) -> tuple[Reading, ...]:
    """The main meter's values: the sums of what the EVSEs' meters say, where sums make sense."""
    samples: list[Sample] = []
    if "Energy.Active.Import.Register" in measurands:
        total_wh = sum(evse.reading_wh for evse in evses)
        samples.append(Sample("Energy.Active.Import.Register", total_wh, "Wh"))
    if "Power.Active.Import" in measurands:
        total_w = sum(evse.flow().power_w for evse in evses)
        samples.append(Sample("Power.Active.Import", round(total_w, 1), "W"))
    return (Reading(at, context, tuple(samples)),) if samples else ()


def _take(evse: Evse, flow: supply.Draw, measurand: str, phase: str, samples: list[Sample]) -> None:
    match measurand:
        case "Energy.Active.Import.Register":
            samples.append(Sample(measurand, evse.reading_wh, "Wh"))
        case "Power.Active.Import" if not phase:
            samples.append(Sample(measurand, round(flow.power_w, 1), "W"))
        case "Power.Active.Import":
            phase_w = flow.voltage_v * _phase_a(flow, phase)
            samples.append(Sample(measurand, round(phase_w, 1), "W", phase))
        case "Current.Import":
            samples.extend(_by_phase(evse, flow, measurand, phase, "A"))
        case "Voltage":
            samples.extend(_by_phase(evse, flow, measurand, phase, "V"))
        case "Power.Offered":
            samples.append(Sample(measurand, round(_offered_w(evse), 1), "W"))
        case "Current.Offered":
            samples.append(Sample(measurand, round(_offered_a(evse, flow), 3), "A"))
        case "SoC" if evse.vehicle is not None:
            samples.append(Sample(measurand, round(evse.soc_percent, 1), "Percent"))


def _by_phase(evse: Evse, flow: supply.Draw, measurand: str, phase: str, unit: str) -> list[Sample]:
    """All measured phases are reported (1.6 section 3.16.4); DC has none."""
    spec = (evse.plugged or evse.connectors[0]).spec
    if spec.current == "DC":
        value = flow.current_a if unit == "A" else flow.voltage_v
        return [Sample(measurand, round(value, _DECIMALS[unit]), unit)]
    wanted = (phase,) if phase else _PHASES[: spec.phases]
    return [
        Sample(
            measurand,
            round(_phase_a(flow, name) if unit == "A" else flow.voltage_v, _DECIMALS[unit]),
            unit,
            f"{name}-N" if unit == "V" else name,
        )
        for name in wanted
    ]


def _phase_a(flow: supply.Draw, phase: str) -> float:
    return flow.current_a if _PHASES.index(phase) < flow.phases else 0.0


def _offered_w(evse: Evse) -> float:
    spec = (evse.plugged or evse.connectors[0]).spec
    if not evse.energised or not evse.offers:
        return 0.0
    if spec.current == "DC":
        return evse.limit_w
    return spec.voltage_v * spec.phases * _offer_a(evse)


def _offered_a(evse: Evse, flow: supply.Draw) -> float:
    spec = (evse.plugged or evse.connectors[0]).spec
    if not evse.energised or not evse.offers:
        return 0.0
    if spec.current == "DC":
        return min(spec.max_current_a, evse.limit_w / flow.voltage_v)
    return _offer_a(evse)


def _offer_a(evse: Evse) -> float:
    spec = (evse.plugged or evse.connectors[0]).spec
    return supply.offered_a(spec.phases, spec.voltage_v, spec.max_current_a, evse.limit_w)


def next_mark(at: Instant, interval_s: Seconds) -> Instant:
    """The first multiple of the interval from midnight after that moment (1.6
    ClockAlignedDataInterval).

    Counting begins anew each midnight, so an interval that does not divide the day has a shorter
    last one.
    """
    midnight = at // DAY_S * DAY_S
    following = midnight + ((at - midnight) // interval_s + 1) * interval_s
    return min(following, midnight + DAY_S)


def thin_out(readings: list[Reading], limit: int) -> None:
    """Keep at most so many: every second of the middle goes, never the first or the last (1.6
    errata, StopTransactionMaxMeterValues)."""
    while len(readings) > limit:
        del readings[1:-1:2]
