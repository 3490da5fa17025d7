"""The playing of cases, some at a time, each bounded in time, and their results."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import structlog

from voltyard.conformance.cases.case import Case
from voltyard.conformance.wire.endings import ExpectationBroken, Inconclusive, NotApplicable
from voltyard.conformance.wire.record import Record
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.reports.verdicts import BrokenExpectation, Result, Verdict

log = structlog.get_logger()


class Bench(Protocol):
    """A subject with all that is needed to play cases on it."""

    @property
    def jobs(self) -> int:
        """Cases that can be played at a time."""

    def lacks(self, case: Case) -> str:
        """The reason why the case does not apply; empty where it does."""

    def stage(self, case: Case, record: Record) -> AbstractAsyncContextManager[Any]:
        """The stage that the case's function is given. It cleans up when the case ends."""


class Listener(Protocol):
    """Follows a run."""

    def running(self, case_id: str, title: str) -> None:
        """A case begins."""

    def finished(self, result: Result) -> None:
        """A case has its verdict."""


class Runner:
    """A run of cases on one bench."""

    def __init__(
        self,
        bench: Bench,
        listener: Listener,
        clock: Clock,
        *,
        case_s: Seconds,
        seed: int = 0,
        again: Callable[[Case], str] = lambda _: "",
    ) -> None:
        """`case_s` bounds each case; `again` is the command that plays one case again."""
        self._bench = bench
        self._listener = listener
        self._clock = clock
        self._case_s = case_s
        self._seed = seed
        self._again = again

    async def run(self, cases: Sequence[Case]) -> None:
        """Play the cases; the listener has each result as soon as it is there."""
        turns = asyncio.Semaphore(self._bench.jobs)

        async def play(case: Case) -> None:
            async with turns:
                await self.play(case)

        async with asyncio.TaskGroup() as group:
            for case in cases:
                group.create_task(play(case))

    async def play(self, case: Case) -> Result:
        """Play one case to its verdict."""
        record = Record(self._clock, "; ".join(case.requirements))
        began_at = self._clock()
        why, broken = self._bench.lacks(case), None
        if why:
            verdict = Verdict.NOT_APPLICABLE
        else:
            self._listener.running(case.id, case.title)
            verdict, why, broken = await self._judge(case, record)
        result = Result(
            id=case.id,
            title=case.title,
            group=case.group,
            kind=case.kind,
            version=case.version,
            verdict=verdict,
            why=why,
            failure=broken,
            purpose=case.purpose,
            requirements=list(case.requirements),
            steps=record.steps,
            frames=record.frames,
            began_at=began_at,
            took_s=self._clock() - began_at,
            seed=self._seed,
            again=self._again(case),
        )
        self._listener.finished(result)
        return result

    async def _judge(
        self, case: Case, record: Record
    ) -> tuple[Verdict, str, BrokenExpectation | None]:
        try:
            async with asyncio.timeout(self._case_s), self._bench.stage(case, record) as stage:
                await case.play(stage)
        except ExpectationBroken as error:
            return Verdict.FAIL, "", error.broken
        except NotApplicable as reason:
            return Verdict.NOT_APPLICABLE, str(reason), None
        except Inconclusive as reason:
            return Verdict.INCONCLUSIVE, str(reason), None
        except TimeoutError:
            return Verdict.INCONCLUSIVE, f"not over within {self._case_s:g} s", None
        except Exception as error:
            log.warning("case_broke", case=case.id, trace=traceback.format_exc())
            return Verdict.ERROR, f"{type(error).__name__}: {error}", None
        return Verdict.PASS, "", None
