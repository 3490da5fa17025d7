"""Clock-aligned values: the meters are read at marks of the charger's clock (1.6 section 3.16.2,
2.0.1 J01), whatever happens at the EVSEs."""

from __future__ import annotations

from voltyard.charger import metering, standard
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse
from voltyard.charger.ledger import Ledger
from voltyard.charger.wire import Wire
from voltyard.kernel.time import Instant


class Marks:
    """The readings at the marks, of which the ledger has the moments."""

    __slots__ = ("_core", "_ledger", "_wire")

    def __init__(self, core: Core, wire: Wire, ledger: Ledger) -> None:
        self._core = core
        self._wire = wire
        self._ledger = ledger

    def take(self) -> None:
        """Take the values of a mark, to be kept for the end, to be told, or both."""
        now = self._core.now
        for evse in self._ledger.evses:
            evse.settle(now)
        if _due(self._ledger.keep_mark_at, now):
            self._keep_mark()
        if _due(self._ledger.tell_mark_at, now):
            self._tell_mark()
        self._ledger.schedule_aligned()

    def _keep_mark(self) -> None:
        core = self._core
        measurands = core.settings.members(standard.ALIGNED_ENDED_MEASURANDS)
        for evse in self._ledger.evses:
            if evse.transaction is not None:
                readings = metering.read(evse, measurands, "Sample.Clock", core.time, kept=True)
                self._ledger.keep(evse.transaction, readings)

    def _tell_mark(self) -> None:
        """Of transactions, of idle EVSEs, of the main meter."""
        core = self._core
        measurands = core.settings.members(standard.ALIGNED_MEASURANDS)
        busy = any(evse.transaction is not None for evse in self._ledger.evses)
        if busy and core.settings.flag(standard.ALIGNED_ONLY_IDLE):
            return  # 2.0.1 J01.FR.20
        for evse in self._ledger.evses:
            readings = metering.read(evse, measurands, "Sample.Clock", core.time)
            if readings and evse.transaction is not None:
                self._ledger.tell_values(evse, "MeterValueClock", readings)
            elif readings and core.online:
                self.tell_idle(evse, readings)  # what belongs to no transaction is not queued
        main = metering.read_main(self._ledger.evses, measurands, "Sample.Clock", core.time)
        if main and core.online:
            self.tell_idle(None, main)

    def tell_idle(self, evse: Evse | None, readings: tuple[metering.Reading, ...]) -> None:
        """Send values that belong to no transaction; None is the main meter. A register that may
        have risen since it was remembered is remembered first: it must not fall after a kill."""
        if any(one.transaction is not None for one in self._ledger.evses):
            self._core.remember()
        self._wire.call(self._core.dialect.idle_values(evse, readings))


def _due(at: Instant | None, now: Instant) -> bool:
    return at is not None and at <= now
