"""Physical events at the EVSEs: cables, drivers, energy and faults. Facts change here.

Each method is one such event. It first lets the energy flow up to now, then changes facts, then
lets the transaction (`TransactionLifecycle`) and the states (`Statuses`) follow. An event that
cannot happen raises WrongState before anything is changed.
"""

from __future__ import annotations

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.description.events import LimitChanged
from voltyard.charger.evse.clock_aligned_values import ClockAlignedValues
from voltyard.charger.evse.connector import ActiveFault, ChargePointStatus, Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.statuses import Statuses
from voltyard.charger.reservation.reservation import reserved
from voltyard.charger.smart_charging.heeded_needs import heed_needs
from voltyard.charger.smart_charging.profile_limits import ProfileLimits
from voltyard.charger.smart_charging.profiles import Allowance
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.transactions.transaction import Reason, TriggerReason
from voltyard.charger.variables.standard.smart_charging import LIMIT_CHANGE_SIGNIFICANCE
from voltyard.charger.variables.standard.transactions import (
    CONNECTION_TIMEOUT,
    MAX_ENERGY_ON_INVALID_ID,
    STOP_ON_EV_DISCONNECT,
    STOP_ON_INVALID_ID,
    UNLOCK_ON_EV_DISCONNECT,
)
from voltyard.kernel.errors import WrongState
from voltyard.kernel.time import Instant, earliest
from voltyard.physics.charging_needs import ChargingNeeds
from voltyard.physics.vehicle import Vehicle

EV_SIDE_DISCONNECTED = "EV side disconnected"
"""The remark OCPP 1.6 section 4.9 prescribes."""


