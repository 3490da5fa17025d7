"""Driving of a fleet: from its start to the verdict that its exit code tells."""

import asyncio
import signal
import time

from voltyard.catalogue.catalogue import Catalogue
from voltyard.cli.fleet.order import FleetChargers, FleetOrder, chargers_of
from voltyard.cli.fleet.watching import FleetWatch
from voltyard.cli.output import quietly_written
from voltyard.drivers.cars import cars_of
from voltyard.drivers.fleet import FleetTally, drive_fleet
from voltyard.drivers.habits import LIVELY, habits_of
from voltyard.drivers.tags import TagMix, drivers_named, tag_dealer
from voltyard.drivers.workload import Visitors
from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Instant
from voltyard.loop.run import run
from voltyard.ports.clock import Clock
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.host.host import Host


def drive(order: FleetOrder) -> int:
    """Drive an order's chargers until they are stopped; the exit code. Invalid where the order
    makes no sense."""
    limit = file_descriptors.raise_limit()
    file_descriptors.require(order.count, file_descriptors.capacity(limit))  # millions take a while
    chargers = chargers_of(order)
    return run(_drive(order, chargers))


async def _drive(order: FleetOrder, chargers: FleetChargers) -> int:
    from voltyard.network.links.picows_links import PicowsDialler
    from voltyard.network.transfers.transfers import NetworkTransfers

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    watch = FleetWatch(order.count, order.seconds, is_json=order.is_json)

    async def watched(host: Host, tally: FleetTally) -> None:
        await watch.until(stopping, host, tally)

    visitors = Visitors(
        habits=habits_of(order.kind) if order.kind else LIVELY,
        cars=cars_of(order.vehicles, Catalogue.load()),
    )
    mix = TagMix(
        tags=order.tags or drivers_named(order.count),
        order=order.tag_order,
        unknown=order.unknown_tags,
    )
    transfers = NetworkTransfers()
    try:
        tally = await drive_fleet(
            chargers.specs,
            PicowsDialler(),
            steady_clock(),
            tag_dealer(mix) if order.charge else None,
            watched,
            transfers,
            visitors,
            chargers.faults,
            order.rate,
        )
    finally:
        await transfers.close()
    watch.conclude(tally)
    for line in tally.broken:
        quietly_written(f"voltyard: a charger broke: {printable(line)}\n")
    return 0 if _went_well(order, tally) else 1


def _went_well(order: FleetOrder, tally: FleetTally) -> bool:
    """True where nothing failed but what the order asked for."""
    refused_tags = tally.refused_tags and not order.unknown_tags
    refused_starts = tally.refused_starts and not order.unknown_tags
    errors = tally.call_errors and not order.misbehaves
    cut_short = tally.cut_short and not order.unknown_tags
    if tally.broken or refused_tags or refused_starts or errors or cut_short:
        return False
    return order.seconds is None or len(tally.accepted) == order.count


def steady_clock() -> Clock:
    """The time of day, deaf to later corrections of it: a timer must not be thrown off by them."""
    origin: Instant = time.time() - time.monotonic()
    return lambda: origin + time.monotonic()
