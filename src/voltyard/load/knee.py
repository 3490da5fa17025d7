"""The knee of a CSMS: the largest rate, or number of chargers, at which the thresholds hold.

It is looked for by doubling until they hold no more, then by bisection; at most limits.LOAD_PROBES
runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Instant, Seconds
from voltyard.load.figures import LoadFigures
from voltyard.load.judgement import lateness, verdict_on
from voltyard.load.plans.durations import duration_text
from voltyard.load.plans.plan import LoadPlan
from voltyard.load.plans.stages import RampStage, Stage
from voltyard.load.thresholds import Threshold
from voltyard.reports.verdicts import BrokenExpectation, FigureTable, Result, Verdict

KneeOf: TypeAlias = Literal["rate", "chargers"]

_CLOSE: Final = 1.1
"""Factor between what holds and what does not at which the search ends."""


class KneeSearch:
    """Search for the largest value that holds, given that smaller ones do."""

    def __init__(self, first: float, most: float, *, is_whole: bool) -> None:
        self._most = most
        self._is_whole = is_whole
        self._next: float | None = self._rounded(min(first, most))
        self.held: float | None = None
        """The largest value of which it is known that it holds."""
        self.failed: float | None = None
        """The smallest of which it is known that it does not."""
        self.probes = 0

    @property
    def next(self) -> float | None:
        """The value to try next; None: the search is over."""
        return self._next

    def stop(self) -> None:
        """End the search where it stands."""
        self._next = None

    def tell(self, holds: bool) -> None:
        """Tell what came of that value."""
        assert self._next is not None, "the search is over"
        self.probes += 1
        if holds:
            self.held = self._next
        else:
            self.failed = self._next
        self._next = None if self.probes >= limits.LOAD_PROBES else self._choose()

    def _choose(self) -> float | None:
        held, failed = self.held, self.failed
        if failed is None:
            assert held is not None, "something was tried"
            return self._rounded(min(2 * held, self._most)) if held < self._most else None
        if held is None:
            half = self._rounded(failed / 2)
            return half if 0.0 < half < failed else None
        middle = self._rounded((held + failed) / 2)
        is_found = failed <= _CLOSE * held or not held < middle < failed
        return None if is_found else middle

    def _rounded(self, value: float) -> float:
        return float(int(value)) if self._is_whole else float(f"{value:.4g}")


class Probe(Struct, frozen=True):
    """One run of a search."""

    value: float
    verdict: Verdict
    why: str
    figures: LoadFigures


class FoundKnee(Struct):
    """The course of a search, and its end."""

    of: KneeOf
    probes: list[Probe]
    held: float | None = None
    failed: float | None = None
    is_complete: bool = False
    """False where it was stopped."""
    unclear: str = ""
    """Reason for which a run could not be judged, which ended the search."""


PlayOne: TypeAlias = Callable[[LoadPlan], Awaitable[LoadFigures]]


def check_search(plan: LoadPlan, of: KneeOf) -> None:
    """Invalid where there is nothing to search for."""
    if of == "rate" and not plan.calls:
        raise Invalid("a search for the rate needs calls", hint="such as --rate Heartbeat=10")


async def find_knee(
    plan: LoadPlan, of: KneeOf, play: PlayOne, stopping: asyncio.Event, most_chargers: int
) -> FoundKnee:
    """Search from the plan's own value on. Invalid where the plan has none."""
    check_search(plan, of)
    first = float(plan.chargers) if of == "chargers" else sum(one.rate for one in plan.calls)
    most = float(most_chargers) if of == "chargers" else limits.LOAD_CALLS_PER_S
    search = KneeSearch(first, most, is_whole=of == "chargers")
    knee = FoundKnee(of, [])
    while (value := search.next) is not None:
        figures = await play(scaled(plan, of, value / first))
        if stopping.is_set():
            break
        verdict, why = _verdict(plan.thresholds, figures)
        knee.probes.append(Probe(value, verdict, why, figures))
        if verdict is Verdict.PASS or verdict is Verdict.FAIL:
            search.tell(verdict is Verdict.PASS)
        else:
            knee.unclear = why
            search.stop()
    knee.held, knee.failed = search.held, search.failed
    knee.is_complete = not stopping.is_set()
    return knee


