"""A worker as its gateway knows it: its chargers, its open requests, its line."""

import asyncio
from asyncio import Future, TimerHandle
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

import msgspec
from msgspec import Raw

from voltyard.kernel import limits
from voltyard.kernel.errors import Unavailable, VoltyardError
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import Bus
from voltyard.ports.runtimes import (
    CarryingOut,
    CommandCompleted,
    CommandRefused,
    RuntimeCommandResult,
    RuntimeSpec,
)
from voltyard.runtimes.control import messages
from voltyard.runtimes.control.exchange import ItemExchange, ItemPriority

WORKER_ENDED: Final = "worker_ended"
"""Code of the answer to a request that its worker did not live to answer."""


class Presence(Enum):
    """Change in a worker's presence."""

    ATTACHED = auto()
    LOST = auto()
    """Its line has ended; it may come back, or be another process then."""
    LEFT = auto()
    """Likewise, and it has stopped its chargers before."""
    ENDING = auto()
    """It is told to end, and waits for its chargers to be moved."""


Watcher: TypeAlias = Callable[[str, Presence], None]


@dataclass(slots=True)
class PlacedCharger:
    """A charger assigned to a worker."""

    runtime: RuntimeSpec
    version: str
    memory: bytes | None
    """The newest its worker has reported."""
    waiting: int = 0
    """Commands without a result."""

    def start(self, identifier: int) -> messages.Start:
        """The request to start it as it was last."""
        return messages.Start(
            id=identifier,
            deployment_id=self.runtime.deployment_id,
            organization_id=self.runtime.organization_id,
            charger=msgspec.to_builtins(dict(self.runtime.charger)),
            memory=messages.NOTHING if self.memory is None else Raw(self.memory),
            faults=msgspec.to_builtins(dict(self.runtime.faults)),
            pace=dict(self.runtime.pace),
            egress=self.runtime.egress,
        )


