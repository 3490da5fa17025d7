"""Costs of transactions, reckoned anew from what their chargers told: registers and moments.

It shares nothing with the backend's tariff engine but the words of a tariff: each minute of a
transaction is looked at by itself, and all is added up at the end, in fractions.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from voltyard.csms.tariffs.terms import DAYS, TariffElement, TariffTerms, minor_digits

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE_MS: Final = 60_000
_FREE: Final = TariffElement()


class ToldUsage(Struct, frozen=True, kw_only=True):
    """Use of a transaction, as one message of its charger tells it."""

    at_ms: int
    """The moment of what it tells."""
    metered_at_ms: int | None = None
    """The moment of its last register; None where it has none."""
    delivered_mwh: int | None = None
    """The last register less the one at the start."""
    charging_state: str | None = None
    """2.0.1; None where it does not say."""


class _Used(Struct):
    """The use made of one element."""

    energy_mwh: int = 0
    charging_ms: int = 0
    idle_ms: int = 0
    held_until_ms: int = 0


class ReckonedCost:
    """The cost of one transaction by given terms, message by message."""

    def __init__(self, terms: TariffTerms, begun_ms: int) -> None:
        self.terms = terms
        self._zone = ZoneInfo(terms.time_zone)
        self._used: dict[int | None, _Used] = {}
        self._energy_mwh = 0
        self._energy_until_ms = self._time_until_ms = begun_ms
        self._charging_state: str | None = None

    @property
    def has_energy(self) -> bool:
        """True where energy has flowed."""
        return self._energy_mwh > 0

    def take(self, told: ToldUsage) -> None:
        """Add what a message tells to what the ones before it told."""
        gained = 0
        if told.delivered_mwh is not None and told.metered_at_ms is not None:
            gained = told.delivered_mwh - self._energy_mwh
            self._spread(gained, told.metered_at_ms)
        state = self._charging_state
        self._pass(told.at_ms, is_charging=gained > 0 if state is None else state == "Charging")
        self._charging_state = told.charging_state or state

    def _spread(self, gained: int, until_ms: int) -> None:
        """Energy, evenly over the time since the register before."""
        start_ms, end_ms = self._energy_until_ms, max(until_ms, self._energy_until_ms)
        if start_ms == end_ms and gained:
            self._of(start_ms, start_ms).energy_mwh += gained
        for from_ms, to_ms in _minutes(start_ms, end_ms):
            before = gained * (from_ms - start_ms) // (end_ms - start_ms)
            after = gained * (to_ms - start_ms) // (end_ms - start_ms)
            if gained:
                self._of(from_ms, to_ms).energy_mwh += after - before
        self._energy_mwh += gained
        self._energy_until_ms = end_ms

    def _pass(self, until_ms: int, *, is_charging: bool) -> None:
        for from_ms, to_ms in _minutes(self._time_until_ms, until_ms):
            used = self._of(from_ms, to_ms)
            if is_charging:
                used.charging_ms += to_ms - from_ms
            else:
                used.idle_ms += to_ms - from_ms
        self._time_until_ms = max(until_ms, self._time_until_ms)

    def _of(self, at_ms: int, until_ms: int) -> _Used:
        used = self._used.setdefault(self._element_at(at_ms), _Used())
        used.held_until_ms = max(used.held_until_ms, until_ms)
        return used

    def _element_at(self, at_ms: int) -> int | None:
        local = (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(self._zone)
        clock = local.strftime("%H:%M")
        today, yesterday = DAYS[local.weekday()], DAYS[local.weekday() - 1]
        for number, element in enumerate(self.terms.elements):
            start, end = element.start_time or "00:00", element.end_time or "24:00"
            days = element.days_of_week or DAYS
            if start < end:
                holds = start <= clock < end and today in days
            else:
                holds = (clock >= start and today in days) or (clock < end and yesterday in days)
            if holds:
                return number
        return None

    @property
    def total(self) -> Decimal:
        """With taxes, rounded half up to the smallest unit of the currency."""
        terms = self.terms
        used = sorted(self._used.items(), key=lambda item: item[1].held_until_ms)
        priced = [
            (_FREE if number is None else terms.elements[number], one) for number, one in used
        ]
        step_ms = terms.time_step_s * 1_000
        energy = _stepped(
            [(one.energy_mwh, element.energy_price) for element, one in priced],
            terms.energy_step_wh * 1_000,
        )
        charging = _stepped(
            [(one.charging_ms, element.charging_price) for element, one in priced], step_ms
        )
        idle = _stepped([(one.idle_ms, element.idle_price) for element, one in priced], step_ms)
        net = energy / 1_000_000 + (charging + idle) / 3_600_000 + Fraction(terms.start_fee)
        net = net if terms.min_cost is None else max(net, Fraction(terms.min_cost))
        net = net if terms.max_cost is None else min(net, Fraction(terms.max_cost))
        gross = net + sum(net * Fraction(tax.percent) / 100 for tax in terms.taxes)
        digits = minor_digits(terms.currency)
        units, rest = divmod(gross * 10**digits, 1)
        return Decimal(int(units) + (rest >= Fraction(1, 2))).scaleb(-digits)


def _stepped(parts: list[tuple[int, Decimal]], step: int) -> Fraction:
    """Quantities at their prices, rounded up to whole steps at the price of the last one."""
    cost, missing, last = Fraction(0), -sum(quantity for quantity, _ in parts) % step, Fraction(0)
    for quantity, price in parts:
        cost += quantity * Fraction(price)
        last = Fraction(price) if quantity else last
    return cost + missing * last


def never_falls(terms: TariffTerms) -> bool:
    """True of terms by which a running cost cannot fall: where prices change, what rounding up to
    a step adds may get cheaper."""
    is_stepless = terms.energy_step_wh == 1 and terms.time_step_s == 1
    return is_stepless or len(terms.elements) < 2


def _minutes(start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """The time between two moments, cut at whole minutes."""
    at_ms = start_ms
    while at_ms < end_ms:
        next_ms = min((at_ms // _MINUTE_MS + 1) * _MINUTE_MS, end_ms)
        yield at_ms, next_ms
        at_ms = next_ms
