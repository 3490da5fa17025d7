"""Workflow engine in memory, with notes that outlive it as a database's would."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Instant
from voltyard.loop.attempts import Pause, attempt
from voltyard.ports.workflows import Retry, StepFailure, Work, Workflow

log = structlog.get_logger(__name__)


@dataclass
class WorkflowRun:
    """The notes of one run."""

    name: str
    argument: Mapping[str, Any]
    outcomes: dict[int, StepFailure | None] = field(default_factory=dict)
    """Of the steps that came to their end, by number."""
    ended: bool = False


class MemoryEngine:
    """A ports.workflows.WorkflowEngine. Give the `runs` of one to the next to have it go on with
    them."""

    def __init__(
        self, runs: dict[str, WorkflowRun] | None = None, pause: Pause = asyncio.sleep
    ) -> None:
        self.runs: dict[str, WorkflowRun] = {} if runs is None else runs
        self.unavailable: list[VoltyardError] = []
        """Raised by the next begins, first to last."""
        self._pause = pause
        self._workflows: dict[str, Workflow] = {}
        self._ends: dict[str, asyncio.Future[bool]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()

    def define(self, name: str, workflow: Workflow) -> None:
        self._workflows[name] = workflow

    async def start(self) -> None:
        for run_id, run in self.runs.items():
            if not run.ended:
                self._go_on(run_id, run)
        self._ready.set()

    async def begin(
        self, name: str, run_id: str, argument: Mapping[str, Any]
    ) -> asyncio.Future[bool]:
        await self._ready.wait()
        if self.unavailable:
            raise self.unavailable.pop(0)
        if run_id not in self.runs:
            self.runs[run_id] = WorkflowRun(name, dict(argument))
            self._go_on(run_id, self.runs[run_id])
        end = self._ends.get(run_id)
        if end is None:
            end = asyncio.get_running_loop().create_future()
            end.set_result(False)
        return end

    async def prune(self, before: Instant) -> int:
        """All that have ended: it keeps no times."""
        ended = [run_id for run_id, run in self.runs.items() if run.ended]
        for run_id in ended:
            del self.runs[run_id]
        return len(ended)

    async def close(self) -> None:
        self._ready.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _go_on(self, run_id: str, run: WorkflowRun) -> None:
        self._ends[run_id] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(run_id, run))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, run_id: str, run: WorkflowRun) -> None:
        came_to_its_end = False
        try:
            await self._workflows[run.name](run_id, run.argument, _Steps(run, self._pause))
            came_to_its_end = True
        except Exception:
            log.exception("workflow_failed", run=run_id)
        run.ended = True
        self._ends.pop(run_id).set_result(came_to_its_end)


class _Steps:
    def __init__(self, run: WorkflowRun, pause: Pause) -> None:
        self._run = run
        self._pause = pause
        self._count = 0

    def __call__(self, name: str, work: Work, retry: Retry = Retry()) -> "_Numbered":  # noqa: B008
        self._count += 1
        number = self._count

        async def noted() -> StepFailure | None:
            if number not in self._run.outcomes:
                outcome = await attempt(name, work, retry, self._pause)
                self._run.outcomes[number] = outcome
            return self._run.outcomes[number]

        return _Numbered(noted)


class _Numbered:
    def __init__(self, done: Callable[[], Awaitable[StepFailure | None]]) -> None:
        self._done = done

    def __await__(self) -> Generator[Any, None, StepFailure | None]:
        return self._done().__await__()
