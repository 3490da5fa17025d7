"""`voltyard simulate`: the lab in virtual time."""

import sys
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import HOUR_S, Instant, Seconds, from_rfc3339, to_rfc3339_seconds

if TYPE_CHECKING:
    from voltyard.simulation.checkers import Broken
    from voltyard.simulation.simulate import Scenario, Summary


def simulate(
    chargers: Annotated[int, typer.Option(min=1, help="How many chargers.")] = 50,
    hours: Annotated[float, typer.Option(min=0.01, help="How long, in their time.")] = 24.0,
    seed: Annotated[int, typer.Option(help="One seed is one history, byte for byte.")] = 7,
    log: Annotated[
        Path | None, typer.Option(help="Write every frame in order to this file.")
    ] = None,
    start: Annotated[
        str, typer.Option(help="When it begins, RFC 3339 with its zone.")
    ] = "2026-01-05T00:00:00Z",
    calm: Annotated[
        bool, typer.Option("--calm", help="No network drops, power cuts or lost frames.")
    ] = False,
) -> None:
    """Run chargers, drivers and the backend in one process of virtual time, and check them.

    Chargers of both versions and the backend talk over links in memory; drivers arrive, charge and
    leave; networks drop, power fails, frames get lost. After every step the invariants are checked:
    no register falls, at most one transaction runs at a connector, statuses follow one another as
    OCPP allows, nothing stays queued once online, and the backend's energy is the meter's. When one
    is broken, its seed and moment are told, and the exit code is 1.
    """
    from voltyard.simulation.checkers import Broken
    from voltyard.simulation.simulate import Scenario
    from voltyard.simulation.workload import CALM, Weather

    scenario = Scenario(
        chargers=chargers,
        hours=hours,
        seed=seed,
        start=_moment(start),
        weather=CALM if calm else Weather(),
    )
    try:
        _play(scenario, log)
    except Broken as broken:
        print(failure(broken, scenario, calm=calm), file=sys.stderr)
        sys.exit(1)


def failure(broken: "Broken", scenario: "Scenario", *, calm: bool) -> str:
    """What broke, when, and how to see it again."""
    return (
        f"voltyard: seed {scenario.seed} broke an invariant at {broken}\n"
        f"again: voltyard simulate --chargers {scenario.chargers} --hours {scenario.hours:g}"
        f" --seed {scenario.seed} --start {to_rfc3339_seconds(scenario.start)}"
        f"{' --calm' if calm else ''}"
    )


def _play(scenario: "Scenario", log: Path | None) -> None:
    from voltyard.simulation.simulate import simulate as play

    began = time.perf_counter()
    if log is None:
        summary = play(scenario)
    else:
        with _opened(log) as transcript:
            summary = play(scenario, transcript)
    _tell(summary, scenario.start, time.perf_counter() - began)
    if log is not None:
        print(f"frames in      {log}")


def _tell(summary: "Summary", start: Instant, took_s: Seconds) -> None:
    speed = summary.hours * HOUR_S / took_s
    lines = (
        ("chargers", f"{summary.chargers}, {summary.connectors} connectors"),
        ("simulated", f"{summary.hours:g} h from {to_rfc3339_seconds(start)}, seed {summary.seed}"),
        ("sessions", f"{summary.completed} completed, {summary.energy_kwh:,.1f} kWh"),
        ("still charging", f"{summary.transactions - summary.completed}"),
        ("frames", f"{summary.frames:,}"),
        ("invariants", f"held after each of {summary.steps:,} steps"),
        ("history", summary.digest),
        ("took", f"{took_s:.1f} s, {speed:,.0f} times as fast as life"),
    )
    for name, value in lines:
        print(f"{name:<15}{value}")


def _moment(text: str) -> Instant:
    try:
        return from_rfc3339(text)
    except ValueError as error:
        raise Invalid(
            f"--start cannot be read: {error}", hint="such as 2026-01-05T00:00:00Z"
        ) from None


def _opened(log: Path) -> IO[str]:
    try:
        return log.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise Invalid(f"cannot write {log}: {error.strerror}") from error
