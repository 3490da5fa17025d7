"""Figures of nodes: a server alone, and one with a node beside it, on PostgreSQL and NATS.

Load and processes share the machine's cores, so that what counts is CPU: a call must not cost more
because several processes share the chargers.
"""

import asyncio
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.figures import Figure, Options, ask_over_rest, milliseconds
from bench.processes import Role, role
from tests import postgres
from voltyard.bus.local_server import LocalBusServer

CHARGERS = 200
RATE = 0.0
"""Calls a second; 0: without pause."""


@dataclass(frozen=True)
class Shared:
    """Calls that a server and its nodes have answered."""

    cpu_us: float
    """A call, over all of them."""
    rate: float
    commands: Sequence[float]
    """Seconds that each command took."""


async def nodes(options: Options) -> list[Figure]:
    """Durable calls and commands with one process, and with two."""
    one = await _measured(options, 0)
    two = await _measured(options, 1)
    note = (
        f"{CHARGERS} chargers without pause on PostgreSQL, the load on the same cores; "
        f"{one.rate:,.0f} calls/s by one process, {two.rate:,.0f} by two"
    )
    p50, p99 = (milliseconds(two.commands, one.commands, at) for at in (50, 99))
    return [
        Figure("server alone, CPU a durable call", "us", one.cpu_us, None, "-", note),
        Figure("server and a node, CPU a durable call", "us", two.cpu_us, one.cpu_us),
        Figure("... in calls of one process", "", two.cpu_us / one.cpu_us, None, "<= 1.2"),
        Figure("... calls a second, to those of one process", "", two.rate / one.rate, None),
        Figure("command through a node to a charger of the server, p50", "ms", *p50),
        Figure(
            "... p99, beside one at the server alone",
            "ms",
            *p99,
            budget="<= 20",
            note="configuration/get, one after another; with nodes each is asked at the node",
        ),
    ]


async def _measured(options: Options, count: int) -> Shared:
    with postgres.fresh_database() as url:
        async with AsyncExitStack() as stack:
            bus = LocalBusServer(Path(stack.enter_context(tempfile.TemporaryDirectory())))
            stack.push_async_callback(bus.close)
            await bus.start()
            processes, where = await _started(stack, url, bus.url, count)
            loads = [await stack.enter_async_context(role("load")) for _ in processes]
            for load, place in zip(loads, where, strict=True):
                await load.begin(url=place["url"])
            await _connected(loads, len(processes))
            cpu_us, rate = await _called(processes, loads, options)
            commands = await _commands(where, options)
    return Shared(cpu_us, rate, commands)


async def _started(
    stack: AsyncExitStack, url: str, bus_url: str, count: int
) -> tuple[list[Role], list[dict[str, Any]]]:
    """The server and so many nodes, and where each is."""
    told = {"database_url": url, "bus_url": bus_url, "bus_name": f"b{secrets.token_hex(6)}"}
    server = await stack.enter_async_context(role("our-server"))
    await server.begin(**told, nodes=0, registered=CHARGERS)
    processes = [server]
    for number in range(count):
        node = await stack.enter_async_context(role("our-node"))
        await node.begin(**told, name=f"n{number}")
        processes.append(node)
    return processes, [await one.ask("where") for one in processes]


async def _connected(loads: list[Role], parts: int) -> None:
    """Each load has a part of the chargers, none twice."""
    each = CHARGERS // parts
    for number, load in enumerate(loads):
        await load.ask("connect", count=each, first=number * each)


async def _called(
    processes: list[Role], loads: list[Role], options: Options
) -> tuple[float, float]:
    """CPU of a call in microseconds, and calls a second."""
    for load in loads:
        await load.ask("go", rate=RATE)
    await asyncio.sleep(1.0)
    before = [await one.ask("used") for one in (*processes, *loads)]
    await asyncio.sleep(options.seconds)
    after = [await one.ask("used") for one in (*processes, *loads)]
    for load in loads:
        await load.ask("pause")
    served, calls = slice(0, len(processes)), slice(len(processes), None)
    cpu_s = sum(last["cpu_s"] - first["cpu_s"] for first, last in _pairs(before, after, served))
    made = sum(
        last["exchanges"] - first["exchanges"] for first, last in _pairs(before, after, calls)
    )
    return cpu_s / made * 1e6, made / (after[-1]["at"] - before[-1]["at"])


def _pairs(
    before: list[dict[str, Any]], after: list[dict[str, Any]], part: slice
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(before[part], after[part], strict=True))


async def _commands(where: list[dict[str, Any]], options: Options) -> list[float]:
    """Seconds of commands asked at the last process, to chargers of the first."""
    key = where[0]["key"]
    headers = {"X-API-Key": key}
    async with httpx.AsyncClient(base_url=where[-1]["api"], headers=headers, timeout=30) as client:
        return await ask_over_rest(client, CHARGERS // len(where), options)
