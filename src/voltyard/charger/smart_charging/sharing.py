"""Division of the station's maximum among the EVSEs that charge.

Equal shares; what one cannot use goes to the others. A share below the pilot's 6 A charges nobody:
then whoever began last waits, and the rest share what there is.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from voltyard.kernel.equal_parts import equal_parts
from voltyard.kernel.units import Amperes, Watts
from voltyard.physics.supply import PILOT_FLOOR_A

_ROUNDING_A: Amperes = 1e-9


class EvseClaim(Struct, frozen=True):
    """The current and power that one EVSE would take."""

    amperes: Amperes
    """In each phase; 0 for DC."""
    watts: Watts
    watts_per_ampere: float
    """Voltage times phases; 0 for DC, which has no least current."""
    phases: int = 1
    """The number of phases that are offered."""

    @property
    def is_nothing(self) -> bool:
        """True where it is below what a pilot can offer."""
        least_a = PILOT_FLOOR_A - _ROUNDING_A
        return self.watts <= 0.0 or (self.watts_per_ampere > 0.0 and self.amperes < least_a)


NOTHING = EvseClaim(0.0, 0.0, 0.0)


def divide(amperes: Amperes, watts: Watts, claims: Sequence[EvseClaim]) -> list[Watts]:
    """Power for each claim, in their order: those who began first come first.

    The amperes given, in each phase, add up to `amperes` at most, the watts to `watts`.
    """
    left = [NOTHING if claim.is_nothing else claim for claim in claims]
    while True:
        given = _shares(amperes, watts, left)
        late = next(
            (
                n
                for n in reversed(range(len(left)))
                if given[n].is_nothing and not left[n].is_nothing
            ),
            None,
        )
        if late is None:
            return [share.watts for share in given]
        left[late] = NOTHING


def _shares(amperes: Amperes, watts: Watts, claims: Sequence[EvseClaim]) -> list[EvseClaim]:
    by_current, _ = equal_parts(amperes, [claim.amperes for claim in claims])
    by_power, _ = equal_parts(watts, [claim.watts for claim in claims])
    shares = []
    for claim, share_a, share_w in zip(claims, by_current, by_power, strict=True):
        if claim.watts_per_ampere > 0.0:
            share_w = min(share_w, share_a * claim.watts_per_ampere)
            share_a = share_w / claim.watts_per_ampere
        shares.append(replace(claim, amperes=share_a, watts=share_w))
    return shares
