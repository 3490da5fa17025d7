"""One place to charge: what is plugged in, who may charge, and what that makes of its connectors.

The facts are kept here; states are derived from them (`state_of`), never set.
"""

from __future__ import annotations

from voltyard.charger.authorization import IdToken
from voltyard.charger.connector import Connector, State
from voltyard.charger.specification import EvseSpec
from voltyard.charger.transaction import ChargingState, Transaction
from voltyard.kernel.time import Instant
from voltyard.kernel.units import Percent, Watts
from voltyard.physics import supply
from voltyard.physics.battery import charge, seconds_until
from voltyard.physics.meter import advance, reading_wh
from voltyard.physics.vehicle import Vehicle


class Evse:
    """The facts of one EVSE."""

    __slots__ = (
        "awaited",
        "barred_wh",
        "before",
        "connectors",
        "end_at",
        "end_wh",
        "expires_at",
        "finished",
        "group",
        "id",
        "id_token",
        "kept_at",
        "live",
        "locked_for",
        "offer_w",
        "operative",
        "plugged",
        "present",
        "register_wh",
        "remote_start_id",
        "sample_at",
        "settled_at",
        "soc_percent",
        "transaction",
        "turn_at",
        "unplugs",
        "vehicle",
        "wants",
    )

    def __init__(
        self, id: int, spec: EvseSpec, register_wh: float, now: Instant, before: int = 0
    ) -> None:
        self.id = id
        self.before = before
        """How many connectors the EVSEs before it have: 1.6 numbers connectors throughout."""
        self.connectors = tuple(
            Connector(number, connector) for number, connector in enumerate(spec.connectors, 1)
        )
        self.operative = True
        """What ChangeAvailability last wanted of it; persists."""
        # The vehicle.
        self.plugged: Connector | None = None
        self.vehicle: Vehicle | None = None
        self.soc_percent: Percent = 0.0
        self.present = False
        """The cable is in at the vehicle too."""
        self.locked_for: IdToken | None = None
        """Whose card releases the cable, where it stayed locked after it was pulled at the
        vehicle."""
        self.wants = True
        """The vehicle asks for energy."""
        # The driver.
        self.id_token: IdToken | None = None
        """Who is authorized to charge here, None when nobody is."""
        self.group: str | None = None
        self.awaited: Connector | None = None
        """Where somebody authorized is expected to plug in."""
        self.expires_at: Instant | None = None
        """When the authorization ends that nobody plugged in for."""
        self.remote_start_id: int | None = None
        self.finished = False
        """The use is over and the cable is still in."""
        # The energy.
        self.live = True
        """The charger has power."""
        self.offer_w: Watts | None = None
        """What is offered at most; None: the rating."""
        self.barred_wh: float | None = None
        """Register at which energy ends for a refused token; None: no such end."""
        self.register_wh = register_wh
        self.settled_at = now
        self.turn_at: Instant | None = None
        """When the energy flow changes by itself: the vehicle is full, or a bound is reached."""
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
            and self.plugged.error_code is None
        )

    @property
    def offers(self) -> bool:
        """The EVSE offers energy. Less than the pilot's 6 A is no offer (IEC 61851-1)."""
        connector = self.plugged
        if connector is None or self._barred:
            return False
        spec = connector.spec
        if spec.current == "DC":
            return self.limit_w > 0.0
        return supply.offered_a(spec.phases, spec.voltage_v, spec.max_current_a, self.limit_w) > 0.0

    @property
    def limit_w(self) -> Watts:
        """The most the EVSE gives now."""
        connector = self.plugged or self.connectors[0]
        rating_w = connector.spec.max_power_w
        return rating_w if self.offer_w is None else min(rating_w, self.offer_w)

    @property
    def charging_state(self) -> ChargingState:
        """2.0.1 ChargingStateEnumType; 1.6's connector states follow from it."""
        if not self.connected:
            return "Idle"
        if not self.energised:
            return "EVConnected"
        if not self.offers:
            return "SuspendedEVSE"
        return "Charging" if self.flow().power_w > 0.0 else "SuspendedEV"

    @property
    def reading_wh(self) -> float:
        """What the meter's display shows."""
        return reading_wh(self.register_wh)

    def flow(self) -> supply.Draw:
        """What flows at this moment."""
        connector, vehicle = self.plugged, self.vehicle
        if connector is None or vehicle is None or not self._calls:
            voltage_v = (connector or self.connectors[0]).spec.voltage_v
            return supply.Draw(0.0, 0.0, 0, voltage_v)
        spec = connector.spec
        return supply.draw(
            vehicle,
            self.soc_percent,
            spec.current,
            spec.phases,
            spec.voltage_v,
            spec.max_current_a,
            self.limit_w,
        )

    @property
    def _calls(self) -> bool:
        """Energy flows if any is offered."""
        return self.present and self.wants and self.energised and not self._barred

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
            vehicle, spec.current, spec.phases, spec.voltage_v, spec.max_current_a, self.limit_w
        )

    def forget_driver(self) -> None:
        """Nobody is authorized here any more."""
        self.id_token = self.group = self.awaited = self.expires_at = None
        self.remote_start_id = None

    # --- energy --------------------------------------------------------------------------------

    def settle(self, now: Instant) -> None:
        """Let the energy flow up to now: battery and register."""
        elapsed_s = now - self.settled_at
        if elapsed_s <= 0.0:
            return
        self.settled_at = now
        ceiling_w = self._ceiling_w()
        if ceiling_w <= 0.0:
            return
        assert self.plugged is not None and self.vehicle is not None
        self.soc_percent, energy_wh = charge(
            self.vehicle, self.soc_percent, ceiling_w, self.plugged.spec.current, elapsed_s
        )
        self.register_wh = advance(self.register_wh, energy_wh)

    def foresee(self) -> None:
        """Work out when the flow will change by itself. To be called when anything has changed
        it."""
        self.turn_at = None
        ceiling_w = self._ceiling_w()
        if ceiling_w <= 0.0 or self.flow().power_w <= 0.0:
            return
        assert self.plugged is not None and self.vehicle is not None
        vehicle, current = self.vehicle, self.plugged.spec.current
        bounds = [bound for bound in (self.barred_wh, self.end_wh) if bound is not None]
        left_s = None
        if bounds:
            energy_wh = max(0.0, min(bounds) - self.register_wh)
            left_s = seconds_until(
                vehicle, self.soc_percent, ceiling_w, current, energy_wh=energy_wh
            )
        if left_s is None:
            left_s = seconds_until(vehicle, self.soc_percent, ceiling_w, current)
        if left_s is not None:
            self.turn_at = self.settled_at + left_s

    # --- states --------------------------------------------------------------------------------

    def state_of(self, connector: Connector, operative: bool) -> State:
        """What the facts make of a connector. Being in use goes before being out of service, so
        that ChangeAvailability takes effect when the use ends (1.6 section 5.2, Scheduled)."""
        if connector.error_code is not None:
            return State.FAULTED
        in_use = self.plugged is connector or (self.plugged is None and self.awaited is connector)
        if in_use and self.plugged is not None and self.energised:
            return _OF_CHARGING_STATE[self.charging_state]
        if not operative and not (in_use and self.transaction is not None):
            return State.UNAVAILABLE
        if in_use:
            return State.FINISHING if self.finished else State.PREPARING
        return State.AVAILABLE


_OF_CHARGING_STATE = {
    # A transaction goes on where the cable was pulled at the vehicle: 1.6 section 4.9 says
    # SuspendedEV.
    "Idle": State.SUSPENDED_EV,
    "EVConnected": State.PREPARING,
    "Charging": State.CHARGING,
    "SuspendedEV": State.SUSPENDED_EV,
    "SuspendedEVSE": State.SUSPENDED_EVSE,
}
