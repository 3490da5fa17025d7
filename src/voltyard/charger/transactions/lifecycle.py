"""The life cycle of transactions: start and stop points, and the events sent of them.

The points are 2.0.1's (Part 2 E01, E06; TxStartPoint, TxStopPoint). OCPP 1.6 is the case in which a
transaction begins when the power path closes and ends with the authorization or the connection.
"""

from __future__ import annotations

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.commands.results import transaction_ids, transaction_result
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import (
    MeterSampled,
    ReservationEnded,
    TransactionConfirmed,
    TransactionEnded,
    TransactionStarted,
)
from voltyard.charger.effects import Done, Failed
from voltyard.charger.evse import metering
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.meter_value import MeterValue
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.transactions.outbox import TransactionOutbox
from voltyard.charger.transactions.sampling_plan import SamplingPlan, SamplingPlans
from voltyard.charger.transactions.transaction import (
    METER_VALUE_TRIGGERS,
    ChargingState,
    Reason,
    Transaction,
    TransactionEvent,
    TransactionEventType,
    TriggerReason,
)
from voltyard.charger.variables.standard.meter_values import (
    ALIGNED_ENDED_MEASURANDS,
    CLOCK_ALIGNED_INTERVAL,
    STARTED_MEASURANDS,
    STOP_MAX_METER_VALUES,
)
from voltyard.charger.variables.standard.transactions import STOP_ON_EV_DISCONNECT
from voltyard.kernel.ids import uuid
from voltyard.kernel.time import Instant, earliest

_PARTS = {"Started": "start", "Updated": "middle", "Ended": "end"}

_BEFORE_POWER = frozenset({"Authorized", "RemoteStart", "CablePluggedIn", "EVDetected"})
"""Events before the power path closes; that it does is an event of its own."""

_WITHOUT_POWER = frozenset({"Idle", "EVConnected"})

_OWN_REASONS: dict[ChargingState, Reason] = {"SuspendedEV": "StoppedByEV", "SuspendedEVSE": "Other"}
"""Reasons for a transaction that ends with the energy, of itself (2.0.1 E06.FR.07)."""


