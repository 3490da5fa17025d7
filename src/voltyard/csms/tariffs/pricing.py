"""Pricing of transactions: the tariff that one begins with, and its cost after each change.

A transaction keeps the terms that it began with. Time is charging or idle as the charger says
(2.x chargingState); where it says nothing, time in which the register gained is charging time.
"""

from __future__ import annotations

from msgspec.structs import replace

from voltyard.csms.records import TransactionStored
from voltyard.csms.tariffs.amounts import amounts_of
from voltyard.csms.tariffs.tariff_registry import TariffRegistry
from voltyard.csms.tariffs.tariff_rows import read_terms
from voltyard.csms.tariffs.usage import TransactionCost, with_energy, with_time
from voltyard.kernel.time import Instant


class TransactionPricing:
    """Prices transactions by the tariffs of their organizations."""

    def __init__(self, tariffs: TariffRegistry) -> None:
        self._tariffs = tariffs

    def priced(
        self, before: TransactionStored | None, after: TransactionStored, at: Instant | None
    ) -> TransactionStored:
        """The row with its cost, where a tariff counts for it. `at` is the moment of the change by
        the charger's clock; None where an operator ends it."""
        cost = after.cost[0] if after.cost else None
        if _begins(before, after, cost):
            cost = self._begun(after) or cost
        if cost is None:
            return after
        cost = _counted(cost, before, after, at)
        cost = replace(cost, total=amounts_of(cost).total)
        return replace(after, cost=(cost,))

    def _begun(self, row: TransactionStored) -> TransactionCost | None:
        """The cost of one that has just begun, as of its begin."""
        if row.started_at is None or row.status == "pending":
            return None
        tariff = self._tariffs.choose(row.organization_id, row.charge_box_id, row.id_tag)
        if tariff is None:
            return None
        start_ms = _ms(row.started_at)
        return TransactionCost(
            tariff_id=tariff.id,
            terms=read_terms(tariff.terms),
            energy_until_ms=start_ms,
            time_until_ms=start_ms,
        )


def _begins(
    before: TransactionStored | None, after: TransactionStored, cost: TransactionCost | None
) -> bool:
    """True where it begins; or began before anybody was authorized, and somebody is before energy
    flows: their tariff counts from the begin."""
    if before is None or before.started_at is None:
        return cost is None
    is_new_driver = before.id_tag is None and after.id_tag is not None
    return is_new_driver and not (cost.energy_mwh if cost else after.delivered_wh)


def _counted(
    cost: TransactionCost,
    before: TransactionStored | None,
    after: TransactionStored,
    at: Instant | None,
) -> TransactionCost:
    """The cost with what a change tells: energy up to its last register, time up to the change. The
    energy of an end that an operator sets counts, but no time after the charger's last word."""
    mwh = cost.energy_mwh if after.delivered_wh is None else round(after.delivered_wh * 1_000)
    has_gained = mwh > cost.energy_mwh
    if at is None:
        return with_energy(cost, mwh, max(cost.time_until_ms, cost.energy_until_ms))
    until_ms = _ms(at)
    energy_ms = until_ms
    if after.status != "completed" and after.metered_at is not None:
        energy_ms = _ms(after.metered_at)
    if has_gained or mwh < cost.energy_mwh or after.metered_at is not None:
        cost = with_energy(cost, mwh, energy_ms)
    state = None if before is None else before.charging_state
    is_charging = has_gained if state is None else state == "Charging"
    return with_time(cost, until_ms, is_charging=is_charging)


def _ms(at: Instant) -> int:
    return round(at * 1_000)
