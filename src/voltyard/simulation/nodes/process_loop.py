"""Processes within one event loop: each may be paused, go on later, or be killed.

A process is a context of the loop: each task, callback and timer that is begun within it belongs to
it. What is due while its process is paused waits until it goes on, in order; of one that was killed
nothing runs any more. Work that belongs to no process (chargers, the database, the network) always
runs.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any, Literal, TypeVar, TypeVarTuple

from voltyard.kernel.time import Instant
from voltyard.simulation.virtual_loop import VirtualLoop

T = TypeVar("T")
Args = TypeVarTuple("Args")

_CURRENT: "ContextVar[SimulatedProcess | None]" = ContextVar("process", default=None)

_LAST_ROUNDS = 1_000
"""Rounds in which tasks are cancelled at the end; each takes a few."""


class ProcessLoop(VirtualLoop):
    """An event loop in virtual time that knows processes."""

    def __init__(self, start: Instant) -> None:
        super().__init__(start)
        self.processes: list[SimulatedProcess] = []
        """All that there were."""
        self.is_ending = False
        """True once everything is to be cancelled, what was paused or killed too."""

    def call_soon(
        self,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.Handle:
        context = copy_context() if context is None else context
        process = context.get(_CURRENT)
        if process is None or self.is_ending:
            return super().call_soon(callback, *args, context=context)
        call = _Call(process, callback, args, context)
        call.handle = super().call_soon(call, context=context)
        return call.handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Args], object],
        *args: *Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        context = copy_context() if context is None else context
        process = context.get(_CURRENT)
        if process is None or self.is_ending:
            return super().call_at(when, callback, *args, context=context)
        call = _Call(process, callback, args, context)
        timer = super().call_at(when, call, context=context)
        call.handle = timer
        return timer

    async def end(self) -> None:
        """Cancel everything but the task that asks, whatever became of its process. What begins
        something new in its last moments is cancelled again."""
        self.is_ending = True
        for process in self.processes:
            process.let_run()
        mine = asyncio.current_task()
        for _ in range(_LAST_ROUNDS):
            left = [task for task in asyncio.all_tasks() if task is not mine]
            if not left:
                return
            for task in left:
                task.cancel()
            await asyncio.sleep(0)


class SimulatedProcess:
    """A process. Work is begun in it by `start` and `post`."""

    def __init__(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, ProcessLoop)
        self.name = name
        """The machine that it runs on: `server`, or a node's name."""
        self.state: Literal["runs", "paused", "killed"] = "runs"
        self.killed: asyncio.Future[None] = loop.create_future()
        """Done once it was killed."""
        loop.processes.append(self)
        self._loop = loop
        self._context = copy_context()
        self._context.run(_CURRENT.set, self)
        self._held: list[_Call] = []
        self._tasks: list[asyncio.Task[Any]] = []

    @property
    def runs(self) -> bool:
        return self.state == "runs"

    @property
    def context(self) -> Context:
        """A context in which work belongs to it."""
        return self._context.copy()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a task in it."""
        task = self._loop.create_task(work, context=self.context)
        self._tasks.append(task)  # else one that was killed would be collected while it waits
        return task

    def post(self, callback: Callable[..., Any], *args: Any) -> None:
        """Have something called in it, after all that was posted before."""
        self._loop.call_soon(callback, *args, context=self.context)

    def pause(self) -> None:
        """Stop it, as SIGSTOP does."""
        if self.state == "runs":
            self.state = "paused"

    def resume(self) -> None:
        """Let it go on with all that came meanwhile."""
        if self.state != "paused":
            return
        self.state = "runs"
        self.let_run()

    def kill(self) -> None:
        """End it as SIGKILL does."""
        if self.state == "killed":
            return
        self.state = "killed"
        self.killed.set_result(None)

    def hold(self, call: "_Call") -> None:
        """Keep what is due while it does not run."""
        self._held.append(call)

    def let_run(self) -> None:
        """Have what was kept called now."""
        held, self._held = self._held, []
        for call in held:
            call.again(self._loop)


class _Call:
    """Something that is called if its process runs."""

    __slots__ = ("_args", "_callback", "_context", "_process", "handle")

    handle: asyncio.Handle

    def __init__(
        self,
        process: SimulatedProcess,
        callback: Callable[..., Any],
        args: tuple[Any, ...],
        context: Context,
    ) -> None:
        self._process = process
        self._callback = callback
        self._args = args
        self._context = context

    def __call__(self) -> None:
        if self._process.state == "runs":
            self._callback(*self._args)
        else:
            self._process.hold(self)

    def again(self, loop: ProcessLoop) -> None:
        """Have it called now."""
        loop.call_soon(self._go_on, context=self._context)

    def _go_on(self) -> None:
        if not self.handle.cancelled():
            self._callback(*self._args)