def scaled(plan: LoadPlan, of: KneeOf, factor: float) -> LoadPlan:
    """The plan with so many times the calls; of chargers, with so many times the chargers too, so
    that each does as much as before."""
    calls = tuple(replace(one, rate=one.rate * factor) for one in plan.calls)
    if of == "rate":
        return replace(plan, calls=calls)
    stages: list[Stage] = [
        replace(one, chargers=max(1, round(one.chargers * factor)))
        if isinstance(one, RampStage) and one.chargers
        else one
        for one in plan.stages
    ]
    return replace(plan, calls=calls, stages=tuple(stages))


def knee_result(
    knee: FoundKnee,
    *,
    version: str,
    began_at: Instant,
    took_s: Seconds,
    seed: int,
    again: str,
) -> Result:
    """The search as a result: it passes where anything held."""
    unit = "calls a second" if knee.of == "rate" else "chargers"
    verdict, why, failure = Verdict.PASS, "", None
    if not knee.is_complete:
        verdict, why = Verdict.INCONCLUSIVE, "the search was stopped"
    elif knee.failed is None and knee.unclear:
        held = "nothing" if knee.held is None else f"{knee.held:g} {unit}"
        verdict, why = Verdict.INCONCLUSIVE, f"{held} held, and beyond {knee.unclear}"
    elif knee.held is None:
        verdict = Verdict.FAIL
        came = knee.probes[-1].why if knee.probes else "nothing"
        failure = BrokenExpectation(
            step=f"with {knee.failed:g} {unit}", expected="the thresholds hold", came=came
        )
    return Result(
        id=f"knee of {knee.of}",
        title=f"Largest number of {unit} at which the thresholds hold",
        group="load",
        kind="threshold",
        version=version,
        verdict=verdict,
        why=why,
        failure=failure,
        began_at=began_at,
        took_s=took_s,
        seed=seed,
        again=again,
    )


def knee_text(knee: FoundKnee) -> str:
    """The end of the search, in words."""
    unit = "calls a second" if knee.of == "rate" else "chargers"
    if knee.held is None:
        return "the thresholds held at nothing that was tried"
    if knee.failed is None:
        return f"the knee is at {knee.held:g} {unit} or beyond"
    return f"the knee is between {knee.held:g} and {knee.failed:g} {unit}"


def knee_table(knee: FoundKnee) -> FigureTable:
    """The curve: each value that was tried, from the smallest to the largest."""
    rows = []
    for probe in sorted(knee.probes, key=lambda one: one.value):
        total, figures = probe.figures.total, probe.figures
        rows.append(
            [
                f"{probe.value:g}",
                str(probe.verdict),
                f"{total.calls / figures.took_s if figures.took_s else 0.0:,.1f}",
                f"{100 * figures.errors / max(figures.calls, 1):.2g} %",
                duration_text(total.latency.quantile_s(0.5)),
                duration_text(total.latency.quantile_s(0.99)),
                probe.why,
            ]
        )
    columns = [knee.of, "verdict", "calls a second", "errors", "p50", "p99", "why"]
    return FigureTable(title=f"Knee: {knee_text(knee)}", columns=columns, rows=rows)


def _verdict(thresholds: tuple[Threshold, ...], figures: LoadFigures) -> tuple[Verdict, str]:
    """The worst verdict of all thresholds, and its reason."""
    verdicts = [(*verdict_on(one, figures), one) for one in thresholds]
    for verdict, why, _ in verdicts:
        if verdict not in (Verdict.PASS, Verdict.FAIL):
            return verdict, why if figures.kept_schedule else lateness(figures)
    for verdict, _, one in verdicts:
        if verdict is Verdict.FAIL:
            return verdict, f"{one.text}: {one.reading(figures).text}"
    return Verdict.PASS, ""
