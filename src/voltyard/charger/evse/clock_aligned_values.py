"""Clock-aligned meter values of EVSEs and main meter (1.6 section 3.16.2, 2.0.1 J01)."""

from __future__ import annotations

from dataclasses import dataclass

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse import metering
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.variables.standard.meter_values import (
    ALIGNED_ENDED_MEASURANDS,
    ALIGNED_MEASURANDS,
    ALIGNED_ONLY_IDLE,
)
from voltyard.kernel.time import Instant


@dataclass(slots=True, eq=False, repr=False)
class ClockAlignedValues:
    """Takes the clock-aligned values when they are due, and keeps or sends them."""

    _context: ChargerContext
    _wire: ChargerWire
    _transactions: TransactionLifecycle

    def take(self) -> None:
        """Take the values of a mark, to be kept for the end, to be told, or both."""
        now = self._context.now
        for evse in self._transactions.evses:
            evse.settle(now)
        if _due(self._transactions.keep_mark_at, now):
            self._keep_mark()
        if _due(self._transactions.tell_mark_at, now):
            self._tell_mark()
        self._transactions.schedule_aligned()

    def _keep_mark(self) -> None:
        context = self._context
        measurands = context.settings.members(ALIGNED_ENDED_MEASURANDS)
        for evse in self._transactions.evses:
            if evse.transaction is not None:
                readings = metering.read(evse, measurands, "Sample.Clock", context.time, kept=True)
                self._transactions.keep(evse.transaction, readings)

    def _tell_mark(self) -> None:
        """Of transactions, of idle EVSEs, of the main meter."""
        context = self._context
        measurands = context.settings.members(ALIGNED_MEASURANDS)
        busy = any(evse.transaction is not None for evse in self._transactions.evses)
        if busy and context.settings.flag(ALIGNED_ONLY_IDLE):
            return  # 2.0.1 J01.FR.20
        for evse in self._transactions.evses:
            readings = metering.read(evse, measurands, "Sample.Clock", context.time)
            if readings and evse.transaction is not None:
                self._transactions.tell_values(evse, "MeterValueClock", readings)
            elif readings and context.online:
                self.tell_idle(evse, readings)  # what belongs to no transaction is not queued
        main = metering.read_main(
            self._transactions.evses, measurands, "Sample.Clock", context.time
        )
        if main and context.online:
            self.tell_idle(None, main)

    def tell_idle(self, evse: Evse | None, readings: tuple[MeterValue, ...]) -> None:
        """Send values that belong to no transaction; None is the main meter. A register that may
        have risen since it was remembered is remembered first: it must not fall after a kill."""
        if any(one.transaction is not None for one in self._transactions.evses):
            self._context.remember()
        self._wire.call(self._context.dialect.meter_values(evse, readings))


def _due(at: Instant | None, now: Instant) -> bool:
    return at is not None and at <= now
