"""One EVSE: what is plugged in, who is authorized, the energy that flows, the connectors' states.

The facts are kept here; states are derived from them (`state_of`), never set.
"""

from __future__ import annotations

from typing import NamedTuple

from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.description.specification import EvseSpec
from voltyard.charger.evse.connector import ActiveFault, ChargePointStatus, Connector
from voltyard.charger.evse.kept import KeptEvse
from voltyard.charger.evse.meter import Meter
from voltyard.charger.smart_charging.profiles import Allowance
from voltyard.charger.transactions.transaction import ChargingState, Transaction
from voltyard.kernel.time import Instant, Seconds, earliest
from voltyard.kernel.units import Amperes, Percent, Watts
from voltyard.physics import ramp, supply
from voltyard.physics.battery import accepted_w, charge, seconds_until
from voltyard.physics.course import Course, course_ahead
from voltyard.physics.meter import IDEAL, MeterSpec
from voltyard.physics.ramp import Ramp
from voltyard.physics.vehicle import Vehicle


class Offer(NamedTuple):
    """The current and power that an EVSE offers to a vehicle."""

    amperes: Amperes
    """In each phase; 0 for DC."""
    watts: Watts
    """The power if the vehicle took all of it."""
    phases: int
    """The number of phases that would carry it."""


