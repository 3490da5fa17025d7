"""One EVSE: its parts, the energy that flows, its transaction, the states of its connectors.

The facts are kept in the parts; states are derived from them (`Statuses`), never set.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, nextafter

from voltyard.charger.authorization.id_token import PersonalMessage
from voltyard.charger.description.specification import EvseSpec
from voltyard.charger.evse.connector import ActiveFault, Connector
from voltyard.charger.evse.evse_authorization import EvseAuthorization
from voltyard.charger.evse.kept import KeptEvse, KeptUse
from voltyard.charger.evse.meter import Meter
from voltyard.charger.evse.plug import Plug
from voltyard.charger.evse.session_ends import NO_ENDS, REACHED_WH, SessionEnd, SessionEnds, least
from voltyard.charger.evse.supply import Supply
from voltyard.charger.sensors.drift import NO_DRIFTS, Drift, Sensed
from voltyard.charger.smart_charging.negotiation import Negotiation
from voltyard.charger.tariff_cost.driver_cost import DriverCost
from voltyard.charger.transactions.transaction import ChargingState, Transaction
from voltyard.kernel.time import Instant, Seconds, earliest
from voltyard.kernel.units import Watts
from voltyard.physics import ramp
from voltyard.physics.course import Course, course_ahead
from voltyard.physics.meter import IDEAL, MeterSpec
from voltyard.physics.ramp import Ramp
from voltyard.physics.supply import PowerFlow
from voltyard.physics.vehicle import Vehicle

_NONE_OF_FOUR = (None,) * 4


class Evse:
    """The parts of one EVSE, and the facts that are no part's alone."""

    __slots__ = (
        "_ceiling_before_w",
        "_course",
        "authorization",
        "barred_wh",
        "before",
        "closed_at",
        "connectors",
        "cost",
        "drifts",
        "ends",
        "id",
        "kept_at",
        "meter",
        "negotiation",
        "operative",
        "plug",
        "ramp",
        "recover_at",
        "sample_at",
        "settled_at",
        "supply",
        "transaction",
        "turn_at",
    )

    def __init__(
        self,
        id: int,
        spec: EvseSpec,
        register_wh: float,
        now: Instant,
        before: int = 0,
        meter: MeterSpec = IDEAL,
        meter_key: int = 0,
    ) -> None:
        self.id = id
        self.before = before
        """How many connectors the EVSEs before it have: 1.6 numbers connectors throughout."""
        self.connectors = tuple(
            Connector(number, connector) for number, connector in enumerate(spec.connectors, 1)
        )
        self.plug = Plug(self.connectors[0])
        self.authorization = EvseAuthorization()
        self.supply = Supply(self.plug)
        self.meter = Meter(meter, meter_key, register_wh)
        self.drifts: Mapping[Sensed, Drift] = NO_DRIFTS
        """Of its sensors."""
        self.operative = True
        """The availability that ChangeAvailability last asked for; persists."""
        self.recover_at: Instant | None = None
        """When the first of its connectors' faults mends by itself."""
        self.closed_at: Instant | None = None
        """When the power path closed for this use, by true time: relative charging schedules count
        from it, whatever the charger's clock is set to (2.0.1 K01.FR.42)."""
        self.settled_at = now
        self.turn_at: Instant | None = None
        """When the energy flow changes by itself: the vehicle is full, or a bound is reached."""
        self.barred_wh: float | None = None
        """Register at which energy ends for a refused token; None: no such end."""
        self.ramp: Ramp | None = None
        """How power comes to what it is to be; None: it is."""
        self._ceiling_before_w: Watts = 0.0
        """The most that could flow before the last change; 0 where changes are at once."""
        self._course: Course | None = None
        """Known from one sample to the next; whoever changes a fact settles first, which forgets
        it."""
        self.transaction: Transaction | None = None
        self.sample_at: Instant | None = None
        self.kept_at: Instant | None = None
        self.ends = NO_ENDS
        self.cost: DriverCost | None = None
        """Tariff and cost of the driver who is authorized, charges, or charged last."""
        self.negotiation: Negotiation | None = None
        """With a vehicle that tells its needs (ISO 15118)."""

    # --- facts ---------------------------------------------------------------------------------

    @property
    def in_use(self) -> bool:
        """A driver is authorized here, or a transaction runs."""
        return self.authorization.id_token is not None or self.transaction is not None

    @property
    def energised(self) -> bool:
        """The power path is closed: all that charging takes is there, and the schedule of a vehicle
        that negotiates one."""
        return self.cleared and (self.negotiation is None or self.negotiation.has_begun)

    @property
    def cleared(self) -> bool:
        """Plugged in, authorized, and not at its end: 2.0.1's PowerPathClosed, which despite its
        name tells nothing of the relay (TxStartPoint)."""
        connector, authorization = self.plug.connector, self.authorization
        return (
            connector is not None
            and self.supply.live
            and authorization.id_token is not None
            and not authorization.finished
            and not connector.faulted
        )

    @property
    def offers(self) -> bool:
        """The EVSE offers energy. Less than the pilot's 6 A is no offer (IEC 61851-1)."""
        connector = self.plug.connector
        if connector is None or connector.suspended or self._barred:
            return False
        if connector.spec.current == "DC":
            return self.supply.limit_w > 0.0
        return self.supply.offered_a > 0.0

    @property
    def charging_state(self) -> ChargingState:
        """2.0.1 ChargingStateEnumType; 1.6's connector states follow from it."""
        if not self.plug.connected:
            return "Idle"
        if not self.energised:
            return "EVConnected"
        if not self.offers:
            return "SuspendedEVSE"
        return "Charging" if self.steady().power_w > 0.0 else "SuspendedEV"

    def deadline(self) -> Instant | None:
        """The moment at which something will happen here by itself."""
        soonest, turn_at = self.sample_at, self.turn_at
        if soonest is None or (turn_at is not None and turn_at < soonest):
            soonest = turn_at
        rare = (self.authorization.expires_at, self.ends.at, self.kept_at, self.recover_at)
        return soonest if rare == _NONE_OF_FOUR else earliest(soonest, *rare)

    # --- what happens --------------------------------------------------------------------------

    def forget_driver(self) -> None:
        """Forget the authorized driver."""
        self.authorization.forget()
        if self.transaction is None:
            self.closed_at = None
            if self.cost is not None and self.cost.transaction is None:
                self.cost = None

    def finish(self) -> None:
        """The use is over; the cable may still be in."""
        self.forget_driver()
        if self.negotiation is not None:
            self.negotiation.start_over()
        self.authorization.finish(plugged=self.plug.connector is not None)

    def set_ends(self, ends: tuple[SessionEnd, ...]) -> None:
        """Have the session stop by itself at the first of these ends."""
        self.ends = SessionEnds.of(ends)

    def negotiate(self, negotiation: Negotiation | None) -> None:
        """A vehicle that tells its needs has come; None: it has left."""
        self.negotiation = negotiation

    def set_operative(self, operative: bool) -> None:
        """ChangeAvailability wants it in service, or out of it."""
        self.operative = operative

    def set_faults(self, connector: Connector, broken: tuple[ActiveFault, ...]) -> None:
        """Let one of its connectors have these faults, the newest first, and no others."""
        connector.set_faults(broken)
        self.recover_at = None
        for each in self.connectors:
            self.recover_at = earliest(self.recover_at, each.recover_at)

    def set_drift(self, sensed: Sensed, drift: Drift) -> None:
        """Let a value of its sensors stray so."""
        self.drifts = {**self.drifts, sensed: drift}

    def power_off(self, now: Instant) -> None:
        """The charger loses power."""
        self.settle(now)
        self.supply.power_off()
        self.foresee()

    def power_on(self, now: Instant) -> None:
        """The charger has power again."""
        self.settle(now)
        self.supply.power_on()

    # --- its transaction -----------------------------------------------------------------------

    def begin(self, transaction: Transaction) -> None:
        """A transaction begins."""
        self.transaction = transaction
        if self.cost is None or self.cost.transaction is not None:
            self.cost = DriverCost()
        self.cost.begin(transaction.id)

    def note_message(self, message: PersonalMessage | None) -> None:
        """The driver who is authorized has a text to be shown, the tariff (2.0.1 I01), or none."""
        if self.cost is None or self.transaction is None:
            self.cost = DriverCost()
        if message is not None:
            self.cost.show_message(message)

    def end(self) -> None:
        """The transaction has ended, and the use with it."""
        self.transaction = None
        self.finish()  # who wants to charge on has to be authorized anew
        self.sample_at = self.kept_at = self.barred_wh = None
        self.ends = NO_ENDS

    def schedule(self, sample_at: Instant | None, kept_at: Instant | None) -> None:
        """Have the next samples taken then: those that are told, and those that are kept."""
        self.sample_at = sample_at
        self.kept_at = kept_at

    def note_path(self, now: Instant) -> None:
        """Keep when the power path closed first: once for a transaction, however often it opens
        and closes meanwhile."""
        if self.plug.connected and self.energised:
            if self.closed_at is None:
                self.closed_at = now
        elif self.transaction is None:
            self.closed_at = None

    # --- flow ----------------------------------------------------------------------------------

    def flow(self) -> PowerFlow:
        """The flow at the moment it is settled to, as its meter sees it."""
        flow = self.steady()
        self._heed_change()
        if self.ramp is not None:
            flow = flow.part(self.ramp.share(self.settled_at))
        return flow if self.meter.gain == 1.0 else flow.part(self.meter.gain)

    def steady(self) -> PowerFlow:
        """The flow once the last change is over."""
        if self._taker is None:
            return PowerFlow(0.0, 0.0, 0, self.plug.place.spec.voltage_v)
        return self.supply.draw(self.supply.limit_w)

    def wanted_w(self) -> Watts:
        """The power that would flow if its site had no limit."""
        if self._taker is None:
            return 0.0
        return self.supply.draw(self.supply.unshared_limit_w).power_w

    @property
    def hungry(self) -> bool:
        """The vehicle would take energy if it were offered."""
        return self._taker is not None and self.plug.accepted_w > 0.0

    @property
    def _taker(self) -> Vehicle | None:
        """The vehicle that takes energy if any is offered."""
        plug = self.plug
        connector = plug.connector
        if (
            connector is None
            or not plug.present
            or not plug.wants
            or not self.energised
            or connector.suspended
            or self._barred
        ):
            return None
        return plug.vehicle

    @property
    def _barred(self) -> bool:
        """The energy a refused token may have is used up."""
        return self.barred_wh is not None and self.meter.register_wh >= self.barred_wh - 1e-6

    def _ceiling_w(self) -> Watts:
        """The most that can flow, whatever the state of charge."""
        vehicle = self._taker
        return 0.0 if vehicle is None else self.supply.ceiling_w(vehicle)

    # --- energy --------------------------------------------------------------------------------

    def settle(self, now: Instant) -> None:
        """Let the energy flow up to now: battery and register. A fact may change then. Past
        `turn_at` nothing flows, however late the moment is looked at."""
        self._course = None
        since = self.settled_at
        if now <= since:
            return
        self.settled_at = now
        until = now if self.turn_at is None else max(since, min(now, self.turn_at))
        elapsed_s = until - since
        ceiling_w = self._ceiling_w()
        if ceiling_w <= 0.0:
            return
        if self.ramp is not None:
            elapsed_s = self.ramp.steady_s(since, until)
            if now >= self.ramp.ends_at:
                self.ramp = None
        self.meter.count(self.plug.charge(ceiling_w, elapsed_s))

    def go_on(self, now: Instant) -> PowerFlow:
        """Settle where no fact is about to change, and what flows then."""
        elapsed_s = now - self.settled_at
        is_past_turn = self.turn_at is not None and now > self.turn_at
        if self._course is not None and elapsed_s >= 0.0 and not is_past_turn:
            later = self._course.after(self.plug.soc_percent, elapsed_s)
            if later is not None:
                self.settled_at = now
                soc_percent, energy_wh, flow = later
                self.plug.charge_to(soc_percent)
                self.meter.count(energy_wh)
                return flow if self.meter.gain == 1.0 else flow.part(self.meter.gain)
        self.settle(now)
        flow = self.flow()
        self._course = self._find_course()
        return flow

    def _find_course(self) -> Course | None:
        ceiling_w = self._ceiling_w()
        if self.ramp is not None or ceiling_w <= 0.0:
            return None
        plug, spec = self.plug, self.plug.place.spec
        return course_ahead(
            plug.chargeable,
            plug.soc_percent,
            spec.current,
            self.supply.phases,
            spec.voltage_v,
            ceiling_w,
        )

    def foresee(self) -> None:
        """Work out when the flow will change by itself, after anything has changed it."""
        self.turn_at = None
        self._heed_change()
        ceiling_w = self._ceiling_w()
        if ceiling_w <= 0.0 or self.steady().power_w <= 0.0:
            return
        bound_wh, soc_percent = least(self.barred_wh, self.ends.register_wh), self.ends.soc_percent
        bounds = bound_wh is not None or soc_percent is not None
        left_s: Seconds | None = None
        if bounds:
            energy_wh = None if bound_wh is None else self.meter.energy_until(bound_wh)
            left_s = self.plug.seconds_until(ceiling_w, energy_wh, soc_percent)
        if left_s is None:
            left_s = self.plug.seconds_until(ceiling_w)
        if left_s is not None:
            if self.ramp is not None:
                left_s = self.ramp.seconds_until(self.settled_at, left_s)
            at = self.settled_at + left_s
            # An Instant has steps of 0.24 us: a step early, and the display would lack a Wh.
            self.turn_at = nextafter(at, inf) if bounds and left_s > 0.0 else at

    def turn(self, now: Instant) -> bool:
        """A bound is reached, or the vehicle is full; True where it takes no more."""
        self.settle(now)
        self.turn_at = None
        is_full = self.steady().power_w <= 0.0
        if self.barred_wh is not None and self.meter.register_wh >= self.barred_wh - REACHED_WH:
            self.barred_wh = self.meter.register_wh
        return is_full

    def reached_end(self, now: Instant, *, is_full: bool = False) -> SessionEnd | None:
        """The end that the session has come to."""
        cost, soc_percent = None if self.cost is None else self.cost.total, self.plug.soc_percent
        return self.ends.reached(now, self.meter.register_wh, soc_percent, cost, is_full=is_full)

    def bar_after(self, energy_wh: float) -> None:
        """Give a refused token that much energy from now on, and then none."""
        self.barred_wh = self.meter.register_wh + energy_wh

    def _heed_change(self) -> None:
        """Begin a ramp where the most that can flow is another than it was: power goes there from
        what it is."""
        connector = self.plug.connector
        if connector is None or self.plug.vehicle is None or not connector.spec.ramp_s:
            self.ramp = None
            self._ceiling_before_w = 0.0
            return
        ceiling_w, before_w = self._ceiling_w(), self._ceiling_before_w
        if ceiling_w == before_w:
            return
        self._ceiling_before_w = ceiling_w
        most_w = self.plug.accepted_w
        share = 1.0 if self.ramp is None else self.ramp.share(self.settled_at)
        self.ramp = ramp.ramp_between(
            self.settled_at,
            min(before_w, most_w) * share,
            min(ceiling_w, most_w),
            connector.spec.ramp_s,
            connector.spec.precharge_s,
        )

    # --- memory --------------------------------------------------------------------------------

    def remembered(self) -> KeptEvse:
        """The EVSE as a snapshot keeps it."""
        plug, supply = self.plug, self.supply
        return KeptEvse(
            register_wh=self.meter.register_wh,
            operative=self.operative,
            inoperative_connectors=tuple(
                connector.id for connector in self.connectors if not connector.operative
            ),
            plugged=None if plug.connector is None else plug.connector.id,
            vehicle=plug.vehicle,
            soc_percent=plug.soc_percent,
            transaction=None if self.transaction is None else self.transaction.remembered(),
            use=self._kept_use(),
            cable_a=plug.cable_a,
            contract=None if plug.contract is None else plug.contract.contract,
            share_w=supply.share_w,
            offer_w=supply.offer_w,
            faults=tuple(one for connector in self.connectors for one in connector.kept_faults()),
            intruded=plug.intruded,
            drifts=dict(self.drifts),
            needs=None if self.negotiation is None else self.negotiation.needs,
            unlimited=None if self.negotiation is None else self.negotiation.vehicle,
        )

    def restore(self, kept: KeptEvse, *, with_transaction: bool) -> None:
        """Take up what was remembered; a transaction of another version is left out."""
        self.meter.restore(kept.register_wh)
        self.operative = kept.operative
        self.drifts = kept.drifts or NO_DRIFTS
        self.supply.restore(kept.offer_w, kept.share_w)
        for connector in self.connectors:
            connector.set_operative(connector.id not in kept.inoperative_connectors)
            if connector.id == kept.plugged:
                self.plug.restore(connector, kept)
                if kept.needs is not None and kept.unlimited is not None:
                    self.negotiation = Negotiation(kept.needs, kept.unlimited)
            self.set_faults(connector, connector.restored_faults(kept.faults))
        if kept.transaction is not None and with_transaction:
            self.transaction = Transaction.restored(kept.transaction)
            self.cost = DriverCost(kept.transaction.id)
            if kept.use is not None:
                self.authorization.restore(kept.use)
                self.closed_at = kept.use.closed_at
                self.set_ends(kept.use.ends)

    def _kept_use(self) -> KeptUse | None:
        """The use that its transaction is part of."""
        if self.transaction is None:
            return None
        authorization = self.authorization
        return KeptUse(
            id_token=authorization.id_token,
            group=authorization.group,
            closed_at=self.closed_at,
            ends=self.ends.all,
        )
