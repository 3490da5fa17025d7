"""Readings of meters over time, from MeterValues, TransactionEvent and StopTransaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import isfinite
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.kernel.time import HOUR_S, Instant, Seconds
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.traces.conversation import TraceFrame
from voltyard.traces.lanes.moments import moment_of
from voltyard.traces.lanes.transactions import TransactionLane

Quantity: TypeAlias = Literal[
    "power_w", "average_power_w", "offered_w", "current_a", "offered_a", "soc_percent", "energy_wh"
]
"""average_power_w: between two readings of the register, where no power is told."""

_QUANTITIES: Final[dict[str, Quantity]] = {
    "Power.Active.Import": "power_w",
    "Power.Offered": "offered_w",
    "Current.Import": "current_a",
    "Current.Offered": "offered_a",
    "SoC": "soc_percent",
    "Energy.Active.Import.Register": "energy_wh",
}
_REGISTER: Final = "Energy.Active.Import.Register"
"""The measurand of a value that does not say."""
_PLACES: Final = (None, "Outlet", "EV", "Cable")
_PHASES: Final = frozenset({"L1", "L2", "L3", "L1-N", "L2-N", "L3-N"})
_APART_S: Seconds = 2 * HOUR_S
"""Readings further apart say nothing of the power between them."""


class MeterSeries(Struct):
    """A quantity at an EVSE over time."""

    evse: int
    quantity: Quantity
    samples: list[tuple[Instant, float]]


class _Reading(Struct):
    quantity: Quantity
    value: float
    phase: str | None


class Meters:
    """The meters of one charger."""

    def __init__(self, begin: Instant, transactions: TransactionLane) -> None:
        self._begin = begin
        self._transactions = transactions
        self._series: dict[tuple[int, Quantity], list[tuple[Instant, float]]] = defaultdict(list)

    def called(self, frame: TraceFrame) -> None:
        """A call of the charger."""
        match frame.payload:
            case v16.MeterValuesRequest(connector_id=evse, meter_value=values):
                self._keep(frame, evse, values)
            case v16.StopTransactionRequest(transaction_id=id, transaction_data=values) if values:
                self._keep(frame, self._transactions.evse_of(str(id)), values)
            case v201.MeterValuesRequest(evse_id=evse, meter_value=values):
                self._keep(frame, evse, values)
            case v201.TransactionEventRequest(meter_value=values) as request if values:
                transaction_id = request.transaction_info.transaction_id
                self._keep(frame, self._transactions.evse_of(transaction_id), values)

    def series(self) -> list[MeterSeries]:
        """By EVSE and quantity; each in the order of time."""
        for (evse, quantity), samples in list(self._series.items()):
            samples.sort()
            if quantity == "energy_wh" and (evse, "power_w") not in self._series:
                average = list(_average_power_w(samples))
                if average:
                    self._series[evse, "average_power_w"] = average
        return [MeterSeries(*key, self._series[key]) for key in sorted(self._series)]

    def _keep(
        self,
        frame: TraceFrame,
        evse: int | None,
        values: Sequence[v16.MeterValue] | Sequence[v201.MeterValue],
    ) -> None:
        if evse is None:
            return
        for value in values:
            at = moment_of(value.timestamp, frame.at, self._begin)
            for quantity, number in _together(value.sampled_value):
                self._series[evse, quantity].append((at, number))


def _together(
    sampled: Iterable[v16.SampledValue | v201.SampledValue],
) -> Iterator[tuple[Quantity, float]]:
    """One number a quantity: the value for all phases, else their sum; of currents, the largest."""
    readings: dict[Quantity, list[_Reading]] = defaultdict(list)
    for value in sampled:
        reading = _read(value)
        if reading is not None:
            readings[reading.quantity].append(reading)
    for quantity, several in readings.items():
        whole = [one.value for one in several if one.phase is None]
        parts = [one.value for one in several if one.phase in _PHASES]
        if whole:
            yield quantity, whole[-1]
        elif parts:
            yield quantity, max(parts) if quantity.endswith("_a") else sum(parts)


def _read(value: v16.SampledValue | v201.SampledValue) -> _Reading | None:
    quantity = _QUANTITIES.get(value.measurand or _REGISTER)
    if quantity is None or value.location not in _PLACES:
        return None
    if isinstance(value, v201.SampledValue):
        unit = value.unit_of_measure
        number = value.value
        name = None if unit is None else unit.unit
        if unit is not None and unit.multiplier:
            if abs(unit.multiplier) > 12:
                return None
            number *= 10.0**unit.multiplier
    else:
        if value.format == "SignedData":
            return None
        try:
            number = float(value.value)
        except ValueError:
            return None
        name = value.unit
    if name in ("kW", "kWh"):
        number *= 1_000.0
    return _Reading(quantity, number, value.phase) if isfinite(number) else None


def _average_power_w(samples: Sequence[tuple[Instant, float]]) -> Iterator[tuple[Instant, float]]:
    """The average power until each reading, as a step that begins with the one before."""
    drawn = False
    for (before, low), (after, high) in pairwise(samples):
        if 0.0 < after - before <= _APART_S and high >= low:
            yield before, (high - low) * HOUR_S / (after - before)
            drawn = True
        elif drawn and after > before:
            yield before, 0.0
            drawn = False
    if drawn:
        yield samples[-1][0], 0.0
