"""Handlers of what vehicles need, what they choose, and what other systems limit (K11 to K17)."""

from __future__ import annotations

from voltyard.csms import events, requests
from voltyard.csms.handlers.handling import Handled, Handling
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY, EvScheduleReply, NeedsReply, Reply
from voltyard.csms.smart_charging.charging_plans import ChargingPlans, PlanChange
from voltyard.csms.smart_charging.plan_profile import command_of
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.kernel.time import Instant


class SmartChargingHandlers:
    """Handles negotiations of schedules."""

    def __init__(self, plans: ChargingPlans, ledger: TransactionLedger) -> None:
        self._plans = plans
        self._ledger = ledger

    def charging_needs(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.NotifyEVChargingNeeds,
        now: Instant,
    ) -> Handling:
        """Handles a NotifyEVChargingNeeds request (K15, K17): a plan follows its answer."""
        happened = _notified(charger, "NotifyEVChargingNeeds", request.payload, now)
        needs = request.needs
        running = None
        if needs is not None:
            running = self._ledger.open_at(charger.row.id, needs.evse_id)
        if needs is None or running is None or running.ocpp_id is None:
            return Handled(NeedsReply(is_accepted=False), (), happened)
        change = self._plans.plan(running, needs, now)
        return self._changed(
            NeedsReply(is_accepted=True), change, happened, needs.evse_id, running.ocpp_id
        )

    def ev_schedule(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.NotifyEVChargingSchedule,
        now: Instant,
    ) -> Handling:
        """Handles a NotifyEVChargingSchedule request (K15.FR.11 to 13, K16, K17)."""
        happened = _notified(charger, "NotifyEVChargingSchedule", request.payload, now)
        chosen = request.schedule
        running = self._ledger.open_at(charger.row.id, chosen.evse_id)
        if running is None or running.ocpp_id is None:
            return Handled(EvScheduleReply(is_accepted=True), (), happened)
        change = self._plans.choose(running, chosen, now)
        reply = EvScheduleReply(is_accepted=change.verdict != "exceeds")
        return self._changed(reply, change, happened, chosen.evse_id, running.ocpp_id)

    def _changed(
        self,
        reply: Reply,
        change: PlanChange,
        happened: tuple[events.BackendEvent, ...],
        evse_id: int,
        transaction_id: str,
    ) -> Handled:
        """Answered once the negotiation is stored; its plan follows the answer."""

        def settle(durable: bool) -> None:
            if not durable:
                self._plans.take_back(change)

        plan = change.plan
        commands = () if plan is None else (command_of(plan, evse_id, transaction_id),)
        return Handled(reply, change.records, happened, settle, commands=commands)

    def charging_limit(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.ChargingLimit,
        now: Instant,
    ) -> Handling:
        """Handles NotifyChargingLimit and ClearedChargingLimit requests (K11, K12, K13)."""
        happened = _notified(charger, request.action, request.payload, now)
        if request.action == "ClearedChargingLimit":
            self._plans.lift(charger.row.id, request.source, request.evse_id)
        elif request.limit is not None:
            self._plans.limit(charger.row.id, request.source, request.evse_id, request.limit)
        return Handled(EMPTY_REPLY, (), happened)


def _notified(
    charger: RegisteredCharger, action: str, payload: dict[str, object], now: Instant
) -> tuple[events.BackendEvent, ...]:
    return (events.Notified(**charger.event_fields(now), action=action, payload=payload),)
