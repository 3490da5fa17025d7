"""Figures of a backend with a whole network connected: idle, metering, and coming back at once."""

import asyncio
from typing import Any

import httpx

from bench.figures import Figure, Options, ask_over_rest, milliseconds
from bench.processes import role

IDLE = 10_000
METERING = 2_000
METERED_A_SECOND = 10_000
STORMING = 5_000
COMMANDED = 5_000
_HEARTBEAT_S = 300.0


async def network(options: Options) -> list[Figure]:
    """Ten times as many idle, twice as many metering, five times as many storming, and as many
    that are sent commands."""
    scale = options.chargers / 1_000
    return [
        *await _idle(round(IDLE * scale), options),
        *await _metering(round(METERING * scale), METERED_A_SECOND * scale, options),
        *await _storm(round(STORMING * scale)),
        *await _commands(round(COMMANDED * scale), options),
    ]


async def _idle(count: int, options: Options) -> list[Figure]:
    async with role("our-backend") as backend, role("load") as load:
        await backend.begin(count=count, durable=True)
        await load.begin(url=(await backend.ask("where"))["url"])
        few = await _connected(backend, load, count // 10)
        many = await _connected(backend, load, count - count // 10)
        await load.ask("repeat", action="Heartbeat", rate=count / _HEARTBEAT_S)
        await asyncio.sleep(2.0)
        before = await backend.ask("used")
        await asyncio.sleep(4 * options.seconds)
        after = await backend.ask("used")
    memory_kb = (many["rss_bytes"] - few["rss_bytes"]) / (count - count // 10) / 1000
    share = (after["cpu_s"] - before["cpu_s"]) / (after["at"] - before["at"])
    note = f"booted, each with a heartbeat every {_HEARTBEAT_S:g} s; SQLite"
    return [
        Figure(f"memory, one of {count:,} idle connections", "KB", memory_kb, None, "<= 25", note),
        Figure(
            f"{count:,} idle connections, share of a core", "%", share * 100, None, "< 10", note
        ),
    ]


async def _connected(backend: Any, load: Any, count: int) -> dict[str, Any]:
    await load.ask("connect", count=count)
    figures: dict[str, Any] = await backend.ask("figures")
    return figures


async def _metering(count: int, rate: float, options: Options) -> list[Figure]:
    async with role("our-backend") as backend, role("load") as load:
        await backend.begin(count=count, durable=True)
        await load.begin(url=(await backend.ask("where"))["url"])
        await load.ask("connect", count=count)
        await load.ask("repeat", action="MeterValues", rate=rate)
        before = await backend.ask("used")
        await asyncio.sleep(12 * options.seconds)
        after = await backend.ask("used")
        sent = await load.ask("rest")
        stored = (await backend.ask("stored"))["meter_values"]
    taken_s = after["at"] - before["at"]
    cpu = (after["cpu_s"] - before["cpu_s"]) / taken_s
    note = (
        f"{count:,} chargers, {sent['answered'] / sent['seconds']:,.0f} of {rate:,.0f} a second "
        f"for {taken_s:.0f} s, {cpu:.0%} of a core; {sent['sent']:,} sent, "
        f"{sent['answered']:,} answered, {stored:,} stored on SQLite; the load is on the same cores"
    )
    lost = sent["sent"] - min(sent["answered"], stored)
    return [
        Figure("MeterValues without pause, lost", "", lost, None, "0", note),
        Figure("... and answered, p99", "ms", sent["p99_ms"], None, "<= 100"),
    ]


async def _storm(count: int) -> list[Figure]:
    async with role("our-backend") as backend, role("load") as load:
        await backend.begin(count=count, durable=True)
        await load.begin(url=(await backend.ask("where"))["url"])
        await load.ask("connect", count=count)
        before = await backend.ask("figures")
        took = await load.ask("storm")
        after = await backend.ask("figures")
    grown = (after["rss_bytes"] - before["rss_bytes"]) / 1e6
    note = f"every link cut at once, then dialled again as fast as it goes; memory {grown:+.0f} MB"
    return [
        Figure(
            f"{count:,} chargers cut off, to all booted again",
            "s",
            took["seconds"],
            None,
            "5,000 in <= 10",
            note,
        ),
    ]


async def _commands(count: int, options: Options) -> list[Figure]:
    async with role("our-server") as server, role("load") as load:
        await server.begin(registered=count)
        where = await server.ask("where")
        await load.begin(url=where["url"])
        await load.ask("connect", count=count)
        await load.ask("repeat", action="Heartbeat", rate=count / _HEARTBEAT_S)
        async with httpx.AsyncClient(
            base_url=where["api"], headers={"X-API-Key": where["key"]}, timeout=30
        ) as client:
            taken = await ask_over_rest(client, count, options)
    what = f"REST command to one of {count:,} connected chargers"
    note = (
        f"{options.commands:,} configuration/get, one after another; each charger beats every "
        f"{_HEARTBEAT_S:g} s and answers at once; SQLite"
    )
    return [
        Figure(f"{what}, p50", "ms", *milliseconds(taken, None, 50)),
        Figure(f"{what}, p99", "ms", *milliseconds(taken, None, 99), budget="<= 20", note=note),
    ]
