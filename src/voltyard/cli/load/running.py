"""A load run on the network: from its order to its report and exit code."""

import asyncio
import shlex
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeAlias

from msgspec import Struct

from voltyard import __version__
from voltyard.cli.fleet.driving import steady_clock
from voltyard.cli.load.order import LoadSetup
from voltyard.cli.load.watching import LoadWatch
from voltyard.kernel import limits
from voltyard.kernel.masked_text import masked_text
from voltyard.load.figures import LoadFigures
from voltyard.load.judgement import judge, readings, tables
from voltyard.load.knee import FoundKnee, KneeOf, check_search, find_knee, knee_result, knee_table
from voltyard.load.plans.plan import LoadPlan
from voltyard.load.plans.stages import length_s
from voltyard.load.run import LoadRun
from voltyard.load.targets import OwnHosts
from voltyard.loop.run import run
from voltyard.reports.outputs import OutputFiles, RunOutputs, outputs_of
from voltyard.reports.verdicts import FigureTable, Result, RunReport
from voltyard.runtimes import file_descriptors

_SECRET_OPTIONS: Final = ("--password",)

_Play: TypeAlias = Callable[[LoadPlan], Coroutine[Any, Any, LoadFigures]]


class RunOptions(Struct, frozen=True, kw_only=True):
    """Options of a run that are not the plan's."""

    egress: OwnHosts
    files: OutputFiles
    knee_of: KneeOf | None = None


def put_load(setup: LoadSetup, options: RunOptions) -> int:
    """Play the plan, or search for its knee; the exit code."""
    _make_room(setup.plan.chargers)
    if options.knee_of is not None:
        check_search(setup.plan, options.knee_of)
    report = RunReport(
        title="Load",
        subject=masked_text(setup.url),
        command=command_line(sys.argv),
        tool=f"voltyard {__version__}",
        began_at=time.time(),
        seed=setup.seed,
    )
    with outputs_of(report, options.files, sys.stdout) as outputs:
        with outputs.paused(), LoadWatch(length_s(setup.plan.stages)).shown() as watch:
            shower = _Shower(setup, options, watch)
            if options.knee_of is None:
                figures = run(shower.play_once())
                results, shown = _judged(setup, figures, report)
            else:
                knee = run(shower.search(options.knee_of))
                results, shown = _searched(setup, knee, report)
        report.tables = shown
        _conclude(outputs, results, is_complete=not shower.stopping.is_set())
    return outputs.exit_code


class _Shower:
    """One command's runs, shown as they go."""

    def __init__(self, setup: LoadSetup, options: RunOptions, watch: LoadWatch) -> None:
        self._setup = setup
        self._options = options
        self._watch = watch
        self.stopping = asyncio.Event()

    async def play_once(self) -> LoadFigures:
        """Play the plan."""
        self._heed_signals()
        return await self._play(self._setup.plan)

    async def search(self, of: KneeOf) -> FoundKnee:
        """Search for the knee."""
        self._heed_signals()
        most = min(limits.LOAD_CHARGERS, _room())
        return await find_knee(self._setup.plan, of, self._play, self.stopping, most)

    async def _play(self, plan: LoadPlan) -> LoadFigures:
        from voltyard.network.links.picows_links import PicowsDialler

        one = LoadRun(
            plan,
            self._setup.specs(plan.chargers),
            PicowsDialler(),
            steady_clock(),
            cpu=time.process_time,
            egress=self._options.egress,
            look=self._watch.look,
        )
        return await one.play(self.stopping)

    def _heed_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)


def _judged(
    setup: LoadSetup, figures: LoadFigures, report: RunReport
) -> tuple[list[Result], list[FigureTable]]:
    results = judge(
        setup.plan.thresholds,
        figures,
        version=setup.version,
        began_at=report.began_at,
        seed=setup.seed,
        again=report.command,
    )
    return results, [*tables(figures), readings(setup.plan.thresholds, figures)]


def _searched(
    setup: LoadSetup, knee: FoundKnee, report: RunReport
) -> tuple[list[Result], list[FigureTable]]:
    result = knee_result(
        knee,
        version=setup.version,
        began_at=report.began_at,
        took_s=time.time() - report.began_at,
        seed=setup.seed,
        again=report.command,
    )
    shown = [knee_table(knee)]
    if knee.probes:
        shown += tables(knee.probes[-1].figures)
    return [result], shown


def _conclude(outputs: RunOutputs, results: list[Result], *, is_complete: bool) -> None:
    for result in results:
        outputs.finished(result)
    if is_complete:
        outputs.complete()


def command_line(arguments: list[str]) -> str:
    """The command as it was typed, without passwords."""
    words = [Path(arguments[0]).name, *arguments[1:]]
    for place, word in enumerate(words):
        name, separator, _ = word.partition("=")
        if name in _SECRET_OPTIONS and separator:
            words[place] = f"{name}=***"
        elif place and words[place - 1] in _SECRET_OPTIONS:
            words[place] = "***"
    return shlex.join(masked_text(word) for word in words)


def _room() -> int:
    return file_descriptors.capacity(file_descriptors.raise_limit())


def _make_room(chargers: int) -> None:
    file_descriptors.require(chargers, _room())
