"""Smart charging at one charger: profiles in, limits at the EVSEs out.

What is installed is evaluated whenever something has happened that it depends on, and at the very
moment when it says something else. The moments are of the charger's own clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, inf
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from voltyard.charger import standard
from voltyard.charger.connector import Connector
from voltyard.charger.core import Core
from voltyard.charger.evse import Evse, Offer
from voltyard.charger.sessions import Sessions
from voltyard.charger.smart import schedule
from voltyard.charger.smart.profiles import (
    Allowance,
    Flaw,
    Installed,
    Period,
    Profile,
    Rules,
    Unit,
    collision,
    flaw_of,
    rivals,
)
from voltyard.charger.smart.schedule import ROUNDING_S, Cap
from voltyard.charger.smart.sharing import NOTHING, Claim, divide
from voltyard.kernel import limits
from voltyard.kernel.time import Instant, earliest
from voltyard.kernel.units import Watts
from voltyard.physics.supply import PILOT_FLOOR_A

_UNITS: dict[str, Unit] = {"A": "A", "W": "W", "Current": "A", "Power": "W"}

_FREE = Cap()


class Composite(Struct, frozen=True, kw_only=True):
    """What may be taken from now on, all rules together."""

    start_at: Instant
    """A whole second of the charger's clock."""
    duration_s: int
    unit: Unit
    periods: tuple[Period, ...]


