"""Figures of a fleet as `voltyard fleet` drives one, and of as many as fit into one process."""

import asyncio
import resource

from bench.figures import Figure, Options, used
from bench.processes import role
from voltyard.runtimes import file_descriptors

FLEET = 5_000
LIMIT = 19_000
_SAMPLES_S = 30
_SETTLES_S = 2.0


async def fleet(options: Options) -> list[Figure]:
    """Five times as many chargers as elsewhere: two connectors each in transaction, a meter value
    of each every 30 s, spread over them."""
    count = FLEET * options.chargers // 1_000
    async with role("sink") as sink, role("our-chargers") as chargers:
        await sink.begin()
        url = (await sink.ask("where"))["url"]
        await chargers.begin(url=url, sample_interval_s=_SAMPLES_S)
        base = await chargers.ask("figures")
        started = await chargers.ask("power_on", count=count)
        await chargers.ask("charge", over_s=_SAMPLES_S)
        await asyncio.sleep(_SETTLES_S)
        charging = await chargers.ask("figures")
        before = await chargers.ask("used")
        await asyncio.sleep(max(options.seconds, _SAMPLES_S))
        after = await chargers.ask("used")
    ours = used(before, after, (charging["rss_bytes"] - base["rss_bytes"]) / count)
    note = (
        f"{count:,} chargers, 2 connectors each in transaction, a meter value of each every "
        f"{_SAMPLES_S} s: {ours.rate:,.0f} calls/s; the CSMS is a bare link in another process"
    )
    return [
        Figure("fleet, CPU a frame", "us", ours.cpu_us / 2, budget="<= 40", note=note),
        Figure("fleet, memory a charger beyond the process's base", "KB", ours.memory_kb,
               budget="<= 30"),
        Figure(f"fleet, {count:,} chargers from start to all Available", "s", started["seconds"],
               budget="5,000 in <= 5"),
    ]  # fmt: skip


async def limit(options: Options) -> list[Figure]:
    """Measures as many chargers in one process as should fit under a limit of 20,000 open files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        file_descriptors.require(LIMIT, file_descriptors.capacity(hard))
    async with role("sink") as sink, role("our-chargers") as chargers:
        await sink.begin()
        url = (await sink.ask("where"))["url"]
        await chargers.begin(url=url, sample_interval_s=_SAMPLES_S)
        base = await chargers.ask("figures")
        started = await chargers.ask("power_on", count=LIMIT)
        after = await chargers.ask("figures")
    each_kb = (after["rss_bytes"] - base["rss_bytes"]) / LIMIT / 1000
    return [
        Figure(f"{LIMIT:,} chargers in one process, from start to all Available", "s",
               started["seconds"], note="the limit of open files is 20,000 or more"),
        Figure("... memory, one of them, idle", "KB", each_kb),
    ]  # fmt: skip