class TransactionLifecycle:
    """The transactions of one charger: begun, updated, ended, and confirmed by the CSMS."""

    __slots__ = (
        "_context",
        "_outbox",
        "_plans",
        "_statuses",
        "aligned_at",
        "evses",
        "keep_mark_at",
        "tell_mark_at",
    )

    def __init__(
        self, context: ChargerContext, outbox: TransactionOutbox, statuses: Statuses
    ) -> None:
        self._context = context
        self._outbox = outbox
        self._statuses = statuses
        self._plans = SamplingPlans(context)
        self.evses = statuses.evses
        self.tell_mark_at: Instant | None = None
        """Moment when clock-aligned values are to be told next (true time)."""
        self.keep_mark_at: Instant | None = None
        """Moment when they are to be kept for the end of running transactions (true time)."""
        self.aligned_at: Instant | None = None
        """The earlier of the two."""

    # --- what happens --------------------------------------------------------------------------

    def happened(self, evse: Evse, trigger: TriggerReason, reason: Reason | None = None) -> None:
        """Let the transaction begin, go on or end as its points say. Facts have been changed and
        the meter settled before."""
        transaction = evse.transaction
        evse.note_path(self._context.now)
        points = self._points(evse, trigger)
        if transaction is None:
            if self._begins(evse, points):
                self._begin(evse, trigger)
        else:
            if evse.authorization.finished:
                transaction.reason = transaction.reason or reason
            if self._ends(transaction, points):
                self.end(evse, trigger, reason)
            else:
                self._update(evse, trigger)
        self._power(evse)

    def _power(self, evse: Evse) -> None:
        """The power path has closed or opened, or energy has begun or ceased to flow."""
        transaction = evse.transaction
        trigger: TriggerReason = "ChargingStateChanged"
        points = self._points(evse, trigger)
        if transaction is None:
            if self._begins(evse, points):
                self._begin(evse, trigger)
        elif evse.charging_state != transaction.charging_state:
            if self._ends(transaction, points):
                self.end(evse, trigger, None)
            else:
                self._update(evse, trigger)
        transaction = evse.transaction
        if transaction is not None:
            transaction.reach(points)
        evse.foresee()

    def _points(self, evse: Evse, trigger: TriggerReason) -> frozenset[str]:
        """The points that are true."""
        points: set[str] = set()
        connected = evse.plug.connected or (
            evse.plug.connector is not None
            and self._context.dialect.rides_out_disconnection
            and not self._context.settings.flag(STOP_ON_EV_DISCONNECT)
        )
        if evse.plug.connector is not None:
            points.add("ParkingBayOccupancy")
        if connected:
            points.add("EVConnected")
        if evse.authorization.id_token is not None and not evse.authorization.finished:
            points.add("Authorized")
        if evse.cleared and connected:
            points.add("PowerPathClosed")
            if trigger not in _BEFORE_POWER and evse.charging_state == "Charging":
                points.add("EnergyTransfer")
        return frozenset(points)

    def _begins(self, evse: Evse, points: frozenset[str]) -> bool:
        connector = evse.plug.connector or evse.authorization.awaited
        context = self._context
        if connector is None or evse.authorization.finished or not evse.supply.live:
            return False
        if evse.authorization.id_token is None and self._statuses.book.keeps(evse):
            return False  # a cable alone does not use up a reservation
        if not context.accepted or context.restarting or self._outbox.full:
            return False
        if connector.faulted or self._statuses.drains(evse):
            return False
        if not self._statuses.serves(evse, connector):
            return False
        return not points.isdisjoint(self._context.dialect.start_points(self._context.settings))

    def _ends(self, transaction: Transaction, points: frozenset[str]) -> bool:
        over = transaction.reached - points
        return not over.isdisjoint(self._context.dialect.stop_points(self._context.settings))

    # --- begin, middle, end --------------------------------------------------------------------

    def _begin(self, evse: Evse, trigger: TriggerReason) -> None:
        context = self._context
        connector = evse.plug.connector or evse.authorization.awaited
        assert connector is not None, "a transaction begins at a connector"
        transaction = Transaction(
            uuid(context.draw("transaction")),
            connector.id,
            context.time,
            evse.meter.reading_wh,
            evse.authorization.id_token,
        )
        if not context.dialect.names_transactions_on_confirmation:
            transaction.wire_id = transaction.id
        transaction.reach(self._points(evse, trigger))
        transaction.remote_start_id = evse.authorization.take_remote_start()
        self._take_up(evse, transaction)
        evse.begin(transaction)
        self.schedule(evse)
        context.report(
            TransactionStarted(
                at=context.now,
                evse_id=evse.id,
                connector_id=connector.id,
                transaction=transaction.id,
                id_tag=None if transaction.id_token is None else transaction.id_token.text,
                meter_start_wh=transaction.meter_start_wh,
            )
        )
        measurands, interval_s = context.dialect.kept(context.settings)
        if measurands and (interval_s or context.dialect.keeps_begin):
            begin = metering.read(evse, measurands, "Transaction.Begin", context.time, kept=True)
            transaction.kept.extend(begin)
        self._tell(evse, transaction, "Started", trigger)

    def _update(self, evse: Evse, trigger: TriggerReason) -> None:
        transaction = evse.transaction
        assert transaction is not None
        if transaction.id_token is None:
            transaction.id_token = evse.authorization.id_token
        if evse.authorization.remote_start_id is not None:
            transaction.remote_start_id = evse.authorization.take_remote_start()
        self._take_up(evse, transaction)
        transaction.reach(self._points(evse, trigger))
        self._tell(evse, transaction, "Updated", trigger)

    def _take_up(self, evse: Evse, transaction: Transaction) -> None:
        """A transaction of whoever has reserved ends the reservation (1.6 section 5.13, 2.0.1
        H01.FR.15)."""
        reservation_id = evse.authorization.take_reservation()
        if reservation_id is not None:
            transaction.reservation_id = reservation_id
            self.use_up(reservation_id)

    def use_up(self, reservation_id: int) -> None:
        """Whoever has reserved has come: nothing is kept for them any more."""
        context = self._context
        if self._statuses.book.entries.pop(reservation_id, None) is not None:
            context.report(
                ReservationEnded(at=context.now, reservation_id=reservation_id, reason="Used")
            )
            context.remember()

    def end(
        self,
        evse: Evse,
        trigger: TriggerReason,
        reason: Reason | None,
        at: Instant | None = None,
    ) -> None:
        """End the running transaction, now or as of an earlier moment of the charger's clock.

        The reason it began to end for goes before a later one.
        """
        context = self._context
        transaction = evse.transaction
        assert transaction is not None
        at = context.time if at is None else at
        why = transaction.reason or reason or _OWN_REASONS.get(evse.charging_state, "Local")
        transaction.reason = why
        readings = tuple(transaction.kept) + metering.read(
            evse, context.dialect.kept(context.settings)[0], "Transaction.End", at, kept=True
        )
        self._tell(evse, transaction, "Ended", trigger, readings, reason=why, at=at)
        evse.end()
        context.report(
            TransactionEnded(
                at=context.now,
                evse_id=evse.id,
                connector_id=transaction.connector_id,
                transaction=transaction.id,
                transaction_id=transaction.wire_id,
                reason=why,
                meter_start_wh=transaction.meter_start_wh,
                meter_stop_wh=evse.meter.reading_wh,
            )
        )
        context.conclude(
            transaction.waiting_command,
            Failed("wrong_state", "the transaction ended before the CSMS confirmed it"),
        )

    def _tell(
        self,
        evse: Evse,
        transaction: Transaction,
        event_type: TransactionEventType,
        trigger: TriggerReason,
        readings: tuple[MeterValue, ...] = (),
        *,
        reason: Reason | None = None,
        at: Instant | None = None,
    ) -> None:
        context = self._context
        tell_evse = not transaction.evse_told and evse.plug.connected
        if tell_evse or (event_type == "Started" and evse.plug.connector is not None):
            measurands = context.settings.members(STARTED_MEASURANDS)
            begin = metering.read(evse, measurands, "Transaction.Begin", context.time)
            readings = (*begin, *readings) if event_type != "Ended" else readings
        state = _state_to_tell(evse, transaction, event_type, trigger)
        changed = state != transaction.charging_state or event_type == "Started"
        tells_rate = state == "Charging" and (changed or trigger == "ChargingRateChanged")
        event = TransactionEvent(
            event_type=event_type,
            # What comes of a remote start says so, whatever else it is (2.0.1 F02.FR.21).
            trigger=trigger if transaction.remote_start_id is None else "RemoteStart",
            at=context.time if at is None else at,
            transaction=transaction,
            evse_id=evse.id,
            connector_id=transaction.connector_id,
            connector_number=evse.before + transaction.connector_id,
            seq_no=transaction.seq_no,
            charging_state=state,
            state_changed=changed,
            tell_evse=tell_evse,
            meter_stop_wh=evse.meter.reading_wh if event_type == "Ended" else 0.0,
            readings=readings,
            id_token=_token_to_tell(evse, transaction, event_type, trigger),
            reason=reason,
            remote_start_id=transaction.remote_start_id,
            reservation_id=transaction.reservation_id,
            phases=evse.steady().phases if tells_rate else None,
            cable_a=evse.plug.cable_a if tell_evse else None,
        )
        payload = context.dialect.transaction_message(event)
        transaction.charging_state = state
        transaction.evse_told = transaction.evse_told or tell_evse
        if payload is None:
            return
        transaction.seq_no += 1
        transaction.remote_start_id = transaction.reservation_id = None
        self._outbox.add(_PARTS[event_type], transaction.id, payload)  # type: ignore[arg-type]

    def tell_values(
        self, evse: Evse, trigger: TriggerReason, readings: tuple[MeterValue, ...]
    ) -> None:
        """Send meter values of the running transaction."""
        transaction = evse.transaction
        if transaction is None:
            return
        if trigger not in METER_VALUE_TRIGGERS or not transaction.has_told_all:
            self._tell(evse, transaction, "Updated", trigger, readings)
            return
        context = self._context
        number = evse.before + transaction.connector_id
        payload = context.dialect.values_message(
            transaction, number, trigger, context.time, readings
        )
        transaction.seq_no += 1
        self._outbox.add("middle", transaction.id, payload)

    # --- what the CSMS says --------------------------------------------------------------------

    def find(self, transaction: str) -> tuple[Evse, Transaction] | None:
        """A running transaction by the charger's own id."""
        for evse in self.evses:
            if evse.transaction is not None and evse.transaction.id == transaction:
                return evse, evse.transaction
        return None

    def find_wire(self, wire_id: str) -> tuple[Evse, Transaction] | None:
        """A running transaction by its id on the wire."""
        for evse in self.evses:
            if evse.transaction is not None and evse.transaction.wire_id == wire_id:
                return evse, evse.transaction
        return None

    def confirmed(self, transaction: str, wire_id: str | None, status: str) -> None:
        """The CSMS has taken the begin of a transaction."""
        context = self._context
        found = self.find(transaction)
        if found is not None:
            evse, running = found
            running.confirm(wire_id, status)
            self._conclude(evse, running, status)
        if wire_id is not None:
            context.report(
                TransactionConfirmed(
                    at=context.now,
                    transaction=transaction,
                    transaction_id=wire_id,
                    id_tag_status=status,
                )
            )

    def _conclude(self, evse: Evse, transaction: Transaction, status: str) -> None:
        """Tell the command that waited for the confirmation."""
        waiting = transaction.waiting_command
        transaction.waiting_command = None
        if status in ("", "Accepted"):
            self._context.conclude(
                waiting, Done(transaction_result(self._context, evse, transaction))
            )
        else:
            message = f"the CSMS answered {status}"
            details = {**transaction_ids(transaction), "status": status}
            self._context.conclude(waiting, Failed("refused", message, details))

    def unconfirmed(self, transaction: str | None = None) -> None:
        """The CSMS cannot confirm that transaction now, or any: who waits for it waits no
        longer."""
        for evse in self.evses:
            running = evse.transaction
            if running is not None and transaction in (None, running.id):
                self._conclude(evse, running, "")

    # --- meter values --------------------------------------------------------------------------

    def schedule(self, evse: Evse) -> None:
        """Set the moments of the next samples, counted from the transaction's start."""
        if evse.transaction is None:
            evse.schedule(None, None)
        else:
            self._schedule(evse, evse.transaction, self._plans.present())

    def _schedule(self, evse: Evse, transaction: Transaction, plan: SamplingPlan) -> None:
        context = self._context
        now, sample_at, kept_at = context.now, None, None
        started_at = context.true(transaction.started_at)
        if started_at > now:  # by a clock that was put back since
            started_at = now
        if plan.interval_s:
            sample_at = _next(started_at, plan.interval_s, now)
        if plan.kept and plan.kept_s:
            kept_at = _next(started_at, plan.kept_s, now)
        evse.schedule(sample_at, kept_at)

    def schedule_aligned(self) -> None:
        """Set the moments of the next clock-aligned values."""
        context = self._context
        tell_s = context.settings.number(CLOCK_ALIGNED_INTERVAL)
        keep_s = context.settings.number(context.dialect.kept_mark_interval)
        if not context.settings.text(ALIGNED_ENDED_MEASURANDS):
            keep_s = 0
        self.tell_mark_at = self._next_mark(tell_s)
        self.keep_mark_at = self._next_mark(keep_s)
        self.aligned_at = earliest(self.tell_mark_at, self.keep_mark_at)

    def _next_mark(self, interval_s: float) -> Instant | None:
        context = self._context
        if not interval_s:
            return None
        at = context.true(metering.next_mark(context.time, interval_s))
        # A clock that is years off rounds: the mark just told may seem to be still to come.
        return at if at > context.now else at + interval_s

    def sample(self, evse: Evse) -> None:
        """Take the samples that are due."""
        context = self._context
        transaction = evse.transaction
        assert transaction is not None
        plan, now = self._plans.present(), context.now
        flow = evse.go_on(now)
        if evse.kept_at is not None and evse.kept_at <= now:
            readings = metering.read(
                evse, plan.kept, "Sample.Periodic", context.time, flow, kept=True
            )
            self.keep(transaction, readings)
        if evse.sample_at is not None and evse.sample_at <= now:
            readings = metering.read(evse, plan.sampled, "Sample.Periodic", context.time, flow)
            if readings:
                self.tell_values(evse, "MeterValuePeriodic", readings)
            context.report(
                MeterSampled(
                    at=now,
                    evse_id=evse.id,
                    power_w=flow.power_w,
                    energy_wh=evse.meter.reading_wh,
                    soc_percent=None if evse.plug.vehicle is None else evse.plug.soc_percent,
                )
            )
        self._schedule(evse, transaction, plan)

    def keep(self, transaction: Transaction, readings: tuple[MeterValue, ...]) -> None:
        """Keep meter values for the end of the transaction, within their bound."""
        transaction.kept.extend(readings)
        limit = self._context.settings.number(STOP_MAX_METER_VALUES)
        metering.thin_out(transaction.kept, limit)