class SmartCharging:
    """The profiles of one charger, and what they allow."""

    __slots__ = (
        "_change_at",
        "_core",
        "_evses",
        "_expected",
        "_sessions",
        "_situation",
        "active",
        "installed",
    )

    def __init__(self, core: Core, sessions: Sessions) -> None:
        self._core = core
        self._sessions = sessions
        self._evses = sessions.evses
        sessions.heed_limits = self.heed
        self.installed: tuple[Installed, ...] = ()
        self._expected: dict[int, Profile] = {}
        """By EVSE: TxProfiles of transactions that were asked for and have not begun."""
        self._situation: Any = None
        """What the limits in force were worked out for."""
        self._change_at: Instant | None = None
        """When they change by themselves (the charger's clock)."""
        self.active = False
        """There are profiles: without them nothing here costs anything."""

    # --- installing and clearing ---------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        """What this charger takes."""
        settings, dialect = self._core.settings, self._core.dialect
        units = tuple(_UNITS[name] for name in settings.members(dialect.rate_units))
        if any(c.spec.current == "DC" for evse in self._evses for c in evse.connectors):
            units = tuple(unit for unit in units if unit == "W")
        return Rules(
            stack_level=settings.number(standard.PROFILE_STACK_LEVEL),
            periods=settings.number(standard.PERIODS_PER_SCHEDULE),
            profiles=min(settings.number(standard.CHARGING_PROFILES_MAX), limits.CHARGING_PROFILES),
            units=units,
            replaces=dialect.replaces_profiles,
        )

    def flaw(self, profile: Profile, evse_id: int, connector_id: int = 0) -> Flaw | None:
        """Why a profile cannot be installed there; None where it can. A TxProfile names a running
        transaction of that EVSE."""
        flaw = flaw_of(profile, evse_id, self.rules)
        if flaw is not None:
            return flaw
        if profile.purpose == "TxProfile":
            running = self._evses[evse_id - 1].transaction
            if running is None or running.id != profile.transaction:
                return "TxNotFound"
        one = self._one(profile, evse_id, connector_id)
        return collision(one, self.installed, self.rules)

    def flaw_of_start(self, profile: Profile, evse_id: int) -> Flaw | None:
        """Why a transaction that is asked for cannot have this profile; None where it can (1.6
        section 5.11, 2.0.1 F01.FR.08 to FR.11)."""
        if profile.purpose != "TxProfile" or profile.transaction is not None:
            return "InvalidProfile"
        flaw = flaw_of(profile, evse_id, self.rules)
        if flaw is not None:
            return flaw
        expected = [self._one(one, at, 0) for at, one in self._expected.items() if at != evse_id]
        one = self._one(profile, evse_id, 0)
        return collision(one, (*self.installed, *expected), self.rules)

    def install(self, profile: Profile, evse_id: int, connector_id: int = 0) -> None:
        """Take a profile that has no flaw; what it takes the place of goes."""
        one = self._one(profile, evse_id, connector_id)
        gone = rivals(one, self.installed, self.rules)
        self._have((*(other for other in self.installed if other not in gone), one))

    def expect(self, evse: Evse, profile: Profile) -> None:
        """The transaction that is about to begin, or to be authorized, has this TxProfile."""
        self._expected[evse.id] = profile
        self.active = True
        self._apply()

    def remove(self, gone: Sequence[Installed]) -> None:
        """Clear profiles."""
        self._have(tuple(one for one in self.installed if one not in gone))

    def restore(self, installed: tuple[Installed, ...]) -> None:
        """Take up what was remembered, so far as it has a place here."""
        self.installed = tuple(one for one in installed if one.evse_id <= len(self._evses))
        self.active = bool(self.installed)

    def _one(self, profile: Profile, evse_id: int, connector_id: int) -> Installed:
        return Installed(
            evse_id=evse_id,
            connector_id=connector_id,
            installed_at=self._core.now,
            profile=profile,
        )

    def _have(self, installed: tuple[Installed, ...]) -> None:
        self.installed = installed
        self._core.remember()
        self._apply()

    # --- time ----------------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """When the limits change by themselves."""
        return None if self._change_at is None else self._core.true(self._change_at)

    def catch_up(self) -> None:
        """Let energy flow by the limits of its time, should this step be a late one. What has come
        of them is told as of now."""
        now = self._core.now
        due = self.deadline()
        if due is None or due >= now:
            return
        told = [evse.allowance for evse in self._evses]
        while due is not None and due < now:
            at = due + self._core.offset_s + ROUNDING_S
            allowed = [
                self._allowance(evse, place_of(evse), at, self._since) for evse in self._evses
            ]
            for evse, allowance in zip(self._evses, allowed, strict=True):
                evse.settle(due)
                evse.allowance = allowance
            self._change_at = self._next_after(at, self._since)
            due = self.deadline()
        for evse, allowance in zip(self._evses, told, strict=True):
            evse.settle(now)
            evse.allowance = allowance
        self._apply()

    def follow(self) -> None:
        """Something has happened: let the limits be what the profiles make of it."""
        self._settle_transactions()
        due = self._change_at is not None and self._change_at <= self._core.time + ROUNDING_S
        if due or self._situation != self._see():
            self._apply()

    def heed(self, evse: Evse) -> None:
        """Facts of an EVSE have changed, and nothing is told of it yet: what flows, and what is
        told, is what profiles allow at the place it has now, from the first moment."""
        if self.active:
            at = self._core.time + ROUNDING_S
            allowance = self._allowance(evse, place_of(evse), at, self._since)
            if allowance != evse.allowance:
                self._sessions.note_allowance(evse, allowance)

    def _settle_transactions(self) -> None:
        """A TxProfile begins and ends with its transaction (1.6 section 3.13.1, 2.0.1 K01)."""
        for evse in self._evses:
            if evse.transaction is None and evse.id_token is None:
                if self._expected.pop(evse.id, None) is not None:
                    self._situation = None  # the limits were worked out with it
            elif evse.transaction is not None and evse.id in self._expected:
                profile = self._expected.pop(evse.id)
                self.install(replace(profile, transaction=evse.transaction.id), evse.id)
        running = {evse.transaction.id for evse in self._evses if evse.transaction is not None}
        over = [one for one in self.installed if one.profile.transaction not in {None, *running}]
        if over:
            self.remove(over)

    def _see(self) -> Any:
        """Everything the limits depend on, but for the profiles and the time."""
        return self._core.offset_s, [
            (
                None if evse.transaction is None else evse.transaction.id,
                evse.closed_at,
                place_of(evse),
                evse.vehicle,
                evse.offer_w,
                evse.share_w,
                evse.hungry,
            )
            for evse in self._evses
        ]

    def _apply(self) -> None:
        """Set the limits of this moment. A limit may end a transaction (2.0.1 TxStopPoint
        EnergyTransfer), and that may change others' limits."""
        for _ in range(len(self._evses) + 1):
            self._situation = self._see()
            at = self._core.time + ROUNDING_S
            for evse in self._evses:
                allowance = self._allowance(evse, place_of(evse), at, self._since)
                if allowance != evse.allowance:
                    self._sessions.allow(evse, allowance)
            self._change_at = self._next_after(at, self._since)
            if self._situation == self._see():
                break
        self.active = bool(self.installed or self._expected)

    def _since(self, evse: Evse) -> Instant | None:
        """When the power path closed, by the charger's clock as it is now: set anew, the clock
        moves this moment along, and what has elapsed stays what it was."""
        return None if evse.closed_at is None else evse.closed_at + self._core.offset_s

    def _station_cap(self, at: Instant) -> Cap | None:
        return schedule.station_cap(self.installed, at, self._core.offset_s)

    def _next_after(self, at: Instant, since: Callable[[Evse], Instant | None]) -> Instant | None:
        """When any profile says something else."""
        soonest = None
        for one in self.installed:
            if one.profile.purpose == "ChargingStationMaxProfile":
                starts: set[Instant | None] = {one.installed_at + self._core.offset_s}
            else:
                places = self._evses if one.evse_id == 0 else (self._evses[one.evse_id - 1],)
                starts = {since(evse) for evse in places}
            for start in starts:
                moment = schedule.next_after(one.profile, at, start)
                soonest = earliest(soonest, moment)
        for evse_id, expected in self._expected.items():
            moment = schedule.next_after(expected, at, since(self._evses[evse_id - 1]))
            soonest = earliest(soonest, moment)
        return soonest

    # --- what is allowed -----------------------------------------------------------------------

    def _allowance(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
    ) -> Allowance | None:
        """What profiles allow at that place at that moment: the least of its own limit and of its
        share of the station's (1.6 section 3.13.4, 2.0.1 K01.FR.38)."""
        own = self._cap(evse, connector, at, since)
        station = self._station_cap(at)
        if own is None and station is None:
            return None
        station_phases = _FREE.phases if station is None else station.phases
        phases = min(connector.spec.phases, (own or _FREE).phases, station_phases)
        power_w = _claim(evse, connector, own or _FREE, phases).watts
        ruling = None if own is None else own.profile
        if station is not None:
            share_w = self._share(evse, connector, at, since, station)
            if ruling is None or share_w < power_w:
                power_w, ruling = share_w, station.profile
        assert ruling is not None, "a limit is some profile's"
        return Allowance(power_w, phases, ruling.purpose, ruling.id)

    def _cap(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
    ) -> Cap | None:
        transaction = evse.transaction
        expected = self._expected.get(evse.id)
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
            stacked=self._core.dialect.stacks_defaults,
        )

    def _share(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
        station: Cap,
    ) -> Watts:
        """What is left for one EVSE, should its vehicle take anything, when the others have what
        they take."""
        claims: list[Claim] = []
        for other in sorted(self._evses, key=_seniority):
            if other is evse:
                mine = len(claims)
                claims.append(self._whole_claim(other, connector, at, since, station))
            else:
                claims.append(self._demand(other, at, since, station))
        return divide(station.amperes, station.watts, claims)[mine]

    def _whole_claim(
        self,
        evse: Evse,
        connector: Connector,
        at: Instant,
        since: Callable[[Evse], Instant | None],
        station: Cap,
    ) -> Claim:
        """What a place would take whose vehicle takes anything."""
        own = self._cap(evse, connector, at, since) or _FREE
        phases = min(connector.spec.phases, own.phases, station.phases)
        return _claim(evse, connector, own, phases)

    def _demand(
        self, evse: Evse, at: Instant, since: Callable[[Evse], Instant | None], station: Cap
    ) -> Claim:
        """What the vehicle there takes at most, but no less than a pilot can offer; its charge
        curve is not followed."""
        connector, vehicle = evse.plugged, evse.vehicle
        if connector is None or vehicle is None or not evse.hungry:
            return NOTHING
        claim = self._whole_claim(evse, connector, at, since, station)
        if claim.watts_per_ampere <= 0.0:
            return replace(claim, watts=min(claim.watts, vehicle.max_dc_power_w))
        volts = vehicle.phases * vehicle.power_factor * connector.spec.voltage_v
        takes_a = max(vehicle.max_ac_power_w / volts, PILOT_FLOOR_A)
        amperes = min(claim.amperes, takes_a)
        watts = min(claim.watts, takes_a * claim.watts_per_ampere)
        return replace(claim, amperes=amperes, watts=watts)

    # --- the composite schedule ----------------------------------------------------------------

    def composite(
        self, place: tuple[Evse, Connector] | None, duration_s: int, unit: Unit | None
    ) -> Composite | None:
        """What a place, or with None the whole charger, may take from now on; None where that
        cannot be told in this unit.

        A place where nobody charges is told of as if somebody began with the schedule. Everything
        else (who charges beside it) is taken to stay as it is. The duration is cut where it would
        take more than limits.COMPOSITE_STEPS moments.
        """
        units = self.rules.units
        if duration_s <= 0 or not units or (unit is not None and unit not in units):
            return None
        now = self._core.time
        start_at = float(floor(now))
        unit = unit or units[0]

        def since(evse: Evse) -> Instant:
            closed_at = self._since(evse)
            return start_at if closed_at is None else closed_at

        periods: list[Period] = []
        at: Instant | None = now
        for _ in range(limits.COMPOSITE_STEPS):
            if at is None or at >= start_at + duration_s:
                break
            start_s = round(at - start_at) if periods else 0
            told = self._told(place, at + ROUNDING_S, since, unit)
            if periods and periods[-1].start_s == start_s:
                periods.pop()
            if not periods or told != (periods[-1].limit, periods[-1].phases):
                periods.append(Period(start_s, *told))
            at = self._next_after(at + ROUNDING_S, since)
        else:
            if at is not None:
                duration_s = min(duration_s, max(1, round(at - start_at)))
        return Composite(
            start_at=start_at, duration_s=duration_s, unit=unit, periods=tuple(periods)
        )

    def _told(
        self,
        place: tuple[Evse, Connector] | None,
        at: Instant,
        since: Callable[[Evse], Instant | None],
        unit: Unit,
    ) -> tuple[float, int | None]:
        """The limit of a moment, to one decimal, and the phases."""
        if place is not None:
            evse, connector = place
            allowance = self._allowance(evse, connector, at, since)
            power_w = inf if allowance is None else allowance.power_w
            phases = connector.spec.phases if allowance is None else allowance.phases
            offers = [evse.offer_under(connector, power_w, phases)]
            is_ac = connector.spec.current == "AC"
        else:
            offers = self._whole(at, since)
            is_ac = any(c.spec.current == "AC" for evse in self._evses for c in evse.connectors)
        total = sum(offer.amperes if unit == "A" else offer.watts for offer in offers)
        return round(total, 1), max(offer.phases for offer in offers) if is_ac else None

    def _whole(self, at: Instant, since: Callable[[Evse], Instant | None]) -> list[Offer]:
        """What the whole charger may offer, should vehicles that take anything be everywhere."""
        station = self._station_cap(at) or _FREE
        evses = sorted(self._evses, key=_seniority)
        places = [(evse, place_of(evse)) for evse in evses]
        claims = [self._whole_claim(*place, at, since, station) for place in places]
        shares = divide(station.amperes, station.watts, claims)
        return [
            evse.offer_under(connector, share_w, claim.phases)
            for (evse, connector), claim, share_w in zip(places, claims, shares, strict=True)
        ]


def place_of(evse: Evse) -> Connector:
    """The connector whose limits count: the one in use, or where somebody is about to plug in."""
    return evse.plugged or evse.awaited or evse.connectors[0]


def _seniority(evse: Evse) -> tuple[Instant, int]:
    """Whoever began to charge first comes first, and who does not charge comes last."""
    return (inf if evse.closed_at is None else evse.closed_at, evse.id)


def _claim(evse: Evse, connector: Connector, own: Cap, phases: int) -> Claim:
    """What a place may take by its rating, power update, site and own profiles."""
    spec = connector.spec
    watts = min(evse.bound_w(connector, phases), own.watts)
    if spec.current == "DC":
        return Claim(0.0, watts, 0.0)
    per_ampere = spec.voltage_v * phases
    amperes = min(evse.max_current_of(connector), own.amperes, watts / per_ampere)
    return Claim(amperes, amperes * per_ampere, per_ampere, phases)
