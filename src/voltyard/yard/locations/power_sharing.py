"""Division of a site's power between EVSEs, as pure arithmetic."""

from collections.abc import Sequence

from msgspec import Struct

from voltyard.kernel.equal_parts import equal_parts
from voltyard.kernel.units import Watts


class PowerClaim(Struct, frozen=True):
    """The power one EVSE wants."""

    wanted_w: Watts
    least_w: Watts = 0.0
    """Less than this it cannot take at all."""


def share_power(limit_w: Watts, claims: Sequence[PowerClaim]) -> list[Watts]:
    """The share of each, in the order of the claims; together never more than the limit.

    Water is poured until all who want some are filled or none is left: who wants less than an even
    part gets that, and what it leaves goes to the others. An even part that is less than somebody's
    least would be wasted on him: then the last of them, by order, gets nothing. What nobody wants
    is spread evenly over those who got what they wanted, so that shares stay as they are while
    wants fall.
    """
    admitted = [number for number, claim in enumerate(claims) if claim.wanted_w > 0.0]
    while True:
        shares = _pour(limit_w, claims, admitted)
        starved = [one for one in admitted if shares[one] < claims[one].least_w - _ROUNDING_W]
        if not starved:
            return shares
        admitted.remove(starved[-1])


_ROUNDING_W = 1e-6


def _pour(limit_w: Watts, claims: Sequence[PowerClaim], admitted: Sequence[int]) -> list[Watts]:
    parts, left_w = equal_parts(limit_w, [claims[one].wanted_w for one in admitted])
    shares = [0.0] * len(claims)
    for one, part_w in zip(admitted, parts, strict=True):
        shares[one] = part_w
    if admitted and left_w > 0.0:
        for one in admitted:
            shares[one] += left_w / len(admitted)
    over_w = sum(shares) - limit_w
    if over_w > 0.0:  # by the rounding of a sum
        most = max(admitted, key=lambda one: shares[one])
        shares[most] = max(0.0, shares[most] - 2.0 * over_w)
    return shares
