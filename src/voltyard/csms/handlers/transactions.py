"""Handlers of transactions and their meter values (1.6 section 4.7 to 4.10, E, J)."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

from msgspec.structs import replace

from voltyard.csms import events, requests
from voltyard.csms.authorization.authorizer import IdTagAuthorizer
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.commands.control import CostUpdated
from voltyard.csms.events import BackendEvent
from voltyard.csms.handlers.authorization import AuthorizationHandlers
from voltyard.csms.handlers.handling import Deferred, Handled, Handling
from voltyard.csms.records import ReservationStored
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.requests import EMPTY_REPLY, Reply
from voltyard.csms.reservations import Reservations, reservation_events
from voltyard.csms.transactions.delivered_energy import new_anomalies
from voltyard.csms.transactions.transactions import TransactionChange, Transactions
from voltyard.kernel.time import Instant


class Unsettled(Protocol):
    """Changes of transactions that are not stored yet: `csms.transactions.unsettled_changes`."""

    def __contains__(self, transaction_id: str) -> bool: ...

    def begun(self, transaction_id: str) -> None:
        """A change is handed to the journal."""

    def ended(self, transaction_id: str) -> None:
        """One is stored, or was taken back."""

    def settled(self, transaction_id: str) -> Awaitable[None]:
        """Return once there is none of that transaction."""


class TransactionHandlers:
    """Handles what a charger says of its transactions."""

    def __init__(
        self,
        authorization: AuthorizationHandlers,
        tags: IdTagAuthorizer,
        transactions: Transactions,
        reservations: Reservations,
        unsettled: Unsettled,
    ) -> None:
        self._authorization = authorization
        self._tags = tags
        self._transactions = transactions
        self._reservations = reservations
        self._unsettled = unsettled

    def start_transaction(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.StartTransaction,
        now: Instant,
    ) -> Handling:
        """Handles a StartTransaction request (1.6 section 4.8)."""
        known = self._transactions.started_alike(charger, request)
        if known is not None and known.id in self._unsettled:
            return Deferred(
                self._unsettled.settled(known.id),
                lambda _, later: self.start_transaction(charger, version, request, later),
            )
        if known is not None:
            # The same answer as the first time, also if the tag would fare otherwise by now.
            status: Any = known.id_tag_status or "accepted"
            tag = self._tags.recalled(charger.row.organization_id, request.id_tag, status)
            return self._started(charger, version, request, tag, now)
        return self._authorization.judged(
            charger,
            request.id_tag,
            None,
            lambda tag, now: self._started(charger, version, request, tag, now),
            now,
        )

    def _started(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.StartTransaction,
        tag: TagDecision,
        now: Instant,
    ) -> Handled:
        change = self._transactions.start_transaction(charger, version, request, tag, now)
        used = self._reservations.of_start(
            charger, request.reservation_id, request.connector_id, request.id_tag, now
        )
        reply = requests.TransactionReply(tag, change.after.number)
        return self._changed(charger, change, reply, now, used)

    def stop_transaction(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.StopTransaction,
        now: Instant,
    ) -> Handling:
        """Handles a StopTransaction request (1.6 section 4.10)."""
        known = self._transactions.ledger.by_ocpp_id(charger.row.id, str(request.number))
        if known is not None and known.status == "completed" and known.id in self._unsettled:
            return Deferred(
                self._unsettled.settled(known.id),
                lambda _, later: self.stop_transaction(charger, version, request, later),
            )

        def stopped(tag: TagDecision | None, now: Instant) -> Handled:
            change = self._transactions.closed(charger, version, request, now)
            return self._changed(charger, change, requests.TransactionReply(tag), now)

        if request.id_tag is None:
            return stopped(None, now)
        return self._authorization.judged(charger, request.id_tag, None, stopped, now, starts=False)

    def transaction_event(
        self,
        charger: RegisteredCharger,
        version: str,
        request: requests.TransactionEvent,
        now: Instant,
    ) -> Handling:
        """Handles a TransactionEvent request (E01 to E06)."""
        known = self._transactions.ledger.by_ocpp_id(charger.row.id, request.ocpp_id)
        is_repeated = known is not None and self._transactions.is_repeated(known, request)
        if known is not None and is_repeated and known.id in self._unsettled:
            return Deferred(
                self._unsettled.settled(known.id),
                lambda _, later: self.transaction_event(charger, version, request, later),
            )

        def noted(tag: TagDecision | None, now: Instant) -> Handled:
            change = self._transactions.told(charger, version, request, tag, now)
            used = None
            if request.id_tag is not None or request.reservation_id is not None:
                used = self._reservations.of_start(
                    charger, request.reservation_id, request.evse_id, request.id_tag, now
                )
            row = change.after
            total = row.cost[0].total if row.cost and request.kind == "Ended" else None
            reply = requests.TransactionReply(tag, total_cost=total)
            handled = self._changed(charger, change, reply, now, used)
            told = _running_cost(change)
            return handled if told is None else replace(handled, commands=(told,))

        if request.id_tag is None:
            return noted(None, now)
        starts = known is None or known.id_tag is None
        return self._authorization.judged(
            charger, request.id_tag, request.id_tag_type, noted, now, starts=starts
        )

    def meter_values(
        self, charger: RegisteredCharger, version: str, request: requests.MeterValues, now: Instant
    ) -> Handling:
        """Handles a MeterValues request (1.6 section 4.7, J01)."""
        outcome = self._transactions.meter_values(charger, request, now)
        if not isinstance(outcome, TransactionChange):
            return Handled(EMPTY_REPLY, outcome)
        return self._changed(charger, outcome, EMPTY_REPLY, now)

    def _changed(
        self,
        charger: RegisteredCharger,
        change: TransactionChange,
        reply: Reply,
        now: Instant,
        used: ReservationStored | None = None,
    ) -> Handled:
        if change.kind == "repeated" or change.after.status == "completed":
            used = None
        transaction_id = change.after.id
        # What repeats it waits for it: else it might be answered, and what it repeats be lost.
        self._unsettled.begun(transaction_id)

        def settle(durable: bool) -> None:
            if durable:
                self._transactions.confirm(change)
                if used is not None:
                    self._reservations.end(charger, used.reservation_id, "used", now)
            else:
                self._transactions.undo(change)
            self._unsettled.ended(transaction_id)

        happened = _transaction_events(charger, change, now)
        if used is None:
            return Handled(reply, change.records, happened, settle)
        told = reservation_events((used,), now)
        return Handled(reply, (*change.records, used), (*happened, *told), settle)


def _running_cost(change: TransactionChange) -> CostUpdated | None:
    """CostUpdated, where the cost of a transaction that runs has changed (I02.FR.01)."""
    before, after = change.before, change.after
    if not after.cost or after.ocpp_id is None:
        return None
    if change.kind != "updated" or after.status != "in_progress":
        return None
    (cost,) = after.cost
    told = before.cost[0].total if before is not None and before.cost else None
    if cost.total == told or not cost.terms.tells_running_cost:
        return None
    return CostUpdated(transaction_id=after.ocpp_id, total_cost=float(cost.total))


_TRANSACTION_EVENTS: Mapping[str, Callable[..., BackendEvent]] = {
    "started": events.TransactionStarted,
    "updated": events.TransactionUpdated,
    "stopped": events.TransactionStopped,
    "corrected": partial(events.TransactionUpdated, corrected=True),
}


def _transaction_events(
    charger: RegisteredCharger, change: TransactionChange, now: Instant
) -> tuple[BackendEvent, ...]:
    kind = _TRANSACTION_EVENTS.get(change.kind)
    if kind is None:
        return ()
    happened = kind(**charger.event_fields(now), transaction=change.after)
    doubts = new_anomalies(change.before, change.after)
    if not doubts:
        return (happened,)
    return (
        happened,
        *[
            events.TransactionDoubted(
                **charger.event_fields(now), transaction=change.after, anomaly=anomaly
            )
            for anomaly in doubts
        ],
    )
