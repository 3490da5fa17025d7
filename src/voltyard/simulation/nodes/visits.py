"""Visits of drivers, short and many, and breaks of chargers' networks and mains."""

from random import Random

from voltyard.catalogue.commands.commands import NetworkDrop, PlugIn, PowerCut, Swipe, Unplug
from voltyard.drivers.crowd import Script, WaitUntil
from voltyard.ports.clock import Clock


def visits(random: Random, clock: Clock) -> Script:
    """Drivers at the one connector of a charger, for ever."""
    number = 0
    while True:
        number += 1
        yield WaitUntil(clock() + random.uniform(1.0, 10.0))
        card = Swipe(evse_id=1, connector_id=1, id_tag=f"TAG{random.randrange(20)}")
        yield PlugIn(evse_id=1, connector_id=1)
        yield WaitUntil(clock() + random.uniform(0.1, 2.0))
        yield card
        yield WaitUntil(clock() + random.uniform(2.0, 25.0))
        if random.random() < 0.5:
            yield card
            yield WaitUntil(clock() + random.uniform(0.1, 3.0))
        yield Unplug(evse_id=1, connector_id=1)


def breaks(random: Random, clock: Clock) -> Script:
    """Losses of a charger's network, and now and then of its power, for ever."""
    while True:
        yield WaitUntil(clock() + random.expovariate(1 / 30.0))
        duration_s = random.uniform(0.1, 10.0)
        if random.random() < 0.8:
            yield NetworkDrop(duration_s=duration_s)
        else:
            yield PowerCut(duration_s=duration_s)
        yield WaitUntil(clock() + duration_s)
