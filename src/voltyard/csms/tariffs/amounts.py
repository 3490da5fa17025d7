"""Amounts of a cost: exact until the end, and then rounded once, half up, to the smallest unit.

Sums are fractions of integers, so no step rounds. The total is rounded with its taxes (21.185 EUR
are 21.19 EUR), then the net amount; the tax is what lies between, so that both add up to the total.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from msgspec import Struct

from voltyard.csms.tariffs.terms import TariffElement, TariffTerms, minor_digits
from voltyard.csms.tariffs.usage import ElementUsage, TransactionCost

_MWH_PER_KWH: Final = 1_000_000
_MS_PER_HOUR: Final = 3_600_000
_MWH_PER_WH: Final = 1_000
_MS_PER_S: Final = 1_000
_FREE: Final = TariffElement()


class CostAmounts(Struct, frozen=True, kw_only=True):
    """The amounts of a cost. `total` is `net` and `tax`; the parts of the net amount are rounded
    each by itself, and before the bounds."""

    total: Decimal
    net: Decimal
    tax: Decimal
    energy: Decimal
    charging_time: Decimal
    idle_time: Decimal
    start_fee: Decimal


def amounts_of(cost: TransactionCost) -> CostAmounts:
    """The amounts that the usage comes to."""
    terms, usage = cost.terms, cost.usage
    energy = _part(
        [(_element(terms, one).energy_price, one.energy_mwh) for one in usage],
        terms.energy_step_wh * _MWH_PER_WH,
        _MWH_PER_KWH,
    )
    step_ms = terms.time_step_s * _MS_PER_S
    charging = _part(
        [(_element(terms, one).charging_price, one.charging_ms) for one in usage],
        step_ms,
        _MS_PER_HOUR,
    )
    idle = _part(
        [(_element(terms, one).idle_price, one.idle_ms) for one in usage], step_ms, _MS_PER_HOUR
    )
    start_fee = Fraction(terms.start_fee)
    net = energy + charging + idle + start_fee
    if terms.min_cost is not None:
        net = max(net, Fraction(terms.min_cost))
    if terms.max_cost is not None:
        net = min(net, Fraction(terms.max_cost))
    percent = sum((Fraction(tax.percent) for tax in terms.taxes), Fraction(0))
    digits = minor_digits(terms.currency)
    total, rounded = half_up(net * (1 + percent / 100), digits), half_up(net, digits)
    return CostAmounts(
        total=total,
        net=rounded,
        tax=total - rounded,
        energy=half_up(energy, digits),
        charging_time=half_up(charging, digits),
        idle_time=half_up(idle, digits),
        start_fee=half_up(start_fee, digits),
    )


def _part(used: Sequence[tuple[Decimal, int]], step: int, unit: int) -> Fraction:
    """Quantities at their prices. Rounding all of them up to whole steps adds some at the price of
    the last element that has any."""
    counted = [(Fraction(price), quantity) for price, quantity in used if quantity]
    if not counted:
        return Fraction(0)
    added = -sum(quantity for _, quantity in counted) % step
    last, _ = counted[-1]
    cost = sum((price * quantity for price, quantity in counted), last * added)
    return cost / unit


def _element(terms: TariffTerms, usage: ElementUsage) -> TariffElement:
    return _FREE if usage.element is None else terms.elements[usage.element]


def half_up(amount: Fraction, digits: int) -> Decimal:
    """The amount with so many decimal places; a half is rounded up."""
    units = (amount * 10**digits * 2 + 1) // 2
    return Decimal(units).scaleb(-digits)
