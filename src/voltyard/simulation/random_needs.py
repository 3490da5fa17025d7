"""Random needs of vehicles, and random limits of other systems, by seed."""

from collections.abc import Callable
from random import Random

from voltyard.catalogue.charging_needs import VehicleNeeds
from voltyard.catalogue.commands.commands import (
    ChangeChargingNeeds,
    ClearExternalLimit,
    SetExternalLimit,
)
from voltyard.charger.description.specification import ChargerSpec
from voltyard.drivers.crowd import Script, WaitUntil
from voltyard.kernel.time import HOUR_S, MINUTE_S, Instant, Seconds

NEEDS_EVERY_S: Seconds = 40 * MINUTE_S
"""Of each EVSE, on average; where no vehicle is, nothing comes of it."""

LIMITS_EVERY_S: Seconds = 2 * HOUR_S
"""Of each charger, likewise."""


def changing_needs(evse_id: int, random: Random, clock: Callable[[], Instant]) -> Script:
    """Needs of the vehicles at an EVSE, told again and again, for ever."""
    while True:
        yield WaitUntil(clock() + random.expovariate(1.0 / NEEDS_EVERY_S))
        yield ChangeChargingNeeds(
            evse_id=evse_id,
            charging_needs=VehicleNeeds(
                energy_kwh=random.choice((None, random.uniform(1.0, 60.0))),
                departure_in_seconds=random.choice((None, random.uniform(300.0, 10 * HOUR_S))),
                max_current_a=random.choice((None, random.uniform(8.0, 32.0))),
                max_schedule_tuples=random.choice((None, 4)),
            ),
        )


def changing_limits(spec: ChargerSpec, random: Random, clock: Callable[[], Instant]) -> Script:
    """Limits that other systems set and lift, for ever."""
    while True:
        yield WaitUntil(clock() + random.expovariate(1.0 / LIMITS_EVERY_S))
        evse_id = random.randint(0, len(spec.evses))
        source = random.choice(("EMS", "SO", "Other"))
        if random.random() < 0.5:
            yield ClearExternalLimit(source=source, evse_id=evse_id)
        else:
            yield SetExternalLimit(
                source=source,
                evse_id=evse_id,
                limit=random.uniform(0.0, 30_000.0),
                duration_s=random.choice((None, random.randint(60, 7_200))),
            )
