"""`voltyard fleet`: simulated chargers against any CSMS, without a server."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from voltyard.catalogue.catalogue import Catalogue
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.variables.device_model import check as check_device_model
from voltyard.cli.options.device_models import read_device_model
from voltyard.cli.options.drivers import TagOrder, TagsInOrder, UnknownTags, Vehicles
from voltyard.cli.options.faults import FaultOptions
from voltyard.drivers.cars import cars_of
from voltyard.drivers.fleet import FleetTally, drive_fleet
from voltyard.drivers.habits import LIVELY, habits_of
from voltyard.drivers.tags import TagDealer, TagMix, drivers_named, tag_dealer
from voltyard.drivers.workload import Visitors
from voltyard.kernel import pace
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, Seconds
from voltyard.kernel.units import WH_PER_KWH
from voltyard.loop.run import run
from voltyard.network.links.address import read_url
from voltyard.ports.clock import Clock
from voltyard.ports.links import DialFailed
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.host.host import Host
from voltyard.runtimes.parsing import ChargerFaults

if TYPE_CHECKING:
    from rich.table import Table

_LOOK_S: Seconds = 0.5
_LINE_EACH_S: Seconds = 5.0
_FIRST_LINE_S: Seconds = 1.0
_INSTANT_S: Seconds = 0.01


class Versions(StrEnum):
    """OCPP versions of the chargers."""

    V16 = "1.6"
    V201 = "2.0.1"
    MIXED = "mixed"


class Validation(StrEnum):
    """Validation of answers that stray from their schema."""

    LENIENT = "lenient"
    STRICT = "strict"


def fleet(
    url: Annotated[
        str, typer.Option(help="The CSMS: ws://host:port/path; the identity is appended.")
    ],
    count: Annotated[int, typer.Option(min=1, help="How many chargers.")] = 10,
    version: Annotated[Versions, typer.Option(help="OCPP version.")] = Versions.V16,
    seed: Annotated[int, typer.Option(help="Of drivers, back-off and ids.")] = 7,
    prefix: Annotated[str, typer.Option(help="Identities are PREFIX00001, ...")] = "YARD-",
    connectors: Annotated[int, typer.Option(min=1, max=64, help="Of each charger.")] = 1,
    charge: Annotated[
        bool, typer.Option("--charge/--idle", help="Whether drivers come, or nobody does.")
    ] = True,
    tag: Annotated[
        list[str] | None, typer.Option(help="A tag drivers have; repeat it. [04D10000000000...]")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(help="Drivers of home, work or public. [lively ones, for watching]"),
    ] = None,
    vehicles: Vehicles = None,
    tag_order: TagsInOrder = TagOrder.RANDOM,
    unknown_tags: UnknownTags = 0.0,
    rate: Annotated[
        float, typer.Option(help="Seconds of the chargers' time in each real one; up to 1000.")
    ] = 1.0,
    peer_agrees: Annotated[
        bool, typer.Option("--peer-agrees", help="The CSMS does not mind a --rate above 1.")
    ] = False,
    validation: Annotated[
        Validation, typer.Option(help="How they take what the CSMS sends and its schema forbids.")
    ] = Validation.LENIENT,
    password: Annotated[
        str | None, typer.Option(help="For basic authentication; the user is the identity.")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="Seconds between meter values.")] = 10,
    seconds: Annotated[
        float | None, typer.Option(min=0.1, help="Stop after so long; else Ctrl-C does.")
    ] = None,
    quirk: Annotated[
        list[str] | None, typer.Option(help="NAME or NAME:key=value,...; repeat it. [none]")
    ] = None,
    faults: Annotated[
        Path | None, typer.Option(help='A file of {"quirks": [...], "network": {...}}.')
    ] = None,
    personality: Annotated[
        str | None, typer.Option(help="Whose ways they have, such as wallbox.")
    ] = None,
    device_model: Annotated[
        Path | None,
        typer.Option(help="A file of variables as NotifyReport has them, for their device model."),
    ] = None,
) -> None:
    """Drive simulated chargers against a CSMS, and show how they fare.

    Drivers come, charge and leave until Ctrl-C. A CSMS that lets in only chargers it knows has to
    know these first, by their identities. With --seconds the exit code is 1 unless every charger
    was accepted by then.

    For example: voltyard fleet --url ws://localhost:9000/ocpp --count 100 --version mixed
    """
    _check(url, prefix, tag)
    wanted = FaultOptions(quirk or [], faults, personality)
    _check_rate(rate, peer_agrees=peer_agrees)
    file_descriptors.require(count, file_descriptors.capacity(file_descriptors.raise_limit()))
    specs = [
        ChargerSpec(
            identity=f"{prefix}{number:05d}",
            version=_version(version, number),
            csms_url=url,
            serial_number=f"{seed}-{number}",
            evses=(EvseSpec(),) * connectors,
            settings={"MeterValueSampleInterval": str(sample)},
            password=password,
            validation=_validation(validation),
            device_model=read_device_model(device_model),
            seed=seed,
        )
        for number in range(1, count + 1)
    ]
    specs = [wanted.dress(spec) for spec in specs]
    for spec in specs[:2]:  # of a mixed fleet the second speaks the other version
        check_device_model(spec)
    faulty: dict[str, ChargerFaults] = {
        spoken: wanted.of(spoken) for spoken in {spec.version for spec in specs}
    }
    visitors = Visitors(
        habits=habits_of(kind) if kind else LIVELY,
        cars=cars_of(vehicles or (), Catalogue.load()),
    )
    known = tuple(tag) if tag else drivers_named(count)
    mix = TagMix(tags=known, order=tag_order.value, unknown=unknown_tags)
    tags = tag_dealer(mix) if charge else None
    sys.exit(run(_drive(specs, visitors, tags, seconds, faulty, rate)))


async def _drive(
    specs: list[ChargerSpec],
    visitors: Visitors,
    tags: TagDealer | None,
    seconds: Seconds | None,
    faults: Mapping[str, ChargerFaults],
    rate: float,
) -> int:
    from voltyard.network.links.picows_links import PicowsDialler
    from voltyard.network.transfers.transfers import NetworkTransfers

    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    async def watch(host: Host, tally: FleetTally) -> None:
        await _watch(host, tally, len(specs), stopping, seconds)

    transfers = NetworkTransfers()
    try:
        tally = await drive_fleet(
            specs,
            PicowsDialler(),
            _steady_clock(),
            tags,
            watch,
            transfers,
            visitors,
            faults,
            rate,
        )
    finally:
        await transfers.close()
    for line in tally.broken:
        print(f"voltyard: a charger broke: {line}", file=sys.stderr)
    complete = len(tally.accepted) == len(specs)
    return 1 if tally.broken or (seconds is not None and not complete) else 0


async def _watch(
    host: Host, tally: FleetTally, count: int, stopping: asyncio.Event, seconds: Seconds | None
) -> None:
    """Show how it goes until told to stop: in place on a terminal, else a line now and then."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    look_s = _LOOK_S if console.is_terminal else _FIRST_LINE_S
    began = time.monotonic()
    frames, at = 0, began
    with Live(console=console, auto_refresh=False) as live:
        while not stopping.is_set():
            left_s = look_s
            if seconds is not None:
                left_s = min(look_s, began + seconds - time.monotonic())
            if left_s < _INSTANT_S:
                break
            await _until(stopping, left_s)
            now, total = time.monotonic(), host.frames_sent + host.frames_received
            rate = (total - frames) / max(now - at, 1e-6)
            frames, at = total, now
            if console.is_terminal:
                live.update(_table(host, tally, count, rate, now - began), refresh=True)
            else:
                print(_line(host, tally, count, rate, now - began), flush=True)
                look_s = _LINE_EACH_S


