"""Judgement of a load run: each threshold a result, and the figures as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from voltyard.kernel import limits
from voltyard.kernel.text.printable_text import printable
from voltyard.kernel.time import Instant
from voltyard.load.figures import CONNECT, SESSION, ActionFigures, LoadFigures
from voltyard.load.plans.durations import duration_text
from voltyard.load.thresholds import Threshold
from voltyard.reports.verdicts import BrokenExpectation, FigureTable, Result, Verdict

_TIMELINE_ROWS: Final = 20
"""Moments shown of the chargers connected."""


def judge(
    thresholds: tuple[Threshold, ...],
    figures: LoadFigures,
    *,
    version: str,
    began_at: Instant,
    seed: int,
    again: str,
) -> list[Result]:
    """The result of each threshold."""
    return [
        _result(one, figures, version=version, began_at=began_at, seed=seed, again=again)
        for one in thresholds
    ]


def _result(
    threshold: Threshold,
    figures: LoadFigures,
    *,
    version: str,
    began_at: Instant,
    seed: int,
    again: str,
) -> Result:
    verdict, why = verdict_on(threshold, figures)
    failure = None
    if verdict is Verdict.FAIL:
        came = threshold.reading(figures).text
        failure = BrokenExpectation(step="end of the stages", expected=threshold.text, came=came)
    return Result(
        id=threshold.text,
        title=threshold.title,
        group="load",
        kind="threshold",
        version=version,
        verdict=verdict,
        why=why,
        failure=failure,
        began_at=began_at,
        took_s=figures.took_s,
        seed=seed,
        again=again,
    )


def verdict_on(threshold: Threshold, figures: LoadFigures) -> tuple[Verdict, str]:
    """The verdict on one threshold, and the reason where it is neither pass nor fail."""
    if figures.broken:
        return Verdict.ERROR, f"a simulated charger broke: {figures.broken[0]}"
    if not figures.is_complete:
        return Verdict.INCONCLUSIVE, "stopped before the end of its stages"
    if not figures.kept_schedule:
        return Verdict.INCONCLUSIVE, lateness(figures)
    reading = threshold.reading(figures)
    if reading.value is None:
        return Verdict.INCONCLUSIVE, reading.text
    return (Verdict.PASS if threshold.holds(reading.value) else Verdict.FAIL), ""


def lateness(figures: LoadFigures) -> str:
    """The sentence that says that the generator was the bottleneck."""
    return (
        "the generator could not keep its own schedule: one moment in a hundred came more than "
        f"{duration_text(figures.lag_s)} late ({duration_text(limits.LOAD_LATE_S)} are allowed), "
        f"with {figures.cpu_share:.0%} of a processor; use fewer chargers, a lower rate, or more "
        "machines"
    )


def tables(figures: LoadFigures) -> list[FigureTable]:
    """The figures of a run, for people."""
    found = [latencies(figures)]
    reasons = [
        [action, printable(code), f"{number:,}"]
        for action, one in sorted(figures.actions.items())
        for code, number in one.errors.most_common()
    ]
    if reasons:
        columns = ["action", "error", "calls"]
        found.append(FigureTable(title="Errors", columns=columns, rows=reasons))
    if figures.refused_dials:
        found.append(_counted("Refused dials", "reason", figures.refused_dials))
    found.append(_generator(figures))
    found.append(_timeline(figures))
    return found


def readings(thresholds: tuple[Threshold, ...], figures: LoadFigures) -> FigureTable:
    """The readings of the thresholds' metrics."""
    rows = [[one.text, one.reading(figures).text] for one in thresholds]
    return FigureTable(title="Thresholds", columns=["threshold", "reading"], rows=rows)


def latencies(figures: LoadFigures) -> FigureTable:
    """Calls, errors and latencies of each action, the ways to a link and sessions first."""
    rows = [
        _latency_row(name, figures.actions[name])
        for name in (CONNECT, SESSION)
        if name in figures.actions
    ]
    ours = sorted(name for name in figures.actions if name not in (CONNECT, SESSION))
    rows += [_latency_row(name, figures.actions[name]) for name in ours]
    if len(ours) > 1:
        rows.append(_latency_row("all", figures.total))
    columns = ["action", "calls", "errors", "p50", "p95", "p99", "max"]
    return FigureTable(title="Latencies", columns=columns, rows=rows)


def _latency_row(name: str, one: ActionFigures) -> list[str]:
    latency = one.latency
    times = [latency.quantile_s(share) for share in (0.5, 0.95, 0.99)]
    told = [duration_text(time) for time in (*times, latency.max_s)] if latency.count else ["-"] * 4
    return [name, f"{one.calls:,}", f"{one.errors.total():,}", *told]


def _counted(title: str, what: str, counts: Counter[str] | Mapping[str, int]) -> FigureTable:
    most = sorted(counts.items(), key=lambda one: -one[1])
    rows = [[printable(reason), f"{number:,}"] for reason, number in most]
    return FigureTable(title=title, columns=[what, "how often"], rows=rows)


def _generator(figures: LoadFigures) -> FigureTable:
    rate = (figures.calls - figures.errors) / figures.took_s if figures.took_s else 0.0
    rows = [
        ["its delay behind its schedule, p99", duration_text(figures.lag_s)],
        ["its longest delay", duration_text(figures.lag.max_s)],
        ["share of a processor", f"{figures.cpu_share:.0%}"],
        ["answers a second", f"{rate:,.1f}"],
    ]
    return FigureTable(title="Generator", columns=["what", "figure"], rows=rows)


def _timeline(figures: LoadFigures) -> FigureTable:
    samples = figures.timeline.samples
    step = max(1, -(-len(samples) // _TIMELINE_ROWS))
    shown = samples[::step]
    if samples and shown[-1] is not samples[-1]:
        shown.append(samples[-1])
    rows = [
        [
            f"{one.at_s:.0f} s",
            one.stage,
            f"{one.connected:,} of {one.wanted:,}",
            f"{one.calls:,}",
            f"{one.errors:,}",
        ]
        for one in shown
    ]
    columns = ["time", "stage", "connected", "calls so far", "errors so far"]
    return FigureTable(title="Chargers connected", columns=columns, rows=rows)
