"""`voltyard simulate`: the lab in virtual time."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final, TypeAlias

import typer
from msgspec.structs import replace

from voltyard.cli.options.drivers import TagOrder, TagsInOrder, UnknownTags, Vehicles
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import HOUR_S, Instant, Seconds, from_rfc3339, to_rfc3339_seconds

if TYPE_CHECKING:
    from voltyard.simulation.checkers import InvariantBroken
    from voltyard.simulation.simulate import SimulationPlan, Summary

Told: TypeAlias = "Callable[[InvariantBroken, SimulationPlan], str]"
"""The report of a broken invariant."""

_TOLD_EACH: Final = 100
"""Seeds between two words on how far it has come."""


def simulate(
    chargers: Annotated[int, typer.Option(min=1, help="How many chargers.")] = 50,
    hours: Annotated[float, typer.Option(min=0.01, help="How long, in their time.")] = 24.0,
    seed: Annotated[int, typer.Option(help="One seed is one history, byte for byte.")] = 7,
    seeds: Annotated[
        int, typer.Option(min=1, help="How many seeds, from --seed on: a history of each.")
    ] = 1,
    log: Annotated[
        Path | None, typer.Option(help="Write every frame in order to this file.")
    ] = None,
    start: Annotated[
        str, typer.Option(help="When it begins, RFC 3339 with its zone.")
    ] = "2026-01-05T00:00:00Z",
    calm: Annotated[
        bool, typer.Option("--calm", help="No network drops, power cuts or lost frames.")
    ] = False,
    kind: Annotated[
        list[str] | None,
        typer.Option(help="home, work or public; repeat it: sites take turns. [all three]"),
    ] = None,
    vehicles: Vehicles = None,
    tag_order: TagsInOrder = TagOrder.RANDOM,
    unknown_tags: UnknownTags = 0.0,
    blocked_tags: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of drivers who are blocked.")
    ] = 0.02,
    faults: Annotated[
        bool,
        typer.Option("--faults", help="Broken hardware, bad networks, and chargers with quirks."),
    ] = False,
) -> None:
    """Run chargers, drivers and a backend in virtual time.

    A day takes seconds. Chargers of both versions and the backend talk over links in memory;
    drivers arrive, charge and leave; networks drop, power fails, frames get lost. After every step
    the invariants are checked: no register falls, at most one transaction runs at a connector,
    statuses follow one another as OCPP allows, nothing stays queued once online, and the backend's
    energy is the meter's. When one is broken, its seed and moment are told, and the exit code is 1;
    of many seeds the others are played all the same.

    For example: voltyard simulate --chargers 50 --hours 24 --seeds 100 --faults
    """
    from voltyard.catalogue.catalogue import Catalogue
    from voltyard.drivers.cars import cars_of
    from voltyard.drivers.habits import habits_of
    from voltyard.drivers.workload import NO_OUTAGES, Outages
    from voltyard.simulation.simulate import SITES, SimulationPlan

    plan = SimulationPlan(
        chargers=chargers,
        hours=hours,
        seed=seed,
        start=_moment(start),
        outages=NO_OUTAGES if calm else Outages(),
        habits=tuple(map(habits_of, kind)) if kind else SITES,
        cars=cars_of(vehicles or (), Catalogue.load()),
        tag_order=tag_order.value,
        unknown_tags=unknown_tags,
        blocked_tags=blocked_tags,
        faults=faults,
    )
    if log is not None and seeds > 1:
        raise Invalid("--log is of one history", hint="leave out --seeds")
    chosen = [f"--kind {one}" for one in kind or ()]
    chosen += [f"--vehicles {one}" for one in vehicles or ()]
    told = partial(failure, calm=calm, chosen=chosen)
    if not (_play(plan, log, told) if seeds == 1 else _play_all(plan, seeds, told)):
        sys.exit(1)


def failure(
    broken: "InvariantBroken", plan: "SimulationPlan", *, calm: bool, chosen: Sequence[str] = ()
) -> str:
    """The report of a failure: the rule, the moment, and the way to see it again; `chosen` are
    options as they were given."""
    shares = (
        ("--tag-order", plan.tag_order),
        ("--unknown-tags", f"{plan.unknown_tags:g}"),
        ("--blocked-tags", f"{plan.blocked_tags:g}"),
    )
    told = [f"{name} {value}" for name, value in shares if value not in ("random", "0", "0.02")]
    flags = [name for name, on in (("--calm", calm), ("--faults", plan.faults)) if on]
    again = " ".join(["", *flags, *chosen, *told])
    return (
        f"voltyard: seed {plan.seed} broke an invariant at {broken}\n"
        f"again: voltyard simulate --chargers {plan.chargers} --hours {plan.hours:g}"
        f" --seed {plan.seed} --start {to_rfc3339_seconds(plan.start)}{again.rstrip()}"
    )


def _play(plan: "SimulationPlan", log: Path | None, told: Told) -> bool:
    """One history, and what came of it; whether its invariants held."""
    from voltyard.simulation.checkers import InvariantBroken
    from voltyard.simulation.simulate import simulate as play

    began = time.perf_counter()
    try:
        if log is None:
            summary = play(plan)
        else:
            with _opened(log) as transcript:
                summary = play(plan, transcript)
    except InvariantBroken as broken:
        print(told(broken, plan), file=sys.stderr)
        return False
    _tell(summary, plan.start, time.perf_counter() - began)
    if log is not None:
        _print([("frames in", str(log))])
    return True


def _play_all(plan: "SimulationPlan", seeds: int, told: Told) -> bool:
    """A history of each seed; whether the invariants held in all of them."""
    from voltyard.simulation.checkers import InvariantBroken
    from voltyard.simulation.simulate import simulate as play

    began = time.perf_counter()
    completed = steps = broke = 0
    for number in range(seeds):
        one = replace(plan, seed=plan.seed + number)
        try:
            summary = play(one)
        except InvariantBroken as broken:
            broke += 1
            print(told(broken, one), file=sys.stderr)
        else:
            completed += summary.completed
            steps += summary.steps
        if (number + 1) % _TOLD_EACH == 0:
            print(f"{number + 1:,} of {seeds:,} seeds, {broke} broke", file=sys.stderr)
    lines = (
        ("seeds", f"{plan.seed} to {plan.seed + seeds - 1}, {broke} broke an invariant"),
        ("each", f"{plan.chargers} chargers, {plan.hours:g} h"),
        ("sessions", f"{completed:,} completed"),
        ("invariants", f"held after each of {steps:,} steps of those that did not break"),
        ("took", f"{time.perf_counter() - began:.1f} s"),
    )
    _print(lines)
    return broke == 0


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
    _print(lines)


def _print(lines: Iterable[tuple[str, str]]) -> None:
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