class KnownWorker:
    """One worker, through all its lines and processes."""

    def __init__(
        self,
        name: str,
        bus: Bus,
        take: Callable[["KnownWorker", bytes], None],
        lost: Callable[["KnownWorker"], None],
    ) -> None:
        self.name = name
        self.epoch = ""
        self.greetings = 0
        """Number of its process's last one."""
        self.capacity = 0
        self.away_s: Seconds = 0.0
        self.placed: dict[str, PlacedCharger] = {}
        self.found: dict[str, bytes | None] = {}
        """Chargers that it runs though they were not asked for since the gateway began, with their
        memory."""
        self.line = ""
        """The name of its line; empty while there is none."""
        self.attached = asyncio.Event()
        self.is_ending = False
        """It is told to end, and gets no more chargers."""
        self.has_left = False
        self.exchange = ItemExchange(bus, lambda item: take(self, item), lambda _: lost(self))
        self._loop = asyncio.get_running_loop()
        self._requests: dict[
            int, tuple[messages.WorkerRequest, Future[messages.RequestAnswer]]
        ] = {}
        self._lost_at = self._loop.time()
        self._giving_up: TimerHandle | None = None

    def room(self) -> int:
        """The number of chargers that it can run beyond those it has."""
        return self.capacity - len(self.placed) - len(self.found)

    def greeted(self, hello: messages.Hello, subject: str, *, resumes: bool) -> None:
        """The worker has come, and hears that subject; unless it resumes, another process of that
        name, or one that was another gateway's."""
        self.line, self.epoch, self.greetings = hello.line, hello.epoch, hello.number
        self.capacity, self.away_s = hello.capacity, hello.away_s
        self.has_left = False
        if not resumes:
            self.is_ending = False
            self.exchange.reset(keep=lambda item: False)
            self.settle("the charger's worker ended before it had answered")
        self.exchange.attach(subject, self.name, hello.line, hello.received if resumes else 0)

    def came(self) -> None:
        """Note that the worker has told what it runs."""
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        self.attached.set()

    def lost(self) -> None:
        """Its line has ended. What has not gone out yet waits for as long as there is patience."""
        self.line = ""
        self.exchange.detach()
        self.attached.clear()
        self._lost_at = self._loop.time()
        if self._giving_up is None:
            self._giving_up = self._loop.call_later(limits.CONTROL_PATIENCE_S, self._give_up)

    def patience_s(self) -> Seconds:
        """The time that is left to wait for it."""
        if self.attached.is_set():
            return limits.CONTROL_PATIENCE_S
        return max(0.0, self._lost_at + limits.CONTROL_PATIENCE_S - self._loop.time())

    def ask(self, request: messages.WorkerRequest) -> "Future[messages.RequestAnswer]":
        """Ask it, after all it was asked before."""
        answer: Future[messages.RequestAnswer] = self._loop.create_future()
        self._requests[request.id] = (request, answer)
        self.exchange.put(ItemPriority.KEPT, request, _key(request.id))
        return answer

    async def asked(self, request: messages.WorkerRequest) -> messages.RequestAnswer:
        """Ask it and wait. Unavailable where it has not answered while there was patience; what has
        gone out may come about later. What the worker raises is raised."""
        future = self.ask(request)
        try:
            async with asyncio.timeout(self.patience_s()):
                answer = await future
        except TimeoutError:
            self._withdraw(request.id)
            raise self.away() from None
        if answer.error is not None:
            raise messages.error_of(answer.error)
        return answer

    def away(self) -> VoltyardError:
        """The error to raise while it does not answer."""
        return Unavailable(
            f"the charger's worker {self.name} is not attached"
            if not self.line
            else f"the charger's worker {self.name} does not answer",
            hint="it comes back by itself, or is started again; ask once more in a moment",
            worker=self.name,
        )

    def answered(self, answer: messages.RequestAnswer) -> None:
        """Its answer to a request has come."""
        _, future = self._requests.pop(answer.id, (None, None))
        if future is not None and not future.done():
            future.set_result(answer)

    def next_to_move(self) -> str | None:
        """The charger to be moved next: one that has no command waiting, where there is one."""
        return min(self.placed, key=lambda one: self.placed[one].waiting, default=None)

    def left(self) -> None:
        """Note that it has stopped its chargers and is about to end, perhaps without an answer."""
        self.has_left = True
        self._settle_stops()

    def _settle_stops(self) -> None:
        for request, _ in list(self._requests.values()):
            if isinstance(request, messages.Stop | messages.StopAll):
                self.answered(messages.RequestAnswer(id=request.id))

    def settle(self, reason: str) -> None:
        """Answer in its place all that it will not answer any more."""
        self._settle_stops()
        error_message = messages.ErrorMessage(code=Unavailable.code, message=reason)
        for request, _ in list(self._requests.values()):
            if isinstance(request, messages.SendCommand):
                self.answered(messages.RequestAnswer(id=request.id, refused=error_message))
            else:
                ended = messages.ErrorMessage(code=WORKER_ENDED, message=reason)
                self.answered(messages.RequestAnswer(id=request.id, error=ended))

    def end(self) -> None:
        """Give up a worker that is not coming back."""
        if self._giving_up is not None:
            self._giving_up.cancel()
        self.line = ""
        self.exchange.detach()
        self.attached.clear()
        self.settle("the charger's worker is gone")

    def _give_up(self) -> None:
        """Refuse the commands that have not gone out."""
        self._giving_up = None
        refused = messages.ErrorMessage(code=Unavailable.code, message=self.away().message)
        for request, _ in list(self._requests.values()):
            if isinstance(request, messages.SendCommand) and self.exchange.withdraw(
                _key(request.id)
            ):
                self.answered(messages.RequestAnswer(id=request.id, refused=refused))

    def _withdraw(self, identifier: int) -> None:
        """Withdraw a request whose caller has gone. A stop stays: it is carried out when the worker
        is back."""
        request, _ = self._requests.pop(identifier)
        if not isinstance(request, messages.Stop):
            self.exchange.withdraw(_key(identifier))


def hand_over(
    placed: PlacedCharger,
    result: "Future[RuntimeCommandResult]",
    span: CarryingOut | None,
    worker: str,
    answered: "Future[messages.RequestAnswer]",
) -> None:
    """Give a command its result, from the worker's answer."""
    placed.waiting -= 1
    answer = answered.result()
    if span is not None and answer.times is not None:
        span.carried_out(*answer.times, worker)
    if not result.done():
        result.set_result(_outcome(answer))


def _outcome(answer: messages.RequestAnswer) -> RuntimeCommandResult:
    error_message = answer.refused or answer.error
    if error_message is not None:
        return CommandRefused(error_message.code, error_message.message, error_message.details)
    return CommandCompleted(answer.result or {})


def _key(identifier: int) -> str:
    return f"request {identifier}"
