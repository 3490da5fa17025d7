"""Charging needs of a vehicle as a caller describes them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from voltyard.catalogue.catalogue import Catalogue
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant
from voltyard.kernel.units import WH_PER_KWH
from voltyard.physics.charging_needs import ChargingNeeds
from voltyard.physics.supply import PILOT_FLOOR_A

_FARTHEST_S = 31_536_000


class VehicleNeeds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A caller's description of a vehicle's needs: its departure at a moment, or after a time."""

    energy_kwh: Annotated[float, Meta(gt=0, le=10_000)] | None = None
    departure_time: Annotated[datetime, Meta(tz=True)] | None = None
    departure_in_seconds: Annotated[float, Meta(gt=0, le=_FARTHEST_S)] | None = None
    """Counted from when the charger is told."""
    min_current_a: Annotated[float, Meta(ge=0, le=1_000)] | None = None
    max_current_a: Annotated[float, Meta(gt=0, le=1_000)] | None = None
    max_power_w: Annotated[float, Meta(gt=0, le=10_000_000)] | None = None
    max_schedule_tuples: Annotated[int, Meta(ge=1, le=1_024)] | None = None

    def told_at(self, now: Instant) -> ChargingNeeds:
        """The needs, told at that moment."""
        at, later_s = self.departure_time, self.departure_in_seconds
        departs_at = None if at is None else at.timestamp()
        return ChargingNeeds(
            energy_wh=None if self.energy_kwh is None else self.energy_kwh * WH_PER_KWH,
            departs_at=departs_at if later_s is None else now + later_s,
            min_current_a=PILOT_FLOOR_A if self.min_current_a is None else self.min_current_a,
            max_current_a=self.max_current_a,
            max_power_w=self.max_power_w,
            max_schedule_tuples=self.max_schedule_tuples,
        )


def needs_of(value: dict[str, Any], _catalogue: Catalogue) -> dict[str, Any]:
    """The description as it is. Invalid where it makes no sense."""
    try:
        described = msgspec.convert(value, VehicleNeeds)
    except msgspec.ValidationError as error:
        raise Invalid(f"no charging needs: {error}", param="charging_needs") from None
    if described.departure_time is not None and described.departure_in_seconds is not None:
        raise Invalid(
            "departure_time and departure_in_seconds exclude each other", param="charging_needs"
        )
    return value
