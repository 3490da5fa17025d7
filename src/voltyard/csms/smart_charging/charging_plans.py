"""Needs, plans and chosen schedules of running transactions, and the limits of other systems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from voltyard.csms.records import TransactionStored
from voltyard.csms.smart_charging.plan import (
    ChargingPlan,
    ChosenSchedule,
    ExternalLimit,
    Needs,
    exceeds,
    planned,
)
from voltyard.csms.smart_charging.plan_rows import ChargingPlanForgotten, ChargingPlanStored
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

RENEGOTIATIONS: Final = 3
"""Plans sent again, in a row, to a vehicle that does not keep to them (K15.FR.13)."""

ScheduleVerdict = Literal["within", "exceeds", "another"]
"""The vehicle keeps to the plan, or does not; or it follows another profile, which has won."""


class Negotiated(Struct, frozen=True, kw_only=True):
    """The negotiation with the vehicle of one transaction."""

    transaction_id: str
    """txn_..."""
    needs: Needs
    needs_at: Instant
    plan: ChargingPlan
    chosen: ChosenSchedule | None = None
    chosen_at: Instant | None = None
    verdict: ScheduleVerdict | None = None
    rejected: int = 0
    """Schedules in a row that did not keep to the plan."""


class PlanChange(Struct, frozen=True):
    """A change of what is known of one negotiation."""

    transaction_id: str
    before: Negotiated | None
    records: tuple[ChargingPlanStored | ChargingPlanForgotten, ...]
    """To be stored."""
    plan: ChargingPlan | None
    """To be sent to the charger; None: nothing is."""
    verdict: ScheduleVerdict = "within"


class ChargingPlans:
    """The negotiations of all chargers; the oldest give way beyond `limits.CHARGING_PLANS`."""

    def __init__(self) -> None:
        self._of: dict[str, Negotiated] = {}
        self._external: dict[str, dict[tuple[str, int], ExternalLimit]] = {}

    def get(self, transaction_id: str) -> Negotiated | None:
        """The negotiation of a transaction, by its txn_ id."""
        return self._of.get(transaction_id)

    def load(self, rows: Iterable[ChargingPlanStored]) -> None:
        """Take over what storage holds, all of it or that of some chargers, the oldest first."""
        for row in rows:
            self._of[row.transaction_id] = _READ.decode(row.negotiation)

    def forget(self, charger_id: str, transaction_ids: Iterable[str]) -> None:
        """Forget the negotiations and the limits of a charger that has left; these are the ids of
        its transactions."""
        for transaction_id in transaction_ids:
            self._of.pop(transaction_id, None)
        self._external.pop(charger_id, None)

    def plan(self, running: TransactionStored, needs: Needs, now: Instant) -> PlanChange:
        """Plan for the needs of a transaction's vehicle, in place of an earlier plan."""
        before = self._of.pop(running.id, None)
        number = 1 if before is None else before.plan.number + 1
        plan = planned(needs, now, number, self._limits_at(running.charger_id, needs.evse_id))
        after = Negotiated(transaction_id=running.id, needs=needs, needs_at=now, plan=plan)
        self._of[running.id] = after
        gone = []
        while len(self._of) > limits.CHARGING_PLANS:
            oldest = next(iter(self._of))
            del self._of[oldest]
            gone.append(ChargingPlanForgotten(transaction_id=oldest))
        return PlanChange(running.id, before, (*gone, _row(running, after)), plan)

    def choose(
        self, running: TransactionStored, chosen: ChosenSchedule, now: Instant
    ) -> PlanChange:
        """The vehicle has chosen a schedule: what is to be said of it, and the plan to be sent
        again where it does not keep to it (K15.FR.11 to 13)."""
        known = self._of.get(running.id)
        if known is None:
            return PlanChange(running.id, None, (), None, "another")
        verdict: ScheduleVerdict = "another"
        if chosen.id == known.plan.number:
            verdict = "exceeds" if exceeds(known.plan, chosen) else "within"
        rejected = known.rejected + 1 if verdict == "exceeds" else 0
        again: ChargingPlan | None = None
        if verdict == "exceeds" and rejected <= RENEGOTIATIONS:
            external = self._limits_at(running.charger_id, known.needs.evse_id)
            again = planned(known.needs, now, known.plan.number + 1, external)
        after = replace(
            known,
            plan=again or known.plan,
            chosen=chosen,
            chosen_at=now,
            verdict=verdict,
            rejected=rejected,
        )
        self._of[running.id] = after
        return PlanChange(running.id, known, (_row(running, after),), again, verdict)

    def take_back(self, change: PlanChange) -> None:
        """A change could not be stored: know what was known before it."""
        if change.before is None:
            self._of.pop(change.transaction_id, None)
        else:
            self._of[change.transaction_id] = change.before

    # --- limits of other systems ----------------------------------------------------------------

    def limit(self, charger_id: str, source: str, evse_id: int, limit: ExternalLimit) -> None:
        """Another system limits a charger, or one of its EVSEs (K11, K12)."""
        known = self._external.setdefault(charger_id, {})
        if (source, evse_id) in known or len(known) < limits.EXTERNAL_LIMITS:
            known[source, evse_id] = limit

    def lift(self, charger_id: str, source: str, evse_id: int) -> None:
        """The limit of another system is lifted (K13)."""
        known = self._external.get(charger_id, {})
        known.pop((source, evse_id), None)
        if not known:
            self._external.pop(charger_id, None)

    def _limits_at(self, charger_id: str, evse_id: int) -> Iterable[ExternalLimit]:
        known = self._external.get(charger_id, {})
        return [limit for (_, at), limit in known.items() if at in (0, evse_id)]


_READ: Final = msgspec.json.Decoder(Negotiated)


def _row(running: TransactionStored, negotiation: Negotiated) -> ChargingPlanStored:
    return ChargingPlanStored(
        transaction_id=running.id,
        organization_id=running.organization_id,
        needs_at=negotiation.needs_at,
        negotiation=msgspec.json.encode(negotiation).decode(),
    )
