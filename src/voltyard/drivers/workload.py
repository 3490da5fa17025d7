"""Scripts of drivers who plug in, swipe and leave, and of outages of network and mains."""

from datetime import UTC, tzinfo
from random import Random

from msgspec import Struct

from voltyard.catalogue.commands.commands import (
    NetworkDrop,
    PlugIn,
    PowerCut,
    Swipe,
    Unplug,
)
from voltyard.drivers.app import StartByApp, StopByApp
from voltyard.drivers.cars import STREET_CARS, CarMix
from voltyard.drivers.crowd import Script, WaitUntil, Wish
from voltyard.drivers.habits import PUBLIC, Habits
from voltyard.drivers.tags import TagSource
from voltyard.kernel.time import DAY_S, MINUTE_S, Instant, Seconds
from voltyard.ports.clock import Clock


class ParkingBay(Struct, frozen=True, kw_only=True):
    """A connector at which a driver can park."""

    evse_id: int = 1
    connector_id: int = 1


class Manners(Struct, frozen=True, kw_only=True):
    """Behaviour of drivers at a charger: shares between 0 and 1, and moments in seconds."""

    swipes_first: float = 0.15
    """Presents the card before plugging in."""
    swipes_to_stop: float = 0.6
    """Presents it again before unplugging; the others just unplug."""
    uses_app: float = 0.0
    """Starts from the phone instead, and stops so too; needs a crowd whose `ask` has an app."""
    slowness_s: tuple[Seconds, Seconds] = (4.0, 20.0)
    """Between two handlings: at least, at most."""
    gives_up_after_s: Seconds = MINUTE_S
    """Time for which a driver who is refused stays."""


class Visitors(Struct, frozen=True, kw_only=True):
    """Visitors of a site: habits, manners, cars and time zone."""

    habits: Habits = PUBLIC
    manners: Manners = Manners()
    cars: CarMix = STREET_CARS
    zone: tzinfo = UTC
    """The site's: their hours are of the clock on its wall."""


class Outages(Struct, frozen=True, kw_only=True):
    """Rates of outages of a charger's network and mains."""

    network_drops_per_day: float = 0.5
    network_drop_s: Seconds = 10 * MINUTE_S
    """On average."""
    power_cuts_per_day: float = 0.05
    power_cut_s: Seconds = 3 * MINUTE_S
    """On average."""
    frames_lost: float = 0.0005
    """Share of the frames that are lost, and their link with them."""


NO_OUTAGES = Outages(network_drops_per_day=0.0, power_cuts_per_day=0.0, frames_lost=0.0)

PATIENCE = 120
"""Attempts to unplug, a minute apart, before a driver leaves without the car."""


def driver_script(
    place: ParkingBay, visitors: Visitors, tags: TagSource, random: Random, clock: Clock
) -> Script:
    """One after another they come to a connector, for ever."""
    while True:
        yield WaitUntil(visitors.habits.next_arrival(random, clock(), visitors.zone))
        yield from _visit(place, visitors, tags(random), random, clock)


def outage_script(outages: Outages, random: Random, clock: Clock) -> Script:
    """Cuts of a charger's network and mains, for ever, unless the weather is calm."""
    rate = outages.network_drops_per_day + outages.power_cuts_per_day
    while rate > 0.0:
        yield WaitUntil(clock() + random.expovariate(rate / DAY_S))
        if random.random() * rate < outages.network_drops_per_day:
            duration_s = random.expovariate(1.0 / outages.network_drop_s)
            yield NetworkDrop(duration_s=duration_s)
        else:
            duration_s = random.expovariate(1.0 / outages.power_cut_s)
            yield PowerCut(duration_s=duration_s)
        yield WaitUntil(clock() + duration_s)


def _visit(place: ParkingBay, visitors: Visitors, tag: str, random: Random, clock: Clock) -> Script:
    """One driver, from arrival to departure."""
    evse, connector = place.evse_id, place.connector_id
    habits, manners, zone = visitors.habits, visitors.manners, visitors.zone
    arrival = clock()
    vehicle = visitors.cars.some(random, habits.energy_wh(random, arrival, zone))
    leaves_at = arrival + habits.stay_s(random, arrival, zone)
    plug_in = PlugIn(evse_id=evse, connector_id=connector, vehicle=vehicle)
    begin: Wish = Swipe(evse_id=evse, connector_id=connector, id_tag=tag)
    end: Wish = begin
    if random.random() < manners.uses_app:
        begin, end = StartByApp(evse_id=evse, id_tag=tag), StopByApp(evse_id=evse)
    if random.random() < manners.swipes_first:
        may_charge = yield begin
        yield _handled(manners, random, clock())
        if not (yield plug_in):
            return
    else:
        if not (yield plug_in):
            return
        yield _handled(manners, random, clock())
        may_charge = yield begin
    ends_it = random.random() < manners.swipes_to_stop
    if may_charge:
        yield WaitUntil(max(leaves_at, clock()))
        if ends_it:
            yield end
            yield _handled(manners, random, clock())
    else:
        yield WaitUntil(clock() + manners.gives_up_after_s)
    card = Swipe(evse_id=evse, connector_id=connector, id_tag=tag)
    yield from _leave(Unplug(evse_id=evse, connector_id=connector), card, clock)


def _leave(unplug: Unplug, card: Swipe, clock: Clock) -> Script:
    for _ in range(PATIENCE):
        if (yield unplug):
            return
        yield card  # a cable that a refused transaction left locked is released by it
        yield WaitUntil(clock() + MINUTE_S)


def _handled(manners: Manners, random: Random, now: Instant) -> WaitUntil:
    return WaitUntil(now + random.uniform(*manners.slowness_s))
