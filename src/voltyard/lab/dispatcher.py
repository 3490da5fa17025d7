"""The dispatcher: hands each charger its commands in the order they were posted.

Each deployment with something to do has one queue of turns: commands, and whatever else must keep
its place among them (starting, stopping, taking up a change). Commands are handed over without
waiting for their results; a turn that starts or stops a runtime is waited for.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import msgspec
import structlog

from voltyard.kernel import limits
from voltyard.kernel.errors import NoAnswer, VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.lab.commands import LIFECYCLE, Command, CommandError, Status
from voltyard.lab.records import CommandDelivered, CommandSettled, LabRecord
from voltyard.ports import Clock, Completed, Journal, Outcome, Provider

log = structlog.get_logger(__name__)

Turn: TypeAlias = Callable[[], Awaitable[None]]
Ended: TypeAlias = asyncio.Future[Exception | None]
"""How a turn ended: with an error, with none, or cancelled as its deployment was deleted."""
Lifecycle: TypeAlias = Callable[[Command], Awaitable[dict[str, Any]]]
"""Carries out start-, stop- and restart_charger; what came of it. VoltyardError where it cannot."""

_INTERNAL = CommandError(code="internal", message="the command ended in an unexpected error")


@dataclass(slots=True)
class _Queue:
    """The turns of one deployment, and the task that takes them while there are any."""

    turns: deque[tuple[Turn, Ended]] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None

    def clear(self) -> None:
        """Take no further turn."""
        for _, ended in self.turns:
            ended.cancel()
        self.turns.clear()


@dataclass(slots=True)
class _Flight:
    """A command without a result."""

    command: Command
    waiting: asyncio.Future[Command] | None = None


class Dispatcher:
    """Owns every command between its row and its result."""

    def __init__(
        self,
        provider: Provider,
        journal: Journal[LabRecord],
        clock: Clock,
        lifecycle: Lifecycle,
    ) -> None:
        self._provider = provider
        self._journal = journal
        self._clock = clock
        self._lifecycle = lifecycle
        self._queues: dict[str, _Queue] = {}
        self._flights: dict[str, _Flight] = {}
        self._waiting: dict[str, int] = {}

    def waiting(self, deployment_id: str) -> int:
        """How many of a charger's commands have no result."""
        return self._waiting.get(deployment_id, 0)

    def post(self, commands: Iterable[Command]) -> None:
        """Take commands whose rows are written."""
        for command in commands:
            self._flights[command.id] = _Flight(command)
            self._waiting[command.deployment_id] = self.waiting(command.deployment_id) + 1
            self.submit(command.deployment_id, partial(self._take, command))

    def submit(self, deployment_id: str, turn: Turn) -> Ended:
        """Have something done after all that was asked of this deployment before."""
        queue = self._queues.setdefault(deployment_id, _Queue())
        ended: Ended = asyncio.get_running_loop().create_future()
        queue.turns.append((turn, ended))
        if queue.task is None:
            queue.task = asyncio.create_task(self._drain(deployment_id, queue))
        return ended

    async def result(self, command: Command, timeout_s: Seconds) -> Command:
        """The command with its result; NoAnswer where it has none in time. It lives on then."""
        flight = self._flights.get(command.id)
        if flight is None:
            raise NoAnswer("the command has come to its end already")
        if flight.waiting is None:
            flight.waiting = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(asyncio.shield(flight.waiting), timeout_s)
        except TimeoutError:
            raise NoAnswer(
                f"the charger has not answered within {timeout_s:g} s",
                hint=f"GET /ocpp/commands/{command.id} tells what becomes of it",
            ) from None

    def expire(self, now: Instant) -> None:
        """Give up commands that have waited for limits.COMMAND_LIFETIME_S."""
        oldest = now - limits.COMMAND_LIFETIME_S
        for flight in list(self._flights.values()):
            if flight.command.created_at > oldest:
                break  # they are in the order of their posting
            self._settle(flight.command.id, Status.EXPIRED)

    async def drop(self, deployment_id: str) -> None:
        """Forget what is asked of a deployment; returns when nothing is being done for it."""
        queue = self._queues.get(deployment_id)
        for flight in list(self._flights.values()):
            if flight.command.deployment_id == deployment_id:
                gone = CommandError(code="not_found", message="the charger was deleted")
                self._settle(flight.command.id, Status.FAILED, error=gone)
        if queue is not None:
            queue.clear()
            if queue.task is not None:
                await asyncio.wait([queue.task])

    async def close(self) -> None:
        """Stop handing out; what is queued stays so, for the next start."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        for queue in self._queues.values():
            queue.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for flight in self._flights.values():
            if flight.waiting is not None:
                flight.waiting.cancel()
        self._flights.clear()

    async def _drain(self, deployment_id: str, queue: _Queue) -> None:
        try:
            while queue.turns:
                turn, ended = queue.turns.popleft()
                error = await self._end(deployment_id, turn)
                if not ended.done():
                    ended.set_result(error)
        finally:
            queue.task = None
            if self._queues.get(deployment_id) is queue:
                del self._queues[deployment_id]

    async def _end(self, deployment_id: str, turn: Turn) -> Exception | None:
        try:
            await turn()
        except VoltyardError as error:
            return error
        except Exception as error:
            log.exception("turn_failed", deployment=deployment_id)
            return error
        return None

    async def _take(self, command: Command) -> None:
        if command.id not in self._flights:
            return  # expired or dropped while it waited
        self._delivered(command)
        if command.verb in LIFECYCLE:
            await self._live(command)
            return
        try:
            future = self._provider.command(command.deployment_id, command.verb, command.arguments)
        except VoltyardError as error:
            self._settle(command.id, Status.FAILED, error=_refusal(error))
            return
        future.add_done_callback(lambda future: self._answered(command.id, future))

    async def _live(self, command: Command) -> None:
        try:
            result = await self._lifecycle(command)
        except VoltyardError as error:
            self._settle(command.id, Status.FAILED, error=_refusal(error))
        except Exception:
            self._settle(command.id, Status.FAILED, error=_INTERNAL)
            raise
        else:
            self._settle(command.id, Status.COMPLETED, result=result)

    def _answered(self, command_id: str, future: asyncio.Future[Outcome]) -> None:
        if future.cancelled():
            gone = CommandError(code="unavailable", message="the charger's runtime ended")
            self._settle(command_id, Status.FAILED, error=gone)
            return
        failure = future.exception()
        if failure is not None:
            log.error("command_failed", command=command_id, exc_info=failure)
            self._settle(command_id, Status.FAILED, error=_INTERNAL)
            return
        outcome = future.result()
        if isinstance(outcome, Completed):
            self._settle(command_id, Status.COMPLETED, result=dict(outcome.result))
            return
        refusal = CommandError(
            code=outcome.code, message=outcome.message, details=dict(outcome.details)
        )
        self._settle(command_id, Status.FAILED, error=refusal)

    def _delivered(self, command: Command) -> None:
        flight = self._flights[command.id]
        now = self._clock()
        flight.command = msgspec.structs.replace(command, status=Status.DELIVERED, delivered_at=now)
        self._journal.write(
            [CommandDelivered(id=command.id, status=Status.DELIVERED, delivered_at=now)]
        )

    def _settle(
        self,
        command_id: str,
        status: Status,
        *,
        result: dict[str, Any] | None = None,
        error: CommandError | None = None,
    ) -> None:
        flight = self._flights.pop(command_id, None)
        if flight is None:
            return  # it has a result already, and it has but one
        now = self._clock()
        command = msgspec.structs.replace(
            flight.command, status=status, result=result, error=error, finished_at=now
        )
        self._count_down(command.deployment_id)
        settled = CommandSettled(
            id=command_id,
            status=status,
            result=None if result is None else msgspec.json.encode(result).decode(),
            error=None if error is None else msgspec.json.encode(error).decode(),
            finished_at=now,
        )
        self._journal.write([settled], failed=_unwritten)
        if flight.waiting is not None and not flight.waiting.done():
            flight.waiting.set_result(command)

    def _count_down(self, deployment_id: str) -> None:
        left = self._waiting.get(deployment_id, 0) - 1
        if left > 0:
            self._waiting[deployment_id] = left
        else:
            self._waiting.pop(deployment_id, None)


def _refusal(error: VoltyardError) -> CommandError:
    return CommandError(code=error.code, message=str(error), details=error.details)


def _unwritten(error: Exception) -> None:
    log.error("command_result_not_stored", error=str(error))
