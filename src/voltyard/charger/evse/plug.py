"""The plug of an EVSE: the cable that is in, its lock, and the vehicle at its other end."""

from __future__ import annotations

from dataclasses import dataclass, field

from voltyard.charger.authorization.contract import PluggedContract
from voltyard.charger.authorization.id_token import IdToken
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.kept import KeptEvse
from voltyard.kernel.time import Seconds
from voltyard.kernel.units import Amperes, Percent, WattHours, Watts
from voltyard.physics import battery, supply
from voltyard.physics.vehicle import Vehicle


@dataclass(slots=True, eq=False)
class Plug:
    """The plug of one EVSE."""

    _first: Connector
    place: Connector = field(init=False)
    """The connector in use, or the first of the EVSE."""
    connector: Connector | None = None
    """The connector whose cable is in."""
    vehicle: Vehicle | None = None
    soc_percent: Percent = 0.0
    cable_a: Amperes | None = None
    """Rating of the cable that was brought; None: as much as the connector."""
    present: bool = False
    """The cable is in at the vehicle too."""
    wants: bool = True
    """The vehicle asks for energy."""
    intruded: bool = False
    """True where the cable was put in without a driver's token although the place is reserved:
    it stays so."""
    locked_for: IdToken | None = None
    """The owner whose card releases the cable, where it stayed locked after it was pulled at
    the vehicle, or after the CSMS refused its transaction."""
    locked_group: str | None = None
    """The cards of this group release it too."""
    contract: PluggedContract | None = None
    """Of the vehicle that is plugged in."""

    def __post_init__(self) -> None:
        self.place = self._first

    # --- facts ---------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """A vehicle is connected at both ends of the cable."""
        return self.connector is not None and self.present

    def max_current_of(self, connector: Connector) -> Amperes:
        """The current that a connector of the EVSE can carry, and the cable where that is in it."""
        rating_a = connector.spec.max_current_a
        if self.cable_a is None or connector is not self.connector:
            return rating_a
        return min(rating_a, self.cable_a)

    def used_phases(self, connector: Connector, phases: int) -> int:
        """The number of the phases offered there that carry current, as far as the vehicle is
        known."""
        vehicle = self.vehicle
        if vehicle is None or connector is not self.connector or connector.spec.current == "DC":
            return phases
        return min(phases, vehicle.phases)

    # --- the cable -----------------------------------------------------------------------------

    def insert(
        self, connector: Connector, vehicle: Vehicle, cable_a: Amperes | None, *, intrudes: bool
    ) -> None:
        """A vehicle's cable goes in."""
        self.connector = self.place = connector
        self.vehicle = vehicle
        self.soc_percent = vehicle.soc_percent
        self.cable_a = cable_a
        self.present = self.wants = True
        self.intruded = intrudes

    def remove(self) -> None:
        """The cable is taken out."""
        self.connector = self.vehicle = self.cable_a = self.contract = None
        self.place = self._first
        self.present = self.intruded = False

    def pull_at_vehicle(self) -> None:
        """The cable is pulled at the vehicle."""
        self.present = False

    def return_to_vehicle(self) -> None:
        """The cable goes in again at the vehicle's end."""
        self.present = True

    def accept(self) -> None:
        """The cable that was put in where it was reserved may stay."""
        self.intruded = False

    def lock(self, owner: IdToken | None, group: str | None) -> None:
        """Keep the cable until the card of its owner, or one of the group, is shown."""
        self.locked_for, self.locked_group = owner, group

    def release(self) -> None:
        """The cable is not locked any more."""
        self.locked_for = None

    # --- the vehicle ---------------------------------------------------------------------------

    def limit_vehicle(self, vehicle: Vehicle) -> None:
        """The vehicle takes no more power than that from now on."""
        self.vehicle = vehicle

    def want(self, wants: bool) -> None:
        """The vehicle asks for energy, or no longer does."""
        self.wants = wants

    @property
    def chargeable(self) -> Vehicle:
        """The vehicle as its connector can charge it."""
        connector, vehicle = self.connector, self.vehicle
        assert connector is not None and vehicle is not None
        if connector.spec.current == "AC":
            return vehicle
        return supply.vehicle_at_station(vehicle, connector.spec.max_current_a)

    @property
    def accepted_w(self) -> Watts:
        """The power that the vehicle's battery accepts at its state of charge."""
        return battery.accepted_w(self.chargeable, self.soc_percent, self.place.spec.current)

    def charge(self, ceiling_w: Watts, elapsed_s: Seconds) -> WattHours:
        """Charge the vehicle with at most that power for so long; the energy it has taken."""
        self.soc_percent, energy_wh = battery.charge(
            self.chargeable, self.soc_percent, ceiling_w, self.place.spec.current, elapsed_s
        )
        return energy_wh

    def charge_to(self, soc_percent: Percent) -> None:
        """The vehicle's battery has come to that state of charge."""
        self.soc_percent = soc_percent

    def seconds_until(
        self,
        ceiling_w: Watts,
        energy_wh: WattHours | None = None,
        soc_percent: Percent | None = None,
    ) -> Seconds | None:
        """The time until the vehicle has taken that energy or come to that state of charge, or
        until it is full."""
        return battery.seconds_until(
            self.chargeable,
            self.soc_percent,
            ceiling_w,
            self.place.spec.current,
            soc_target_percent=soc_percent,
            energy_wh=energy_wh,
        )

    def follow_contract(self, contract: PluggedContract) -> None:
        """The vehicle has brought a contract, or its authorization has come further."""
        self.contract = contract

    def restore(self, connector: Connector, kept: KeptEvse) -> None:
        """Take up what was remembered of a cable that was in."""
        self.connector = self.place = connector
        self.vehicle = kept.vehicle
        self.soc_percent = kept.soc_percent
        self.cable_a = kept.cable_a
        self.present = True
        self.intruded = kept.intruded
        if kept.contract is not None:
            self.contract = PluggedContract(contract=kept.contract, stage="NotUsed")