async def _until(stopping: asyncio.Event, seconds: Seconds) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()


def _table(host: Host, tally: FleetTally, count: int, rate: float, elapsed_s: Seconds) -> "Table":
    from rich.table import Table

    table = Table.grid(padding=(0, 3))
    for name, value in (
        ("connected", f"{tally.connected} of {count}"),
        ("accepted", f"{len(tally.accepted)} of {count}"),
        ("charging", str(tally.running)),
        ("completed", f"{tally.ended}, {tally.energy_wh / WH_PER_KWH:.2f} kWh"),
        ("frames", f"{host.frames_sent + host.frames_received:,}, {rate:,.0f} a second"),
        ("running", f"{elapsed_s:.0f} s; Ctrl-C stops"),
    ):
        table.add_row(name, value)
    if host.last_failure:
        table.add_row("failed dials", f"{host.dials_failed:,}, last: {host.last_failure}")
    if tally.answers_refused:
        table.add_row("refused answers", f"{tally.answers_refused:,}, last: {tally.last_refusal}")
    return table


def _line(host: Host, tally: FleetTally, count: int, rate: float, elapsed_s: Seconds) -> str:
    line = (
        f"{elapsed_s:.0f} s: {tally.connected} of {count} connected, "
        f"{len(tally.accepted)} accepted, {tally.running} charging, {tally.ended} completed, "
        f"{rate:,.0f} frames/s"
    )
    if host.last_failure and tally.connected < count:
        line += f"; {host.dials_failed} dials failed, last: {host.last_failure}"
    if tally.answers_refused:
        line += f"; {tally.answers_refused} answers refused, last: {tally.last_refusal}"
    return line


def _check(url: str, prefix: str, tags: list[str] | None) -> None:
    try:
        read_url(url)
    except DialFailed as error:
        raise Invalid(f"--url: {error.message}", hint="such as ws://127.0.0.1:9000/ocpp") from None
    if len(prefix) > 40:
        raise Invalid("--prefix is longer than 40 characters")
    for tag in tags or ():
        if not 1 <= len(tag) <= 20:
            raise Invalid(f"--tag {tag!r} has not 1 to 20 characters")


def _check_rate(rate: float, *, peer_agrees: bool) -> None:
    pace.check(rate)
    if rate != 1.0 and not peer_agrees:
        raise Invalid(
            f"--rate {rate:g} is only for a CSMS that agreed to chargers faster than real time",
            hint="say --peer-agrees where yours did",
        )


def _version(versions: Versions, number: int) -> Any:
    if versions is Versions.MIXED:
        return "1.6" if number % 2 else "2.0.1"
    return versions.value


def _validation(validation: Validation) -> Literal["strict", "lenient"]:
    return "strict" if validation is Validation.STRICT else "lenient"


def _steady_clock() -> Clock:
    """The time of day, deaf to later corrections of it: a timer must not be thrown off by them."""
    origin: Instant = time.time() - time.monotonic()
    return lambda: origin + time.monotonic()
