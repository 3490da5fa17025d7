"""Figures of links and processes: each measured on ours and, where there is one, on the peer."""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.load import identity
from bench.needs import free_ports
from bench.processes import Role, role
from voltyard.kernel import limits

_CONNECTORS = 2
_READY_S = 60.0
_LOGBOOK_S = 600.0
_BARE = "picows and msgspec, nothing else"


@dataclass(frozen=True)
class Options:
    """Extent of the measurements."""

    chargers: int = 1_000
    peer_chargers: int = 200
    seconds: float = 5.0
    commands: int = 1_000
    virtual_chargers: int = 1_000
    virtual_hours: float = 24.0
    seed: int = 7


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    unit: str
    ours: float
    peer: float | None = None
    budget: str = "-"
    note: str = ""


async def charger_cpu(options: Options) -> list[Figure]:
    """CPU and memory of simulated chargers that charge on both connectors."""
    ours = await _charging("our-chargers", options.chargers, options.seconds)
    later = await _charging("our-chargers", options.chargers, options.seconds, ("2.0.1",))
    mixed = await _charging("our-chargers", options.chargers, options.seconds, ("1.6", "2.0.1"))
    peer = await _charging("peer-chargers", options.peer_chargers, options.seconds)
    bare = await _serving("sink", options.peer_chargers, options)
    counts = f"{options.chargers:,} chargers of ours, {options.peer_chargers:,} of the peer's"
    return [
        Figure(
            "simulated charger, CPU a call made and answered",
            "us",
            ours.cpu_us,
            peer.cpu_us,
            "<= 80",
            f"{counts}; a call is two frames, 40 us each; 2 connectors each in transaction, "
            "a meter value each a second",
        ),
        Figure(
            "memory, one simulated charger with two connectors in transaction",
            "KB",
            ours.memory_kb,
            peer.memory_kb,
            "<= 30",
            counts,
        ),
        Figure(
            "... in bare links at full speed", "", ours.cpu_us / bare.cpu_us, None, "<= 6", _BARE
        ),
        *_beside("OCPP 2.0.1", later, ours, bare),
        *_beside("both versions in turn", mixed, ours, bare),
    ]


def _beside(what: str, measured: "Used", in_16: "Used", bare: "Used") -> list[Figure]:
    """Figures of chargers of other versions, beside those of 1.6 in the same run."""
    share = measured.cpu_us / in_16.cpu_us
    note = f"{share:.2f} times that of 1.6 in the same run"
    return [
        Figure(f"... {what}, CPU a call", "us", measured.cpu_us, None, "<= 80", note),
        Figure(f"... {what}, in bare links", "", measured.cpu_us / bare.cpu_us, None, "<= 6"),
        Figure(f"... {what}, memory", "KB", measured.memory_kb, None, "<= 30"),
    ]


@dataclass(frozen=True)
class Used:
    """CPU and bytes used by a process in a stretch of time."""

    cpu_us: float
    memory_kb: float
    rate: float


