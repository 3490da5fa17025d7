"""The meter of an EVSE: its register, its error, and the intervals of its readings."""

from __future__ import annotations

from voltyard.kernel.time import Instant
from voltyard.kernel.units import WattHours
from voltyard.physics.meter import MeterSpec, advance, gain, reading_wh


class Meter:
    """The meter of one EVSE."""

    __slots__ = ("_marks", "gain", "key", "register_wh", "spec")

    def __init__(self, spec: MeterSpec, key: int, register_wh: WattHours) -> None:
        self.spec = spec
        self.key = key
        """Its own number, from which its error and its noise come."""
        self.gain = gain(spec, key)
        self.register_wh = register_wh
        self._marks: dict[str, tuple[Instant, float, float]] | None = None
        """Of each series of readings: when the last was taken, the display before it and then."""

    @property
    def reading_wh(self) -> WattHours:
        """The register as the display shows it."""
        return reading_wh(self.register_wh, self.spec.resolution_wh)

    def count(self, energy_wh: WattHours) -> None:
        """Count the energy that has flowed."""
        self.register_wh = advance(self.register_wh, energy_wh * self.gain)

    def energy_until(self, register_wh: WattHours) -> WattHours:
        """The energy that has to flow until the register is there."""
        return max(0.0, register_wh - self.register_wh) / self.gain

    def restore(self, register_wh: WattHours) -> None:
        """Take up what was remembered; a register never falls."""
        self.register_wh = max(self.register_wh, register_wh)

    def interval_wh(
        self, series: str, now: Instant, begun_wh: WattHours | None, *, takes: bool
    ) -> WattHours | None:
        """The gain of the display since the reading before of the same series; None at the first
        of a series that has no begin. Asked again at one moment it is the same. The reading is one
        of the series if it `takes` it."""
        shown_wh = self.reading_wh
        marks = self._marks = self._marks or {}
        last = marks.get(series)
        if last is not None and last[0] == now:
            before_wh = last[1]
        elif last is not None and (begun_wh is None or last[2] >= begun_wh):
            before_wh = last[2]
        else:
            before_wh = shown_wh if begun_wh is None else begun_wh
        if takes:
            marks[series] = (now, before_wh, shown_wh)
        if last is None and begun_wh is None:
            return None
        return shown_wh - before_wh
