"""The limits that charging profiles and external systems set at each EVSE: arithmetic over those
in force.

Moments are of the charger's own clock.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from msgspec.structs import replace

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.smart_charging import schedule
from voltyard.charger.smart_charging.profiles import (
    Allowance,
    ChargingLimitSource,
    ChargingProfile,
    InstalledProfile,
)
from voltyard.charger.smart_charging.schedule import ROUNDING_S, Cap
from voltyard.charger.smart_charging.sharing import NOTHING, EvseClaim, divide
from voltyard.kernel.time import Instant, earliest
from voltyard.kernel.units import Watts
from voltyard.physics.supply import PILOT_FLOOR_A


class ProfileLimits:
    """The charging profiles of one charger, and the limits that follow from them."""

    __slots__ = (
        "_context",
        "_evses",
        "active",
        "expected",
        "external",
        "installed",
        "negotiating",
        "untold",
    )

    def __init__(self, context: ChargerContext, evses: tuple[Evse, ...]) -> None:
        self._context = context
        self._evses = evses
        self.installed: tuple[InstalledProfile, ...] = ()
        self.expected: dict[int, ChargingProfile] = {}
        """By EVSE: TxProfiles of transactions that were asked for and have not begun."""
        self.external: tuple[InstalledProfile, ...] = ()
        """Limits that other systems have set: one for each source and place (K11, K12)."""
        self.untold: tuple[tuple[ChargingLimitSource, int], ...] = ()
        """Sources and places of those that were set or lifted, and the CSMS has not been told."""
        self.active = False
        """There are profiles: without them nothing here costs anything."""
        self.negotiating = False
        """A vehicle is plugged in that negotiates its schedule (ISO 15118)."""

    def have(self, installed: tuple[InstalledProfile, ...]) -> None:
        """Have these profiles installed and no others."""
        self.installed = installed

    def have_external(self, external: tuple[InstalledProfile, ...]) -> None:
        """Have these limits of other systems and no others."""
        self.external = external
        self.active = self.active or bool(external)

    def note_negotiating(self, negotiating: bool) -> None:
        """There is a vehicle that negotiates its schedule, or none any more."""
        self.negotiating = negotiating

    def owe(self, untold: tuple[tuple[ChargingLimitSource, int], ...]) -> None:
        """The CSMS is still to be told of these external limits."""
        self.untold = untold

    def expect(self, evse: Evse, profile: ChargingProfile) -> None:
        """The transaction that is about to begin there has this TxProfile."""
        self.expected[evse.id] = profile
        self.active = True

    def take_expected(self, evse: Evse) -> ChargingProfile | None:
        """The TxProfile that was expected there, which is not any more."""
        return self.expected.pop(evse.id, None)

    def review(self) -> None:
        """Find out whether there are profiles."""
        self.active = bool(self.installed or self.expected or self.external)

    def allowance_of(self, evse: Evse) -> Allowance | None:
        """The allowance of profiles now, at the place an EVSE has now."""
        at = self._context.time + ROUNDING_S
        return self.allowance_at(evse, place_of(evse), at, self.since)

    def since(self, evse: Evse) -> Instant | None:
        """The moment at which the power path closed, by the charger's clock as it is now: set anew,
        the clock moves this moment along, and what has elapsed stays what it was."""
        return None if evse.closed_at is None else evse.closed_at + self._context.offset_s

    def station_caps(self, at: Instant) -> list[Cap]:
        """The caps on the whole charger: of its CSMS, and of other systems."""
        own = schedule.station_cap(self.installed, at, self._context.offset_s)
        caps = [] if own is None else [own]
        return caps + schedule.external_caps(self.external, 0, at) if self.external else caps

    def next_after(self, at: Instant, since: Callable[[Evse], Instant | None]) -> Instant | None:
        """The next moment at which any profile says something else."""
        soonest = None
        for one in self.installed:
            if one.profile.purpose == "ChargingStationMaxProfile":
                starts: set[Instant | None] = {one.installed_at + self._context.offset_s}
            else:
                places = self._evses if one.evse_id == 0 else (self._evses[one.evse_id - 1],)
                starts = {since(evse) for evse in places}
            for start in starts:
                moment = schedule.next_after(one.profile, at, start)
                soonest = earliest(soonest, moment)
        for one in self.external:
            soonest = earliest(soonest, schedule.next_after(one.profile, at, None))
        for evse_id, expected in self.expected.items():
            moment = schedule.next_after(expected, at, since(self._evses[evse_id - 1]))
            soonest = earliest(soonest, moment)
        return soonest

    # --- what is allowed -----------------------------------------------------------------------

    def allowance_at(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
    ) -> Allowance | None:
        """The allowance of profiles at that place at that moment: the least of its own limits and
        of its shares of the station's (1.6 section 3.13.4, 2.0.1 K01.FR.38, K11.FR.01)."""
        own = self._place_caps(evse, connector, at, since)
        stations = self.station_caps(at)
        if not own and not stations:
            return None
        phases = min(connector.spec.phases, *(cap.phases for cap in (*own, *stations)))
        power_w, ruling = inf, None
        for cap in own:
            own_w = _claim(evse, connector, cap, phases).watts
            if ruling is None or own_w < power_w:
                power_w, ruling = own_w, cap.profile
        for cap in stations:
            share_w = self._share(evse, connector, at, since, cap)
            if ruling is None or share_w < power_w:
                power_w, ruling = share_w, cap.profile
        assert ruling is not None, "a limit is some profile's"
        return Allowance(power_w, phases, ruling.purpose, ruling.id)

    def _place_caps(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
    ) -> list[Cap]:
        own = self._cap(evse, connector, at, since)
        caps = [] if own is None else [own]
        return caps + schedule.external_caps(self.external, evse.id, at) if self.external else caps

    def _cap(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
    ) -> Cap | None:
        transaction = evse.transaction
        expected = self.expected.get(evse.id)
        if expected is not None:
            found = schedule.ruling((expected,), at, since(evse))
            if found is not None:
                return schedule.cap_of(*found)
        return schedule.place_cap(
            self.installed,
            evse.id,
            connector.id,
            None if transaction is None else transaction.id,
            at,
            since(evse),
            stacked=self._context.dialect.stacks_defaults,
        )

    def _share(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
        station: Cap,
    ) -> Watts:
        """The power left for one EVSE, should its vehicle take anything, when the others have what
        they take."""
        claims: list[EvseClaim] = []
        for other in sorted(self._evses, key=seniority):
            if other is evse:
                mine = len(claims)
                claims.append(self.whole_claim(other, connector, at, since, station))
            else:
                claims.append(self._demand(other, at, since, station))
        return divide(station.amperes, station.watts, claims)[mine]

    def whole_claim(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
        station: Cap,
    ) -> EvseClaim:
        """The claim of a place whose vehicle takes anything."""
        own = schedule.merged(self._place_caps(evse, connector, at, since))
        phases = min(connector.spec.phases, own.phases, station.phases)
        return _claim(evse, connector, own, phases)

    def _demand(
        self, evse: Evse, at: Instant, since: Callable[[Evse], Instant | None], station: Cap
    ) -> EvseClaim:
        """The claim of the vehicle there: the most it takes, but no less than a pilot can offer;
        its charge curve is not followed."""
        connector, vehicle = evse.plug.connector, evse.plug.vehicle
        if connector is None or vehicle is None or not evse.hungry:
            return NOTHING
        claim = self.whole_claim(evse, connector, at, since, station)
        if claim.watts_per_ampere <= 0.0:
            return replace(claim, watts=min(claim.watts, vehicle.max_dc_power_w))
        volts = vehicle.phases * vehicle.power_factor * connector.spec.voltage_v
        takes_a = max(vehicle.max_ac_power_w / volts, PILOT_FLOOR_A)
        amperes = min(claim.amperes, takes_a)
        watts = min(claim.watts, takes_a * claim.watts_per_ampere)
        return replace(claim, amperes=amperes, watts=watts)


def place_of(evse: Evse) -> Connector:
    """The connector whose limits count: the one in use, or where somebody is about to plug in."""
    return evse.plug.connector or evse.authorization.awaited or evse.connectors[0]


def seniority(evse: Evse) -> tuple[Instant, int]:
    """Whoever began to charge first comes first, and who does not charge comes last."""
    return (inf if evse.closed_at is None else evse.closed_at, evse.id)


def _claim(evse: Evse, connector: Connector, own: Cap, phases: int) -> EvseClaim:
    """The claim of a place by its rating, power update, site and own profiles."""
    spec = connector.spec
    watts = min(evse.supply.bound_w(connector, phases), own.watts)
    if spec.current == "DC":
        return EvseClaim(0.0, watts, 0.0)
    per_ampere = spec.voltage_v * phases
    amperes = min(evse.plug.max_current_of(connector), own.amperes, watts / per_ampere)
    return EvseClaim(amperes, amperes * per_ampere, per_ampere, phases)