async def _charging(
    name: str, count: int, seconds: float, versions: Sequence[str] | None = None
) -> Used:
    async with role("sink") as sink, role(name) as chargers:
        await sink.begin()
        chosen = {} if versions is None else {"versions": versions}
        url = (await sink.ask("where"))["url"]
        await chargers.begin(url=url, sample_interval_s=1, **chosen)
        few = await _add_chargers(chargers, count // 10)
        if name == "our-chargers":
            few = await _with_full_logbook(chargers, few)
        many = await _add_chargers(chargers, count - count // 10)
        await asyncio.sleep(1.0)  # the last of the start's own frames
        before = await chargers.ask("used")
        await asyncio.sleep(seconds)
        after = await chargers.ask("used")
    return used(before, after, _bytes_each(few, many, count - count // 10))


async def _add_chargers(chargers: Role, count: int) -> dict[str, Any]:
    await chargers.ask("power_on", count=count)
    await chargers.ask("charge")
    return await chargers.ask("figures")


async def _with_full_logbook(chargers: Role, at_first: dict[str, Any]) -> dict[str, Any]:
    """The same process once its one log of all chargers is as long as it may be: a call and its
    answer are two events of it."""
    look, begun = at_first, time.monotonic()
    while 2 * look["exchanges"] < limits.LOGBOOK_EVENTS:
        if time.monotonic() - begun > _LOGBOOK_S:
            raise RuntimeError("the chargers do not fill their log")
        await asyncio.sleep(1.0)
        look = await chargers.ask("used")
    return await chargers.ask("figures")


def _bytes_each(few: dict[str, Any], many: dict[str, Any], added: int) -> float:
    """Memory by what was added: what a process needs once is in both."""
    return float(many["rss_bytes"] - few["rss_bytes"]) / added


def used(before: dict[str, Any], after: dict[str, Any], bytes_each: float) -> Used:
    """The difference between two looks at a process."""
    exchanges = after["exchanges"] - before["exchanges"]
    if exchanges <= 0:
        raise RuntimeError("nothing was exchanged")
    return Used(
        cpu_us=(after["cpu_s"] - before["cpu_s"]) / exchanges * 1e6,
        memory_kb=bytes_each / 1000,
        rate=exchanges / (after["at"] - before["at"]),
    )


async def backend_cpu(options: Options) -> list[Figure]:
    """CPU and memory of a backend under charging sessions that follow one another without pause."""
    count = options.peer_chargers
    memory = await _serving("our-backend", count, options, durable=False)
    durable = await _serving("our-backend", count, options, durable=True)
    peer = await _serving("peer-csms", count, options)
    bare = await _serving("sink", count, options)
    paced = await _serving("sink", count, options, rate=2.0 * options.chargers)
    crowded = await _serving("our-backend", options.chargers, options, durable=True)
    load = f"{count:,} connections calling without pause: 8 of 12 calls are meter values"
    return [
        Figure(
            "for scale: a bare link under the same load, CPU a call",
            "us",
            bare.cpu_us,
            note=f"picows and msgspec, nothing else; {bare.rate:,.0f} calls/s",
        ),
        Figure(
            "for scale: a bare link at the chargers' rate, CPU a call",
            "us",
            paced.cpu_us,
            note=f"{paced.rate:,.0f} calls/s: the rest is the kernel's, which goes to sleep and "
            "wakes up with every frame",
        ),
        Figure(
            "backend, CPU a call handled and answered, without durable storage",
            "us",
            memory.cpu_us,
            peer.cpu_us,
            note=f"{load}; {memory.rate:,.0f} calls/s, peer {peer.rate:,.0f}",
        ),
        Figure(
            "... in bare links under the same load", "", memory.cpu_us / bare.cpu_us, None, "<= 2.5"
        ),
        Figure(
            "backend, CPU a call handled and answered after its commit",
            "us",
            durable.cpu_us,
            peer.cpu_us,
            note=f"SQLite, every call's rows and the log of it; {durable.rate:,.0f} calls/s; "
            "the peer stores nothing",
        ),
        Figure(
            "... in bare links under the same load", "", durable.cpu_us / bare.cpu_us, None, "<= 5"
        ),
        Figure(
            "memory, one backend connection",
            "KB",
            crowded.memory_kb,
            peer.memory_kb,
            "<= 25",
            f"booted and idle; {options.chargers:,} connections, the peer {count:,}",
        ),
    ]


async def _serving(
    name: str, count: int, options: Options, rate: float = 0.0, **settings: Any
) -> Used:
    async with role(name) as server, role("load") as load:
        if settings:
            settings["count"] = count
        await server.begin(**settings)
        await load.begin(url=(await server.ask("where"))["url"])
        await load.ask("connect", count=count // 10)
        few = await server.ask("figures")
        await load.ask("connect", count=count - count // 10)
        many = await server.ask("figures")
        await load.ask("go", rate=rate)
        await asyncio.sleep(0.5)
        before = await server.ask("used"), await load.ask("used")
        await asyncio.sleep(options.seconds)
        after = await server.ask("used"), await load.ask("used")
        await load.ask("pause")
    # The load counts for both, so that the exchanges of ours and of the peer are the same thing.
    first, last = ({**there, "exchanges": here["exchanges"]} for there, here in (before, after))
    return used(first, last, _bytes_each(few, many, count - count // 10))


async def start_up(options: Options) -> list[Figure]:
    """From no power to every connector Available, against a CSMS of the same make."""
    count = options.chargers
    async with role("our-backend") as backend, role("our-chargers") as chargers:
        await backend.begin(count=count, durable=True)
        ours = await _power_on(backend, chargers, count)
    async with role("peer-csms") as csms, role("peer-chargers") as chargers:
        await csms.begin()
        peer = await _power_on(csms, chargers, count)
    return [
        Figure(
            f"{count:,} chargers from start to all Available",
            "s",
            ours,
            peer,
            "5,000 in <= 5",
            "both ends of one make, a process each; ours on SQLite",
        )
    ]


async def _power_on(csms: Role, chargers: Role, count: int) -> float:
    url = (await csms.ask("where"))["url"]
    await chargers.begin(url=url, sample_interval_s=60)
    return float((await chargers.ask("power_on", count=count))["seconds"])


async def command_latency(options: Options) -> list[Figure]:
    """A command over REST to one of many connected chargers, and back."""
    count = options.chargers
    async with role("our-server") as server, role("our-chargers") as chargers:
        await server.begin()
        where = await server.ask("where")
        async with httpx.AsyncClient(
            base_url=where["api"], headers={"X-API-Key": where["key"]}, timeout=30
        ) as client:
            await _register(client, count)
            await chargers.begin(url=where["url"], sample_interval_s=60)
            await chargers.ask("power_on", count=count)
            ours = await ask_over_rest(client, count, options)
    async with role("peer-csms") as csms, role("peer-chargers") as chargers:
        await csms.begin()
        await _power_on(csms, chargers, options.peer_chargers)
        answer = await csms.ask("round_trips", count=options.commands, seed=options.seed)
        peer = answer["seconds"]
    note = (
        f"configuration/get, one after another, {count:,} chargers connected; "
        f"the peer's is the bare call, without REST, {options.peer_chargers:,} connected"
    )
    return [
        Figure("command round trip through REST, p50", "ms", *milliseconds(ours, peer, 50)),
        Figure(
            "command round trip through REST, p99",
            "ms",
            *milliseconds(ours, peer, 99),
            budget="<= 20",
            note=note,
        ),
    ]


async def _register(client: httpx.AsyncClient, count: int) -> None:
    for number in range(count):
        answer = await client.post("/api/v1/chargers", json={"chargeBoxId": identity(number)})
        answer.raise_for_status()


async def ask_over_rest(client: httpx.AsyncClient, count: int, options: Options) -> list[float]:
    """The seconds each command took, to one of so many chargers drawn by lot."""
    chooser = random.Random(options.seed)
    taken: list[float] = []
    for _ in range(options.commands):
        path = f"/api/v1/chargers/{identity(chooser.randrange(count))}/configuration/get"
        begun = time.perf_counter()
        answer = await client.post(path, json={"key": ["HeartbeatInterval"]})
        taken.append(time.perf_counter() - begun)
        answer.raise_for_status()
    return taken


def milliseconds(
    ours: Sequence[float], peer: Sequence[float] | None, percent: int
) -> tuple[float, float | None]:
    """A percentile of both, of what took so many seconds."""

    def at(seconds: Sequence[float]) -> float:
        return statistics.quantiles(seconds, n=100)[percent - 1] * 1000

    return at(ours), None if peer is None else at(peer)


async def virtual_time(options: Options) -> list[Figure]:
    """A day of chargers and backend in one process of virtual time."""
    count, hours = options.virtual_chargers, options.virtual_hours
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voltyard", "simulate"),
        *("--chargers", str(count), "--hours", f"{hours:g}", "--seed", str(options.seed)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    if await process.wait():
        raise RuntimeError("the simulation failed")
    taken_s = time.perf_counter() - begun
    scaled = taken_s * 1_000 / count * 24 / hours
    how = f"scaled from {count:,} chargers for {hours:g} h in {taken_s:.1f} s, "
    if (count, hours) == (1_000, 24.0):
        how = "the whole of it, start of the program included, "
    return [
        Figure(
            "virtual time, 1,000 chargers for 24 h",
            "s",
            scaled,
            budget="<= 30",
            note=f"{how}every invariant checked after every step",
        )
    ]


async def first_answer(options: Options) -> list[Figure]:
    """From typing the command to the first answer, with nothing stored and with data there."""
    with tempfile.TemporaryDirectory(prefix="voltyard-bench-") as folder:
        cold = await _until_health(Path(folder))
        warm = await _until_health(Path(folder))
    begun = time.perf_counter()
    async with role("peer-csms") as csms:
        await csms.begin()
        peer = time.perf_counter() - begun
    return [
        Figure(
            "cold start to first answer",
            "s",
            cold,
            peer,
            "<= 2",
            "an empty data directory; the peer is an open socket without REST or storage",
        ),
        Figure("warm start to first answer", "s", warm, peer, "<= 2"),
    ]


async def _until_health(folder: Path) -> float:
    port, ocpp_port = free_ports(2)
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voltyard", "up", "--data", str(folder)),
        *("--port", str(port), "--ocpp-port", str(ocpp_port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_READY_S):
            while not await _answers(port):
                if process.returncode is not None:
                    raise RuntimeError("the server ended while starting")
                await asyncio.sleep(0.005)
        return time.perf_counter() - begun
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answers(port: int) -> bool:
    """True where GET /health is answered with 200."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    try:
        return (await reader.readline()).split()[1:2] == [b"200"]
    finally:
        writer.close()


def as_json(figures: Sequence[Figure]) -> str:
    """The figures for other programs."""
    return json.dumps([vars(figure) for figure in figures], indent=2)
