"""The power limit of an EVSE and its source: rating, power update, site or charging profile."""

from __future__ import annotations

from typing import Final, NamedTuple

from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.kernel.units import Watts

RATING: Final = "Rating"
POWER_UPDATE: Final = "PowerUpdate"
SITE: Final = "Site"

_ROUNDING: Final = 1e-9
"""The fraction by which an allowance of as much as there is may differ from it."""


class PowerLimit(NamedTuple):
    """A power limit and its source."""

    power_w: Watts
    source: str
    """RATING, POWER_UPDATE, SITE, or the purpose of a charging profile."""
    profile_id: int | None = None
    """Of that profile."""


def limit_of(evse: Evse, connector: Connector) -> PowerLimit:
    """The limit given at the connector that is in use, or would be; another's is its rating."""
    rating_w = connector.spec.max_power_w
    if connector is not (evse.plugged or evse.connectors[0]):
        return PowerLimit(rating_w, RATING)
    limit_w, allowance = evse.limit_w, evse.allowance
    bound_w = evse.bound_w(connector, evse.phases)
    if allowance is not None and limit_w < bound_w * (1.0 - _ROUNDING):
        return PowerLimit(limit_w, allowance.purpose, allowance.profile_id)
    if bound_w == rating_w:
        return PowerLimit(limit_w, RATING)
    if bound_w == evse.offer_w or evse.share_w is None:
        return PowerLimit(limit_w, POWER_UPDATE)
    return PowerLimit(evse.share_w, SITE)
