"""Figures of floods: a peer that calls without pause, at either half, and 5,000 chargers that show
their passwords to a server that has just started. All the while others are served, which is what is
measured, beside the same with no flood in the same run.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from bench.figures import Figure, Options
from bench.http import steadily
from bench.load import identity
from bench.processes import Role, role
from bench.yard import Yard, client_of

FLOOD_A_SECOND = 20_000
BYSTANDERS = 50
BYSTANDERS_A_SECOND = 100
HEALTH_A_SECOND = 20
RETURNING = 5_000


@dataclass(frozen=True)
class Served:
    """Service that the other chargers had of the server."""

    p99_ms: float
    """Of bystanders' calls."""
    health_ms: float
    """The longest that /health took."""
    flood_a_second: float = 0.0
    """Calls of the flood that were answered."""


@dataclass(frozen=True)
class Measured:
    """The same server, left alone and flooded."""

    quiet: Served
    flooded: Served


async def floods(options: Options) -> list[Figure]:
    """A flood at each half, and a fleet with passwords that comes back."""
    backend = await of_backend(options.seconds)
    host = await of_host(options.seconds)
    returned = await of_passwords(round(RETURNING * options.chargers / 1_000))
    return [
        *_figures(f"{FLOOD_A_SECOND:,} calls/s of one charger at the backend", backend),
        *_figures(f"{FLOOD_A_SECOND:,} calls/s of a CSMS at one simulated charger", host),
        *returned.figures(),
    ]


def _figures(what: str, measured: Measured) -> list[Figure]:
    quiet, flooded = measured.quiet, measured.flooded
    note = (
        f"{flooded.flood_a_second:,.0f} a second of the flood were answered; with no flood in the "
        f"same run {quiet.p99_ms:.3g} ms and {quiet.health_ms:.3g} ms; the load has the same cores"
    )
    return [
        Figure(f"{what}, others' p99", "ms", flooded.p99_ms, None, "< 100", note),
        Figure("... the longest that /health took", "ms", flooded.health_ms, None, "< 200"),
    ]


async def of_backend(seconds: float) -> Measured:
    """A charger floods the backend; other chargers call it now and then."""
    async with (
        role("our-server") as server,
        role("load") as load,
        role("flood-charger") as flood,
    ):
        await server.begin(registered=BYSTANDERS + 1)
        where = await server.ask("where")
        await load.begin(url=where["url"])
        await load.ask("connect", count=BYSTANDERS)
        await flood.begin(url=f"{where['url']}/{identity(BYSTANDERS)}")

        async def serve() -> Served:
            await load.ask("repeat", action="Heartbeat", rate=BYSTANDERS_A_SECOND)
            health = await _health(where, seconds)
            return Served((await load.ask("rest"))["p99_ms"], health)

        return await _both(serve, flood, "Heartbeat")


async def of_host(seconds: float) -> Measured:
    """A CSMS floods one simulated charger; another CSMS calls the others now and then."""
    async with (
        role("our-server") as server,
        role("sink") as sink,
        role("flood-csms") as flood,
    ):
        await server.begin()
        where = await server.ask("where")
        await sink.begin()
        await flood.begin()
        async with client_of(where["api"], where["key"]) as client:
            await Yard(client, sink, BYSTANDERS).make()
            await Yard(client, flood, 1).make()

            async def serve() -> Served:
                asking = asyncio.create_task(
                    sink.ask("ask_around", rate=BYSTANDERS_A_SECOND, seconds=seconds)
                )
                health = await _health(where, seconds)
                return Served((await asking)["p99_ms"], health)

            return await _both(serve, flood, "GetConfiguration")


async def _both(serve: Any, flood: Role, action: str) -> Measured:
    quiet = await serve()
    await flood.ask("flood", action=action, rate=FLOOD_A_SECOND)
    flooded: Served = await serve()
    rested = await flood.ask("end")
    return Measured(quiet, Served(flooded.p99_ms, flooded.health_ms, rested["answered_a_second"]))


@dataclass(frozen=True)
class Returned:
    """A fleet with passwords that came back."""

    count: int
    seconds: float
    refused: int
    """Handshakes that were answered 503, and tried again."""
    health_ms: float
    quiet_ms: float
    """The longest that /health took before."""

    def figures(self) -> list[Figure]:
        note = (
            f"none of their hashes is known; {self.refused:,} handshakes were told to come again; "
            f"before, /health took {self.quiet_ms:.3g} ms at most; the load has the same cores"
        )
        return [
            Figure(
                f"{self.count:,} chargers with passwords, to all booted after a restart",
                "s",
                self.seconds,
                None,
                "5,000 in <= 30",
                note,
            ),
            Figure("... the longest that /health took", "ms", self.health_ms, None, "< 200"),
        ]


async def of_passwords(count: int) -> Returned:
    """All dial at once, each with a password that this process has never seen."""
    async with role("our-server") as server, role("load") as load:
        await server.begin(registered=count, with_passwords=True)
        where = await server.ask("where")
        await load.begin(url=where["url"])
        await _health(where, 1.0)  # a server that has just started has things to do
        quiet_ms = await _health(where, 2.0)
        stop = asyncio.Event()
        looking = asyncio.create_task(_health_until(where, stop))
        returned = await load.ask("return_with_passwords", count=count)
        stop.set()
        return Returned(count, returned["seconds"], returned["refused"], await looking, quiet_ms)


async def _health(where: dict[str, Any], seconds: float) -> float:
    taken = await steadily(where["api"], where["key"], ["/health"], HEALTH_A_SECOND, seconds)
    return max(taken) * 1000


async def _health_until(where: dict[str, Any], stop: asyncio.Event) -> float:
    longest = 0.0
    while not stop.is_set():
        longest = max(longest, await _health(where, 1.0))
    return longest
