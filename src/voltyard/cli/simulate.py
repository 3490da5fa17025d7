"""`voltyard simulate`: the lab in virtual time."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NamedTuple, TypeAlias

import typer
from msgspec.structs import replace

from voltyard.cli.display.json_output import JsonOption, print_document
from voltyard.cli.display.progress import Progress
from voltyard.cli.options.drivers import TagOrder, TagsInOrder, UnknownTags, Vehicles
from voltyard.cli.output import errors_alone
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import (
    HOUR_S,
    Instant,
    Seconds,
    from_rfc3339,
    to_rfc3339,
    to_rfc3339_seconds,
)

if TYPE_CHECKING:
    from voltyard.charger.charger import Charger
    from voltyard.simulation.checkers import InvariantBroken
    from voltyard.simulation.simulate import AfterStep, SimulationPlan, Summary

Told: TypeAlias = "Callable[[InvariantBroken, SimulationPlan], str]"
"""The report of a broken invariant."""

Again: TypeAlias = "Callable[[SimulationPlan], str]"
"""The command that plays a plan again."""


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
        float, typer.Option(min=0.0, max=1.0, help="Share of drivers whose tags are blocked.")
    ] = 0.02,
    faults: Annotated[
        bool,
        typer.Option("--faults", help="Broken hardware, bad networks, and chargers with quirks."),
    ] = False,
    needs: Annotated[
        bool,
        typer.Option("--needs", help="Vehicles negotiate: what is agreed to is what flows."),
    ] = False,
    monitors: Annotated[
        bool,
        typer.Option("--monitors", help="Values are watched: each crossing is told, once."),
    ] = False,
    costs: Annotated[
        bool,
        typer.Option("--costs", help="Tariffs are drawn: costs are right to the cent."),
    ] = False,
    kills: Annotated[
        float, typer.Option(min=0.0, max=1_000.0, help="Kills of the backend, each day.")
    ] = 0.0,
    warnings: Annotated[
        bool, typer.Option("--warnings", help="Print what the backend warns of, too.")
    ] = False,
    is_json: JsonOption = False,
) -> None:
    """Run chargers, drivers and a backend in virtual time.

    A day takes seconds. Chargers of both versions and the backend talk over links in memory;
    drivers arrive, charge and leave; networks drop, power fails, frames get lost. After every step
    the invariants are checked: no register falls, at most one transaction runs at a connector,
    statuses follow one another as OCPP allows, nothing stays queued once online, and the backend's
    energy is the meter's; with --needs, --monitors and --costs, what is agreed to is what flows,
    each crossing of a monitor is told once, and costs are right to the cent. When one is broken,
    its seed and moment are told, and the exit code is 1; of many seeds the others are played all
    the same.

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
        needs=needs,
        monitors=monitors,
        costs=costs,
        kills_per_day=kills,
    )
    if log is not None and seeds > 1:
        raise Invalid("--log is of one history", hint="leave out --seeds")
    chosen = [f"--kind {one}" for one in kind or ()]
    chosen += [f"--vehicles {one}" for one in vehicles or ()]
    # A line a minute of each charger that is refused is many, where a day takes seconds.
    with nullcontext() if warnings else errors_alone():
        played = _play_all(plan, seeds, log, partial(failure, calm=calm, chosen=chosen))
    if is_json:
        again = partial(command_again, calm=calm, chosen=chosen)
        print_document(_document(plan, played, log, again))
    elif seeds > 1:
        _tell_all(plan, seeds, played)
    elif played.held:
        _tell(plan, played.held[0], played.took_s)
        _print([("frames in", str(log))] if log is not None else [])
    sys.exit(1 if played.broken else 0)


def failure(
    broken: "InvariantBroken", plan: "SimulationPlan", *, calm: bool, chosen: Sequence[str] = ()
) -> str:
    """The report of a failure: the rule, the moment, and the way to see it again; `chosen` are
    options as they were given."""
    return (
        f"voltyard: seed {plan.seed} broke an invariant at {broken}\n"
        f"again: {command_again(plan, calm=calm, chosen=chosen)}"
    )


def command_again(plan: "SimulationPlan", *, calm: bool, chosen: Sequence[str] = ()) -> str:
    """The command that plays a plan's one history again."""
    shares = (
        ("--tag-order", plan.tag_order),
        ("--unknown-tags", f"{plan.unknown_tags:g}"),
        ("--blocked-tags", f"{plan.blocked_tags:g}"),
        ("--kills", f"{plan.kills_per_day:g}"),
    )
    told = [f"{name} {value}" for name, value in shares if value not in ("random", "0", "0.02")]
    choices = (
        ("--calm", calm),
        ("--faults", plan.faults),
        ("--needs", plan.needs),
        ("--monitors", plan.monitors),
        ("--costs", plan.costs),
    )
    flags = [name for name, is_on in choices if is_on]
    again = " ".join(["", *flags, *chosen, *told])
    return (
        f"voltyard simulate --chargers {plan.chargers} --hours {plan.hours:g}"
        f" --seed {plan.seed} --start {to_rfc3339_seconds(plan.start)}{again.rstrip()}"
    )


class Broken(NamedTuple):
    """A history that ended where an invariant broke."""

    plan: "SimulationPlan"
    by: "InvariantBroken"