def _state_to_tell(
    evse: Evse, transaction: Transaction, event_type: TransactionEventType, trigger: TriggerReason
) -> ChargingState:
    """The charging state, but with the power path open at the end, and where that it closes is told
    separately."""
    if trigger in METER_VALUE_TRIGGERS:  # values change no state, and come in numbers
        return transaction.charging_state
    begins = trigger in _BEFORE_POWER and transaction.charging_state in _WITHOUT_POWER
    if event_type == "Ended" or begins:
        return "EVConnected" if evse.plug.connected else "Idle"
    return evse.charging_state


def _token_to_tell(
    evse: Evse, transaction: Transaction, event_type: TransactionEventType, trigger: TriggerReason
) -> IdToken | None:
    """The token to tell: of the driver authorized, once, and of the one who ended that, once."""
    owner = evse.authorization.id_token
    if owner is not None and not transaction.token_told:
        transaction.token_told = True
        return owner
    if event_type != "Ended" and trigger != "StopAuthorized":
        return None
    token = transaction.stop_token
    transaction.stop_token = None
    return token


def _next(started_at: Instant, interval_s: float, now: Instant) -> Instant:
    """The first whole number of intervals after the start that lies in the future.

    An instant of this century is rounded to 0.24 us, so what is due within a millisecond is past.
    """
    passed = int((now - started_at + 0.001) // interval_s)
    return started_at + (max(passed, 0) + 1) * interval_s