class Evse:
    """The facts of one EVSE."""

    __slots__ = (
        "_course",
        "allowance",
        "awaited",
        "barred_wh",
        "before",
        "cable_a",
        "ceiling_w",
        "closed_at",
        "connectors",
        "end_at",
        "end_wh",
        "expires_at",
        "finished",
        "group",
        "id",
        "id_token",
        "intruded",
        "kept_at",
        "live",
        "locked_for",
        "locked_group",
        "meter",
        "offer_w",
        "operative",
        "plugged",
        "present",
        "ramp",
        "recover_at",
        "remote_start_id",
        "reservation_id",
        "sample_at",
        "settled_at",
        "share_w",
        "soc_percent",
        "transaction",
        "turn_at",
        "unplugs",
        "vehicle",
        "wants",
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
        self.operative = True
        """The availability that ChangeAvailability last asked for; persists."""
        self.recover_at: Instant | None = None
        """When the first of its connectors' faults mends by itself."""
        # The vehicle.
        self.plugged: Connector | None = None
        self.vehicle: Vehicle | None = None
        self.soc_percent: Percent = 0.0
        self.cable_a: Amperes | None = None
        """Rating of the cable that was brought; None: as much as the connector."""
        self.present = False
        """The cable is in at the vehicle too."""
        self.intruded = False
        """True where the cable was put in without a driver's token although the place is reserved:
        it stays so."""
        self.locked_for: IdToken | None = None
        """The owner whose card releases the cable, where it stayed locked after it was pulled at
        the vehicle, or after the CSMS refused its transaction."""
        self.locked_group: str | None = None
        """The cards of this group release it too."""
        self.wants = True
        """The vehicle asks for energy."""
        # The driver.
        self.id_token: IdToken | None = None
        """The token authorized to charge here, None when there is none."""
        self.group: str | None = None
        self.awaited: Connector | None = None
        """Where somebody authorized is expected to plug in."""
        self.expires_at: Instant | None = None
        """The moment at which an authorization ends for which no vehicle was plugged in."""
        self.remote_start_id: int | None = None
        self.reservation_id: int | None = None
        """The reservation of the driver who is authorized here."""
        self.closed_at: Instant | None = None
        """When the power path closed for this use, by true time: relative charging schedules count
        from it, whatever the charger's clock is set to (2.0.1 K01.FR.42)."""
        self.finished = False
        """The use is over and the cable is still in."""
        # The energy.
        self.live = True
        """The charger has power."""
        self.offer_w: Watts | None = None
        """The power offered at most; None: the rating. Persists."""
        self.allowance: Allowance | None = None
        """The allowance of charging profiles; None: whatever there is."""
        self.share_w: Watts | None = None
        """The share of its site's limit; None: the site has no limit. Persists."""
        self.ramp: Ramp | None = None
        """How power comes to what it is to be; None: it is."""
        self.ceiling_w: Watts = 0.0
        """The most that could flow before the last change; 0 where changes are at once."""
        self.barred_wh: float | None = None
        """Register at which energy ends for a refused token; None: no such end."""
        self.meter = Meter(meter, meter_key, register_wh)
        self.settled_at = now
        self.turn_at: Instant | None = None
        """When the energy flow changes by itself: the vehicle is full, or a bound is reached."""
        self._course: Course | None = None
        """Known from one sample to the next; whoever changes a fact settles first, which forgets
        it."""
        # The transaction.
        self.transaction: Transaction | None = None
        self.sample_at: Instant | None = None
        self.kept_at: Instant | None = None
        self.end_at: Instant | None = None
        """When a session that was given a duration stops by itself."""
        self.end_wh: float | None = None
        """Register at which a session that was given a target stops by itself."""
        self.unplugs = False
        """After that the vehicle leaves."""

    # --- facts ---------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """A vehicle is connected at both ends of the cable."""
        return self.plugged is not None and self.present

    @property
    def energised(self) -> bool:
        """The power path is closed: connected, authorized, and not at its end."""
        return (
            self.plugged is not None
            and self.live
            and self.id_token is not None
            and not self.finished
            and not self.plugged.faulted
        )

    @property
    def offers(self) -> bool:
        """The EVSE offers energy. Less than the pilot's 6 A is no offer (IEC 61851-1)."""
        connector = self.plugged
        if connector is None or connector.suspended or self._barred:
            return False
        if connector.spec.current == "DC":
            return self.limit_w > 0.0
        return self.offered_a > 0.0

    @property
    def offered_a(self) -> Amperes:
        """The current per phase that an AC EVSE's pilot allows, suspended or not."""
        return self._offered_a(self.plugged or self.connectors[0], self.limit_w, self.phases)

    def _offered_a(self, connector: Connector, limit_w: Watts, phases: int) -> Amperes:
        spec = connector.spec
        return supply.offered_a(
            phases, spec.voltage_v, self.max_current_of(connector), limit_w, spec.steps_a
        )

    @property
    def max_current_a(self) -> Amperes:
        """The current that connector and cable can carry."""
        return self.max_current_of(self.plugged or self.connectors[0])

    def max_current_of(self, connector: Connector) -> Amperes:
        """The current that one of its connectors can carry, and the cable where that is in it."""
        rating_a = connector.spec.max_current_a
        if self.cable_a is None or connector is not self.plugged:
            return rating_a
        return min(rating_a, self.cable_a)

    @property
    def limit_w(self) -> Watts:
        """The most the EVSE gives now."""
        limit_w = self.bound_w(self.plugged or self.connectors[0], self.phases)
        return limit_w if self.allowance is None else min(limit_w, self.allowance.power_w)

    def bound_w(self, connector: Connector, phases: int) -> Watts:
        """The power that the rating, the last power update and the site let a connector offer over
        so many phases."""
        limit_w = connector.spec.max_power_w
        if self.offer_w is not None:
            limit_w = min(limit_w, self.offer_w)
        if self.share_w is None:
            return limit_w
        # A share is what may flow, which the EVSE's meter sees; an offer is of all phases.
        return min(limit_w, self.share_w * phases / self.used_phases(connector, phases))

    @property
    def phases(self) -> int:
        """The phases that are offered: those there are, or as few as a charging profile says."""
        phases = (self.plugged or self.connectors[0]).spec.phases
        return phases if self.allowance is None else min(phases, self.allowance.phases)

    def used_phases(self, connector: Connector, phases: int) -> int:
        """The number of the phases offered there that carry current, as far as the vehicle is
        known."""
        vehicle = self.vehicle
        if vehicle is None or connector is not self.plugged or connector.spec.current == "DC":
            return phases
        return min(phases, vehicle.phases)

    def offer_under(self, connector: Connector, power_w: Watts, phases: int) -> Offer:
        """The offer of one of its connectors over so many phases if it were allowed that power."""
        limit_w = min(power_w, self.bound_w(connector, phases))
        if connector.spec.current == "DC":
            return Offer(0.0, limit_w, 1)
        offer_a = self._offered_a(connector, limit_w, phases)
        used = self.used_phases(connector, phases)
        return Offer(offer_a, offer_a * connector.spec.voltage_v * used, used)

    @property
    def charging_state(self) -> ChargingState:
        """2.0.1 ChargingStateEnumType; 1.6's connector states follow from it."""
        if not self.connected:
            return "Idle"
        if not self.energised:
            return "EVConnected"
        if not self.offers:
            return "SuspendedEVSE"
        return "Charging" if self.steady().power_w > 0.0 else "SuspendedEV"

    @property
    def reading_wh(self) -> float:
        """The meter's register as its display shows it."""
        return self.meter.reading_wh

    @property
    def register_wh(self) -> float:
        """The meter's register."""
        return self.meter.register_wh

    def flow(self) -> supply.PowerFlow:
        """The flow at the moment it is settled to, as its meter sees it."""
        flow = self.steady()
        self._heed_change()
        if self.ramp is not None:
            flow = flow.part(self.ramp.share(self.settled_at))
        return flow if self.meter.gain == 1.0 else flow.part(self.meter.gain)

    def steady(self) -> supply.PowerFlow:
        """The flow once the last change is over."""
        connector, vehicle = self.plugged, self.vehicle
        if connector is None or vehicle is None or not self._calls:
            voltage_v = (connector or self.connectors[0]).spec.voltage_v
            return supply.PowerFlow(0.0, 0.0, 0, voltage_v)
        return self._draw(connector, vehicle, self.limit_w)

    def wanted_w(self) -> Watts:
        """The power that would flow if its site had no limit."""
        connector, vehicle, share_w = self.plugged, self.vehicle, self.share_w
        if connector is None or vehicle is None or not self._calls:
            return 0.0
        self.share_w = None
        wanted_w = self._draw(connector, vehicle, self.limit_w).power_w
        self.share_w = share_w
        return wanted_w

    def least_w(self) -> Watts:
        """The least that can flow: 6 A of an AC EVSE, or the lowest of its steps above."""
        connector, vehicle = self.plugged, self.vehicle
        if connector is None or vehicle is None or connector.spec.current == "DC":
            return 0.0
        floor_a = supply.PILOT_FLOOR_A
        steps = [step for step in connector.spec.steps_a if step >= floor_a]
        return (
            min(steps, default=floor_a)
            * connector.spec.voltage_v
            * min(self.phases, vehicle.phases)
        )

    def _draw(self, connector: Connector, vehicle: Vehicle, limit_w: Watts) -> supply.PowerFlow:
        spec = connector.spec
        return supply.draw(
            self._behind(connector, vehicle),
            self.soc_percent,
            spec.current,
            self.phases,
            spec.voltage_v,
            self.max_current_a,
            limit_w,
            spec.steps_a,
        )

    def _behind(self, connector: Connector, vehicle: Vehicle) -> Vehicle:
        """The vehicle as the connector can charge it."""
        spec = connector.spec
        return (
            vehicle
            if spec.current == "AC"
            else supply.vehicle_at_station(vehicle, spec.max_current_a)
        )

    @property
    def hungry(self) -> bool:
        """The vehicle would take energy if it were offered."""
        connector, vehicle = self.plugged, self.vehicle
        if connector is None or vehicle is None or not self._calls:
            return False
        behind = self._behind(connector, vehicle)
        return accepted_w(behind, self.soc_percent, connector.spec.current) > 0.0

    @property
    def _calls(self) -> bool:
        """Energy flows if any is offered."""
        return (
            self.plugged is not None
            and self.present
            and self.wants
            and self.energised
            and not self.plugged.suspended
            and not self._barred
        )

    @property
    def _barred(self) -> bool:
        """The energy a refused token may have is used up."""
        return self.barred_wh is not None and self.register_wh >= self.barred_wh - 1e-6

    def _ceiling_w(self) -> Watts:
        """The most that can flow, whatever the state of charge."""
        connector, vehicle = self.plugged, self.vehicle
        if connector is None or vehicle is None or not self._calls:
            return 0.0
        spec = connector.spec
        return supply.ceiling_w(
            vehicle,
            spec.current,
            self.phases,
            spec.voltage_v,
            self.max_current_a,
            self.limit_w,
            spec.steps_a,
        )

    def forget_driver(self) -> None:
        """Forget the authorized driver."""
        self.id_token = self.group = self.awaited = self.expires_at = None
        self.remote_start_id = self.reservation_id = None
        if self.transaction is None:
            self.closed_at = None

    def finish(self) -> None:
        """The use is over; the cable may still be in."""
        self.forget_driver()
        self.finished = self.plugged is not None

    def reopen(self) -> None:
        """A cable that is in begins a use again."""
        self.finished = False

    def release(self) -> None:
        """The cable is not locked any more."""
        self.locked_for = None

    def accept(self) -> None:
        """The cable that was put in where it was reserved may stay."""
        self.intruded = False

    def note_group(self, group: str) -> None:
        """The CSMS says of which group the driver is."""
        self.group = group

    def drop_reservation(self, id: int) -> None:
        """Forget a reservation that is no more, if it is its driver's."""
        if self.reservation_id == id:
            self.reservation_id = None

    def take_reservation(self) -> int | None:
        """The reservation of whoever is authorized here, for the one transaction it is for."""
        id, self.reservation_id = self.reservation_id, None
        return id

    def take_remote_start(self) -> int | None:
        """The remote start that began here, to be told once."""
        id, self.remote_start_id = self.remote_start_id, None
        return id

    def set_goal(self, end_at: Instant | None, end_wh: float | None, *, unplugs: bool) -> None:
        """Have the session stop by itself then, or at that register."""
        self.end_at = end_at
        self.end_wh = end_wh
        self.unplugs = unplugs

    def set_operative(self, operative: bool) -> None:
        """ChangeAvailability wants it in service, or out of it."""
        self.operative = operative

    def begin(self, transaction: Transaction) -> None:
        """A transaction begins."""
        self.transaction = transaction

    def end(self) -> None:
        """The transaction has ended, and the use with it."""
        self.transaction = None
        self.finish()  # who wants to charge on has to be authorized anew
        self.sample_at = self.kept_at = self.end_at = self.end_wh = self.barred_wh = None

    def schedule(self, sample_at: Instant | None, kept_at: Instant | None) -> None:
        """Have the next samples taken then: those that are told, and those that are kept."""
        self.sample_at = sample_at
        self.kept_at = kept_at

    def note_path(self, now: Instant) -> None:
        """Keep when the power path closed first: once for a transaction, however often it opens
        and closes meanwhile."""
        if self.connected and self.energised:
            if self.closed_at is None:
                self.closed_at = now
        elif self.transaction is None:
            self.closed_at = None

    # --- faults --------------------------------------------------------------------------------

    def set_faults(self, connector: Connector, broken: tuple[ActiveFault, ...]) -> None:
        """Let one of its connectors have these faults, the newest first, and no others."""
        connector.set_faults(broken)
        self.recover_at = None
        for each in self.connectors:
            self.recover_at = earliest(self.recover_at, each.recover_at)

    # --- supply --------------------------------------------------------------------------------

    def power_off(self, now: Instant) -> None:
        """The charger loses power."""
        self.settle(now)
        self.live = False
        if self.share_w is not None:
            self.share_w = 0.0  # for the site to say anew
        self.foresee()

    def power_on(self, now: Instant) -> None:
        """The charger has power again."""
        self.settle(now)
        self.live = True

    def allow(self, allowance: Allowance | None) -> None:
        """Charging profiles allow that much; None: whatever there is."""
        self.allowance = allowance

    # --- energy --------------------------------------------------------------------------------

    def settle(self, now: Instant) -> None:
        """Let the energy flow up to now: battery and register. A fact may change then."""
        self._course = None
        since = self.settled_at
        elapsed_s = now - since
        if elapsed_s <= 0.0:
            return
        self.settled_at = now
        ceiling_w = self._ceiling_w()
        if ceiling_w <= 0.0:
            return
        assert self.plugged is not None and self.vehicle is not None
        if self.ramp is not None:
            elapsed_s = self.ramp.steady_s(since, now)
            if now >= self.ramp.ends_at:
                self.ramp = None
        vehicle = self._behind(self.plugged, self.vehicle)
        self.soc_percent, energy_wh = charge(
            vehicle, self.soc_percent, ceiling_w, self.plugged.spec.current, elapsed_s
        )
        self.meter.count(energy_wh)

    def go_on(self, now: Instant) -> supply.PowerFlow:
        """Settle where no fact is about to change, and what flows then."""
        elapsed_s = now - self.settled_at
        if self._course is not None and elapsed_s >= 0.0:
            later = self._course.after(self.soc_percent, elapsed_s)
            if later is not None:
                self.settled_at = now
                self.soc_percent, energy_wh, flow = later
                self.meter.count(energy_wh)
                return flow if self.meter.gain == 1.0 else flow.part(self.meter.gain)
        self.settle(now)
        flow = self.flow()
        self._course = self._find_course()
        return flow

    def _find_course(self) -> Course | None:
        connector, vehicle = self.plugged, self.vehicle
        ceiling_w = self._ceiling_w()
        if connector is None or vehicle is None or self.ramp is not None or ceiling_w <= 0.0:
            return None
        spec, behind = connector.spec, self._behind(connector, vehicle)
        return course_ahead(
            behind, self.soc_percent, spec.current, self.phases, spec.voltage_v, ceiling_w
        )

    def foresee(self) -> None:
        """Work out when the flow will change by itself. To be called when anything has changed
        it."""
        self.turn_at = None
        self._heed_change()
        ceiling_w = self._ceiling_w()
        if ceiling_w <= 0.0 or self.steady().power_w <= 0.0:
            return
        assert self.plugged is not None and self.vehicle is not None
        current = self.plugged.spec.current
        vehicle = self._behind(self.plugged, self.vehicle)
        bounds = [bound for bound in (self.barred_wh, self.end_wh) if bound is not None]
        left_s: Seconds | None = None
        if bounds:
            energy_wh = max(0.0, min(bounds) - self.register_wh) / self.meter.gain
            left_s = seconds_until(
                vehicle, self.soc_percent, ceiling_w, current, energy_wh=energy_wh
            )
        if left_s is None:
            left_s = seconds_until(vehicle, self.soc_percent, ceiling_w, current)
        if left_s is not None:
            if self.ramp is not None:
                left_s = self.ramp.seconds_until(self.settled_at, left_s)
            self.turn_at = self.settled_at + left_s

    def _heed_change(self) -> None:
        """Begin a ramp where the most that can flow is another than it was: power goes there from
        what it is."""
        connector, vehicle = self.plugged, self.vehicle
        if connector is None or vehicle is None or not connector.spec.ramp_s:
            self.ramp = None
            self.ceiling_w = 0.0
            return
        ceiling_w, before_w = self._ceiling_w(), self.ceiling_w
        if ceiling_w == before_w:
            return
        self.ceiling_w = ceiling_w
        spec = connector.spec
        most_w = accepted_w(self._behind(connector, vehicle), self.soc_percent, spec.current)
        share = 1.0 if self.ramp is None else self.ramp.share(self.settled_at)
        self.ramp = ramp.ramp_between(
            self.settled_at,
            min(before_w, most_w) * share,
            min(ceiling_w, most_w),
            spec.ramp_s,
            spec.precharge_s,
        )

    # --- memory --------------------------------------------------------------------------------

    def remembered(self) -> KeptEvse:
        """The EVSE as a snapshot keeps it."""
        return KeptEvse(
            register_wh=self.register_wh,
            operative=self.operative,
            inoperative_connectors=tuple(
                connector.id for connector in self.connectors if not connector.operative
            ),
            plugged=None if self.plugged is None else self.plugged.id,
            vehicle=self.vehicle,
            soc_percent=self.soc_percent,
            transaction=None if self.transaction is None else self.transaction.remembered(),
            cable_a=self.cable_a,
            share_w=self.share_w,
            offer_w=self.offer_w,
            faults=tuple(one for connector in self.connectors for one in connector.kept_faults()),
            intruded=self.intruded,
        )

    def restore(self, kept: KeptEvse, *, with_transaction: bool) -> None:
        """Take up what was remembered; a transaction of another version is left out."""
        self.meter.restore(kept.register_wh)
        self.operative = kept.operative
        self.offer_w = kept.offer_w
        # What the site lets it have is for the site to say anew.
        self.share_w = None if kept.share_w is None else 0.0
        for connector in self.connectors:
            connector.set_operative(connector.id not in kept.inoperative_connectors)
            if connector.id == kept.plugged:
                self.plugged = connector
                self.vehicle = kept.vehicle
                self.soc_percent = kept.soc_percent
                self.cable_a = kept.cable_a
                self.present = True
                self.intruded = kept.intruded
            self.set_faults(connector, connector.restored_faults(kept.faults))
        if kept.transaction is not None and with_transaction:
            self.transaction = Transaction.restored(kept.transaction)

    # --- states --------------------------------------------------------------------------------

    def state_of(
        self, connector: Connector, operative: bool, reserved: bool = False
    ) -> ChargePointStatus:
        """The status that the facts make of a connector. Being in use goes before being out of
        service, so that ChangeAvailability takes effect when the use ends (1.6 section 5.2,
        Scheduled)."""
        if connector.faulted:
            return ChargePointStatus.FAULTED
        in_use = self.plugged is connector or (self.plugged is None and self.awaited is connector)
        if in_use and self.plugged is not None and self.energised:
            return _OF_CHARGING_STATE[self.charging_state]
        if not operative and not (in_use and self.transaction is not None):
            return ChargePointStatus.UNAVAILABLE
        if reserved:
            return ChargePointStatus.RESERVED
        if in_use:
            return ChargePointStatus.FINISHING if self.finished else ChargePointStatus.PREPARING
        return ChargePointStatus.AVAILABLE


_OF_CHARGING_STATE = {
    # A transaction goes on where the cable was pulled at the vehicle: 1.6 section 4.9 says
    # SuspendedEV.
    "Idle": ChargePointStatus.SUSPENDED_EV,
    "EVConnected": ChargePointStatus.PREPARING,
    "Charging": ChargePointStatus.CHARGING,
    "SuspendedEV": ChargePointStatus.SUSPENDED_EV,
    "SuspendedEVSE": ChargePointStatus.SUSPENDED_EVSE,
}
