"""Pace of a charger's own time against real time, faster where its peer has agreed to that."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, Seconds

_LATE_S: Seconds = 1e-6
"""A moment is told this much too late rather than too early by rounding: a timer set for it must
find it come."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A pace: `local` at the moment `real`, and from there `rate` seconds for each real one."""

    rate: float
    real: Instant
    local: Instant

    def local_at(self, real: Instant) -> Instant:
        """The charger's time at a real moment."""
        return self.local + (real - self.real) * self.rate

    def real_at(self, local: Instant) -> Instant:
        """The real moment by which it is so late for the charger; never too early."""
        return self.real + (local - self.local) / self.rate + _LATE_S

    def at_rate(self, rate: float, now: Instant) -> "Pace":
        """Another rate from the real moment `now` on; the charger's time goes on where it is."""
        return Pace(rate, now, self.local_at(now))

    def plain(self) -> dict[str, float]:
        """Plain data that `read` takes."""
        return asdict(self)


def read(plain: Mapping[str, Any]) -> Pace | None:
    """A pace as plain data; nothing is real time. Invalid where no charger can run so."""
    if not plain:
        return None
    try:
        pace = Pace(float(plain["rate"]), float(plain["real"]), float(plain["local"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"not a pace: {error}", hint="rate, real and local are numbers") from None
    check(pace.rate)
    return pace


def check(rate: float) -> None:
    """Invalid where no charger can run at that rate."""
    if not 1.0 <= rate <= limits.FASTEST_RATE:
        raise Invalid(
            f"a charger runs at a rate of 1 to {limits.FASTEST_RATE:g}, not {rate:g}", param="rate"
        )
