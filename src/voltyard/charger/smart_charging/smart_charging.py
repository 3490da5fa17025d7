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

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.evse.supply import Offer
from voltyard.charger.smart_charging.profile_limits import ProfileLimits, place_of, seniority
from voltyard.charger.smart_charging.profiles import (
    ChargingProfile,
    ChargingRateUnit,
    ChargingSchedulePeriod,
    InstalledProfile,
    ProfileFlaw,
    ProfileRules,
    collision,
    flaw_of,
    rivals,
)
from voltyard.charger.smart_charging.schedule import ROUNDING_S, merged
from voltyard.charger.smart_charging.sharing import divide
from voltyard.charger.variables.standard.smart_charging import (
    CHARGING_PROFILES_MAX,
    PERIODS_PER_SCHEDULE,
    PROFILE_STACK_LEVEL,
)
from voltyard.kernel import limits
from voltyard.kernel.time import Instant

_UNITS: dict[str, ChargingRateUnit] = {"A": "A", "W": "W", "Current": "A", "Power": "W"}


class CompositeSchedule(Struct, frozen=True, kw_only=True):
    """A composite schedule: all limits together, from now on (GetCompositeSchedule)."""

    start_at: Instant
    """A whole second of the charger's clock."""
    duration_s: int
    unit: ChargingRateUnit
    periods: tuple[ChargingSchedulePeriod, ...]


