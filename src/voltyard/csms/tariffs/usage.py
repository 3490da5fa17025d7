"""Usage of a transaction by the elements of its tariff: energy, charging time, idle time.

Quantities are integers (mWh and ms), so that what is added up loses nothing: the energy of all
elements together is the energy delivered, to the mWh.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.tariffs.periods import element_at, periods
from voltyard.csms.tariffs.terms import TariffTerms


class ElementUsage(Struct, frozen=True, gc=False, array_like=True):
    """The use made of one element; `element` None: where no element held."""

    element: int | None
    energy_mwh: int = 0
    charging_ms: int = 0
    idle_ms: int = 0


class TransactionCost(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The cost of a transaction so far: its tariff as it was when it began, and the use made of
    each element, in the order in which they came up."""

    tariff_id: str
    """tar_..."""
    terms: TariffTerms
    energy_until_ms: int
    """Moment up to which energy is counted, by the charger's clock; so too the next."""
    time_until_ms: int
    usage: tuple[ElementUsage, ...] = ()
    total: Decimal = Decimal(0)
    """With taxes, rounded."""

    @property
    def energy_mwh(self) -> int:
        """The energy of all elements."""
        return sum(one.energy_mwh for one in self.usage)


def with_energy(cost: TransactionCost, delivered_mwh: int, until_ms: int) -> TransactionCost:
    """The cost with energy counted up to a moment: the gain since the last one is spread evenly
    over the time in between. Energy that was counted and is corrected goes from the last element
    first."""
    gained = delivered_mwh - cost.energy_mwh
    until_ms = max(until_ms, cost.energy_until_ms)
    if gained < 0:
        return replace(cost, energy_until_ms=until_ms, usage=_less_energy(cost.usage, -gained))
    usage = cost.usage
    start_ms, elapsed_ms = cost.energy_until_ms, until_ms - cost.energy_until_ms
    if gained and not elapsed_ms:
        usage = _more(usage, element_at(cost.terms, start_ms), energy_mwh=gained)
    elif gained:
        counted = 0
        for element, end_ms in periods(cost.terms, start_ms, until_ms):
            due = gained * (end_ms - start_ms) // elapsed_ms
            usage = _more(usage, element, energy_mwh=due - counted)
            counted = due
    return replace(cost, energy_until_ms=until_ms, usage=usage)


def with_time(cost: TransactionCost, until_ms: int, *, is_charging: bool) -> TransactionCost:
    """The cost with time counted up to a moment, as charging or as idle."""
    usage, start_ms = cost.usage, cost.time_until_ms
    for element, end_ms in periods(cost.terms, start_ms, until_ms):
        elapsed_ms, start_ms = end_ms - start_ms, end_ms
        if is_charging:
            usage = _more(usage, element, charging_ms=elapsed_ms)
        else:
            usage = _more(usage, element, idle_ms=elapsed_ms)
    return replace(cost, time_until_ms=max(until_ms, cost.time_until_ms), usage=usage)


def _more(
    usage: tuple[ElementUsage, ...],
    element: int | None,
    *,
    energy_mwh: int = 0,
    charging_ms: int = 0,
    idle_ms: int = 0,
) -> tuple[ElementUsage, ...]:
    """The usage with that of an element, which is the last one then."""
    if not energy_mwh and not charging_ms and not idle_ms:
        return usage
    before = next((one for one in usage if one.element == element), ElementUsage(element))
    after = ElementUsage(
        element,
        before.energy_mwh + energy_mwh,
        before.charging_ms + charging_ms,
        before.idle_ms + idle_ms,
    )
    return (*(one for one in usage if one.element != element), after)


def _less_energy(usage: tuple[ElementUsage, ...], mwh: int) -> tuple[ElementUsage, ...]:
    left = []
    for one in reversed(usage):
        taken = min(mwh, one.energy_mwh)
        mwh -= taken
        left.append(replace(one, energy_mwh=one.energy_mwh - taken))
    return tuple(reversed(left))
