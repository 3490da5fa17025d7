"""External limits: an EMS or a grid operator limits the charger, past its CSMS (K11 to K13).

Each source has one limit at each place. It is kept as a charging profile of the purpose
ChargingStationExternalConstraints, whose id is negative: no CSMS gives such a one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final

from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.smart_charging.negotiations import Negotiations
from voltyard.charger.smart_charging.profile_limits import ProfileLimits, place_of
from voltyard.charger.smart_charging.profiles import (
    ChargingLimitSource,
    ChargingProfile,
    ChargingRateUnit,
    ChargingSchedule,
    ChargingSchedulePeriod,
    InstalledProfile,
)
from voltyard.charger.smart_charging.schedule import ROUNDING_S
from voltyard.charger.smart_charging.smart_charging import SmartCharging
from voltyard.charger.variables.standard.smart_charging import (
    EXTERNAL_CONTROL_SIGNALS,
    LIMIT_CHANGE_SIGNIFICANCE,
    NOTIFY_LIMITS_WITH_SCHEDULES,
)
from voltyard.kernel.errors import Invalid, NotFound, WrongState
from voltyard.kernel.units import Watts

SOURCES: Final[tuple[ChargingLimitSource, ...]] = ("EMS", "SO", "Other")
"""Sources that are not the CSMS (K11.FR.05, K12.FR.04)."""


@dataclass(slots=True)
class ExternalLimits:
    """External limits set, lifted, and told to the CSMS."""

    context: ChargerContext
    evses: tuple[Evse, ...]
    wire: ChargerWire
    profile_limits: ProfileLimits
    smart: SmartCharging
    negotiations: Negotiations

    def set(
        self,
        source: ChargingLimitSource,
        evse_id: int,
        limit: float,
        unit: ChargingRateUnit,
        duration_s: int | None = None,
        is_grid_critical: bool | None = None,
    ) -> InstalledProfile:
        """A system limits an EVSE, or with 0 the whole charger, in place of what it has set there
        before."""
        self._check_place(evse_id)
        if not self.context.settings.flag(EXTERNAL_CONTROL_SIGNALS):
            raise WrongState(
                "the charger does not heed external control signals",
                hint="SmartChargingCtrlr.ExternalControlSignalsEnabled is false",
            )
        if not limit >= 0.0:  # NaN is refused too
            raise Invalid("a limit is 0 or more")
        if unit not in self.smart.rules.units:
            raise Invalid(f"the charger has no limits in {unit}")
        before = self._limit_w(source, evse_id)
        one = InstalledProfile(
            evse_id=evse_id,
            installed_at=self.context.now,
            profile=self._profile(source, evse_id, limit, unit, duration_s),
            source=source,
            is_grid_critical=is_grid_critical,
        )
        self.profile_limits.have_external((*self._but(source, evse_id), one))
        if self._is_significant(before, self._limit_w(source, evse_id)):
            self._owe(source, evse_id)
        self.proceed()
        self.smart.heed_external(self.profile_limits.external)
        self.negotiations.limits_changed(evse_id)
        return one

    def lift(self, source: ChargingLimitSource, evse_id: int) -> None:
        """A system lifts the limit that it has set there (K13)."""
        self._check_place(evse_id)
        left = self._but(source, evse_id)
        if len(left) == len(self.profile_limits.external):
            raise WrongState(f"{source} has set no limit there", evse_id=evse_id)
        self.profile_limits.have_external(left)
        self._owe(source, evse_id)
        self.proceed()
        self.smart.heed_external(left)
        self.negotiations.limits_changed(evse_id)

    def proceed(self) -> None:
        """Let end what is over, and tell what is still to be told, once the CSMS can be told."""
        self._end_those_over()
        limits = self.profile_limits
        if not self.context.online or not limits.untold:
            return
        dialect = self.context.dialect
        with_schedule = self.context.settings.flag(NOTIFY_LIMITS_WITH_SCHEDULES)
        in_force = {(one.source, one.evse_id): one for one in limits.external}
        for source, evse_id in limits.untold:
            one = in_force.get((source, evse_id))
            message = (
                dialect.cleared_charging_limit(source, evse_id)
                if one is None
                else dialect.charging_limit(one, with_schedule=with_schedule)
            )
            if message is not None and not self.wire.call(message):
                return
            limits.owe(tuple(key for key in limits.untold if key != (source, evse_id)))

    # --- its parts ------------------------------------------------------------------------------

    def _check_place(self, evse_id: int) -> None:
        if not 0 <= evse_id <= len(self.evses):
            raise NotFound(f"there is no evse_id {evse_id}", evse_id=evse_id)

    def _but(self, source: ChargingLimitSource, evse_id: int) -> tuple[InstalledProfile, ...]:
        """The limits but that one."""
        key = (source, evse_id)
        return tuple(
            one for one in self.profile_limits.external if (one.source, one.evse_id) != key
        )

    def _owe(self, source: ChargingLimitSource, evse_id: int) -> None:
        key = (source, evse_id)
        others = tuple(one for one in self.profile_limits.untold if one != key)
        self.profile_limits.owe((*others, key))

    def _end_those_over(self) -> None:
        limits, at = self.profile_limits, self.context.time + ROUNDING_S
        over = [one for one in limits.external if _ends_at(one.profile) <= at]
        if not over:
            return
        for one in over:
            self._owe(one.source, one.evse_id)
        self.smart.heed_external(tuple(one for one in limits.external if one not in over))

    def _profile(
        self,
        source: ChargingLimitSource,
        evse_id: int,
        limit: float,
        unit: ChargingRateUnit,
        duration_s: int | None,
    ) -> ChargingProfile:
        number = 1 + SOURCES.index(source) + len(SOURCES) * evse_id
        return ChargingProfile(
            id=-number,
            stack_level=0,
            purpose="ChargingStationExternalConstraints",
            kind="Absolute",
            schedule=ChargingSchedule(
                id=number,
                unit=unit,
                periods=(ChargingSchedulePeriod(0, limit),),
                start_at=self.context.time,
                duration_s=duration_s,
            ),
        )

    # --- significance ---------------------------------------------------------------------------

    def _limit_w(self, source: ChargingLimitSource, evse_id: int) -> Watts:
        """The most that this source lets flow there, as far as the charger could give it."""
        evses = self.evses if evse_id == 0 else (self.evses[evse_id - 1],)
        places = [place_of(evse) for evse in evses]
        rated_w = sum(place.spec.max_power_w for place in places)
        for one in self.profile_limits.external:
            if (one.source, one.evse_id) == (source, evse_id):
                return min(rated_w, _in_watts(one.profile, places))
        return rated_w

    def _is_significant(self, before_w: Watts, after_w: Watts) -> bool:
        """True where a limit has changed by as much as LimitChangeSignificance (K11.FR.02)."""
        part = self.context.settings.decimal(LIMIT_CHANGE_SIGNIFICANCE) / 100.0
        return after_w != before_w and abs(after_w - before_w) >= part * before_w


def _in_watts(profile: ChargingProfile, places: list[Connector]) -> Watts:
    limit = profile.schedule.periods[0].limit
    if profile.schedule.unit == "W":
        return limit
    return limit * max(place.spec.voltage_v * place.spec.phases for place in places)


def _ends_at(profile: ChargingProfile) -> float:
    schedule = profile.schedule
    if schedule.start_at is None or schedule.duration_s is None:
        return inf
    return schedule.start_at + schedule.duration_s
