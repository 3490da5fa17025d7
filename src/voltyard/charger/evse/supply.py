"""The supply of an EVSE: the power it may offer, the source of its limit, what a vehicle draws.

Rating, power update, the share of its site and charging profiles each limit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.plug import Plug
from voltyard.charger.smart_charging.profiles import Allowance
from voltyard.kernel.units import Amperes, Watts
from voltyard.physics import supply
from voltyard.physics.vehicle import Vehicle

RATING: Final = "Rating"
POWER_UPDATE: Final = "PowerUpdate"
SITE: Final = "Site"

_ROUNDING: Final = 1e-9
"""The fraction by which an allowance of as much as there is may differ from it."""


class Offer(NamedTuple):
    """The current and power that an EVSE offers to a vehicle."""

    amperes: Amperes
    """In each phase; 0 for DC."""
    watts: Watts
    """The power if the vehicle took all of it."""
    phases: int
    """The number of phases that would carry it."""


class PowerLimit(NamedTuple):
    """A power limit and its source."""

    power_w: Watts
    source: str
    """RATING, POWER_UPDATE, SITE, or the purpose of a charging profile."""
    profile_id: int | None = None
    """Of that profile."""


@dataclass(slots=True, eq=False)
class Supply:
    """The supply of one EVSE."""

    _plug: Plug
    live: bool = True
    """The charger has power."""
    offer_w: Watts | None = None
    """The power offered at most; None: the rating. Persists."""
    allowance: Allowance | None = None
    """The allowance of charging profiles; None: whatever there is."""
    share_w: Watts | None = None
    """The share of its site's limit; None: the site has no limit. Persists."""

    # --- what it depends on --------------------------------------------------------------------

    def power_off(self) -> None:
        """The charger loses power."""
        self.live = False
        self._forget_share()

    def power_on(self) -> None:
        """The charger has power again."""
        self.live = True

    def offer(self, power_w: Watts | None) -> None:
        """Offer at most that much; None: its rating."""
        self.offer_w = power_w

    def share(self, power_w: Watts | None) -> None:
        """Its site lets it have that much; None: the site has no limit."""
        self.share_w = power_w

    def allow(self, allowance: Allowance | None) -> None:
        """Charging profiles allow that much; None: whatever there is."""
        self.allowance = allowance

    def restore(self, offer_w: Watts | None, share_w: Watts | None) -> None:
        """Take up what was remembered."""
        self.offer_w, self.share_w = offer_w, share_w
        self._forget_share()

    def _forget_share(self) -> None:
        """Have nothing of its site's limit until the site says anew."""
        if self.share_w is not None:
            self.share_w = 0.0

    # --- what it comes to ----------------------------------------------------------------------

    @property
    def phases(self) -> int:
        """The phases that are offered: those there are, or as few as a charging profile says."""
        phases = self._plug.place.spec.phases
        return phases if self.allowance is None else min(phases, self.allowance.phases)

    @property
    def limit_w(self) -> Watts:
        """The most the EVSE gives now."""
        if self.share_w is None:
            return self.unshared_limit_w
        return self._allowed_w(self.bound_w(self._plug.place, self.phases))

    @property
    def unshared_limit_w(self) -> Watts:
        """The most the EVSE would give if its site had no limit."""
        return self._allowed_w(self._offered_w(self._plug.place))

    def _allowed_w(self, power_w: Watts) -> Watts:
        return power_w if self.allowance is None else min(power_w, self.allowance.power_w)

    def _offered_w(self, connector: Connector) -> Watts:
        rating_w = connector.spec.max_power_w
        return rating_w if self.offer_w is None else min(rating_w, self.offer_w)

    def bound_w(self, connector: Connector, phases: int) -> Watts:
        """The power that the rating, the last power update and the site let a connector offer over
        so many phases."""
        limit_w = self._offered_w(connector)
        if self.share_w is None:
            return limit_w
        # A share is what may flow, which the EVSE's meter sees; an offer is of all phases.
        return min(limit_w, self.share_w * phases / self._plug.used_phases(connector, phases))

    @property
    def offered_a(self) -> Amperes:
        """The current per phase that an AC EVSE's pilot allows, suspended or not."""
        return self._offered_a(self._plug.place, self.limit_w, self.phases)

    def _offered_a(self, connector: Connector, limit_w: Watts, phases: int) -> Amperes:
        spec = connector.spec
        max_a = self._plug.max_current_of(connector)
        return supply.offered_a(phases, spec.voltage_v, max_a, limit_w, spec.steps_a)

    def offer_under(self, connector: Connector, power_w: Watts, phases: int) -> Offer:
        """The offer of one of its connectors over so many phases if it were allowed that power."""
        limit_w = min(power_w, self.bound_w(connector, phases))
        if connector.spec.current == "DC":
            return Offer(0.0, limit_w, 1)
        offer_a = self._offered_a(connector, limit_w, phases)
        used = self._plug.used_phases(connector, phases)
        return Offer(offer_a, offer_a * connector.spec.voltage_v * used, used)

    def draw(self, limit_w: Watts) -> supply.PowerFlow:
        """The flow to the vehicle that is plugged in, under that limit."""
        connector = self._plug.place
        spec = connector.spec
        return supply.draw(
            self._plug.chargeable,
            self._plug.soc_percent,
            spec.current,
            self.phases,
            spec.voltage_v,
            self._plug.max_current_of(connector),
            limit_w,
            spec.steps_a,
        )

    def ceiling_w(self, vehicle: Vehicle) -> Watts:
        """The most that can flow to that vehicle, whatever its state of charge."""
        connector = self._plug.place
        spec = connector.spec
        return supply.ceiling_w(
            vehicle,
            spec.current,
            self.phases,
            spec.voltage_v,
            self._plug.max_current_of(connector),
            self.limit_w,
            spec.steps_a,
        )

    def least_w(self) -> Watts:
        """The least that can flow: 6 A of an AC EVSE, or the lowest of its steps above."""
        connector, vehicle = self._plug.connector, self._plug.vehicle
        if connector is None or vehicle is None or connector.spec.current == "DC":
            return 0.0
        floor_a = supply.PILOT_FLOOR_A
        steps = [step for step in connector.spec.steps_a if step >= floor_a]
        return (
            min(steps, default=floor_a)
            * connector.spec.voltage_v
            * min(self.phases, vehicle.phases)
        )

    def limit_at(self, connector: Connector) -> PowerLimit:
        """The limit given at the connector that is in use, or would be; another's is its rating."""
        rating_w = connector.spec.max_power_w
        if connector is not self._plug.place:
            return PowerLimit(rating_w, RATING)
        limit_w, allowance = self.limit_w, self.allowance
        bound_w = self.bound_w(connector, self.phases)
        if allowance is not None and limit_w < bound_w * (1.0 - _ROUNDING):
            return PowerLimit(limit_w, allowance.purpose, allowance.profile_id)
        if bound_w == rating_w:
            return PowerLimit(limit_w, RATING)
        if bound_w == self.offer_w or self.share_w is None:
            return PowerLimit(limit_w, POWER_UPDATE)
        return PowerLimit(self.share_w, SITE)