class SmartCharging:
    """The charging profiles of one charger, and the limits they set at its EVSEs."""

    __slots__ = (
        "_change_at",
        "_context",
        "_evses",
        "_limits",
        "_sessions",
        "_situation",
    )

    def __init__(self, context: ChargerContext, limits: ProfileLimits, sessions: Sessions) -> None:
        self._context = context
        self._limits = limits
        self._sessions = sessions
        self._evses = sessions.evses
        self._situation: Any = None
        """The situation that the limits in force were worked out for."""
        self._change_at: Instant | None = None
        """Moment when they change by themselves (the charger's clock)."""

    # --- installing and clearing ---------------------------------------------------------------

    @property
    def installed(self) -> tuple[InstalledProfile, ...]:
        """The profiles that are installed, in their order."""
        return self._limits.installed

    @property
    def rules(self) -> ProfileRules:
        """The rules by which this charger takes profiles."""
        settings, dialect = self._context.settings, self._context.dialect
        units = tuple(_UNITS[name] for name in settings.members(dialect.rate_units))
        if any(c.spec.current == "DC" for evse in self._evses for c in evse.connectors):
            units = tuple(unit for unit in units if unit == "W")
        return ProfileRules(
            stack_level=settings.number(PROFILE_STACK_LEVEL),
            periods=settings.number(PERIODS_PER_SCHEDULE),
            profiles=min(settings.number(CHARGING_PROFILES_MAX), limits.CHARGING_PROFILES),
            units=units,
            replaces=dialect.replaces_profiles,
        )

    def flaw(
        self, profile: ChargingProfile, evse_id: int, connector_id: int = 0
    ) -> ProfileFlaw | None:
        """The flaw for which a profile cannot be installed there; None where it can. A TxProfile
        names a running transaction of that EVSE."""
        flaw = flaw_of(profile, evse_id, self.rules)
        if flaw is not None:
            return flaw
        if profile.purpose == "TxProfile":
            running = self._evses[evse_id - 1].transaction
            if running is None or running.id != profile.transaction:
                return "TxNotFound"
        one = self._one(profile, evse_id, connector_id)
        return collision(one, self.installed, self.rules)

    def flaw_of_start(self, profile: ChargingProfile, evse_id: int) -> ProfileFlaw | None:
        """The flaw for which a transaction that is asked for cannot have this profile; None where
        it can (1.6 section 5.11, 2.0.1 F01.FR.08 to FR.11)."""
        if profile.purpose != "TxProfile" or profile.transaction is not None:
            return "InvalidProfile"
        flaw = flaw_of(profile, evse_id, self.rules)
        if flaw is not None:
            return flaw
        expected = [
            self._one(one, at, 0) for at, one in self._limits.expected.items() if at != evse_id
        ]
        one = self._one(profile, evse_id, 0)
        return collision(one, (*self.installed, *expected), self.rules)

    def install(self, profile: ChargingProfile, evse_id: int, connector_id: int = 0) -> None:
        """Take a profile that has no flaw; what it takes the place of goes."""
        one = self._one(profile, evse_id, connector_id)
        gone = rivals(one, self.installed, self.rules)
        self._have((*(other for other in self.installed if other not in gone), one))

    def expect(self, evse: Evse, profile: ChargingProfile) -> None:
        """The transaction that is about to begin, or to be authorized, has this TxProfile."""
        self._limits.expect(evse, profile)
        self._apply()

    def remove(self, gone: Sequence[InstalledProfile]) -> None:
        """Clear profiles."""
        self._have(tuple(one for one in self.installed if one not in gone))

    def heed_external(self, external: tuple[InstalledProfile, ...]) -> None:
        """Other systems limit the charger by these, and by no others (K11, K12, K13)."""
        self._limits.have_external(external)
        self._context.remember()
        self._apply()

    def restore(
        self,
        installed: tuple[InstalledProfile, ...],
        external: tuple[InstalledProfile, ...],
    ) -> None:
        """Take up what was remembered, so far as it has a place here."""
        self._limits.have(tuple(one for one in installed if one.evse_id <= len(self._evses)))
        self._limits.have_external(
            tuple(one for one in external if one.evse_id <= len(self._evses))
        )
        self._limits.review()

    def _one(self, profile: ChargingProfile, evse_id: int, connector_id: int) -> InstalledProfile:
        return InstalledProfile(
            evse_id=evse_id,
            connector_id=connector_id,
            installed_at=self._context.now,
            profile=profile,
        )

    def _have(self, installed: tuple[InstalledProfile, ...]) -> None:
        self._limits.have(installed)
        self._context.remember()
        self._apply()

    # --- time ----------------------------------------------------------------------------------

    def deadline(self) -> Instant | None:
        """The moment at which the limits change by themselves."""
        return None if self._change_at is None else self._context.true(self._change_at)

    def catch_up(self) -> None:
        """Let energy flow by the limits of its time, should this step be a late one. What has come
        of them is told as of now."""
        now = self._context.now
        due = self.deadline()
        if due is None or due >= now:
            return
        told = [evse.supply.allowance for evse in self._evses]
        while due is not None and due < now:
            at = due + self._context.offset_s + ROUNDING_S
            allowed = [
                self._limits.allowance_at(evse, place_of(evse), at, self._limits.since)
                for evse in self._evses
            ]
            for evse, allowance in zip(self._evses, allowed, strict=True):
                evse.settle(due)
                evse.supply.allow(allowance)
            self._change_at = self._limits.next_after(at, self._limits.since)
            due = self.deadline()
        for evse, allowance in zip(self._evses, told, strict=True):
            evse.settle(now)
            evse.supply.allow(allowance)
        self._apply()

    def follow(self) -> None:
        """Something has happened: let the limits be what the profiles make of it."""
        self._settle_transactions()
        due = self._change_at is not None and self._change_at <= self._context.time + ROUNDING_S
        if due or self._situation != self._see():
            self._apply()

    def _settle_transactions(self) -> None:
        """A TxProfile begins and ends with its transaction (1.6 section 3.13.1, 2.0.1 K01)."""
        for evse in self._evses:
            if not evse.in_use:
                if self._limits.take_expected(evse) is not None:
                    self._situation = None  # the limits were worked out with it
            elif evse.transaction is not None:
                profile = self._limits.take_expected(evse)
                if profile is not None:
                    self.install(replace(profile, transaction=evse.transaction.id), evse.id)
        running = {evse.transaction.id for evse in self._evses if evse.transaction is not None}
        over = [one for one in self.installed if one.profile.transaction not in {None, *running}]
        if over:
            self.remove(over)

    def _see(self) -> Any:
        """Everything the limits depend on, but for the profiles and the time."""
        return self._context.offset_s, [
            (
                None if evse.transaction is None else evse.transaction.id,
                evse.closed_at,
                place_of(evse),
                evse.plug.vehicle,
                evse.supply.offer_w,
                evse.supply.share_w,
                evse.hungry,
            )
            for evse in self._evses
        ]

    def _apply(self) -> None:
        """Set the limits of this moment. A limit may end a transaction (2.0.1 TxStopPoint
        EnergyTransfer), and that may change others' limits."""
        for _ in range(len(self._evses) + 1):
            self._situation = self._see()
            at = self._context.time + ROUNDING_S
            for evse in self._evses:
                allowance = self._limits.allowance_at(evse, place_of(evse), at, self._limits.since)
                if allowance != evse.supply.allowance:
                    self._sessions.allow(evse, allowance)
            self._change_at = self._limits.next_after(at, self._limits.since)
            if self._situation == self._see():
                break
        self._limits.review()

    # --- the composite schedule ----------------------------------------------------------------

    def composite(
        self, place: tuple[Evse, Connector] | None, duration_s: int, unit: ChargingRateUnit | None
    ) -> CompositeSchedule | None:
        """The composite schedule of a place, or with None of the whole charger, from now on; None
        where that cannot be told in this unit.

        A place where nobody charges is told of as if somebody began with the schedule. Everything
        else (who charges beside it) is taken to stay as it is. The duration is cut where it would
        take more than limits.COMPOSITE_STEPS moments.
        """
        units = self.rules.units
        if duration_s <= 0 or not units or (unit is not None and unit not in units):
            return None
        now = self._context.time
        start_at = float(floor(now))
        unit = unit or units[0]

        def since(evse: Evse) -> Instant:
            closed_at = self._limits.since(evse)
            return start_at if closed_at is None else closed_at

        periods: list[ChargingSchedulePeriod] = []
        at: Instant | None = now
        for _ in range(limits.COMPOSITE_STEPS):
            if at is None or at >= start_at + duration_s:
                break
            start_s = round(at - start_at) if periods else 0
            told = self._told(place, at + ROUNDING_S, since, unit)
            if periods and periods[-1].start_s == start_s:
                periods.pop()
            if not periods or told != (periods[-1].limit, periods[-1].phases):
                periods.append(ChargingSchedulePeriod(start_s, *told))
            at = self._limits.next_after(at + ROUNDING_S, since)
        else:
            if at is not None:
                duration_s = min(duration_s, max(1, round(at - start_at)))
        return CompositeSchedule(
            start_at=start_at, duration_s=duration_s, unit=unit, periods=tuple(periods)
        )

    def _told(
        self,
        place: tuple[Evse, Connector] | None,
        at: Instant,
        since: Callable[[Evse], Instant | None],
        unit: ChargingRateUnit,
    ) -> tuple[float, int | None]:
        """The limit of a moment, to one decimal, and the phases."""
        if place is not None:
            evse, connector = place
            allowance = self._limits.allowance_at(evse, connector, at, since)
            power_w = inf if allowance is None else allowance.power_w
            phases = connector.spec.phases if allowance is None else allowance.phases
            offers = [evse.supply.offer_under(connector, power_w, phases)]
            is_ac = connector.spec.current == "AC"
        else:
            offers = self._whole(at, since)
            is_ac = any(c.spec.current == "AC" for evse in self._evses for c in evse.connectors)
        total = sum(offer.amperes if unit == "A" else offer.watts for offer in offers)
        return round(total, 1), max(offer.phases for offer in offers) if is_ac else None

    def _whole(self, at: Instant, since: Callable[[Evse], Instant | None]) -> list[Offer]:
        """The offer of the whole charger, should vehicles that take anything be everywhere."""
        station = merged(self._limits.station_caps(at))
        evses = sorted(self._evses, key=seniority)
        places = [(evse, place_of(evse)) for evse in evses]
        claims = [self._limits.whole_claim(*place, at, since, station) for place in places]
        shares = divide(station.amperes, station.watts, claims)
        return [
            evse.supply.offer_under(connector, share_w, claim.phases)
            for (evse, connector), claim, share_w in zip(places, claims, shares, strict=True)
        ]
