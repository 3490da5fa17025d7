"""Retries of workflow steps, with failures as values; and a bound on what is awaited at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import structlog

from voltyard.kernel.errors import NoAnswer, Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports.workflows import Retry, StepFailure, Work

log = structlog.get_logger(__name__)

Pause: TypeAlias = Callable[[Seconds], Awaitable[None]]

_MESSAGE_CHARS = 2_000
_INTERNAL = StepFailure(code="internal", message="an unexpected error", retryable=True)


async def attempt(
    name: str, work: Work, retry: Retry, pause: Pause = asyncio.sleep
) -> StepFailure | None:
    """Do the work, as often as `retry` allows; why it could not be done, where it could not."""
    pause_s = retry.first_pause_s
    for left in range(retry.attempts - 1, -1, -1):
        try:
            await work()
            return None
        except (Unavailable, NoAnswer) as error:
            if not left:
                return failure_of(error)
        except VoltyardError as error:
            return failure_of(error)
        except Exception:
            # What went wrong inside is for the log: internals never leak.
            log.exception("step_failed", step=name)
            return _INTERNAL
        await pause(pause_s)
        pause_s *= retry.factor
    raise AssertionError("a step is tried at least once")


def failure_of(error: VoltyardError) -> StepFailure:
    """An error as a value."""
    param = error.details.get("param")
    return StepFailure(
        code=error.code,
        message=str(error)[:_MESSAGE_CHARS],
        param=param if isinstance(param, str) else None,
        retryable=isinstance(error, Unavailable | NoAnswer),
    )


async def at_once(count: int, waiting: Iterable[Awaitable[object]]) -> None:
    """Await them all, `count` at a time, in their order."""
    left = iter(waiting)

    async def take() -> None:
        for one in left:
            await one

    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(take())