class Sessions:
    """The EVSEs of one charger, with a method for each thing that may happen at them."""

    __slots__ = (
        "_context",
        "_limits",
        "_statuses",
        "_transactions",
        "aligned_values",
        "book",
        "evses",
    )

    def __init__(
        self,
        context: ChargerContext,
        wire: ChargerWire,
        transactions: TransactionLifecycle,
        statuses: Statuses,
        limits: ProfileLimits,
        evses: tuple[Evse, ...],
    ) -> None:
        self._context = context
        self._transactions = transactions
        self._statuses = statuses
        self._limits = limits
        self.aligned_values = ClockAlignedValues(context, wire, transactions)
        self.book = statuses.book
        self.evses = evses

    # --- the cable -----------------------------------------------------------------------------

    def plug(
        self,
        evse: Evse,
        connector: Connector,
        vehicle: Vehicle | None,
        cable_a: float | None = None,
        needs: ChargingNeeds | None = None,
    ) -> None:
        """A vehicle's cable goes in, or in again at the vehicle's end; with its needs, if it tells
        them (ISO 15118)."""
        plug, authorization = evse.plug, evse.authorization
        if plug.connector is connector and not plug.present:
            self._context.remember()
            evse.settle(self._context.now)
            plug.return_to_vehicle()
            authorization.expire_at(None)
            if authorization.id_token is not None:
                plug.release()
            connector.remark(None)
            self._follow(evse, "CablePluggedIn")
            return
        if plug.connector is not None:
            raise WrongState(
                "a vehicle is plugged in already",
                hint="unplug it first",
                evse_id=evse.id,
                connector_id=plug.connector.id,
            )
        self._context.remember()
        evse.settle(self._context.now)
        intrudes = authorization.id_token is None and self.book.keeps(evse)
        vehicle = vehicle or self._context.spec.vehicle
        plug.insert(connector, vehicle, cable_a, intrudes=intrudes)
        if needs is not None:
            heed_needs(self._context, self._limits, evse, vehicle, needs)
        authorization.arrive()
        if (
            connector.state is ChargePointStatus.AVAILABLE
            or connector.state is ChargePointStatus.PREPARING
        ):
            self._statuses.become(evse, connector, ChargePointStatus.PREPARING)
        self._follow(evse, "CablePluggedIn")

    def unplug(self, evse: Evse) -> None:
        """The cable is taken out; a running transaction ends first (1.6: EVDisconnected)."""
        connector = evse.plug.connector
        if connector is None:
            raise WrongState("no vehicle is plugged in", evse_id=evse.id)
        if evse.plug.locked_for is not None:
            raise WrongState(
                "the cable is locked",
                hint="the card that started, or an unlock, releases it",
                evse_id=evse.id,
            )
        self._context.remember()
        evse.settle(self._context.now)
        evse.plug.remove()
        evse.negotiate(None)
        evse.authorization.reopen()
        connector.remark(None)
        # What kept charger and vehicle from understanding each other has left with the vehicle.
        evse.set_faults(connector, connector.broken_but("suspends"))
        evse.forget_driver()
        if evse.transaction is not None:  # whatever its stop points are
            self._transactions.end(evse, "EVCommunicationLost", "EVDisconnected")
        self._follow(evse, "EVCommunicationLost")

    def leave(self, evse: Evse) -> None:
        """Let a driver who plugged in for nothing take the cable out again, if it is still in, and
        show the card that releases it."""
        if evse.plug.connector is not None:
            evse.plug.release()
            self.unplug(evse)

    def pull_at_vehicle(self, evse: Evse) -> None:
        """The cable is pulled at the vehicle (1.6 section 4.9, 2.0.1 E09, E10)."""
        connector = evse.plug.connector
        if connector is None or not evse.plug.present:
            raise WrongState("no vehicle is connected", evse_id=evse.id)
        self._context.remember()
        evse.settle(self._context.now)
        evse.plug.pull_at_vehicle()
        if evse.negotiation is not None:
            evse.negotiation.start_over()
        connector.remark(EV_SIDE_DISCONNECTED)
        if evse.transaction is not None and self._context.settings.flag(STOP_ON_EV_DISCONNECT):
            locks = connector.spec.has_lock and not self._context.settings.flag(
                UNLOCK_ON_EV_DISCONNECT
            )
            self._keep_locked(evse, locks=locks)
            evse.finish()
        elif evse.transaction is not None:
            self._keep_locked(evse, locks=connector.spec.has_lock)  # 2.0.1 E10.FR.01
        self._follow(evse, "EVCommunicationLost", "EVDisconnected")
        if evse.transaction is not None and not connector.spec.has_lock:
            self._expect_vehicle(evse)

    def _keep_locked(self, evse: Evse, *, locks: bool) -> None:
        """The cable stays in until the card of whoever is authorized, or one of the group, is
        shown."""
        owner = evse.authorization.id_token if locks else None
        evse.plug.lock(owner, evse.authorization.group)

    def _expect_vehicle(self, evse: Evse) -> None:
        """Give the vehicle a time to come back, since it alone can end what a fixed cable's pulling
        suspended (2.0.1 E10.FR.02)."""
        if evse.authorization.id_token is None or self._context.dialect.rides_out_disconnection:
            return
        evse.authorization.expire_at(self._connection_timeout_at())

    def _connection_timeout_at(self) -> Instant | None:
        wait_s = self._context.settings.number(CONNECTION_TIMEOUT)
        return self._context.now + wait_s if wait_s else None

    # --- the driver ----------------------------------------------------------------------------

    def authorize(
        self,
        evse: Evse,
        connector: Connector,
        token: IdToken,
        group: str | None,
        trigger: TriggerReason = "Authorized",
        remote_start_id: int | None = None,
    ) -> None:
        """Somebody may charge here: now, or when a cable comes in within ConnectionTimeOut."""
        self.check_free(evse, connector, token)
        book = self.book
        if book.entries:
            if book.right(evse, connector, token, TokenInfo("Accepted", None, group)) != "yes":
                raise reserved(evse, connector)
            reservation = book.owned(evse, connector, token, group)
            evse.authorization.note_reservation(None if reservation is None else reservation.id)
            if reservation is not None and self._context.dialect.token_uses_reservation:
                self._transactions.use_up(reservation.id)
        evse.settle(self._context.now)
        evse.authorization.reopen()
        evse.plug.accept()
        evse.plug.release()  # whoever is authorized now holds the cable
        if evse.transaction is not None:
            evse.transaction.go_on()
        if evse.plug.connector is not None:
            self._statuses.show(evse)
        evse.authorization.grant(token, group, remote_start_id)
        if evse.plug.connector is None:
            evse.authorization.expect(connector, self._connection_timeout_at())
            self._statuses.show(evse)
        self._follow(evse, trigger)

    def move_driver(self, origin: Evse, evse: Evse, connector: Connector) -> None:
        """Whoever was expected at one EVSE comes to another one of the same reader."""
        evse.settle(self._context.now)
        evse.authorization.reopen()
        evse.plug.accept()
        evse.authorization.move_from(origin.authorization, connector)
        origin.forget_driver()
        self._statuses.show(origin)

    def check_free(self, evse: Evse, connector: Connector, token: IdToken | None = None) -> None:
        """WrongState unless somebody may begin to charge there, and it may be that one."""
        why = None
        if self._context.restarting or not evse.supply.live:
            why = "the charger is restarting"
        elif self._context.updating:
            why = "firmware is being installed"
        elif self._context.draining and evse.transaction is None:
            why = "the charger is about to restart"
        elif evse.id in self._statuses.resets and evse.transaction is None:
            why = "the EVSE is being reset"
        elif connector.faulted:
            why = "the connector is faulted"
        elif not self._statuses.serves(evse, connector):
            why = "the connector is out of service"
        elif evse.plug.connector is not None and evse.plug.connector is not connector:
            why = "another connector of the EVSE is in use"
        elif evse.authorization.id_token is not None:
            why = "somebody is authorized there already"
        elif evse.transaction is not None and not evse.transaction.may_go_on(evse.plug.present):
            why = "its transaction is ending"
        elif evse.transaction is not None and evse.transaction.is_of_another(token):
            why = "its transaction is another token's"  # 2.0.1 C01.FR.23
        if why is not None:
            raise WrongState(
                why, evse_id=evse.id, connector_id=connector.id, state=connector.state.value
            )

    def stop(
        self,
        evse: Evse,
        trigger: TriggerReason,
        reason: Reason,
        token: IdToken | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        """The authorization ends, and with it the transaction if a stop point says so or it must
        be `at_once`; the cable stays in."""
        evse.settle(self._context.now)
        transaction = evse.transaction
        if transaction is not None:
            transaction.stop_with(token)
        evse.finish()
        evse.plug.release()
        if transaction is not None and (at_once or evse.plug.connector is None):
            self._transactions.end(evse, trigger, reason)
        self._follow(evse, trigger, reason)

    def refused(self, evse: Evse) -> None:
        """The CSMS does not accept the running transaction's token (1.6 StartTransaction.conf,
        2.0.1 E05)."""
        if self._context.settings.flag(STOP_ON_INVALID_ID):
            owner, group = evse.authorization.id_token, evse.authorization.group
            self.stop(evse, "Deauthorized", "DeAuthorized")
            if evse.plug.connector is not None and evse.plug.connector.spec.has_lock:
                # 1.6 section 4.8, 2.0.1 E05.FR.11
                evse.plug.lock(owner, group)
            return
        if evse.barred_wh is not None:
            return
        evse.settle(self._context.now)
        allowance_wh = self._context.settings.number(MAX_ENERGY_ON_INVALID_ID)
        evse.bar_after(allowance_wh)
        self._turn(evse)

    # --- energy --------------------------------------------------------------------------------

    def want(self, evse: Evse, wants: bool) -> None:
        """The vehicle asks for energy, or no longer does."""
        if evse.plug.connector is None:
            raise WrongState("no vehicle is plugged in", evse_id=evse.id)
        evse.settle(self._context.now)
        evse.plug.want(wants)
        self._turn(evse)

    def review_flow(self, evse: Evse) -> None:
        """Let follow that a vehicle has its schedule, or takes more or less than before."""
        self._context.remember()
        evse.settle(self._context.now)
        self._turn(evse)

    def offer(self, evse: Evse, power_w: float | None) -> None:
        """The EVSE offers that much from now on; None: its rating."""
        self._context.remember()
        self._offer_anew(evse, power_w, evse.supply.allowance)

    def allow(self, evse: Evse, allowance: Allowance | None) -> None:
        """Charging profiles allow that much from now on; None: whatever there is."""
        self._offer_anew(evse, evse.supply.offer_w, allowance)

    def share(self, evse: Evse, power_w: float | None) -> None:
        """Its site lets it have that much from now on; None: the site has no limit."""
        if (evse.supply.share_w is None) is not (power_w is None):
            self._context.remember()
        evse.settle(self._context.now)
        before_w = evse.steady().power_w
        evse.supply.share(power_w)
        self._offered_anew(evse, before_w)

    def _offer_anew(self, evse: Evse, power_w: float | None, allowance: Allowance | None) -> None:
        evse.settle(self._context.now)
        before_w = evse.steady().power_w
        self._limit(evse, power_w, allowance)
        self._offered_anew(evse, before_w)

    def _limit(self, evse: Evse, power_w: float | None, allowance: Allowance | None) -> None:
        """Let a power update and charging profiles limit an EVSE, and report where that changes its
        limit."""
        place = evse.plug.place
        before = evse.supply.limit_at(place)
        evse.supply.offer(power_w)
        evse.supply.allow(allowance)
        limit = evse.supply.limit_at(place)
        if limit != before:
            self._context.report(
                LimitChanged(
                    at=self._context.now,
                    evse_id=evse.id,
                    limit_w=limit.power_w,
                    source=limit.source,
                    charging_profile_id=limit.profile_id,
                )
            )

    def _offered_anew(self, evse: Evse, before_w: float) -> None:
        self._turn(evse)
        after_w = evse.steady().power_w
        if evse.transaction is None or before_w <= 0.0 or after_w in (0.0, before_w):
            return
        significant = self._context.settings.decimal(LIMIT_CHANGE_SIGNIFICANCE) / 100.0
        if abs(after_w - before_w) >= significant * before_w:
            self._transactions.happened(evse, "ChargingRateChanged")

    def _turn(self, evse: Evse, trigger: TriggerReason = "ChargingStateChanged") -> None:
        """The flow of energy may have changed."""
        transaction = evse.transaction
        told = None if transaction is None else transaction.charging_state
        if evse.energised and evse.charging_state != told:
            self._follow(evse, trigger)
        else:
            evse.foresee()
            self._statuses.show(evse)

    # --- faults --------------------------------------------------------------------------------

    def fault(self, evse: Evse, connector: Connector, broken: ActiveFault) -> None:
        """Something breaks, or breaks anew; whether a transaction ends is the fault's to say."""
        fault = broken.fault
        if fault.effect == "suspends" and (
            evse.plug.connector is not connector or not evse.plug.present
        ):
            raise WrongState(
                f"{fault.name} takes a vehicle that is plugged in",
                hint="plug-connector brings one",
                evse_id=evse.id,
                connector_id=connector.id,
            )
        evse.settle(self._context.now)
        others = tuple(one for one in connector.broken if one.fault != fault)
        evse.set_faults(connector, (broken, *others))
        self._context.remember()
        places = (evse.plug.connector, evse.authorization.awaited)
        if fault.effect == "suspends":
            self._turn(evse, "EVCommunicationLost")
        elif fault.effect == "stops" and evse.supply.live and connector in places and evse.in_use:
            self.stop(evse, "AbnormalCondition", fault.stop_reason, at_once=True)
        else:
            self._statuses.show(evse)

    def repair(self, evse: Evse, connector: Connector) -> None:
        """Put a connector that works again back to what the facts make of it (1.6 I1 to I8)."""
        if not connector.broken:
            raise WrongState("nothing is broken", evse_id=evse.id, connector_id=connector.id)
        self._mend(evse, connector, ())

    def _recover(self, evse: Evse) -> None:
        """Let mend what mends by itself."""
        now = self._context.now
        for connector in evse.connectors:
            left = tuple(
                one for one in connector.broken if one.recover_at is None or one.recover_at > now
            )
            if left != connector.broken:
                self._mend(evse, connector, left)

    def _mend(self, evse: Evse, connector: Connector, left: tuple[ActiveFault, ...]) -> None:
        evse.settle(self._context.now)
        was_faulted = connector.faulted
        evse.set_faults(connector, left)
        self._context.remember()
        self._turn(evse)
        if was_faulted and not connector.faulted:
            self.resume()

    def resume(self) -> None:
        """Charging is possible again: where a cable alone begins a transaction, it does now."""
        for evse in self.evses:
            if evse.plug.connector is not None and evse.transaction is None:
                self._follow(evse, "CablePluggedIn")

    # --- what follows --------------------------------------------------------------------------

    def _follow(self, evse: Evse, trigger: TriggerReason, reason: Reason | None = None) -> None:
        self._heed_limits(evse)
        self._transactions.happened(evse, trigger, reason)
        self._statuses.show(evse)

    def _heed_limits(self, evse: Evse) -> None:
        """Facts of an EVSE have changed, and nothing is told of it yet: what flows, and what is
        told, is what profiles allow at the place it has now, from the first moment."""
        if not self._limits.active:
            return
        allowance = self._limits.allowance_of(evse)
        if allowance != evse.supply.allowance:
            self._limit(evse, evse.supply.offer_w, allowance)

    # --- time ----------------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """The moment at which something will happen by itself."""
        soonest = self._transactions.aligned_at
        for evse in self.evses:
            at = evse.deadline()
            if at is not None and (soonest is None or at < soonest):
                soonest = at
        report_at = self._statuses.report_at
        return soonest if report_at is None else earliest(soonest, report_at)

    def tick(self) -> None:
        """Let happen what is due."""
        now = self._context.now
        for evse in self.evses:
            if (at := evse.recover_at) is not None and at <= now:
                self._recover(evse)
            if (at := evse.authorization.expires_at) is not None and at <= now:
                self.stop(evse, "EVConnectTimeout", "Timeout")
            if (at := evse.turn_at) is not None and at <= now:
                self._turned(evse)
            if (at := evse.ends.at) is not None and at <= now:
                self.heed_ends(evse)
            if ((at := evse.sample_at) is not None and at <= now) or (
                (at := evse.kept_at) is not None and at <= now
            ):
                self._transactions.sample(evse)
        if (at := self._transactions.aligned_at) is not None and at <= now:
            self.aligned_values.take()
        self._statuses.tick()

    def _turned(self, evse: Evse) -> None:
        """A bound is reached, or the vehicle is full."""
        if not self.heed_ends(evse, is_full=evse.turn(self._context.now)):
            self._turn(evse)

    def heed_ends(self, evse: Evse, *, is_full: bool = False) -> bool:
        """End a session that has come to an end it was given: its driver stops it, and leaves if
        told so, or the charger keeps to a limit. True where it has."""
        end = evse.reached_end(self._context.now, is_full=is_full)
        if end is None:
            return False
        token = None if end.is_limit else evse.authorization.id_token
        evse.set_ends(())
        if evse.transaction is not None:
            self.stop(evse, end.trigger, end.reason, token)
        if end.unplugs and evse.plug.connector is not None:
            self.unplug(evse)
        return True
