"""Rate of a charger's time: its bounds, its consent, and its start."""

import msgspec

from voltyard.kernel import pace
from voltyard.kernel.errors import Invalid
from voltyard.kernel.pace import Pace
from voltyard.kernel.time import Instant
from voltyard.yard.deployments.deployment import ChargerOptions

REAL_TIME = 1.0


def settled(options: ChargerOptions, before: ChargerOptions | None, now: Instant) -> ChargerOptions:
    """Options with the pace that their rate comes to: a new charger's time is real time so far,
    another's goes on where it is. Invalid where it cannot run so fast, or its peer has not agreed
    to that."""
    rate = REAL_TIME if options.rate is None else options.rate
    check(rate, peer_agrees=options.peer_agrees_to_rate)
    if before is not None and rate == (before.rate or REAL_TIME):
        return options
    so_far = None if before is None else before.pace
    if so_far is None and rate == REAL_TIME:
        return options
    return going(options, rate, (so_far or Pace(REAL_TIME, now, now)).at_rate(rate, now))


def going(options: ChargerOptions, rate: float, at: Pace) -> ChargerOptions:
    """Options with that pace."""
    return msgspec.structs.replace(options, rate=rate, pace=at)


def local_time(options: ChargerOptions, now: Instant) -> Instant:
    """The moment by a charger's own time."""
    return now if options.pace is None else options.pace.local_at(now)


def check(rate: float, *, peer_agrees: bool) -> None:
    """Invalid where no charger can run so fast, or its peer has not agreed to it."""
    pace.check(rate)
    if rate != REAL_TIME and not peer_agrees:
        raise Invalid(
            "a charger runs faster than real time only against a peer that agreed to it",
            hint="where yours did, say peer_agrees_to_rate: true",
            param="rate",
        )
