"""A site's power among those that want some of it: arithmetic, and nothing else."""

from collections.abc import Sequence

from msgspec import Struct

from voltyard.kernel.units import Watts


class Claim(Struct, frozen=True):
    """What one EVSE wants."""

    wanted_w: Watts
    least_w: Watts = 0.0
    """Less than this it cannot take at all."""


def share(limit_w: Watts, claims: Sequence[Claim]) -> list[Watts]:
    """What each gets, in the order of the claims; together never more than the limit.

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


def _pour(limit_w: Watts, claims: Sequence[Claim], admitted: Sequence[int]) -> list[Watts]:
    shares = [0.0] * len(claims)
    left_w = limit_w
    waiting = sorted(admitted, key=lambda one: claims[one].wanted_w)
    for filled, one in enumerate(waiting):
        shares[one] = min(claims[one].wanted_w, left_w / (len(waiting) - filled))
        left_w -= shares[one]
    if admitted and left_w > 0.0:
        for one in admitted:
            shares[one] += left_w / len(admitted)
    over_w = sum(shares) - limit_w
    if over_w > 0.0:  # by the rounding of a sum
        most = max(admitted, key=lambda one: shares[one])
        shares[most] = max(0.0, shares[most] - 2.0 * over_w)
    return shares
