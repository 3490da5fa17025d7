"""The playing of a run of conformance cases, from the first case to the exit code."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from msgspec import Struct

from voltyard import __version__
from voltyard.cli.conform import options
from voltyard.cli.conform.drivers import PROMPT, DriverWish, new_run
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError

if TYPE_CHECKING:
    from voltyard.conformance.cases.case import Case, Role
    from voltyard.conformance.runner import Bench
    from voltyard.conformance.subject import Subject
    from voltyard.reports.outputs import OutputFiles, RunOutputs

_TITLES: Final = {"csms": "Conformance of a CSMS", "charger": "Conformance of a charger"}
_UNUSABLE: Final = 2


class ConformRun(Struct, frozen=True, kw_only=True):
    """A run that was asked for."""

    role: Role
    url: str
    """Of the CSMS under test, or the one that the charger under test dials."""
    cases: Sequence[Case]
    driver: str
    subject: Subject
    jobs: int
    stretch: float
    files: OutputFiles
    resume: Path | None

    @property
    def again(self) -> str:
        """The command that plays the run again, up to the case."""
        where = "--url" if self.role == "csms" else "--listen"
        return f"voltyard conform {self.role} {where} {self.url} --driver {self.driver}"


_Open = Callable[[DriverWish], "AbstractAsyncContextManager[Bench]"]


def play(run: ConformRun, bench: _Open) -> NoReturn:
    """Play the cases, write the reports, and end with the run's exit code."""
    from voltyard.conformance.wire.endings import CaseEnded
    from voltyard.kernel.masked_text import masked_text
    from voltyard.loop.run import run as run_loop
    from voltyard.reports.json_report import read_unfinished
    from voltyard.reports.outputs import outputs_of
    from voltyard.reports.verdicts import RunReport

    report = RunReport(
        title=_TITLES[run.role],
        subject=masked_text(run.url),
        command=masked_text(options.command_line()),
        tool=f"voltyard {__version__}",
        began_at=time.time(),
    )
    try:
        if run.resume is not None:
            report.results = read_unfinished(run.resume, report.subject).results
        played = {result.id for result in report.results}
        left = [case for case in run.cases if case.id not in played]
        report.planned = len(run.cases)
        with outputs_of(report, run.files, sys.stdout) as outputs:
            run_loop(_play(run, left, bench, outputs))
            outputs.complete()
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("stopped: the reports have what was played; --resume goes on", file=sys.stderr)
        sys.exit(_UNUSABLE)
    except TimeoutError:
        hours = limits.CONFORMANCE_RUN_S * run.stretch / 3600
        print(f"voltyard: cut short after {hours:g} h; --resume goes on", file=sys.stderr)
        sys.exit(_UNUSABLE)
    except (VoltyardError, CaseEnded) as error:
        print(f"voltyard: {masked_text(str(error))}", file=sys.stderr)
        sys.exit(_UNUSABLE)
    sys.exit(outputs.exit_code)


async def _play(run: ConformRun, cases: Sequence[Case], bench: _Open, outputs: RunOutputs) -> None:
    from voltyard.conformance.runner import Runner

    _end_on_signals()
    wish = DriverWish(
        name=run.driver,
        subject=run.subject,
        jobs=run.jobs,
        paused=outputs.paused,
        run=new_run(),
        time_out_s=limits.CONFORMANCE_PATIENCE_S * run.stretch,
    )
    by_hand = run.driver == PROMPT
    case_s = limits.CONFORMANCE_CASE_BY_HAND_S if by_hand else limits.CONFORMANCE_CASE_S
    async with bench(wish) as found:
        runner = Runner(
            found,
            outputs,
            time.time,
            case_s=case_s * run.stretch,
            again=lambda case: f"{run.again} --cases {case.id}",
        )
        async with asyncio.timeout(limits.CONFORMANCE_RUN_S * run.stretch):
            await runner.run(cases)


def _end_on_signals() -> None:
    """Have SIGINT and SIGTERM end the run in order; a second one ends it at once."""
    task = asyncio.current_task()
    assert task is not None
    loop = asyncio.get_running_loop()
    usual: dict[signal.Signals, Any] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }

    def end() -> None:
        task.cancel()
        for number, handler in usual.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    for number in usual:
        loop.add_signal_handler(number, end)