class Histories(NamedTuple):
    """Histories that were played: those that held, and those that broke."""

    held: list["Summary"]
    broken: list[Broken]
    took_s: Seconds


def _play_all(plan: "SimulationPlan", seeds: int, log: Path | None, told: Told) -> Histories:
    """A history of each seed; what broke is told at once."""
    from voltyard.simulation.checkers import InvariantBroken

    began = time.perf_counter()
    held: list[Summary] = []
    broken: list[Broken] = []
    with Progress("simulated") as progress:
        for number in range(seeds):
            one = replace(plan, seed=plan.seed + number)
            watch = _Watch(progress, one, number, seeds, len(broken))
            try:
                held.append(_play(one, log, watch.stepped))
            except InvariantBroken as error:
                broken.append(Broken(one, error))
                print(told(error, one), file=sys.stderr)
    return Histories(held, broken, time.perf_counter() - began)


class _Watch:
    """Progress of one history, that of seed `number` from 0 among so many seeds."""

    def __init__(
        self, progress: Progress, plan: "SimulationPlan", number: int, seeds: int, broke: int
    ) -> None:
        self._progress = progress
        self._plan = plan
        self._number = number
        self._seeds = seeds
        self._others = f", {number:,} of {seeds:,} seeds played, {broke} broke" * (seeds > 1)

    def stepped(self, charger: str, machine: "Charger", now: Instant) -> None:
        """Tell how far it is, where it is time."""
        if self._progress.is_due:
            whole = self._plan.hours
            hours = min((now - self._plan.start) / HOUR_S, whole)
            note = f"{hours:,.1f} of {whole:g} h{self._others}"
            self._progress.at(self._number * whole + hours, self._seeds * whole, note)


def _play(plan: "SimulationPlan", log: Path | None, after_step: "AfterStep") -> "Summary":
    from voltyard.simulation.simulate import simulate as play

    if log is None:
        return play(plan, after_step=after_step)
    with _opened(log) as transcript:
        return play(plan, transcript, after_step=after_step)


def _document(
    plan: "SimulationPlan", played: Histories, log: Path | None, again: Again
) -> dict[str, Any]:
    """The document of --json."""
    held = [
        {
            "seed": one.seed,
            "connectors": one.connectors,
            "sessions_completed": one.completed,
            "still_charging": one.transactions - one.completed,
            "energy_kwh": one.energy_kwh,
            "frames": one.frames,
            "steps": one.steps,
            "agreed": one.agreed,
            "alerts": one.alerts,
            "costs": one.costs,
            "kills": one.kills,
            "history": one.digest,
        }
        for one in played.held
    ]
    broken = [
        {
            "seed": one.plan.seed,
            "at": to_rfc3339(one.by.at),
            "charger": one.by.charger,
            "invariant": one.by.what,
            "again": again(one.plan),
        }
        for one in played.broken
    ]
    return {
        "chargers": plan.chargers,
        "hours": plan.hours,
        "start": to_rfc3339_seconds(plan.start),
        "log": None if log is None else str(log),
        "took_s": round(played.took_s, 3),
        "held": held,
        "broken": broken,
    }


def _tell_all(plan: "SimulationPlan", seeds: int, played: Histories) -> None:
    completed = sum(one.completed for one in played.held)
    steps = sum(one.steps for one in played.held)
    broke = f"{len(played.broken)} broke an invariant"
    lines = [
        ("seeds", f"{plan.seed} to {plan.seed + seeds - 1}, {broke}"),
        ("each", f"{plan.chargers} chargers, {plan.hours:g} h"),
        ("sessions", f"{completed:,} completed"),
        ("invariants", f"held after each of {steps:,} steps of those that did not break"),
        *_compared(plan, played.held),
        ("took", f"{played.took_s:.1f} s"),
    ]
    _print(lines)


def _tell(plan: "SimulationPlan", summary: "Summary", took_s: Seconds) -> None:
    speed = summary.hours * HOUR_S / took_s
    start = plan.start
    lines = [
        ("chargers", f"{summary.chargers}, {summary.connectors} connectors"),
        ("simulated", f"{summary.hours:g} h from {to_rfc3339_seconds(start)}, seed {summary.seed}"),
        ("sessions", f"{summary.completed} completed, {summary.energy_kwh:,.1f} kWh"),
        ("still charging", f"{summary.transactions - summary.completed}"),
        ("frames", f"{summary.frames:,}"),
        ("invariants", f"held after each of {summary.steps:,} steps"),
        *_compared(plan, [summary]),
        ("history", summary.digest),
        ("took", f"{took_s:.1f} s, {speed:,.0f} times as fast as life"),
    ]
    _print(lines)


def _compared(plan: "SimulationPlan", held: Sequence["Summary"]) -> Iterable[tuple[str, str]]:
    """Lines on what was compared beside the invariants of all histories."""
    if plan.needs:
        agreed = sum(one.agreed for one in held)
        yield "needs", f"{agreed:,} times the meter was what was agreed to"
    if plan.monitors:
        yield "monitors", f"{sum(one.alerts for one in held):,} events told what had happened"
    if plan.costs:
        yield "costs", f"{sum(one.costs for one in held):,} were right to the cent"
    if plan.kills_per_day:
        yield "kills", f"{sum(one.kills for one in held):,} of the backend"


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
