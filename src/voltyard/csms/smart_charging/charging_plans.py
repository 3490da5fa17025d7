"""Needs, plans and chosen schedules of running transactions, and the limits of other systems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from voltyard.csms.smart_charging.plan import (
    ChargingPlan,
    ChosenSchedule,
    ExternalLimit,
    Needs,
    exceeds,
    planned,
)
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


class ChargingPlans:
    """The negotiations of all chargers; the oldest give way beyond `limits.CHARGING_PLANS`."""

    def __init__(self) -> None:
        self._of: dict[str, Negotiated] = {}
        self._external: dict[str, dict[tuple[str, int], ExternalLimit]] = {}

    def get(self, transaction_id: str) -> Negotiated | None:
        """The negotiation of a transaction, by its txn_ id."""
        return self._of.get(transaction_id)

    def plan(
        self, transaction_id: str, charger_id: str, needs: Needs, now: Instant
    ) -> ChargingPlan:
        """Plan for the needs of a transaction's vehicle, in place of an earlier plan."""
        before = self._of.pop(transaction_id, None)
        number = 1 if before is None else before.plan.number + 1
        plan = planned(needs, now, number, self._limits_at(charger_id, needs.evse_id))
        self._of[transaction_id] = Negotiated(
            transaction_id=transaction_id, needs=needs, needs_at=now, plan=plan
        )
        while len(self._of) > limits.CHARGING_PLANS:
            del self._of[next(iter(self._of))]
        return plan

    def choose(
        self, transaction_id: str, charger_id: str, chosen: ChosenSchedule, now: Instant
    ) -> tuple[ScheduleVerdict, ChargingPlan | None]:
        """The vehicle has chosen a schedule: what is to be said of it, and the plan to be sent
        again where it does not keep to it (K15.FR.11 to 13)."""
        known = self._of.get(transaction_id)
        if known is None:
            return "another", None
        if chosen.id != known.plan.number:
            self._put(known, chosen, now, "another", 0, known.plan)
            return "another", None
        if not exceeds(known.plan, chosen):
            self._put(known, chosen, now, "within", 0, known.plan)
            return "within", None
        rejected = known.rejected + 1
        again = rejected <= RENEGOTIATIONS
        plan = known.plan
        if again:
            external = self._limits_at(charger_id, known.needs.evse_id)
            plan = planned(known.needs, now, plan.number + 1, external)
        self._put(known, chosen, now, "exceeds", rejected, plan)
        return "exceeds", plan if again else None

    def _put(
        self,
        known: Negotiated,
        chosen: ChosenSchedule,
        now: Instant,
        verdict: ScheduleVerdict,
        rejected: int,
        plan: ChargingPlan,
    ) -> None:
        self._of[known.transaction_id] = Negotiated(
            transaction_id=known.transaction_id,
            needs=known.needs,
            needs_at=known.needs_at,
            plan=plan,
            chosen=chosen,
            chosen_at=now,
            verdict=verdict,
            rejected=rejected,
        )

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
