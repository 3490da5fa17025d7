"""Dispatcher: each charger gets its commands in the order they were posted.

Each deployment with something to do has one queue of turns: commands, and whatever else must keep
its place among them (starting, stopping, taking up a change). Commands are handed over without
waiting for their results, and without a task; a turn that starts or stops a runtime is waited for.
What a batch's pacing holds back is passed over until it is due: others of its charger need not
wait for that. What is due keeps its order.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

import msgspec
import structlog

from voltyard.kernel import limits
from voltyard.kernel.errors import NoAnswer, VoltyardError
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.clock import Clock
from voltyard.ports.journal import Journal
from voltyard.ports.runtimes import (
    CommandCompleted,
    LoggedFrame,
    Provider,
    RuntimeCommandResult,
)
from voltyard.ports.spans import Span
from voltyard.yard.commands.command import (
    LIFECYCLE,
    RESTART,
    START,
    CommandError,
    CommandStatus,
    QueuedCommand,
)
from voltyard.yard.commands.pacing import PacedCommand, Pacer
from voltyard.yard.commands.queued_command_span import QueuedCommandSpan
from voltyard.yard.records import CommandDelivered, CommandEnded, YardRecord

log = structlog.get_logger(__name__)

Turn: TypeAlias = Callable[[], Awaitable[None]]
Ended: TypeAlias = asyncio.Future[Exception | None]
"""The end of a turn: with an error, with none, or cancelled as its deployment was deleted."""
Lifecycle: TypeAlias = Callable[[QueuedCommand], Awaitable[dict[str, Any]]]
"""Carries out start-, stop- and restart_charger; what came of it. VoltyardError where it cannot."""

OnCommandEnded: TypeAlias = Callable[[QueuedCommand], None]

_INTERNAL = CommandError(code="internal", message="the command ended in an unexpected error")
CANCELLED = CommandError(code="cancelled", message="it was cancelled before its charger had it")


@dataclass(slots=True)
class _Queue:
    """The turns of one deployment, and the task of the one that is waited for."""

    turns: deque["str | tuple[Turn, Ended]"] = field(default_factory=deque)
    """A command by its id, or whatever else is to be done."""
    held: deque[str] = field(default_factory=deque)
    """Commands that wait for start-charger."""
    task: asyncio.Task[None] | None = None

    def clear(self) -> None:
        """Take no further turn."""
        for turn in self.turns:
            if not isinstance(turn, str):
                turn[1].cancel()
        self.turns.clear()
        self.held.clear()


@dataclass(slots=True)
class _Flight:
    """A command without a result."""

    command: QueuedCommand
    may_begin: bool = True
    """Its batch no longer holds it back."""
    waiting: asyncio.Future[QueuedCommand] | None = None
    span: QueuedCommandSpan | None = None
    """Its span, where the request that asked for it is sampled."""


class Dispatcher:
    """Owner of every command between its row and its result."""

    def __init__(
        self,
        provider: Provider,
        journal: Journal[YardRecord],
        clock: Clock,
        lifecycle: Lifecycle,
        heard: OnCommandEnded = lambda command: None,
    ) -> None:
        """`heard` is told of each command that has come to its end."""
        self._provider = provider
        self._journal = journal
        self._clock = clock
        self._lifecycle = lifecycle
        self._heard = heard
        self._queues: dict[str, _Queue] = {}
        self._flights: dict[str, _Flight] = {}
        self._waiting: dict[str, int] = {}
        self._pacer = Pacer(clock, self._let_begin)
        self._awake: dict[str, None] = {}
        """Deployments whose next turn may have come."""
        self._handing: asyncio.Handle | None = None
        self.listening: dict[str, dict[str, QueuedCommandSpan]] = {}
        """Spans of what each deployment is carrying out, by command."""

    def waiting(self, deployment_id: str) -> int:
        """The number of a charger's commands that have no result."""
        return self._waiting.get(deployment_id, 0)

    def is_busy(self, deployment_id: str) -> bool:
        """True where something is being done for it, or waits to be."""
        return deployment_id in self._queues

    def post(
        self,
        commands: Sequence[QueuedCommand],
        held: Container[str] = (),
        span: Span | None = None,
    ) -> None:
        """Take commands whose rows are written. Those of the deployments in `held`, which are
        stopped, wait for a start_charger or restart_charger where they were posted so. `span` is
        that of the request; the first limits.SPAN_COMMANDS of them are steps of it."""
        paced = []
        for command in commands:
            holds = command.queue_if_stopped and command.deployment_id in held
            flight = self._flights[command.id] = _Flight(command)
            self._waiting[command.deployment_id] = self.waiting(command.deployment_id) + 1
            queue = self._queues.setdefault(command.deployment_id, _Queue())
            if holds:
                queue.held.append(command.id)
                continue
            queue.turns.append(command.id)
            if command.verb in (START, RESTART):
                queue.turns.extend(queue.held)
                queue.held.clear()
            if command.pacing is not None and command.batch_id is not None:
                flight.may_begin = False
                paced.append(
                    PacedCommand(command.id, command.batch_id, command.pacing, command.due_at)
                )
            self._wake(command.deployment_id)
        if span is not None:
            self._trace(span, commands[: limits.SPAN_COMMANDS])
        self._pacer.add(paced)

    def submit(self, deployment_id: str, turn: Turn) -> Ended:
        """Have something done after all that was asked of this deployment before, but for what is
        held until it is started."""
        queue = self._queues.setdefault(deployment_id, _Queue())
        ended: Ended = asyncio.get_running_loop().create_future()
        queue.turns.append((turn, ended))
        self._wake(deployment_id)
        return ended

    async def cancel(self, command_ids: Iterable[str]) -> list[QueuedCommand]:
        """Fail what no charger has yet, with the code `cancelled`; those that were, durably."""
        doomed = [
            command_id
            for command_id in command_ids
            if command_id in self._flights
            and self._flights[command_id].command.status is CommandStatus.QUEUED
        ]
        self._pacer.leave_out(doomed)
        ended = [self._settle(one, CommandStatus.FAILED, error=CANCELLED) for one in doomed]
        await self._journal.flush()
        return [command for command in ended if command is not None]

    def of_batch(self, batch_id: str) -> list[str]:
        """The ids of a batch's commands that have no result, in order."""
        return [
            command_id
            for command_id, flight in self._flights.items()
            if flight.command.batch_id == batch_id
        ]

    async def result(self, command: QueuedCommand, timeout_s: Seconds) -> QueuedCommand:
        """The command with its result; NoAnswer where it has none in time. It lives on then."""
        flight = self._flights.get(command.id)
        if flight is None:
            raise NoAnswer("the command has come to its end already")
        if flight.waiting is None:
            flight.waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s):
                return await asyncio.shield(flight.waiting)
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
            self._settle(flight.command.id, CommandStatus.EXPIRED)

    async def drop(self, deployment_id: str) -> None:
        """Forget what is asked of a deployment; returns when nothing is being done for it."""
        queue = self._queues.get(deployment_id)
        doomed = [
            command_id
            for command_id, flight in self._flights.items()
            if flight.command.deployment_id == deployment_id
        ]
        gone = CommandError(code="not_found", message="the charger was deleted")
        self._pacer.leave_out(doomed)
        for command_id in doomed:
            self._settle(command_id, CommandStatus.FAILED, error=gone)
        if queue is not None:
            queue.clear()
            if queue.task is not None:
                await asyncio.wait([queue.task])

    async def close(self) -> None:
        """Stop handing out; what is queued stays so, for the next start."""
        self._pacer.stop()
        if self._handing is not None:
            self._handing.cancel()
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
        self.listening.clear()

    # --- turns ---------------------------------------------------------------------------------

    def _let_begin(self, command_id: str) -> None:
        flight = self._flights.get(command_id)
        if flight is not None:
            flight.may_begin = True
            self._wake(flight.command.deployment_id)

    def _wake(self, deployment_id: str) -> None:
        """Look at a deployment's turns soon: never within the call that changed them."""
        self._awake[deployment_id] = None
        if self._handing is None:
            self._handing = asyncio.get_running_loop().call_soon(self._hand_out)

    def _hand_out(self) -> None:
        """Take turns of so many deployments, and leave the rest to the next turn of the loop."""
        self._handing = None
        for deployment_id in list(islice(self._awake, limits.COMMANDS_AT_ONCE)):
            del self._awake[deployment_id]
            self._proceed(deployment_id)
        if self._awake and self._handing is None:
            self._handing = asyncio.get_running_loop().call_soon(self._hand_out)

    def _proceed(self, deployment_id: str) -> None:
        """Take the turns of a deployment until one has to be waited for."""
        queue = self._queues.get(deployment_id)
        if queue is None or queue.task is not None:
            return
        while queue.task is None and (turn := self._taken(queue)) is not None:
            if not isinstance(turn, str):
                queue.task = asyncio.create_task(self._await(deployment_id, queue, *turn))
                continue
            flight = self._flights.get(turn)
            if flight is None:
                continue  # expired, cancelled or dropped while it waited
            if flight.command.verb in LIFECYCLE:
                live = partial(self._live, flight.command)
                queue.task = asyncio.create_task(self._await(deployment_id, queue, live))
            else:
                self._hand_over(flight.command)
        queue.held = deque(one for one in queue.held if one in self._flights)
        if queue.task is None and not queue.held and not queue.turns:
            del self._queues[deployment_id]

    def _taken(self, queue: _Queue) -> "str | tuple[Turn, Ended] | None":
        """The first turn that is due; None where there is none."""
        for place, turn in enumerate(queue.turns):
            flight = self._flights.get(turn) if isinstance(turn, str) else None
            if flight is None or flight.may_begin:
                del queue.turns[place]
                return turn
        return None

    async def _await(
        self, deployment_id: str, queue: _Queue, turn: Turn, ended: Ended | None = None
    ) -> None:
        try:
            error = await self._end(deployment_id, turn)
            if ended is not None and not ended.done():
                ended.set_result(error)
        finally:
            queue.task = None
            self._wake(deployment_id)

    async def _end(self, deployment_id: str, turn: Turn) -> Exception | None:
        try:
            await turn()
        except VoltyardError as error:
            return error
        except Exception as error:
            log.exception("turn_failed", deployment=deployment_id)
            return error
        return None

    # --- commands ------------------------------------------------------------------------------

    def _hand_over(self, command: QueuedCommand) -> None:
        self._delivered(command)
        try:
            future = self._provider.command(
                command.deployment_id,
                command.verb,
                command.arguments,
                self._flights[command.id].span,
            )
        except VoltyardError as error:
            self._settle(command.id, CommandStatus.FAILED, error=_refusal(error))
            return
        except Exception:
            log.exception("command_failed", command=command.id)
            self._settle(command.id, CommandStatus.FAILED, error=_INTERNAL)
            return
        future.add_done_callback(partial(self._answered, command.id))

    async def _live(self, command: QueuedCommand) -> None:
        self._delivered(command)
        try:
            result = await self._lifecycle(command)
        except VoltyardError as error:
            self._settle(command.id, CommandStatus.FAILED, error=_refusal(error))
        except Exception:
            self._settle(command.id, CommandStatus.FAILED, error=_INTERNAL)
            raise
        else:
            self._settle(command.id, CommandStatus.COMPLETED, result=result)

    def _answered(self, command_id: str, future: asyncio.Future[RuntimeCommandResult]) -> None:
        if future.cancelled():
            gone = CommandError(code="unavailable", message="the charger's runtime ended")
            self._settle(command_id, CommandStatus.FAILED, error=gone)
            return
        failure = future.exception()
        if failure is not None:
            log.error("command_failed", command=command_id, exc_info=failure)
            self._settle(command_id, CommandStatus.FAILED, error=_INTERNAL)
            return
        outcome = future.result()
        if isinstance(outcome, CommandCompleted):
            self._settle(command_id, CommandStatus.COMPLETED, result=dict(outcome.result))
            return
        refusal = CommandError(
            code=outcome.code, message=outcome.message, details=dict(outcome.details)
        )
        self._settle(command_id, CommandStatus.FAILED, error=refusal)

    def _delivered(self, command: QueuedCommand) -> None:
        flight = self._flights[command.id]
        now = self._clock()
        flight.command = msgspec.structs.replace(
            command, status=CommandStatus.DELIVERED, delivered_at=now
        )
        if flight.span is not None:
            flight.span.delivered(now)
            self.listening.setdefault(command.deployment_id, {})[command.id] = flight.span
        self._journal.write(
            [CommandDelivered(id=command.id, status=CommandStatus.DELIVERED, delivered_at=now)]
        )

    def _settle(
        self,
        command_id: str,
        status: CommandStatus,
        *,
        result: dict[str, Any] | None = None,
        error: CommandError | None = None,
    ) -> QueuedCommand | None:
        flight = self._flights.pop(command_id, None)
        if flight is None:
            return None  # it has a result already, and it has but one
        now = self._clock()
        command = msgspec.structs.replace(
            flight.command, status=status, result=result, error=error, finished_at=now
        )
        self._count_down(command.deployment_id)
        if flight.span is not None:
            flight.span.settled(command)
            self._listen_no_more(command)
        settled = CommandEnded(
            id=command_id,
            status=status,
            result=None if result is None else msgspec.json.encode(result).decode(),
            error=None if error is None else msgspec.json.encode(error).decode(),
            finished_at=now,
        )
        self._journal.write([settled], urgent=True)
        self._heard(command)
        if flight.waiting is not None and not flight.waiting.done():
            flight.waiting.set_result(command)
        self._pacer.ended(command_id)
        self._wake(command.deployment_id)
        return command

    # --- spans ---------------------------------------------------------------------------------

    def framed(self, deployment_id: str, frame: LoggedFrame) -> None:
        """Note a frame of a charger that is in `listening`."""
        now = self._clock()
        for span in self.listening[deployment_id].values():
            span.framed(frame, now)

    def _trace(self, request: Span, commands: Iterable[QueuedCommand]) -> None:
        now = self._clock()
        for command in commands:
            self._flights[command.id].span = QueuedCommandSpan(request, command, now)

    def _listen_no_more(self, command: QueuedCommand) -> None:
        spans = self.listening.get(command.deployment_id, {})
        spans.pop(command.id, None)
        if not spans:
            self.listening.pop(command.deployment_id, None)

    def _count_down(self, deployment_id: str) -> None:
        left = self._waiting.get(deployment_id, 0) - 1
        if left > 0:
            self._waiting[deployment_id] = left
        else:
            self._waiting.pop(deployment_id, None)


def _refusal(error: VoltyardError) -> CommandError:
    return CommandError(code=error.code, message=str(error), details=error.details)
