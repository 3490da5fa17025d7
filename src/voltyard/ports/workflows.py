"""Port of durable workflows: engine, steps and retries."""

from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from voltyard.kernel.time import Instant, Seconds


@dataclass(frozen=True, slots=True)
class Retry:
    """Retry policy of a step. How often it is tried while it raises Unavailable or NoAnswer, and
    how long is waited before the second try; each further wait is `factor` times as long."""

    attempts: int = 1
    first_pause_s: Seconds = 0.5
    factor: float = 2.0


@dataclass(frozen=True, slots=True)
class StepFailure:
    """Reason why a step failed. What went wrong inside is `internal`, and for the log only."""

    code: str
    """One of kernel.errors."""
    message: str
    param: str | None = None
    retryable: bool = False
    """True where it may work when it is begun again."""


Work: TypeAlias = Callable[[], Awaitable[None]]
"""The work of a step. Done a second time it must come to the same: a process may end between the
work and the note that it was done."""


class StepRunner(Protocol):
    """Runner of the steps of one workflow run."""

    def __call__(
        self, name: str, work: Work, retry: Retry = Retry()
    ) -> Awaitable[StepFailure | None]:
        """None once it is done. A step that has come to an end, also in a process before this one,
        is not done again: it ends the same.

        A step is known by its number in the order of these calls, which a workflow must make in the
        same order whenever it runs; they may be awaited in any order, or together.
        """


Workflow: TypeAlias = Callable[[str, Mapping[str, Any], StepRunner], Awaitable[None]]
"""Given its run's id, its argument and what does its steps. Whatever it raises ends its run."""


class WorkflowEngine(Protocol):
    """Engine of durable workflows, which it runs to their end over any number of restarts."""

    def define(self, name: str, workflow: Workflow) -> None:
        """Have it known by that name; before `start`."""

    async def start(self) -> None:
        """Go on with every run that has not come to its end. Unavailable where it cannot."""

    async def begin(self, name: str, run_id: str, argument: Mapping[str, Any]) -> Future[bool]:
        """Begin a run, or join the one that has that id; from then on it is durable. Waits for
        `start`. `argument` is plain data, without secrets.

        The future is true once the run has come to its end; false where it had before this call,
        or will not, since it was given up. It stays open where the engine is closed.
        """

    async def prune(self, before: Instant) -> int:
        """Forget the runs that ended before; how many they were."""

    async def close(self) -> None:
        """Leave off wherever each run is; the next start goes on."""
